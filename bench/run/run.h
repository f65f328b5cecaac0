/*
 * A run: a suite on a device, from start to end. The process that calls these functions is the
 * supervisor: it never touches the device, nor code of candidates; children do. It watches their
 * deadlines, writes each result to the journal before it counts, and replaces a dead worker, losing
 * only the implementation at fault.
 */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include <signal.h>
#include <sys/types.h>

#include "bench/case/cache_check.h"
#include "bench/case/facts.h"
#include "bench/case/floor.h"
#include "bench/case/graph_time.h"
#include "bench/case/record.h"
#include "bench/case/roofline.h"

struct bench_progress;
struct bench_record_index;
struct bench_results;
struct bench_sandbox;

struct bench_run_options {
    const char *device; /* as for bench_device_open */
    bool sanitize;      /* the process has AddressSanitizer loaded; cpu device only */
    int jobs;           /* compilations, and cases judged, at a time; 0: one a CPU */
    double timeout_s;   /* for one launch, sample or check of an implementation */
    double
        compile_timeout_s; /* for compiling it; in Python, importing and first calling it; 0: 300 */
    double max_case_ms;    /* host time that the rounds of one case may take */
    /* Workers in Python read the suite again, by these: */
    const char *python;  /* the interpreter, searched in PATH; NULL: no suite that needs one */
    const char *kernels; /* folder that the suite's operators were read from */
    const struct bench_suite_filter *filter; /* that it was read with; NULL: none */
    const struct bench_sandbox *sandbox;     /* of workers; NULL: none */
    bool no_sandbox;                         /* there is none because the user wanted none */
    const char *costs;      /* folder of an earlier run (bench/run/cost.h); NULL: none */
    int shard, shard_count; /* this run is shard 1 … shard_count of its suite; 0: it is all of it */
    /* Set by a signal handler; the run then ends: 1 after the case in hand, 2 at once. */
    const volatile sig_atomic_t *interrupted;
};

/* More GPUs than any host has. */
#define BENCH_RUN_DEVICES_MOST 64

/* One of several devices that a run measures on (bench/run/fleet.h). */
struct bench_run_device {
    char spec[128]; /* for bench_device_open; "": the run was begun on it and goes on without */
    struct bench_device_info info;
    struct bench_floor gated, ungated; /* of its last worker, as in struct bench_run */
    struct bench_cache_check cache_check;
    struct bench_graph_floor graph_floor;
    struct bench_roofline roofline;
    struct bench_facts facts_at_start, facts_at_end;
    size_t cases;   /* finished on it, confirming processes included */
    char lost[512]; /* why it is not used any more; "" */
};

struct bench_run {
    const struct bench_suite *suite;
    struct bench_settings settings; /* the suite's, with those of the command line */
    struct bench_run_options options;

    struct bench_device_info info;     /* set by _probe */
    char why[256];                     /* which device was taken, and why */
    char compiler[256];                /* "NVRTC 13.0"; or why there is none */
    struct bench_floor gated, ungated; /* set by each worker: the last one's, as these three: */
    struct bench_cache_check cache_check;
    struct bench_graph_floor graph_floor;
    struct bench_roofline roofline;
    struct bench_facts facts_at_start; /* after the first worker's calibration */
    struct bench_facts facts_at_end;   /* after the last case that was finished */

    /* For which process its workers measure: 0 is the main run, 1, 2, … are confirming ones. The
     * others measure only the cases that `wanted` has (wanted[case_count]; NULL: all), with
     * settings.seed changed, and with the variants that process 0 chose. */
    int process;
    const bool *wanted;
    const bool *mine;   /* of a shard: mine[case_count], the cases that it has; NULL: all */
    uint64_t main_seed; /* in a confirming process: settings.seed of the main run */
    int session;        /* how often the run was resumed (bench/run/resume.h) */

    struct bench_record *records; /* all so far, of all processes, in the order of the journal */
    size_t record_count, record_capacity;
    struct bench_record_index *index; /* of the records; NULL: they are searched one by one */
    /* While it measures, records of cases that are finished are in the journal alone, but for those
     * of implementations that ended a worker: how many of each status are not in `records`. None
     * are missing when bench_run_cases has returned. */
    size_t let_go[BENCH_STATUS_COUNT], let_go_count;
    pid_t beside;               /* a process that compiles ahead beside the workers; 0: none */
    size_t cases_done;          /* how many of process 0 */
    unsigned char *done;        /* which, of all processes; see bench_run_is_done */
    size_t done_processes;      /* that `done` has room for */
    int confirmations;          /* confirming processes that have ended */
    size_t workers_lost;        /* died or were killed */
    double measuring_s;         /* host time between the first and last case's records */
    int64_t measuring_since_ns; /* which goes on since then; 0: it does not */
    bool was_interrupted;
    struct bench_arena *arena; /* of the records */

