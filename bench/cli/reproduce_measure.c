/* bench reproduce: measuring what is claimed, and again what stays undetermined. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/commands.h"
#include "bench/cli/reproduce_impl.h"
#include "bench/cli/run_arguments.h"
#include "bench/cli/step.h"
#include "bench/run/results.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* The second measurement may take so many times the rounds and the time of the first, as intervals
 * that are half as wide take four times as many. */
#define AGAIN_TIMES 4
#define AGAIN_ROUNDS_LEAST 1024
#define ROUNDS_MOST 1000000 /* of `bench run --max-rounds` */
#define CASE_MS 2000        /* its --max-case-ms, unless told */

int reproduce_fail(int exit_code, const struct bench_err *err)
{
    fprintf(stderr, "bench reproduce: %s\n", err->message);
    return exit_code;
}

int reproduce_input_fault(int rc, const struct bench_err *err)
{
    return reproduce_fail(bench_exit_of(rc), err);
}

/* A GPU's times are not to be held against a CPU's because this host has none, unless somebody asks
 * for it. */
const char *reproduce_device_of(const struct bench_claims *claims)
{
    static const char *const kinds[] = {"cuda", "cpu", "null"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (claims->device_kind != NULL && strcmp(claims->device_kind, kinds[i]) == 0)
            return kinds[i];
    return "auto";
}

/* ---- measuring ---- */

int reproduce_write(const char *folder, const char *name, const void *data, size_t length,
                    struct bench_err *err)
{
    char *path = bench_path_join(folder, name);
    int rc = bench_file_write_atomic(path, data, length, err);
    free(path);
    return rc;
}

/* A setting of the run that the claims come from; NAN. */
static double setting_of(const struct reproduce_request *r, const char *key)
{
    const struct bench_json *root =
        r->claims->run_json != NULL ? bench_json_root(r->claims->run_json) : NULL;
    const struct bench_json *settings = root != NULL ? bench_json_get(root, "settings") : NULL;
    const struct bench_json *v = settings != NULL ? bench_json_get(settings, key) : NULL;
    return v != NULL && bench_json_type(v) == BENCH_JSON_NUMBER ? bench_json_number(v)
                                                                : (double)NAN;
}

/* The suite, and the claims as they were: what was measured, and why. */
static int prepare(struct reproduce_request *r, char **suite, struct bench_err *err)
{
    struct bench_str text;
    char *claims = NULL;
    size_t length = 0;
    int rc = bench_results_make_folder(r->output, "reproduce", &r->folder, err);
    if (rc != BENCH_OK)
        return rc;
    bench_str_init(&text);
    bench_reproduce_plan_suite(&r->plan, &text);
    rc = reproduce_write(r->folder, "reproduce/suite.json", text.data, text.len, err);
    bench_str_fini(&text);
    if (rc == BENCH_OK && !bench_file_is_dir(r->path))
        rc = bench_file_read(r->path, 0, &claims, &length, err);
    if (claims != NULL)
        rc = reproduce_write(r->folder, "reproduce/claims", claims, length, err);
    free(claims);
    *suite = bench_path_join(r->folder, "reproduce/suite.json");
    return rc;
}

/* Rounds of the second measurement: four times those of the first, and 1024 at least. */
static double rounds_again(const struct reproduce_request *r)
{
    double first = r->max_rounds > 0 ? (double)r->max_rounds : setting_of(r, "rounds");
    first = isnan(first) ? setting_of(r, "most_rounds") : first;
    return fmax(AGAIN_ROUNDS_LEAST, isnan(first) ? 0 : fmin(AGAIN_TIMES * first, ROUNDS_MOST));
}

static void make_command(const struct reproduce_request *r, const char *suite, const char *folder,
                         bool again, struct bench_words *words)
{
    double max_case_ms = isnan(r->max_case_ms) ? setting_of(r, "max_case_ms") : r->max_case_ms;
    if (again)
        max_case_ms = AGAIN_TIMES * (isnan(max_case_ms) ? CASE_MS : max_case_ms);
    bench_words_add(words, "run", "");
    bench_words_add(words, "--suite=", suite);
    bench_words_add(words, "--kernels=", r->kernels);
    bench_words_add(words, "--output=", folder);
    bench_words_add(words, "--device=", r->device);
    bench_words_add(words, "--python=", r->python);
    if (!isnan(max_case_ms))
        bench_words_add_number(words, "--max-case-ms=", max_case_ms);
    if (!isnan(r->precision))
        bench_words_add_number(words, "--precision=", r->precision);
    if (!isnan(r->timeout_s))
        bench_words_add_number(words, "--timeout=", r->timeout_s);
    if (r->seed >= 0)
        bench_words_add_number(words, "--seed=", (double)r->seed);
    if (again || r->max_rounds > 0)
        bench_words_add_number(words,
                               "--max-rounds=", again ? rounds_again(r) : (double)r->max_rounds);
    if (r->confirm > 0)
        bench_words_add_number(words, "--confirm=", (double)r->confirm);
    bench_words_add(words, "--no-confirm", r->confirm == 0 ? "" : NULL);
    bench_words_add(words, "--quiet", r->quiet ? "" : NULL);
}

static void print_how_to_go_on(const struct reproduce_request *r, const char *folder, int code)
{
    struct bench_str text;
    if (code != BENCH_EXIT_INTERRUPTED && code != BENCH_EXIT_SYSTEM)
        return;
    bench_str_init(&text);
    bench_str_add(&text, "bench run --resume ");
    run_arguments_quote(folder, &text);
    bench_str_add(&text, " && bench reproduce ");
    run_arguments_quote(r->path, &text);
    bench_str_add(&text, " --measured ");
    run_arguments_quote(r->folder, &text);
    bench_str_addf(&text, " --tolerance %g", r->tolerance);
    fprintf(stderr,
            "bench reproduce: the measuring ended before its end. To go on (what is undetermined "
            "then is measured again by a new `bench reproduce` alone):\n  %s\n",
            text.data);
    bench_str_fini(&text);
}

/* Runs the suite by `bench run` into the folder; an exit code. Wrong results and failures are an
 * answer. */
static int measure_suite(const struct reproduce_request *r, const char *suite, const char *folder,
                         bool again)
{
    struct bench_err err = {0};
    struct bench_words words = {.count = 0};
    int code = BENCH_EXIT_OK, signalled = 0;
    char *said = bench_path_join(r->folder, again ? "reproduce/again.txt" : "reproduce/run.txt");
    make_command(r, suite, folder, again, &words);
    struct bench_step step = {.argv = (const char *const *)words.items, .out = said};
    int rc = bench_step_run(&step, &code, &signalled, &err);
    bench_words_fini(&words);
    free(said);
    if (rc != BENCH_OK)
        return reproduce_input_fault(rc, &err);
    print_how_to_go_on(r, folder, code);
    return code == BENCH_EXIT_FAILED ? BENCH_EXIT_OK : code;
}

int reproduce_measure(struct reproduce_request *r)
{
    struct bench_err err = {0};
    char *suite = NULL;
    int rc = prepare(r, &suite, &err);
    int code = rc == BENCH_OK ? measure_suite(r, suite, r->folder, false)
                              : reproduce_input_fault(rc, &err);
    free(suite);
    if (rc == BENCH_OK && code == BENCH_EXIT_NO_DEVICE)
        fprintf(stderr,
                "bench reproduce: nothing was measured on %s%s; --device measures on "
                "another\n",
                r->device,
                strcmp(r->device, reproduce_device_of(r->claims)) == 0 ? ", which the claims are of"
                                                                       : "");
    return code;
}

/* ---- what is undetermined, measured again ---- */

/* What the first measurement left undetermined, in a run of its own beside the suite. */
int reproduce_measure_again(struct reproduce_request *r, const struct bench_reproduction *found)
{
    struct bench_str text;
    struct bench_err err = {0};
    char *suite = bench_path_join(r->folder, "reproduce/again.json");
    char *folder = bench_path_join(r->folder, "reproduce/again");
    bool *wanted = bench_xcalloc(r->claims->count + 1, sizeof *wanted);
    for (size_t i = 0; i < r->claims->count; i++)
        wanted[i] = found->items[i].verdict == BENCH_CLAIM_UNDETERMINED;
    bench_str_init(&text);
    size_t cases = bench_reproduce_plan_suite_again(&r->plan, wanted, &text);
    int rc = bench_file_write_atomic(suite, text.data, text.len, &err);
    if (!r->quiet)
        fprintf(stderr,
                "undetermined: %zu; measured again (cases: %zu), with %.0f rounds at most (--once "
                "leaves them)\n",
                found->counts[BENCH_CLAIM_UNDETERMINED], cases, rounds_again(r));
    int code =
        rc == BENCH_OK ? measure_suite(r, suite, folder, true) : reproduce_input_fault(rc, &err);
    bench_str_fini(&text);
    free(wanted);
    free(suite);
    free(folder);
    return code;
}
