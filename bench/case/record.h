/*
 * What a run learned about one implementation of one case: the unit that workers report and that
 * journal.jsonl keeps, one line each (docs/formats.md, "journal.jsonl").
 */
#ifndef BENCH_CASE_RECORD_H
#define BENCH_CASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/ratio.h"
#include "bench/perf/json.h"
#include "bench/spec/suite.h"
#include "bench/util/mem.h"

enum bench_status {
    BENCH_STATUS_OK,
    BENCH_STATUS_CHECKED,        /* right, and not timed: the case's tensors are empty */
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
    BENCH_STATUS_IMPOSSIBLE,         /* faster than the device can be (bench/case/roofline.h) */
    BENCH_STATUS_PRECISION,          /* computed in a lower precision than asked for */
    BENCH_STATUS_HIDDEN_SHAPE,       /* not right at a shape that no suite names */
    BENCH_STATUS_CACHED,             /* faster on inputs that it has seen before */
    BENCH_STATUS_FORGED,             /* wrote into the pipe that results come from, or closed it */
    BENCH_STATUS_ORACLE_FAILED,      /* the oracle gave no answer: nothing could be verified */
    /* Of operators that are called in Python: */
    BENCH_STATUS_SYNTAX_ERROR,    /* its code is no Python */
    BENCH_STATUS_IMPORT_FAILED,   /* its module raised when it was imported */
    BENCH_STATUS_EXITED,          /* it called exit() */
    BENCH_STATUS_TOO_MUCH_OUTPUT, /* it printed more than anybody reads */
    BENCH_STATUS_NO_CALLABLE,     /* its module does not define the operator */
    BENCH_STATUS_CHANGED_GLOBALS, /* it changed shared settings (they were put back) */
    BENCH_STATUS_OTHER_STREAM,    /* it works where its time is not taken */
    BENCH_STATUS_RAISED,          /* it raised when it was called */
    BENCH_STATUS_WRONG_TYPE,      /* it returned something that is no tensor */
    BENCH_STATUS_WRONG_COUNT,     /* another number of tensors */
    BENCH_STATUS_WRONG_SHAPE,
    BENCH_STATUS_WRONG_DTYPE,
    BENCH_STATUS_WRONG_DEVICE,
    BENCH_STATUS_WRONG_LAYOUT,  /* no plain tensor: lazy, sparse, expanded */
    BENCH_STATUS_ALIASED,       /* it returned memory of an input, or of its own earlier answer */
    BENCH_STATUS_OUT_OF_MEMORY, /* torch has none left for it */
    BENCH_STATUS_OTHER_KERNELS, /* a reference or baseline that ran something else than its name
                                   promises */
    BENCH_STATUS_UNSUPPORTED,   /* no implementation named for the role can run this case */
    BENCH_STATUS_UNAVAILABLE,   /* the suite names no implementation for the role */
    BENCH_STATUS_COUNT
};

/* "ok", "wrong", …, as in the journal. */
const char *bench_status_name(enum bench_status status);
int bench_status_parse(const char *name, enum bench_status *status);
/* ok or checked. */
bool bench_status_right(enum bench_status status);
/* True for all but these, unsupported and unavailable: such a run exits with 1. */
bool bench_status_failed(enum bench_status status);
/* True for those that end the worker: it was lost with the implementation. */
bool bench_status_ends_worker(enum bench_status status);

/* Comparison with the oracle, over all outputs (the worst of them). */
struct bench_errors {
    int64_t elements;
    double max_abs;   /* largest |got - want| */
    double max_ratio; /* largest error / error allowed; above 1 is wrong */
    double rel_l2;    /* ||got - want|| / ||want|| */
    double rel_scale; /* ||got - want|| / ||max(|want|, scale)||; without a scale the same */
};

/* How the outputs of timed launches were looked at (bench/case/timed_check.h). */
struct bench_checks {
    bool repeats;         /* equal inputs gave equal bits, so that checksums could tell */
    int64_t launches;     /* timed launches, warm-up included */
    int64_t by_checksum;  /* of these: equal to a verified answer, bit by bit */
    int64_t in_full;      /* compared with the oracle, element by element */
    int64_t input_sets;   /* different inputs that the rounds had */
    int64_t sets_at_once; /* that each was drawn from; 1: the memory held no second one */
    int64_t hidden_cases; /* hidden shapes that it was right at */
};

struct bench_tuned {
    const char *label, *json; /* as in struct bench_variant */
    double median_ns;
    double *elapsed_ns; /* one a tuning round, paired among the variants; NULL in old journals */
    size_t round_count;
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
    struct bench_checks checks;

