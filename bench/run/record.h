/*
 * What a run learned about one implementation of one case: the unit that workers report and that
 * journal.jsonl keeps, one line each (docs/formats.md, "journal.jsonl").
 */
#ifndef BENCH_RUN_RECORD_H
#define BENCH_RUN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/perf/json.h"
#include "bench/spec/suite.h"
#include "bench/util/mem.h"

enum bench_status {
    BENCH_STATUS_OK,
    BENCH_STATUS_WRONG,          /* outputs differ from the oracle's beyond the tolerance */
    BENCH_STATUS_NAN,            /* NaN or infinite where the oracle is not, or the reverse */
    BENCH_STATUS_OUT_OF_BOUNDS,  /* wrote outside its tensors (guard zone), or ASan says so */
    BENCH_STATUS_INPUT_MODIFIED, /* changed its inputs */
    BENCH_STATUS_COMPILE_ERROR,  /* the compiler refused it */
    BENCH_STATUS_UNKNOWN_ENTRY,  /* the source has no such kernel */
    BENCH_STATUS_LAUNCH_ERROR,   /* the launch was refused */
    BENCH_STATUS_DEVICE_FAULT,   /* a fault in the kernel: the device was lost for the process */
    BENCH_STATUS_CRASHED,        /* the worker process died in it */
    BENCH_STATUS_TIMEOUT,        /* did not come back in time */
    BENCH_STATUS_BARRIER_DIVERGENCE, /* a barrier that not all threads of the block reached */
    BENCH_STATUS_RACE,               /* right in one order of threads only (--sanitize) */
    BENCH_STATUS_UNDEFINED,          /* undefined behaviour (UBSan, --sanitize) */
    BENCH_STATUS_ORACLE_FAILED,      /* the oracle gave no answer: nothing could be verified */
    BENCH_STATUS_UNSUPPORTED,        /* no implementation named for the role can run this case */
    BENCH_STATUS_UNAVAILABLE,        /* the suite names no implementation for the role */
    BENCH_STATUS_COUNT
};

/* "ok", "wrong", …, as in the journal. */
const char *bench_status_name(enum bench_status status);
int bench_status_parse(const char *name, enum bench_status *status);
/* True for all but ok, unsupported and unavailable: such a run exits with 1. */
bool bench_status_failed(enum bench_status status);

/* Comparison with the oracle, over all outputs (the worst of them). */
struct bench_errors {
    int64_t elements;
    double max_abs;   /* largest |got - want| */
    double max_ratio; /* largest error / error allowed; above 1 is wrong */
    double rel_l2;    /* ||got - want|| / ||want|| */
};

struct bench_tuned {
    const char *label, *json; /* as in struct bench_variant */
    double median_ns;
};

/* Strings and arrays live in an arena; none of them is NULL but where it says so. */
struct bench_record {
    size_t case_index;          /* in the suite */
    unsigned roles;             /* bit r set: it plays enum bench_role r */
    const char *implementation; /* NULL: no implementation could fill the role, see reason */
    enum bench_status status;
    const char *reason;       /* "" if ok */
    const char *passed_over;  /* names that were preferred but cannot run, and why; "" if none */
    const char *variant;      /* the variant that stands for it: label; "" if it has no tunables */
    const char *variant_json; /* "{}" if it has none */
    const char *library;      /* "cuBLAS 13.0.2"; "" if it is none */

    bool verified; /* compared with the oracle; false on devices that compute nothing */
    struct bench_errors errors;

    const char *inputs_digest; /* 16 hexadecimal digits, of the timed inputs; "" if not timed */
    double *elapsed_ns;        /* one a round, as measured between the events */
    size_t round_count;
    double floor_ns;                        /* part of each that is the timing itself */
    double own_ns;                          /* an empty kernel's own time: no kernel takes less */
    bool near_floor;                        /* the median is less than 1.5 empty kernels */
    bool host_synchronises;                 /* timed without the gate */
    double clock_median_mhz, clock_min_mhz; /* 0 if the device does not tell */
    struct bench_tuned *tuned;              /* all variants, if there was a choice */
    size_t tuned_count;

    const char *source_hash, *binary_hash; /* "" if there is none */
    int registers;                         /* a thread, most of its kernels; -1 if not known */
    size_t shared_bytes, spill_bytes;      /* static shared memory a block; spills a thread */
};

/* All fields empty, in the sense above. */
void bench_record_init(struct bench_record *record);

/* Median time with the floor taken off, in ns; see bench_record_net. */
double bench_record_time_ns(const struct bench_record *record);
/* One elapsed time with the floor taken off, but no less than an empty kernel takes (own_ns, at
 * least 1 ns): what is shorter is noise, and would make any ratio. */
double bench_record_net(const struct bench_record *record, double elapsed_ns);

/* The object of a journal line. `c` is the record's case. */
void bench_record_write(const struct bench_record *record, const struct bench_case *c,
                        struct bench_json_writer *w);
/* Reads it back (the worker's lines); errors name the place. */
int bench_record_read(const struct bench_json *object, struct bench_arena *arena,
                      struct bench_record *record, struct bench_err *err);

/* "candidate", "candidate and baseline"; into a buffer of 64 bytes. */
void bench_roles_text(unsigned roles, char text[64]);

#endif
