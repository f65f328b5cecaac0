/*
 * What a run left, read back: the one reader for all that comes after runs (compare, history,
 * report, reproduce). An outcome is read from the folder of a run (docs/formats.md, "Run folder"),
 * or from a file of performance data alone, which may be of other origin ("Performance data",
 * FlagGems' records too). What a source does not tell is absent in the outcome, as each field says:
 *
 *                          folder   folder, NO_JOURNAL   your_perf_data.json   flaggems_perf_data
 *   run.json: environment    x             x
 *   decisions                x             x                      x                   x
 *   candidate's cases        x             x                      x
 *   reference's cases        x             x              where the candidate has     x
 *   baseline's cases         x             x              a time                 as there
 *   error, registers, floor  x
 *   samples                  x
 *
 * Times are ms (medians with the low floor taken off), NAN where there is none. Strings are never
 * NULL: "" is what is not told. All of it lives until bench_outcome_free. Outcomes are not changed
 * after loading, so threads may share them.
 */
#ifndef BENCH_OUTCOME_OUTCOME_H
#define BENCH_OUTCOME_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/decide.h"
#include "bench/perf/json.h"
#include "bench/spec/suite.h"
#include "bench/util/err.h"

#define BENCH_OUTCOME_KEY 33
#define BENCH_OUTCOME_UNKNOWN SIZE_MAX

/* Flags of bench_outcome_load. */
enum {
    BENCH_OUTCOME_UNFINISHED = 1, /* take runs that are not finished, with what they have */
    BENCH_OUTCOME_NO_JOURNAL = 2  /* do not read journal.jsonl, which is most of a folder */
};

enum bench_outcome_rule { BENCH_OUTCOME_SPEEDUP, BENCH_OUTCOME_RELATIVE, BENCH_OUTCOME_RULES };
/* "speedup_vs_flaggems" (reference / candidate), "relative_to_cuda" (candidate / baseline). */
const char *bench_outcome_rule_key(enum bench_outcome_rule rule);

/* What the run answered by one rule: of a case, or of an operator (docs/formats.md, "Decisions").
 */
struct bench_outcome_decision {
    bool known; /* false: there is none, and all that follows means nothing */
    enum bench_answer answer;
    struct bench_ratio ratio; /* high and stat_high are INFINITY where nothing bounds it */
    double threshold;
    const char *reason; /* why it is undetermined */
    const char *method; /* of a case: "events", "graph" */
    size_t cases;       /* of an operator: that it is over */
    size_t processes;   /* of an operator: confirming ones that it is over; 0: the main run */
};

enum bench_outcome_standing {
    BENCH_OUTCOME_ABSENT,  /* nobody plays the role, or the source does not tell who does */
    BENCH_OUTCOME_OK,      /* right, and timed (but with --sanitize) */
    BENCH_OUTCOME_FAILED,  /* wrong, crashed, …: see status and reason */
    BENCH_OUTCOME_UNFILLED /* unsupported, unavailable: nobody can play it here */
};
/* "absent", "ok", "failed", "unfilled". */
const char *bench_outcome_standing_name(enum bench_outcome_standing standing);

/* One role of one case. */
struct bench_outcome_role {
    enum bench_outcome_standing standing;
    const char *status; /* as in the journal: "ok", "wrong", "crashed", …; "" if absent. Data of
                           other origin may have words of their own */
    const char *reason; /* why it is not ok, in full */
    const char *implementation;
    const char *variant;     /* "BLOCK=256 PACKS=1" */
    const char *library;     /* "cuBLAS 13.1.0"; of a call in Python the versions of its software */
    const char *source_hash; /* of its source and all that it includes; "" of library calls */
    const char *binary_hash; /* of the compiled code; journal only */

    double time_ms;         /* of the main run */
    double low_ms, high_ms; /* 95 % interval of time_ms, from sampling alone: order statistics of
                               the samples where the journal was read, else from the quartiles
                               (outcome_time.h) */
    double q25_ms, q75_ms, min_ms;
    double floor_ms, floor_high_ms; /* what timing itself takes: the first was taken off every
                                       time, the second may have been right; NAN without the
                                       journal */
    double do_bench_ms;
    size_t rounds; /* timed ones; 0 if not told */
    /* Time in each process: [0] is the main run's, the others are of the confirming processes in
     * which the same implementation was ok, in their order; NULL and 0 where there is no time. */
    const double *process_ms;
    const int *processes; /* which they are: 0, then numbers of confirming ones. The performance
                             data tell their order alone: they are then counted 1, 2, … */
    size_t process_count;

    bool near_floor, throttled;
    bool verified;    /* compared with the oracle; false where the source does not tell */
    double max_ratio; /* its largest error in units of the error allowed; NAN without the journal */
    double max_abs, rel_l2;
    double clock_mhz; /* median SM clock in its rounds; NAN if not told */
    int registers;    /* of a thread; -1 if not told, as the next ones */
    int64_t shared_bytes, spill_bytes;

    const int64_t *journal_at; /* private: where the lines of process_ms are */
};

