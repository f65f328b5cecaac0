#include "bench/selftest/suite_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/progress.h"
#include "bench/run/results.h"
#include "bench/util/file.h"

/* Of the runs' run.json; as those of `bench run` (docs/formats.md, "Run folder"). */
enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_SYSTEM = 4, EXIT_INTERRUPTED = 130 };

/* An implementation that is silent for so long is given up: none of ours is. */
#define TIMEOUT_S 60

int selftest_folder(const char *name, char **path, struct bench_err *err)
{
    char *installed = bench_path_join("selftest", name);
    char *source = bench_path_join("bench/selftest", name); /* where it was built */
    int rc = bench_path_find_home(installed, path, err);
    if (rc != BENCH_OK && bench_path_find_home(source, path, NULL) == BENCH_OK)
        rc = BENCH_OK;
    free(installed);
    free(source);
    return rc;
}

static int read_suite(const char *name, struct bench_suite **suite, struct bench_err *err)
{
    char *suites = NULL, *kernels = NULL, *path = NULL;
    int rc = selftest_folder("suites", &suites, err);
    if (rc == BENCH_OK)
        rc = selftest_folder("kernels", &kernels, err);
    if (rc == BENCH_OK) {
        path = bench_xprintf("%s/%s.json", suites, name);
        rc = bench_suite_read(path, kernels, NULL, suite, err);
    }
    free(suites);
    free(kernels);
    free(path);
    return rc;
}

/* Keeps those that are wanted; the suite owns what is left. */
static void keep_cases(struct bench_suite *suite, const struct selftest_suite_request *request)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < suite->case_count; i++) {
        if (request->most_flops > 0 && suite->cases[i].plan.flops > request->most_flops)
            bench_case_fini(&suite->cases[i].plan);
        else
            suite->cases[count++] = suite->cases[i];
    }
    size_t wanted = request->cases > 0 && request->cases < count ? request->cases : count;
    for (size_t i = 0; i < count; i++) {
        if (kept < wanted && i * wanted / count >= kept)
            suite->cases[kept++] = suite->cases[i];
        else
            bench_case_fini(&suite->cases[i].plan);
    }
    suite->case_count = kept;
}

static int measure(struct bench_run *run, struct bench_results *results,
                   const struct bench_selftest_options *options, struct bench_err *err)
{
    struct bench_progress *progress = bench_progress_new(stderr, options->terminal, options->quiet);
    bench_progress_summarise(progress, "selftest: ");
    int rc = bench_run_compile(run, progress, err);
    if (rc == BENCH_OK)
        rc = bench_run_cases(run, results, progress, err);
    bench_progress_free(progress);
    return rc;
}

static int run_in(struct selftest_suite_run *out, const char *folder,
                  const struct bench_selftest_options *options, struct bench_err *err)
{
    struct bench_results_options where = {
        .folder = folder, .argc = options->argc, .argv = options->argv};
    struct bench_results *results = NULL;
    int rc = bench_run_probe(&out->run, err);
    if (rc == BENCH_OK)
        rc = bench_results_open(&out->run, &where, &results, err);
    if (rc != BENCH_OK)
        return rc;
    rc = measure(&out->run, results, options, err);
    bench_judge_init(&out->judge, &out->run);
    out->judged = true;
    const char *status = rc == BENCH_OK             ? "finished"
                         : rc == BENCH_EINTERRUPTED ? "interrupted"
                                                    : "failed";
    int exit_code = rc == BENCH_EINTERRUPTED            ? EXIT_INTERRUPTED
                    : rc != BENCH_OK                    ? EXIT_SYSTEM
                    : bench_run_failures(&out->run) > 0 ? EXIT_FAILED
                                                        : EXIT_FINE;
    struct bench_err late = {0};
    int written = bench_results_finish(results, &out->run, &out->judge, status, exit_code, &late);
    if (rc == BENCH_OK && written != BENCH_OK) {
        rc = written;
        *err = late;
    }
    bench_results_free(results);
    return rc;
}

