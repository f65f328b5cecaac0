/* What the end of a worker says about the implementation that it was running. */
#ifndef BENCH_RUN_BLAME_H
#define BENCH_RUN_BLAME_H

#include "bench/case/position.h"
#include "bench/run/run.h"

struct bench_death {
    const char *fault;              /* the message, if the worker lost its device, or what its
                                       implementations share was changed; else NULL */
    enum bench_status fault_status; /* then: _DEVICE_FAULT or _CHANGED_GLOBALS */
    const char *killed_why;         /* we killed it, for this; NULL: we did not, or it timed out */
    const char *forged; /* what it wrote into the pipe, or did to it, that is not ours; else NULL */
    bool timed_out;     /* we killed it */
    double after_s;     /* then: how long it was silent */
    int wait_status;    /* of waitpid */
    const char *stderr_text; /* its last words, "" if none */
};

/* What was done to the channels of bench itself by what a worker ran, where that `wrote` into them,
 * or `closed` the pipe and went on, or flooded it; NULL: nothing that is known. Called for a worker
 * that ended before all its cases were done, and without a word. A busy supervisor may find it dead
 * already: it cannot write its lines any more (BENCH_WORKER_UNHEARD), or has written them somewhere
 * else, or was told that there is no more to do (it ends in peace while nobody is running). */
const char *bench_blame_forgery(bool wrote, bool closed, int wait_status,
                                const struct bench_position *position);

/* True if the position names an implementation and a role of it that has no record yet; it then has
 * one in *record. */
bool bench_blame_implementation(const struct bench_run *run, const struct bench_position *position,
                                size_t case_index, const struct bench_death *death,
                                struct bench_record *record);
/* Why, in one paragraph: the fault, the sanitizer's finding with file and line, the deadline, or
 * the signal; followed by the end of what the worker said. Returns the status that fits. */
enum bench_status bench_blame_reason(const struct bench_death *death, struct bench_str *reason);

#endif
