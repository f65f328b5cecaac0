#include "bench/cli/merge_inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bench/cli/suite_option.h"
#include "bench/run/device_json.h"
#include "bench/run/journal.h"
#include "bench/run/run_json_parts.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

extern const struct bench_command bench_cmd_run;

/* ---- one folder ---- */

static int read_command(struct merge_source *s, struct bench_err *err)
{
    const struct bench_json *root = bench_json_root(s->doc), *command = NULL;
    int rc = bench_json_get_array(root, "command", true, &command, err);
    if (rc != BENCH_OK)
        return rc;
    s->argv = bench_xcalloc(bench_json_size(command) + 1, sizeof *s->argv);
    for (const struct bench_json *v = bench_json_first(command); v; v = bench_json_next(v)) {
        if ((rc = bench_json_expect(v, BENCH_JSON_STRING, err)) != BENCH_OK)
            return rc;
        s->argv[s->argc++] = bench_xstrdup(bench_json_string(v));
    }
    int exit_code = 0;
    run_arguments_init(&s->arguments);
    if (s->argc == 0 || strcmp(s->argv[0], "run") != 0 ||
        run_arguments_parse(&bench_cmd_run, &s->arguments, s->argc, s->argv, &exit_code) != 0)
        return bench_json_error(command, err, "it was not made by `bench run`, or by another one");
    return run_arguments_check(&s->arguments, err);
}

/* Where the suite and the operators are now; those in Python are in the folder itself. */
static int find_suite(struct merge_source *s, const char *suite, const char *kernels,
                      struct bench_err *err)
{
    struct run_arguments *a = &s->arguments;
    if (a->python.operators != NULL) {
        if (bench_operators_recall(s->folder, &s->described, err) != BENCH_EXIT_OK)
            return BENCH_EINPUT;
        a->suite = s->described.suite;
        a->kernels = s->described.kernels;
        a->dtypes.count = 0;
        return BENCH_OK;
    }
    a->suite = suite ? suite : a->suite ? a->suite : "quick";
    a->kernels = kernels ? kernels : a->kernels;
    return BENCH_OK;
}

/* A run that goes on writes its journal, and what is read of it now is not all. */
static int hold(struct merge_source *s, const char *journal, struct bench_err *err)
{
    s->journal_fd = open(journal, O_RDONLY | O_CLOEXEC);
    if (s->journal_fd < 0)
        return bench_err_set(err, BENCH_ENOTFOUND, "%s: cannot be read: %s", journal,
                             strerror(errno));
    if (flock(s->journal_fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: the run still goes on: another process writes its journal",
                             s->folder);
    return BENCH_OK;
}

static int read_totals(const struct bench_json *root, struct bench_run *run, struct bench_err *err)
{
    const struct bench_json *totals = NULL, *device = NULL;
    const char *compiler = "";
    int64_t lost = 0;
    int rc;
    if ((rc = bench_json_get_object(root, "device", true, &device, err)) != 0 ||
        (rc = bench_device_json_read(device, &run->info, err)) != 0 ||
        (rc = bench_json_get_string(root, "compiler", true, &compiler, err)) != 0 ||
        (rc = bench_json_get_object(root, "totals", true, &totals, err)) != 0 ||
        (rc = bench_json_get_double(root, "measuring_s", true, &run->measuring_s, err)) != 0 ||
        (rc = bench_json_get_int(totals, "workers_lost", true, 0, INT64_MAX, &lost, err)) != 0)
        return rc;
    run->compiler[0] = '\0';
    strncat(run->compiler, compiler, sizeof run->compiler - 1);
    run->workers_lost = (size_t)lost;
    return BENCH_OK;
}

static int read_settings(const struct bench_json *root, struct run_arguments *a,
                         struct bench_run *run, struct bench_err *err)
{
    const struct bench_json *settings = NULL;
    int64_t seed = 0;
    int rc = bench_json_get_object(root, "settings", true, &settings, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_int(settings, "seed", true, 0, INT64_MAX, &seed, err);
    run_arguments_apply(a, &run->settings);
    run->settings.seed = (uint64_t)seed;
    return rc;
}

/* A shard has a line of each of its cases, or it did not finish; so has any other run. */
static int check_count(const struct merge_source *s, struct bench_err *err)
{
    const struct bench_json *totals = bench_json_get(bench_json_root(s->doc), "totals");
    int64_t done = 0;
    int rc = bench_json_get_int(totals, "cases_done", true, 0, INT64_MAX, &done, err);
    if (rc == BENCH_OK && (size_t)done > s->run.cases_done)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: run.json says that %lld cases were done, and the journal has %zu: "
                           "it was changed or damaged",
                           s->folder, (long long)done, s->run.cases_done);
    return rc;
}

static int read_journal(struct merge_source *s, struct bench_err *err)
{
    const struct run_arguments *a = &s->arguments;
    const struct bench_json *root = bench_json_root(s->doc);
    struct bench_run_options options = {
        .device = a->device,
        .sanitize = a->sanitize,
        .timeout_s = a->timeout_s,
        .max_case_ms = a->max_case_ms,
        .shard = a->shard_number,
        .shard_count = a->shard_count,
    };
    int64_t whole_bytes;
    bool torn;
    char *journal = bench_path_join(s->folder, BENCH_JOURNAL);
    bench_run_init(&s->run, s->suite, &options);
    /* Which cases a shard has, its lines say. */
    s->run.unordered = a->shard_count > 0 || bench_json_get(root, "devices") != NULL;
    int rc = read_settings(root, &s->arguments, &s->run, err);
    if (rc == BENCH_OK)
        rc = read_totals(root, &s->run, err);
    if (rc == BENCH_OK)
        rc = hold(s, journal, err);
    if (rc == BENCH_OK)
        rc = bench_journal_read(journal, &s->run, &whole_bytes, &torn, err);
    free(journal);
    return rc == BENCH_OK ? check_count(s, err) : rc;
}

static int read_source(struct merge_source *s, const char *suite, const char *kernels,
                       struct bench_err *err)
{
    char *path = bench_path_join(s->folder, "run.json");
    int rc = bench_json_read(path, 0, &s->doc, err);
    if (rc == BENCH_ENOTFOUND)
        bench_err_set(err, rc, "%s: there is no run.json: expected the folder of a run", s->folder);
    free(path);
    if (rc == BENCH_OK)
        rc = bench_json_expect(bench_json_root(s->doc), BENCH_JSON_OBJECT, err);
    if (rc == BENCH_OK)
        rc = read_command(s, err);
    if (rc == BENCH_OK)
        rc = find_suite(s, suite, kernels, err);
    run_arguments_narrow(&s->arguments);
    if (rc == BENCH_OK)
        rc = bench_suite_option_read(s->arguments.suite, s->arguments.kernels, &s->arguments.filter,
                                     &s->suite, err);
    return rc == BENCH_OK ? read_journal(s, err) : rc;
}

/* ---- all of them ---- */

static bool same_strings(const struct bench_strings *a, const struct bench_strings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

static bool has_string(const struct bench_strings *list, const char *s)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], s) == 0)
            return true;
    return false;
}

