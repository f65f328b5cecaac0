#include "bench/cli/run_operators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/run/fleet.h"
#include "bench/run/python_worker.h"
#include "bench/run/results.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

/* bench_python ends each operator after two minutes; this is for an interpreter that hangs. */
#define LIMIT_MS (60 * 60 * 1000)
#define MAX_ARGS 32
/* Exit code of bench_python: some operators cannot be described; answer.json has all. */
#define EXIT_SOME 1
#define ANSWER "answer.json"

static void add(const char **argv, size_t *count, const char *option, const char *value)
{
    if (value == NULL)
        return;
    argv[(*count)++] = option;
    argv[(*count)++] = value;
}

static char *join(const struct bench_strings *strings)
{
    struct bench_str text;
    if (strings->count == 0)
        return NULL;
    bench_str_init(&text);
    for (size_t i = 0; i < strings->count; i++)
        bench_str_addf(&text, "%s%s", i ? "," : "", strings->items[i]);
    return text.data;
}

/* The last words of a child, as one line. */
static const char *last_words(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    const char *line = strrchr(text, '\n');
    return line ? line + 1 : text;
}

/* An interpreter that fails to start exits with 1, too. */
static int check_end(const struct bench_operators_options *o, const char *output,
                     struct bench_process_result *r, struct bench_err *err)
{
    char *answer = bench_path_join(output, ANSWER);
    bool answered = bench_file_exists(answer);
    free(answer);
    if (answered && (r->exit_code == 0 || r->exit_code == EXIT_SOME))
        return BENCH_OK;
    if (r->timed_out)
        return bench_err_set(err, BENCH_ERROR, "%s: describing %s took more than an hour",
                             o->interpreter, o->operators);
    return bench_err_set(err, r->exit_code == 2 ? BENCH_EINPUT : BENCH_ERROR, "--operators %s: %s",
                         o->operators,
                         r->err_length ? last_words(r->err) : "Python ended without a word");
}

static int run_python(const struct bench_operators_options *o, const char *kind, const char *folder,
                      const char *output, struct bench_err *err)
{
    const char *argv[MAX_ARGS] = {o->interpreter, "-m", "bench_python", "describe"};
    size_t count = 4;
    char *dtypes = join(o->dtypes), *path = bench_python_path(folder);
    const char *env[] = {path, NULL};
    add(argv, &count, "--operators", o->operators);
    add(argv, &count, "--output", output);
    add(argv, &count, "--device", kind);
    add(argv, &count, "--kernels", o->kernels);
    add(argv, &count, "--dtypes", dtypes);
    add(argv, &count, "--shapes", o->shapes);
    add(argv, &count, "--from-flaggems", o->from_flaggems);
    add(argv, &count, "--override", o->override);
    add(argv, &count, "--reference", o->reference);
    struct bench_process_spec spec = {.argv = argv, .env = env, .timeout_ms = LIMIT_MS};
    struct bench_process_result result = {0};
    int rc = bench_process_run(&spec, &result, err);
    if (rc == BENCH_ENOTFOUND)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "there is no Python interpreter '%s'; name one with --python",
                           o->interpreter);
    else if (rc == BENCH_OK)
        rc = check_end(o, output, &result, err);
    bench_process_result_fini(&result);
    free(dtypes);
    free(path);
    return rc;
}