int selftest_suite_run(const struct bench_selftest_options *options,
                       const struct selftest_suite_request *request, struct selftest_suite_run *out,
                       struct bench_err *err)
{
    memset(out, 0, sizeof *out);
    int rc = read_suite(request->name, &out->suite, err);
    if (rc != BENCH_OK)
        return rc;
    keep_cases(out->suite, request);
    if (out->suite->case_count == 0)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "all cases of the suite %s are too large for this device",
                             request->name);
    struct bench_run_options run_options = {.device = options->device,
                                            .timeout_s = TIMEOUT_S,
                                            .max_case_ms = request->max_case_ms,
                                            .interrupted = options->interrupted};
    bench_run_init(&out->run, out->suite, &run_options);
    char *folder = bench_path_join(request->parent, request->name);
    rc = run_in(out, folder, options, err);
    free(folder);
    return rc;
}

void selftest_suite_fini(struct selftest_suite_run *out)
{
    if (out->judged)
        bench_judge_fini(&out->judge);
    if (out->suite != NULL)
        bench_run_fini(&out->run);
    bench_suite_free(out->suite);
    memset(out, 0, sizeof *out);
}

/* ---- cases ---- */

static double param_of(const struct bench_case *c, const char *name, double otherwise)
{
    for (size_t i = 0; i < c->op->param_count; i++)
        if (strcmp(c->op->params[i].name, name) == 0)
            return c->params[i];
    return otherwise;
}

bool selftest_case_get(const struct selftest_suite_run *run, size_t index,
                       struct selftest_case *out)
{
    const struct bench_case *c = &run->suite->cases[index].plan;
    *out = (struct selftest_case){
        .plan = c,
        .judgement = &run->judge.cases[index][BENCH_RULE_SPEEDUP],
        .candidate = bench_run_find(&run->run, index, BENCH_CANDIDATE),
        .candidate_passes = param_of(c, "candidate_passes", 1),
        .reference_passes = param_of(c, "reference_passes", 1),
        .work = c->ndim == 2 ? (double)c->shape[1] : 1,
    };
    if (out->candidate == NULL || out->candidate->status != BENCH_STATUS_OK ||
        !out->judgement->known)
        return false;
    out->time_ns = bench_record_time_ns(out->candidate);
    return true;
}

void selftest_case_open(const struct selftest_case *c, struct selftest_values *values)
{
    struct bench_json_writer *w = &values->writer;
    const struct bench_judgement *j = c->judgement;
    bench_json_open_object(w);
    bench_json_put_key_string(w, "case", c->plan->label);
    selftest_put(values, "time_ns", c->time_ns);
    selftest_put(values, "estimate", j->ratio.estimate);
    selftest_put(values, "low", j->ratio.low);
    selftest_put(values, "high", j->ratio.high);
    selftest_put(values, "stat_low", j->ratio.stat_low);
    selftest_put(values, "stat_high", j->ratio.stat_high);
    bench_json_put_key_string(w, "answer", bench_answer_name(j->answer));
    bench_json_put_key_string(w, "method", j->method);
    bench_json_put_key_string(w, "reason", j->reason);
    bench_json_put_key_bool(w, "disagree", j->disagree);
    bench_json_put_key_string(w, "stopped", c->candidate->stopped);
    bench_json_put_key_int(w, "rounds", (int64_t)c->candidate->round_count);
}

static const char *fault_of(const struct selftest_suite_run *run, size_t index,
                            struct bench_selftest_report *report)
{
    for (int role = 0; role < BENCH_BASELINE; role++) {
        const struct bench_record *r = bench_run_find(&run->run, index, (enum bench_role)role);
        if (r != NULL && r->status != BENCH_STATUS_OK)
            return selftest_text(report, "%s %s: %s: %.300s", run->suite->cases[index].plan.label,
                                 r->implementation ? r->implementation : "",
                                 bench_status_name(r->status), r->reason);
    }
    return selftest_text(report, "%s was not measured", run->suite->cases[index].plan.label);
}

const char *selftest_suite_fault(const struct selftest_suite_run *run,
                                 struct bench_selftest_report *report)
{
    struct selftest_case c;
    for (size_t i = 0; i < run->suite->case_count; i++)
        if (!selftest_case_get(run, i, &c))
            return fault_of(run, i, report);
    return "";
}