/* Parts: different operators of one suite. An empty list is all of them. */
static int join_operators(const struct merge_inputs *in, struct bench_strings *operators,
                          struct bench_err *err)
{
    const struct run_arguments *first = &in->sources[0].arguments;
    *operators = first->operators;
    for (size_t i = 1; i < in->count; i++) {
        const struct run_arguments *a = &in->sources[i].arguments;
        if (!same_strings(&a->dtypes, &first->dtypes) || a->max_cases != first->max_cases)
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s and %s were asked for other --dtype or --max-cases of their "
                                 "suite: parts may differ in --op and --shard",
                                 in->sources[0].folder, in->sources[i].folder);
        if (a->operators.count == 0)
            operators->count = 0;
        for (size_t k = 0; k < a->operators.count && operators->count > 0; k++)
            if (!has_string(operators, a->operators.items[k])) {
                if (operators->count == BENCH_OPTION_STRINGS_MAX)
                    return bench_err_set(err, BENCH_EINPUT, "more than %d operators by --op",
                                         BENCH_OPTION_STRINGS_MAX);
                operators->items[operators->count++] = a->operators.items[k];
            }
    }
    return BENCH_OK;
}

/* The option's name, if the word is one of those with a value that a merged run has not. */
static const char *left_out(const char *word)
{
    static const char *const names[] = {"--shard", "--output", "--costs", "--op"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (bench_str_starts(word, names[i]) &&
            (word[strlen(names[i])] == '\0' || word[strlen(names[i])] == '='))
            return names[i];
    return NULL;
}

static void make_command(struct merge_inputs *in, const struct bench_strings *operators)
{
    const struct merge_source *first = &in->sources[0];
    in->argv = bench_arena_alloc(in->arena, ((size_t)first->argc + 2 * operators->count + 1) *
                                                sizeof *in->argv);
    for (int i = 0; i < first->argc; i++) {
        const char *name = left_out(first->argv[i]);
        if (name == NULL)
            in->argv[in->argc++] = first->argv[i];
        else if (strcmp(name, first->argv[i]) == 0)
            i++; /* its value is the next word */
    }
    for (size_t i = 0; i < operators->count; i++) {
        in->argv[in->argc++] = bench_arena_strdup(in->arena, "--op");
        in->argv[in->argc++] = bench_arena_strdup(in->arena, operators->items[i]);
    }
}

int merge_inputs_read(const char *const *folders, size_t count, const char *suite,
                      const char *kernels, struct merge_inputs *in, struct bench_err *err)
{
    struct bench_strings operators = {.count = 0};
    int rc = BENCH_OK;
    *in = (struct merge_inputs){.count = count, .arena = bench_arena_new()};
    in->sources = bench_xcalloc(count + 1, sizeof *in->sources);
    for (size_t i = 0; i < count; i++) {
        in->sources[i].folder = folders[i];
        in->sources[i].journal_fd = -1;
    }
    for (size_t i = 0; i < count && rc == BENCH_OK; i++)
        rc = read_source(&in->sources[i], suite, kernels, err);
    if (rc == BENCH_OK)
        rc = join_operators(in, &operators, err);
    if (rc != BENCH_OK)
        return rc;
    make_command(in, &operators);
    struct run_arguments *a = &in->sources[0].arguments;
    struct bench_suite_filter filter = a->filter;
    filter.operators = operators.items;
    filter.operator_count = operators.count;
    return bench_suite_option_read(a->suite, a->kernels, &filter, &in->suite, err);
}

void merge_inputs_fini(struct merge_inputs *in)
{
    for (size_t i = 0; i < in->count; i++) {
        struct merge_source *s = &in->sources[i];
        if (s->run.arena != NULL)
            bench_run_fini(&s->run);
        if (s->journal_fd >= 0)
            close(s->journal_fd);
        for (int k = 0; k < s->argc; k++)
            free(s->argv[k]);
        free(s->argv);
        bench_suite_free(s->suite);
        bench_operators_fini(&s->described);
        bench_json_free(s->doc);
    }
    free(in->sources);
    bench_suite_free(in->suite);
    bench_arena_free(in->arena);
    memset(in, 0, sizeof *in);
}
