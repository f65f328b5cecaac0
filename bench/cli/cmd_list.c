/* bench list: what there is to measure, and whether its descriptions are in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/options.h"
#include "bench/cli/suite_option.h"
#include "bench/provider/library/library.h"
#include "bench/spec/suite_check.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

struct row {
    char *cells[4]; /* name, category, dtypes, implementations */
};

static const char *const headings[4] = {"operator", "category", "dtypes", "implementations"};

static char *dtype_cell(const struct bench_operator *op)
{
    struct bench_str s;
    bench_str_init(&s);
    for (int t = 0; t < BENCH_DTYPE_COUNT; ++t) {
        if (op->dtypes[t]) {
            bench_str_addf(&s, "%s%s", s.len > 0 ? " " : "", bench_dtype_name((enum bench_dtype)t));
        }
    }
    char *cell = bench_str_take(&s);
    bench_str_fini(&s);
    return cell;
}

static char *implementation_cell(const struct bench_operator *op)
{
    struct bench_str s;
    bench_str_init(&s);
    for (size_t i = 0; i < op->implementation_count; ++i) {
        bench_str_addf(&s, "%s%s", i > 0 ? " " : "", op->implementations[i].name);
    }
    char *cell = bench_str_take(&s);
    bench_str_fini(&s);
    return cell;
}

static void print_table(const struct row *rows, size_t count)
{
    int widths[3];
    for (int c = 0; c < 3; ++c) {
        size_t width = strlen(headings[c]);
        for (size_t i = 0; i < count; ++i) {
            size_t length = strlen(rows[i].cells[c]);
            width = length > width ? length : width;
        }
        widths[c] = (int)width;
    }
    printf("%-*s  %-*s  %-*s  %s\n", widths[0], headings[0], widths[1], headings[1], widths[2],
           headings[2], headings[3]);
    for (size_t i = 0; i < count; ++i) {
        printf("%-*s  %-*s  %-*s  %s\n", widths[0], rows[i].cells[0], widths[1], rows[i].cells[1],
               widths[2], rows[i].cells[2], rows[i].cells[3]);
    }
}

static bool is_library_call(const char *entry)
{
    for (size_t i = 0; i < bench_library_count(); ++i) {
        if (strcmp(bench_library_name(i), entry) == 0) {
            return true;
        }
    }
    return false;
}

/* Library calls must exist: reading a description cannot know. False if one does not. */
static bool check_library_calls(const struct bench_operator *op)
{
    bool ok = true;
    for (size_t i = 0; i < op->implementation_count; ++i) {
        const struct bench_implementation *impl = &op->implementations[i];
        for (size_t k = 0; impl->provider == BENCH_PROVIDER_LIBRARY && k < impl->launch_count;
             ++k) {
            if (!is_library_call(impl->launches[k].entry)) {
                fprintf(stderr,
                        "%s: the implementation '%s' names the library call '%s', which does not "
                        "exist; 'bench list --library' prints those that do\n",
                        op->file, impl->name, impl->launches[k].entry);
                ok = false;
            }
        }
    }
    return ok;
}

/* Faults of operators, which every suite that names one has as well. */
struct told {
    char **messages;
    size_t count;
};

static void tell(struct told *told, const char *message)
{
    fprintf(stderr, "%s\n", message);
    told->messages = bench_xrealloc(told->messages, (told->count + 1) * sizeof(*told->messages));
    told->messages[told->count++] = bench_xstrdup(message);
}

static bool is_told(const struct told *told, const char *message)
{
    for (size_t i = 0; i < told->count; ++i) {
        if (strcmp(told->messages[i], message) == 0) {
            return true;
        }
    }
    return false;
}

/* Reads every description, says on standard error what is wrong with each that cannot be read, and
 * returns how many those are; a negative code if the folder cannot be listed. */
