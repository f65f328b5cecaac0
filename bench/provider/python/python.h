/*
 * Operators that are called in the user's Python interpreter: the C half. The interpreter loads the
 * worker as a shared library (bench/run/python_worker.h) and hands it a table of callbacks; what is
 * here speaks to them. Nothing here knows Python, torch or Triton: bench_python (beside this file)
 * does.
 *
 * Between two events lies bench_python_call alone. All other functions are for untimed moments, and
 * return when the device has done what they started. One thread, that of the interpreter.
 */
#ifndef BENCH_PROVIDER_PYTHON_PYTHON_H
#define BENCH_PROVIDER_PYTHON_PYTHON_H

#include <stddef.h>
#include <stdint.h>

#include "bench/perf/dtype.h"
#include "bench/spec/plan.h"
#include "bench/util/err.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* Raised with INTERFACE_VERSION of bench_python, whenever the table or a meaning in it changes. */
#define BENCH_PYTHON_INTERFACE 3

/* The callbacks: class Hooks of bench_python/hooks.py is the same structure. No exception comes
 * out of them: they return 0, or a code below 0 for which last_error has {"status", "reason"}.
 * Texts that they write are cut to `size` bytes, zero included. */
struct bench_python_hooks {
    int32_t version; /* BENCH_PYTHON_INTERFACE */
    int32_t reserved;
    int (*set_stream)(uint64_t stream); /* a cudaStream_t; 0 where there is none */
    /* A handle above 0. `answer`: {"notes": [text], "import_ns", "first_call_ns",
     * "second_call_ns"}. It was called by then, so that what compiles or tunes itself has done so.
     */
    int64_t (*prepare)(const char *request, char *answer, size_t size);
    int (*reset)(int64_t handle); /* forgets the last answer; fresh clones of what is written to */
    int (*call)(int64_t handle);
    int (*collect)(int64_t handle); /* checks what came back and copies it into our outputs */
    int (*poison)(int64_t handle);  /* what its next answer may be written into */
    /* Calls it on copies of its inputs that hold NaN, infinities and the largest numbers, and
     * compares what is finite, infinite or NaN with torch. `answer`: {"notes": [text]}. */
    int (*special_values)(int64_t handle, char *answer, size_t size);
    int (*timing)(int on); /* no garbage collection while on */
    int (*facts)(int64_t handle, char *answer, size_t size);
    int (*release)(int64_t handle);
    size_t (*last_error)(char *text, size_t size);
};

/* What went wrong with an operator: the codes of bench_python/problem.py, lowered by 1000 so that
 * they are distinct from ours (bench/util/err.h). Functions below return these, BENCH_EUNSUPPORTED
 * where something is not installed, or BENCH_ERROR. */
enum bench_python_code {
    BENCH_PYTHON_SYNTAX_ERROR = -1003,
    BENCH_PYTHON_IMPORT_FAILED = -1004,
    BENCH_PYTHON_EXITED = -1005,
    BENCH_PYTHON_TOO_MUCH_OUTPUT = -1006,
    BENCH_PYTHON_NO_CALLABLE = -1007,
    BENCH_PYTHON_CHANGED_GLOBALS = -1008,
    BENCH_PYTHON_RAISED = -1012,
    BENCH_PYTHON_WRONG_TYPE = -1013,
    BENCH_PYTHON_WRONG_COUNT = -1014,
    BENCH_PYTHON_WRONG_SHAPE = -1015,
    BENCH_PYTHON_WRONG_DTYPE = -1016,
    BENCH_PYTHON_WRONG_DEVICE = -1017,
    BENCH_PYTHON_WRONG_LAYOUT = -1018,
    BENCH_PYTHON_ALIASED = -1019,
    BENCH_PYTHON_OUT_OF_MEMORY = -1021,
    BENCH_PYTHON_OTHER_KERNELS = -1022,
    BENCH_PYTHON_TIMEOUT = -1024,
    BENCH_PYTHON_ORACLE_FAILED = -1025,
    BENCH_PYTHON_SPECIAL_VALUES = -1027, /* NaN or infinity where torch has none, or the reverse */
    BENCH_PYTHON_SPOILED_GLOBALS = -1028 /* changed, and not put back: the process must end */
};

/* 0, or BENCH_ERROR if the table is of another version. */
int bench_python_check(const struct bench_python_hooks *hooks, struct bench_err *err);

/* A tensor of the request: `data` is ours and lives until _release. */
struct bench_python_tensor {
    const char *name;
    const void *data;
    enum bench_dtype dtype;
    const int64_t *shape; /* shape[ndim] */
    int ndim;
};

struct bench_python_request {
    const struct bench_implementation *impl;
    const struct bench_case *plan;
    const struct bench_python_tensor *inputs, *outputs; /* counts as in the operator */
    const struct bench_python_tensor *scale;            /* of an oracle; NULL: none */
};

/* The JSON text that `prepare` gets, one line without its end; added to `text`. */
int bench_python_write_request(const struct bench_python_request *request, struct bench_str *text,
                               struct bench_err *err);

/* A prepared call. Texts are in the arena. */
struct bench_python_call {
    const struct bench_python_hooks *hooks;
    int64_t handle;                                 /* 0: none */
    double import_ns, first_call_ns, later_call_ns; /* host times; the first compiles and tunes */
    const char *notes;       /* for the record: "" or sentences, joined by "; " */
    const char *source_hash; /* of the description's "python" and the code file */
};

/* The inputs must be filled: the operator is called. */
int bench_python_prepare(const struct bench_python_hooks *hooks,
                         const struct bench_python_request *request, struct bench_arena *arena,
                         struct bench_python_call *call, struct bench_err *err);
void bench_python_release(struct bench_python_call *call); /* a zeroed one is fine */

int bench_python_reset(const struct bench_python_call *call, struct bench_err *err);
int bench_python_call(const struct bench_python_call *call, struct bench_err *err);
int bench_python_collect(const struct bench_python_call *call, struct bench_err *err);
/* To be called after _reset; a further _reset keeps what it did. */
int bench_python_poison(const struct bench_python_call *call, struct bench_err *err);
/* BENCH_PYTHON_CHANGED_GLOBALS if shared settings (torch's, Python's) were changed since it was
 * switched on, or, `on` true, by what was called before; they have been put back then.
 * BENCH_PYTHON_SPOILED_GLOBALS if that could not be done. It is switched all the same. */
int bench_python_timing(const struct bench_python_hooks *hooks, bool on, struct bench_err *err);

/* Is NaN and infinity where torch has them, when some are among the inputs?
 * BENCH_PYTHON_SPECIAL_VALUES if not. `notes` (in the arena): why they were not tried, or "". */
int bench_python_special_values(const struct bench_python_call *call, struct bench_arena *arena,
                                const char **notes, struct bench_err *err);

/* What one call launched. Texts are in the arena. */
struct bench_python_facts {
    const char *kernels;     /* JSON: [{"name","kind","grid","block","count"}, …] */
    int64_t launches;        /* kernels, copies left out */
    int64_t allocated_bytes; /* by torch's allocator; -1: not known */
    const char *verdict;     /* "ok", "other_kernels", "no_kernels", "unproven" */
    const char *why;
    const char *other_stream; /* what ran on a stream that ours neither holds back nor waits for, so
                                 that no event of ours has its time; "" if nothing is known to */
};

/* Calls it again, under a profiler. */
int bench_python_facts(const struct bench_python_call *call, struct bench_arena *arena,
                       struct bench_python_facts *facts, struct bench_err *err);

#endif