    const char *inputs_digest; /* 16 hexadecimal digits, of the timed inputs; "" if not timed */
    double *elapsed_ns;        /* one a round, as measured between the events */
    size_t round_count;
    double floor_ns; /* part of each that is the timing itself; between the next two */
    double own_ns;   /* an empty kernel's own time: no kernel takes less */
    double floor_low_ns, floor_high_ns; /* what the floor may be (struct bench_floor) */
    double floor_taken_ns;              /* what is taken off every time, between these; runs of
                                           before it was told took off floor_low_ns */
    double resolution_ns;               /* step of the clock; 0: none known */
    double alpha;                       /* error probability of the last look at the rounds */
    const char *stopped;                /* why there are no more rounds: bench_stop_name; "" */
    size_t discarded_rounds;            /* thrown away, for a throttled clock */
    bool throttled;                     /* too many were: the times are not to be trusted */
    bool operator_mode;                 /* elapsed_ns is host time of a whole call */
    /* What it was measured on, where a run has several devices; device_id NULL: its only one. */
    const char *device_id, *device_name;
    int device_index;
    int process; /* 0: the main run; 1, 2, …: a confirming process */
    int session; /* 0; or since the how-manieth time the run was resumed */
    double
        rounds_host_ns;  /* host time of the case's warm-up and rounds; the same for all its arms */
    double case_host_ns; /* of the whole case: loading, verifying, tuning, measuring */

    /* The same kernel measured as one more arm, on the same tensors: what the timing makes of a
     * kernel against itself (A/A). NULL if this case has none. */
    double *twin_elapsed_ns; /* one a round, paired with elapsed_ns */
    size_t twin_round_count;
    const char *twin_note; /* why not, if it was wanted; "" else */

    /* The second estimate for small kernels (bench/case/graph_time.h); graph_launches 0: not taken,
     * graph_note says why if it was tried ("" if not). */
    int graph_launches;       /* calls of the implementation in one graph */
    double *graph_elapsed_ns; /* one a round, around the whole graph */
    size_t graph_round_count;
    double graph_floor_low_ns, graph_floor_high_ns; /* of graph_elapsed_ns; see graph_time.h */
    const char *graph_note;

    double do_bench_ns; /* what Triton's do_bench would say (bench/case/do_bench.h); 0: not taken */

    /* Least time that the device needs for the case (bench/case/roofline.h); 0: not known. */
    double roofline_ns;
    const char *roofline_bound;             /* "memory", "compute", "" */
    bool near_floor;                        /* the median is less than 1.5 empty kernels */
    bool host_synchronises;                 /* timed without the gate */
    double clock_median_mhz, clock_min_mhz; /* 0 if the device does not tell */
    struct bench_tuned *tuned;              /* all variants, if there was a choice */
    size_t tuned_count;

    /* Of a call in Python. `launched` "": nobody looked. */
    const char *launched;    /* JSON: the kernels of one call (struct bench_python_facts) */
    int64_t launches;        /* kernels of one call, copies left out */
    int64_t allocated_bytes; /* that one call took from torch's allocator; -1: not known */
    const char *proof;       /* whether it ran what its role promises: "ok", "other_kernels",
                                "no_kernels", "unproven"; "" */
    const char *proof_why;
    double import_ns, first_call_ns, later_call_ns; /* host times of importing, of the first call,
                                                       which compiles and tunes, and of the next */
    const char *notes;                              /* what else its preparation told; "" */

    const char *source_hash, *binary_hash; /* "" if there is none */
    int registers;                         /* a thread, most of its kernels; -1 if not known */
    size_t shared_bytes, spill_bytes;      /* static shared memory a block; spills a thread */
};

/* All fields empty, in the sense above. */
void bench_record_init(struct bench_record *record);

/* The time in ns: the median of the samples, as a clock of steps of resolution_ns has them
 * (bench_net_median), with the floor taken off, and at least what bench_record_net allows. All
 * ratios are of such times. */
double bench_record_time_ns(const struct bench_record *record);
/* Its rounds as one side of a ratio; the samples stay the record's. */
struct bench_side bench_record_side(const struct bench_record *record);
/* What is taken off its times: floor_taken_ns, within floor_low_ns to floor_high_ns. */
double bench_record_floor_ns(const struct bench_record *record);
/* What its median may be off by however many rounds there are (bench_floor_unsure_ns). */
double bench_record_unsure_ns(const struct bench_record *record);
/* One elapsed time with that floor taken off, but no less than an empty kernel takes (own_ns, at
 * least 1 ns): what is shorter is noise, and would make any ratio. */
double bench_record_net(const struct bench_record *record, double elapsed_ns);

/* The object of a journal line. `c` is the record's case. */
void bench_record_write(const struct bench_record *record, const struct bench_case *c,
                        struct bench_json_writer *w);
/* The member `measured_on` of lines and of performance data; none where device_id is NULL. */
void bench_record_write_device(const struct bench_record *record, struct bench_json_writer *w);
int bench_record_read_device(const struct bench_json *object, struct bench_arena *arena,
                             struct bench_record *record, struct bench_err *err);
/* Reads it back (the worker's lines); errors name the place. */
int bench_record_read(const struct bench_json *object, struct bench_arena *arena,
                      struct bench_record *record, struct bench_err *err);

/* "candidate", "candidate and baseline"; into a buffer of 64 bytes. */
void bench_roles_text(unsigned roles, char text[64]);

#endif