static int take_operator(const struct bench_json *o, struct bench_operators *described,
                         struct bench_err *err)
{
    const char *name = NULL, *status = NULL, *reason = "";
    int rc = bench_json_get_string(o, "op_name", true, &name, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(o, "status", true, &status, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(o, "reason", false, &reason, err);
    if (rc != BENCH_OK)
        return rc;
    described->total++;
    if (strcmp(status, "described") == 0)
        described->described++;
    else
        fprintf(stderr, "bench run: %s: %s: %s\n", name, status, reason);
    return BENCH_OK;
}

/* Every operator is in the answer: described, or with its reason. */
static int read_answer(const char *folder, struct bench_operators *described, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    const struct bench_json *operators = NULL;
    char *path = bench_path_join(folder, ANSWER);
    int rc = bench_json_read(path, 0, &doc, err);
    free(path);
    if (rc == BENCH_OK)
        rc = bench_json_get_array(bench_json_root(doc), "operators", true, &operators, err);
    for (const struct bench_json *v = rc == BENCH_OK ? bench_json_first(operators) : NULL;
         v != NULL && rc == BENCH_OK; v = bench_json_next(v))
        rc = take_operator(v, described, err);
    bench_json_free(doc);
    return rc;
}

int bench_operators_check(const struct bench_operators_options *o, const char *suite,
                          struct bench_err *err)
{
    const char *alone = o->shapes          ? "--shapes"
                        : o->from_flaggems ? "--from-flaggems"
                        : o->override      ? "--override"
                        : o->reference     ? "--reference"
                                           : NULL;
    if (o->operators == NULL && alone != NULL)
        return bench_err_set(err, BENCH_EINPUT, "%s is for --operators, which is not given", alone);
    if (o->operators == NULL)
        return BENCH_OK;
    if (suite != NULL)
        return bench_err_set(err, BENCH_EINPUT,
                             "--operators makes a suite of its own: leave out %s", suite);
    if (o->shapes != NULL && o->from_flaggems != NULL)
        return bench_err_set(err, BENCH_EINPUT, "--shapes or --from-flaggems, not both");
    if (bench_str_starts(o->device, "null"))
        return bench_err_set(err, BENCH_EINPUT, "the null device runs no operators in Python");
    return BENCH_OK;
}

/* What the descriptions are for: what torch refuses on the one device it may do on the other. */
static int find_device(const struct bench_operators_options *o, const char **kind,
                       struct bench_err *err)
{
    char device[128];
    bench_fleet_first(o->device, device);
    struct bench_run run = {.options = {.device = device, .interrupted = o->interrupted}};
    int rc = bench_run_probe(&run, err);
    *kind = strcmp(run.info.kind, "cuda") == 0 ? "cuda" : "cpu";
    return rc;
}

/* Python's part, and what it answers. */
static int describe_into(const struct bench_operators_options *o, const char *kind,
                         const char *folder, struct bench_operators *described,
                         struct bench_err *err)
{
    char *package = NULL;
    int rc = bench_python_folder(&package, err);
    if (rc == BENCH_OK)
        rc = run_python(o, kind, package, folder, err);
    free(package);
    if (rc == BENCH_OK)
        rc = read_answer(folder, described, err);
    if (rc == BENCH_OK && described->described == 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "--operators %s: none of its %zu operators can be described",
                           o->operators, described->total);
    return rc;
}

static void set_paths(struct bench_operators *described, const char *folder)
{
    described->suite = bench_path_join(folder, "suite.json");
    described->kernels = bench_path_join(folder, "kernels");
}

int bench_operators_recall(const char *output, struct bench_operators *described,
                           struct bench_err *err)
{
    memset(described, 0, sizeof *described);
    described->output = bench_xstrdup(output);
    char *folder = bench_path_join(output, "operators");
    set_paths(described, folder);
    int rc = read_answer(folder, described, err);
    free(folder);
    return rc == BENCH_OK ? BENCH_EXIT_OK : BENCH_EXIT_USAGE;
}

int bench_operators_describe(const struct bench_operators_options *options,
                             struct bench_operators *described, struct bench_err *err)
{
    const char *kind;
    memset(described, 0, sizeof *described);
    int rc = find_device(options, &kind, err);
    if (rc == BENCH_EINTERRUPTED)
        return BENCH_EXIT_INTERRUPTED;
    if (rc != BENCH_OK)
        return rc == BENCH_EINPUT ? BENCH_EXIT_USAGE : BENCH_EXIT_NO_DEVICE;
    rc = bench_results_make_folder(options->output, "operators", &described->output, err);
    if (rc == BENCH_OK) {
        char *folder = bench_path_join(described->output, "operators");
        described->made_output = options->output == NULL;
        set_paths(described, folder);
        rc = describe_into(options, kind, folder, described, err);
        free(folder);
    }
    return rc == BENCH_OK       ? BENCH_EXIT_OK
           : rc == BENCH_EINPUT ? BENCH_EXIT_USAGE
                                : BENCH_EXIT_SYSTEM;
}

void bench_operators_fini(struct bench_operators *described)
{
    free(described->output);
    free(described->suite);
    free(described->kernels);
    memset(described, 0, sizeof *described);
}