struct bench_outcome_case {
    const char *key;      /* 32 hexadecimal digits of bench_outcome_key: equal in all outcomes */
    const char *op_name;  /* without "aten::" */
    const char *dtype;    /* torch's usual name: "float32" */
    const int64_t *shape; /* shape[ndim] */
    size_t ndim;
    const char *params; /* JSON with sorted keys; a text of other tools as it is; "" for none */
    const char *label;  /* without the operator: "float32 [64, 64] approximate=none" */
    size_t number;      /* in the suite, from 0; BENCH_OUTCOME_UNKNOWN without the journal */
    struct bench_outcome_role roles[BENCH_ROLE_COUNT];
    const struct bench_outcome_device *device; /* that all roles were timed on; NULL: the run's */
    struct bench_outcome_decision decisions[BENCH_OUTCOME_RULES];
    double bytes, flops;        /* that it must move and compute; NAN if not told */
    double roofline_ms;         /* the least time that the device needs for it; NAN if not known */
    const char *roofline_bound; /* "memory", "compute" */
};

struct bench_outcome_operator {
    const char *name;
    const char *category;
    const char *hash;  /* of its description; run.json only */
    size_t first_case; /* cases[first_case .. first_case + case_count) */
    size_t case_count;
    struct bench_outcome_decision decisions[BENCH_OUTCOME_RULES];
};

struct bench_outcome_device {
    const char *name, *kind; /* kind: cuda, cpu, null */
    const char *id, *arch;   /* UUID; "sm_90" */
    const char *driver;      /* all that the device tells: "580.159.04, CUDA 13.0 (runtime …)" */
    const char *cuda;        /* "13.0" of it */
    double clock_mhz;        /* SM clock at the start, at the end, and at most; NAN if not */
    double clock_end_mhz;    /* told, as the memory's */
    double clock_max_mhz;
    double memory_clock_mhz;
    const char *throttle; /* what held the clocks down at the end; "none" */
};

struct bench_outcome {
    const char *path;   /* as given */
    const char *folder; /* NULL: read from a file alone */
    const char *id;     /* the run's name; of a file what its first operator says */
    const char *suite, *suite_hash;
    const char *status;  /* "finished", "interrupted", …; "" of a file */
    int exit_code;       /* -1 if it has none */
    int64_t started_s;   /* UTC, seconds since 1970; -1 if not told */
    const char *started; /* "2026-11-22T10:26:00Z" */
    double duration_s;   /* NAN if not told */
    const char *command; /* "bench run core --device cuda" */
    const char *bench_version;
    const char *git_commit; /* of the operators' folder */
    bool git_dirty;
    const char *host, *compiler;
    struct bench_outcome_device device; /* of several the first */
    /* Of a run on several devices, and of one that was put together: all of them, without clocks;
     * else NULL and 0. */
    const struct bench_outcome_device *devices;
    size_t device_count;
    const char *mode;                       /* "kernel", "operator" */
    const char *cache;                      /* "cold", "hot" */
    int64_t seed;                           /* -1 if not told */
    double noise_floor;                     /* relative: 0.004; NAN if not known */
    size_t confirmations;                   /* confirming processes that were finished */
    double thresholds[BENCH_OUTCOME_RULES]; /* of the criteria; NAN if not told */
    const struct bench_json *environment;   /* run.json, all of it; NULL of a file */
    const struct bench_json *settings;      /* its "settings"; NULL if not told */

    const struct bench_outcome_operator *operators; /* in the suite's order, or the file's */
    size_t operator_count;
    const struct bench_outcome_case *cases; /* by operator, then in the suite's order */
    size_t case_count;
    bool has_journal;         /* it was read: samples can be had */
    const char *const *notes; /* what is missing, and why, for people */
    size_t note_count;

    struct bench_outcome_store *store; /* private */
};

/* `path` is the folder of a run (or results/latest), or a file of performance data. BENCH_ENOTFOUND
 * where there is none; BENCH_EINPUT, with file and place, for content that is damaged or wrong, and
 * for a run that is not finished (the message has the command that goes on with it). A last line of
 * the journal that is not whole is what a loss of power leaves: it does not count, and a note says
 * so. The caller frees. */
int bench_outcome_load(const char *path, unsigned flags, struct bench_outcome **outcome,
                       struct bench_err *err);
void bench_outcome_free(struct bench_outcome *outcome); /* NULL-safe */

/* The case, or NULL. */
const struct bench_outcome_case *bench_outcome_find(const struct bench_outcome *outcome,
                                                    const char *key);
const struct bench_outcome_operator *
bench_outcome_find_operator(const struct bench_outcome *outcome, const char *name);

/* Samples of one role of a case in ms, the low floor taken off, one a round, read from the journal
 * when they are asked for: *samples[*count], which the caller frees. `process` counts in
 * role->process_ms. Sample i of all roles of a case is of the same round. BENCH_EUNSUPPORTED if the
 * role has none or the journal was not read; BENCH_EINPUT if the journal was changed since. */
int bench_outcome_samples(const struct bench_outcome *outcome, const struct bench_outcome_case *c,
                          enum bench_role role, size_t process, double **samples, size_t *count,
                          struct bench_err *err);

/* The identity of a case from its parts, for what is not in an outcome. `op_name` with or without
 * "aten::", `dtype` in any of torch's spellings; `params` an object, a text, or NULL.
 * BENCH_EINPUT for a name or dtype that there cannot be. */
int bench_outcome_key(const char *op_name, const char *dtype, const int64_t *shape, size_t ndim,
                      const struct bench_json *params, char key[BENCH_OUTCOME_KEY],
                      struct bench_err *err);

#endif
