/* bench export: operator data from operators of kernels/ and what was measured of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/build.h"
#include "bench/cli/options.h"
#include "bench/cli/run_folder.h"
#include "bench/perf/op_name.h"
#include "bench/run/sources.h"
#include "bench/util/mem.h"
#include "importer/export_selected.h"

#define MAX_OPERATORS 256

struct settings {
    const char *run, *selected, *kernels, *output, *implementation, *variant;
    bool quiet, unfinished;
    const char *ops[MAX_OPERATORS];
    size_t op_count;
    size_t written, failed;
    bool system_failed; /* something could not be written */
};

static bool is_wanted(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->op_count; i++) {
        const char *op = bench_op_name_bare(s->ops[i]);
        if (strcmp(op, name) == 0) {
            return true;
        }
    }
    return s->op_count == 0;
}

static void fail(struct settings *s, const char *what, const struct bench_err *err)
{
    fprintf(stderr, "bench export: %s%s%s\n", what, *what != '\0' ? ": " : "", err->message);
    s->failed += 1;
}

static void write_export(struct settings *s, struct bench_export *e, int batch)
{
    struct bench_err err = {.code = 0};
    char *path = NULL;
    if (e->unchecked != NULL) {
        fprintf(stderr, "bench export: %s: whether its sources compile was not tried: %s\n",
                e->name, e->unchecked);
    }
    if (bench_export_write(e, s->output, batch, &path, &err) != 0) {
        fail(s, e->name, &err);
        s->system_failed = true;
    } else {
        s->written += 1;
        if (!s->quiet && e->total > 0) {
            printf("%-16s %s (%s, %zu measured cases)\n", e->name, path, e->implementations,
                   e->success);
        } else if (!s->quiet) {
            printf("%-16s %s (%s, not measured)\n", e->name, path, e->implementations);
        }
    }
    free(path);
    bench_export_fini(e);
}

static void export_unmeasured(struct settings *s)
{
    for (size_t i = 0; i < s->op_count; i++) {
        struct bench_err err = {.code = 0};
        struct bench_export e;
        const char *op = bench_op_name_bare(s->ops[i]);
        if (bench_export_unmeasured(op, s->kernels, s->implementation, s->variant, bench_build_text,
                                    &e, &err) != 0) {
            fail(s, "", &err);
        } else {
            write_export(s, &e, 0);
        }
    }
}

/* An exit code: of the file, not of its operators. */
static int export_selected(struct settings *s, const struct bench_selected *selected)
{
    struct bench_run_facts facts;
    struct bench_err unreadable = {.code = 0};
    if (bench_run_facts_read(selected, &facts, &unreadable) != 0) {
        fail(s, "", &unreadable);
        return bench_exit_of(unreadable.code);
    }
    for (size_t i = 0; i < selected->op_count; i++) {
        struct bench_err err = {.code = 0};
        struct bench_export e;
        if (!is_wanted(s, selected->ops[i].name)) {
            continue;
        }
        if (bench_export_selected(&selected->ops[i], s->kernels, &facts, bench_source_hash_of,
                                  bench_build_text, &e, &err) != 0) {
            fail(s, "", &err);
        } else {
            write_export(s, &e, selected->batch);
        }
    }
    bench_run_facts_fini(&facts);
    return BENCH_EXIT_OK;
}

/* Operators that were asked for by name must be in the data. */
static int check_wanted(const struct settings *s, struct bench_selected *const *files, size_t count)
{
    for (size_t i = 0; i < s->op_count; i++) {
        const char *op = bench_op_name_bare(s->ops[i]);
        bool found = false;
        for (size_t f = 0; f < count; f++) {
            found = found || bench_selected_find(files[f], op) != NULL;
        }
        if (!found) {
            fprintf(stderr,
                    "bench export: '%s' is not among the operators of the data; to export it "
                    "without measurements, name an implementation with --implementation\n",
                    op);
            return -1;
        }
    }
    return 0;
}

/* Parts of a run are exported on demand only, and never in silence. */
static int check_finished(const struct settings *s, const char *folder, struct bench_err *err)
{
    struct bench_err why = {0};
    const char *instead =
        s->unfinished ? "what it has is exported" : "--unfinished exports what it has";
    int rc = bench_run_folder_check_finished(folder, instead, &why);
    if (rc == BENCH_EINPUT && s->unfinished) {
        fprintf(stderr, "bench export: WARNING: %s\n", why.message);
        return BENCH_OK;
    }
    return rc == BENCH_OK ? rc : bench_err_set(err, rc, "%s", why.message);
}