static int read_operators(const char *kernels_dir, struct row **rows, size_t *row_count,
                          struct told *told)
{
    char **names = NULL;
    size_t count = 0;
    int faults = 0;
    struct bench_err err;
    if (bench_operator_list(kernels_dir, &names, &count, &err) != 0) {
        fprintf(stderr, "bench list: %s\n", err.message);
        return err.code;
    }
    *rows = bench_xcalloc(count + 1, sizeof(**rows));
    for (size_t i = 0; i < count; ++i) {
        struct bench_operator *op = NULL;
        char *path = NULL;
        int rc = bench_operator_locate(kernels_dir, names[i], &path, &err);
        rc = rc == 0 ? bench_operator_read(path, &op, &err) : rc;
        free(path);
        if (rc != 0) {
            tell(told, err.message);
            faults += 1;
            continue;
        }
        if (!check_library_calls(op)) {
            faults += 1;
            bench_operator_free(op);
            continue;
        }
        struct row *row = &(*rows)[(*row_count)++];
        row->cells[0] = bench_xstrdup(op->name);
        row->cells[1] = bench_xstrdup(op->category);
        row->cells[2] = dtype_cell(op);
        row->cells[3] = implementation_cell(op);
        bench_operator_free(op);
    }
    bench_file_list_free(names, count);
    return faults;
}

/* The same for suites; *checked counts those that were read. One that only has the fault of an
 * operator is named, and does not count as faulty. */
static int read_suites(const char *configs_dir, const char *kernels_dir, const struct told *told,
                       size_t *checked)
{
    char **names = NULL;
    size_t count = 0;
    int faults = 0;
    struct bench_err err;
    if (bench_file_list(configs_dir, &names, &count, &err) != 0) {
        fprintf(stderr, "bench list: %s\n", err.message);
        return err.code;
    }
    for (size_t i = 0; i < count; ++i) {
        if (!bench_str_ends(names[i], ".json") || bench_str_ends(names[i], ".schema.json")) {
            continue;
        }
        struct bench_suite *suite = NULL;
        char *path = bench_path_join(configs_dir, names[i]);
        bool right = bench_suite_read(path, kernels_dir, NULL, &suite, &err) == 0 &&
                     bench_suite_check(suite, &err) == 0;
        if (!right && is_told(told, err.message)) {
            fprintf(stderr, "%s: not checked: it has an operator with a fault named above\n", path);
        } else {
            *checked += 1;
        }
        if (!right && !is_told(told, err.message)) {
            fprintf(stderr, "%s\n", err.message);
            faults += 1;
        }
        bench_suite_free(suite);
        free(path);
    }
    bench_file_list_free(names, count);
    return faults;
}

static int print_library(void)
{
    for (size_t i = 0; i < bench_library_count(); ++i) {
        printf("%s\n", bench_library_help(i));
    }
    return BENCH_EXIT_OK;
}

/* The folder from the option, or that of the installation; the caller frees. NULL: said why. */
static char *home(const char *option, const char *name)
{
    char *path = NULL;
    struct bench_err err;
    if (option != NULL) {
        return bench_xstrdup(option);
    }
    if (bench_path_find_home(name, &path, &err) != 0) {
        fprintf(stderr, "bench list: %s\n", err.message);
        return NULL;
    }
    return path;
}

/* Suites belong to the operators that they name: without --configs those beside the folder of
 * --kernels, if there are any; the installation's only with the installation's operators. *configs
 * is NULL if there are none, and the caller frees it. */
static int find_configs(const char *configs_option, const char *kernels_option, char **configs)
{
    if (configs_option == NULL && kernels_option != NULL) {
        *configs = bench_path_join(kernels_option, "../configs");
        if (!bench_file_is_dir(*configs)) {
            free(*configs);
            *configs = NULL;
        }
        return BENCH_OK;
    }
    *configs = home(configs_option, "configs");
    return *configs != NULL ? BENCH_OK : BENCH_ERROR;
}