    /* Of a run on several devices, and of one that was put together from others; none else: `info`
     * and what was calibrated are then those of the first. */
    struct bench_run_device *devices;
    size_t device_count;
    /* Cases are finished in any order: on several devices, and where runs were put together. */
    bool unordered;
    int parts; /* of the suite's cases, each on a device of its own: devices times shards; 0
                  is 1 */
    const char *merged;       /* JSON: which runs it was put together from; NULL: none */
    const char *sandbox_text; /* JSON: of these runs' workers; NULL: see options.sandbox */
};

/* `suite`, and what the options point to, must outlive the run. */
void bench_run_init(struct bench_run *run, const struct bench_suite *suite,
                    const struct bench_run_options *options);
void bench_run_fini(struct bench_run *run);

/* One record more; its strings and arrays live in run->arena. */
void bench_run_add(struct bench_run *run, const struct bench_record *record);

/* Takes the records from number `first` on away, and counts them as let go; those of
 * implementations that ended a worker stay, without samples. */
void bench_run_let_go(struct bench_run *run, size_t first);

/* True, and noted in the run, once a signal has come. */
bool bench_run_interrupted(struct bench_run *run);
/* True if it is to end at once: the case in hand is lost. */
bool bench_run_stops_at_once(const struct bench_run *run);

/* Opens the device in a child, within the sandbox if the run has one, to learn what it is.
 * BENCH_ENOTFOUND if there is none. */
int bench_run_probe(struct bench_run *run, struct bench_err *err);
/* Compiles ahead, in a child with several threads. What cannot be compiled is not reported here:
 * the worker will, for the implementation at fault. BENCH_EINTERRUPTED. */
int bench_run_compile(struct bench_run *run, struct bench_progress *progress,
                      struct bench_err *err);
/* Runs all cases of run->process in workers, but for those whose records are there (of a run that
 * is resumed). BENCH_EINTERRUPTED if it was ended by a signal; other errors mean that no worker can
 * run here. What was finished is in the journal in every case. */
int bench_run_cases(struct bench_run *run, struct bench_results *results,
                    struct bench_progress *progress, struct bench_err *err);

/* The record of the implementation that plays a role in a case, in the main run or in a process;
 * or NULL. */
const struct bench_record *bench_run_find(const struct bench_run *run, size_t case_index,
                                          enum bench_role role);
const struct bench_record *bench_run_find_process(const struct bench_run *run, size_t case_index,
                                                  enum bench_role role, int process);

/* Looks at the records that were added since the last look-up, which else the next one does: after
 * it, until a record is added, look-ups may come from several threads. */
void bench_run_index(const struct bench_run *run);

/* All records of a case in a process, one after the other in the order of run->records: `after` is
 * the one before, NULL for the first. NULL at the end. */
const struct bench_record *bench_run_next_of_case(const struct bench_run *run,
                                                  const struct bench_record *after,
                                                  size_t case_index, int process);
/* The same over all cases and processes of an operator: run->suite->operators[op]. */
const struct bench_record *bench_run_next_of_operator(const struct bench_run *run,
                                                      const struct bench_record *after, size_t op);

/* The first case that run->process wants and that is neither done nor has records of all roles;
 * case_count if there is none. */
size_t bench_run_first_due(const struct bench_run *run);

/* Whether a case is done in a process: all its records are in the journal. _mark is of
 * run->process. */
bool bench_run_is_done(const struct bench_run *run, int process, size_t case_index);
void bench_run_mark_done(struct bench_run *run, int process, size_t case_index);
void bench_run_forget_done(struct bench_run *run);
/* Cases of run->process: how many it measures, and how many of them are done. */
size_t bench_run_count_wanted(const struct bench_run *run);
size_t bench_run_count_done(const struct bench_run *run);

/* For workers: whether run->process measures this case, and whether one of its implementations
 * (the reference if there is one that works, else the candidate) is an arm twice: the run's A/A
 * comparison. Every k-th case has such a twin, so that about a tenth do, but at least
 * BENCH_RUN_LEAST_TWINS for each of run->parts, or all; none if settings.aa is off, with
 * --sanitize, or in confirming processes. */
#define BENCH_RUN_LEAST_TWINS 8
bool bench_run_wants(const struct bench_run *run, size_t case_index);
bool bench_run_has_twin(const struct bench_run *run, size_t case_index);
/* True if an operator of the suite is called in Python: the workers are then the user's interpreter
 * (bench/run/python_worker.h). */
bool bench_run_needs_python(const struct bench_run *run);
/* How many records have failed, in the sense of bench_status_failed. */
size_t bench_run_failures(const struct bench_run *run);

#endif