/* The files to read: the run's data, the selection, or both selections of the newest run. */
static int read_files(const struct settings *s, struct bench_selected **files, size_t *count,
                      struct bench_err *err)
{
    char *paths[2] = {NULL, NULL};
    size_t path_count = 1;
    int rc = BENCH_OK;
    if (s->run != NULL) {
        rc = bench_run_folder_find(s->run, &paths[0], err);
        rc = rc == 0 ? check_finished(s, paths[0], err) : rc;
        rc = rc == 0 ? bench_selected_read_run(paths[0], &files[0], err) : rc;
        *count = rc == 0 ? 1 : 0;
        free(paths[0]);
        return rc;
    }
    if (s->selected != NULL) {
        paths[0] = bench_xstrdup(s->selected);
    } else {
        rc = bench_run_folder_selections(0, paths, &path_count, err);
    }
    for (size_t i = 0; rc == 0 && i < path_count; i++) {
        rc = bench_selected_read(paths[i], &files[i], err);
        *count += rc == 0 ? 1 : 0;
    }
    free(paths[0]);
    free(paths[1]);
    return rc;
}

static int export_files(struct settings *s)
{
    struct bench_err err = {.code = 0};
    struct bench_selected *files[2] = {NULL, NULL};
    size_t count = 0;
    int exit_code = BENCH_EXIT_OK;
    if (read_files(s, files, &count, &err) != 0) {
        fprintf(stderr, "bench export: %s\n", err.message);
        exit_code = bench_exit_of(err.code);
    } else if (check_wanted(s, files, count) != 0) {
        exit_code = BENCH_EXIT_USAGE;
    } else {
        for (size_t i = 0; i < count && exit_code == BENCH_EXIT_OK; i++) {
            exit_code = export_selected(s, files[i]);
        }
    }
    bench_selected_free(files[0]);
    bench_selected_free(files[1]);
    return exit_code;
}

static int check_options(const struct settings *s)
{
    if (s->run != NULL && s->selected != NULL) {
        fprintf(stderr, "bench export: --run and --selected exclude each other\n");
        return -1;
    }
    if (s->run == NULL && s->unfinished) {
        fprintf(stderr, "bench export: --unfinished needs --run\n");
        return -1;
    }
    if (s->implementation == NULL && s->variant != NULL) {
        fprintf(stderr, "bench export: --variant needs --implementation\n");
        return -1;
    }
    if (s->implementation != NULL && (s->run != NULL || s->selected != NULL)) {
        fprintf(stderr, "bench export: --implementation exports without measurements, so it "
                        "excludes --run and --selected\n");
        return -1;
    }
    if (s->implementation != NULL && s->op_count == 0) {
        fprintf(stderr, "bench export: --implementation needs the name of an operator\n");
        return -1;
    }
    return 0;
}

static int run_export(const struct bench_command *self, int argc, char **argv)
{
    struct settings s = {.output = "operator_data"};
    const struct bench_option options[] = {
        {"run", BENCH_OPTION_STRING, &s.run, "DIR",
         "Export what a run measured, all of its operators.", 0, 0},
        {"unfinished", BENCH_OPTION_FLAG, &s.unfinished, NULL,
         "With --run, take a run that is not finished, or a shard, with what it has.", 0, 0},
        {"selected", BENCH_OPTION_STRING, &s.selected, "FILE",
         "Export what this file selects (default: those of results/latest).", 0, 0},
        {"implementation", BENCH_OPTION_STRING, &s.implementation, "NAME",
         "Export this implementation, without measurements.", 0, 0},
        {"variant", BENCH_OPTION_STRING, &s.variant, "VALUES",
         "Its variant, as BLOCK=256 (default: the first that suits a shape).", 0, 0},
        {"kernels", BENCH_OPTION_STRING, &s.kernels, "DIR",
         "Folder of operators (default: what was measured, else the installation's kernels).", 0,
         0},
        {"output", BENCH_OPTION_STRING, &s.output, "DIR",
         "Folder for batch<N>/<op>.json (default: operator_data).", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &s.quiet, NULL, "Print errors only.", 0, 0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    int exit_code;
    if (bench_options_parse(self, options, argc, argv, s.ops, MAX_OPERATORS, &s.op_count,
                            &exit_code) != 0) {
        return exit_code;
    }
    if (check_options(&s) != 0) {
        return BENCH_EXIT_USAGE;
    }
    exit_code = BENCH_EXIT_OK;
    if (s.implementation != NULL) {
        export_unmeasured(&s);
    } else {
        exit_code = export_files(&s);
    }
    if (exit_code == BENCH_EXIT_OK && s.failed > 0) {
        exit_code = s.system_failed ? BENCH_EXIT_SYSTEM : BENCH_EXIT_FAILED;
    }
    return exit_code;
}

const struct bench_command bench_cmd_export = {
    "export",
    "Turn CUDA C winners into operator data that can be imported.",
    "export [OPERATOR...] [--run DIR | --selected FILE] [options]",
    "Writes a Python module that holds the CUDA source and launches it through torch's NVRTC "
    "facility, and a pytest file that tests it, as operator data (docs/formats.md). For each case "
    "the variant that was measured best is chosen. Where there is NVRTC, each source is compiled "
    "as it is written, once a dtype.\n\n"
    "Exit code: 0 if all was exported; 1 if some operators cannot be (the others are written); 2 "
    "for bad usage and missing or bad files; 4 if a file cannot be written.",
    run_export,
    NULL};