static int check(const char *configs_dir, const char *kernels_dir, size_t operator_count,
                 int faults, const struct told *told)
{
    size_t suites = 0;
    int suite_faults =
        configs_dir != NULL ? read_suites(configs_dir, kernels_dir, told, &suites) : 0;
    if (suite_faults < 0) {
        return bench_exit_of(suite_faults);
    }
    operator_count += (size_t)faults;
    printf("operators: %s\n", kernels_dir);
    if (configs_dir != NULL) {
        printf("suites: %s\n", configs_dir);
    } else {
        printf("suites: none (there is no %s/../configs; --configs names another folder)\n",
               kernels_dir);
    }
    printf("%zu operator%s and %zu suite%s read, %d with a fault\n", operator_count,
           operator_count == 1 ? "" : "s", suites, suites == 1 ? "" : "s", faults + suite_faults);
    return faults + suite_faults > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
}

static int run_list(const struct bench_command *self, int argc, char **argv)
{
    bool want_check = false;
    bool want_library = false;
    const char *kernels_option = NULL;
    const char *configs_option = NULL;
    const struct bench_option options[] = {
        {.name = "check",
         .type = BENCH_OPTION_FLAG,
         .value = &want_check,
         .help = "Read all operators and suites, plan what they launch, and report faults, instead "
                 "of listing."},
        {.name = "library",
         .type = BENCH_OPTION_FLAG,
         .value = &want_library,
         .help = "List the library calls that implementations can name, with their arguments."},
        {.name = "kernels",
         .type = BENCH_OPTION_STRING,
         .value = &kernels_option,
         .argument = "DIR",
         .help = BENCH_KERNELS_HELP},
        {.name = "configs",
         .type = BENCH_OPTION_STRING,
         .value = &configs_option,
         .argument = "DIR",
         .help = "Folder of suites for --check (default: ../configs seen from the folder of "
                 "--kernels, if it is there; without --kernels the installation's configs/)."},
        {.name = NULL}};
    int exit_code = BENCH_EXIT_OK;
    size_t positionals = 0;
    if (bench_options_parse(self, options, argc, argv, NULL, 0, &positionals, &exit_code) != 0) {
        return exit_code;
    }
    if (want_library) {
        return print_library();
    }
    struct row *rows = NULL;
    size_t row_count = 0;
    char *kernels_dir = home(kernels_option, "kernels");
    struct told told = {.count = 0};
    int faults =
        kernels_dir != NULL ? read_operators(kernels_dir, &rows, &row_count, &told) : BENCH_ERROR;
    if (faults < 0) {
        exit_code = bench_exit_of(faults);
    } else if (want_check) {
        char *configs_dir = NULL;
        exit_code = find_configs(configs_option, kernels_option, &configs_dir) == BENCH_OK
                        ? check(configs_dir, kernels_dir, row_count, faults, &told)
                        : BENCH_EXIT_SYSTEM;
        free(configs_dir);
    } else {
        print_table(rows, row_count);
        exit_code = faults > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
    }
    for (size_t i = 0; i < row_count; ++i) {
        for (int c = 0; c < 4; ++c) {
            free(rows[i].cells[c]);
        }
    }
    for (size_t i = 0; i < told.count; ++i) {
        free(told.messages[i]);
    }
    free(told.messages);
    free(rows);
    free(kernels_dir);
    return exit_code;
}

const struct bench_command bench_cmd_list = {
    .name = "list",
    .summary = "List operators with their implementations, and check their descriptions.",
    .usage = "list [options]",
    .details = "Lists the operators of the kernels folder: category, dtypes, implementations.\n"
               "Operators whose description has a fault are reported on standard error.\n\n"
               "Exit code: 0 if all are in order; 1 if a description or a suite has a fault; 2 for "
               "bad usage and folders without an operator; 4 if something cannot be read.",
    .run = run_list,
};
