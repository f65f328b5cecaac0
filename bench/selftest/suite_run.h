/* Private to bench/selftest: a suite of the selftest's own, measured and judged by the engine of
 * `bench run`. */
#ifndef BENCH_SELFTEST_SUITE_RUN_H
#define BENCH_SELFTEST_SUITE_RUN_H

#include "bench/run/judge.h"
#include "bench/selftest/report.h"

struct selftest_suite_request {
    const char *name;  /* bench/selftest/suites/<name>.json; the run's folder */
    size_t cases;      /* at most so many, evenly spread over the suite; 0: all */
    double most_flops; /* cases that compute more are left out; 0: none is */
    double max_case_ms;
    const char *parent; /* folder for the run's */
};

struct selftest_suite_run {
    struct bench_suite *suite;
    struct bench_run run;
    struct bench_judge judge;
    bool judged;
};

/* 0 if all cases were measured, whatever became of them; BENCH_EINTERRUPTED; else why not. The
 * caller calls _fini in every case. */
int selftest_suite_run(const struct bench_selftest_options *options,
                       const struct selftest_suite_request *request, struct selftest_suite_run *out,
                       struct bench_err *err);
void selftest_suite_fini(struct selftest_suite_run *out);

/* Where the selftest's files are: "kernels" or "suites". The caller frees. BENCH_ENOTFOUND. */
int selftest_folder(const char *name, char **path, struct bench_err *err);

/* One case of a suite in which known numbers of passes play candidate and reference. */
struct selftest_case {
    const struct bench_case *plan;
    const struct bench_judgement *judgement; /* of speedup_vs_flaggems */
    const struct bench_record *candidate;
    double candidate_passes, reference_passes; /* 1 for operators without passes */
    double work;                               /* steps of a pass */
    double time_ns;                            /* the candidate's, floor taken off */
};
/* false if the case has no ratio: somebody in it failed, or it was not measured. */
bool selftest_case_get(const struct selftest_suite_run *run, size_t index,
                       struct selftest_case *out);
/* An object with the case, its ratio and its answer; the caller may add members, and closes it. */
void selftest_case_open(const struct selftest_case *c, struct selftest_values *values);
/* Why the first case without a ratio has none. */
const char *selftest_suite_fault(const struct selftest_suite_run *run,
                                 struct bench_selftest_report *report);

#endif
