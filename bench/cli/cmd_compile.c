/* bench compile: compiles implementations ahead of a run, on any machine, and says what came out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/compile_list.h"
#include "bench/cli/suite_option.h"
#include "bench/device/device.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define MAX_OPERATORS 256
/* Every NVRTC of CUDA 12 and newer knows it. */
#define SOME_GPU_ARCH "sm_90"

struct arguments {
    const char *suite, *arch, *kernels;
    struct bench_strings dtypes;
    int64_t jobs;
    bool sanitize;
    const char *operators[MAX_OPERATORS];
    size_t operator_count;
};

static bool show_progress(void *data, const struct bench_build_unit *unit, size_t done,
                          size_t total)
{
    (void)data;
    fprintf(stderr, "\r\033[K%zu/%zu %s %s %s %s%s", done, total, unit->op->name, unit->impl->name,
            bench_dtype_name(unit->dtype), unit->variant, done == total ? "\r\033[K" : "");
    fflush(stderr);
    return true;
}

enum { COLUMNS = 9 };
static const char *const headings[COLUMNS] = {"operator",  "implementation", "dtype",
                                              "variant",   "kernel",         "registers",
                                              "shared, B", "spills, B",      "compiled in"};

struct table {
    char *(*rows)[COLUMNS];
    size_t count;
};

static char *spill_text(const struct bench_entry_resources *r)
{
    if (r->registers < 0)
        return bench_xstrdup("-");
    return bench_xprintf("%zu", r->spill_store_bytes + r->spill_load_bytes);
}

static void add_rows(struct table *table, const struct bench_build_unit *unit)
{
    for (size_t i = 0; i < unit->compiled.entry_count; i++) {
        const struct bench_entry_resources *r = &unit->compiled.entries[i];
        bool known = r->registers >= 0;
        table->rows = bench_xrealloc(table->rows, (table->count + 1) * sizeof *table->rows);
        char **row = table->rows[table->count++];
        row[0] = bench_xstrdup(unit->op->name);
        row[1] = bench_xstrdup(unit->impl->is_oracle ? "(oracle)" : unit->impl->name);
        row[2] = bench_xstrdup(bench_dtype_name(unit->dtype));
        row[3] = bench_xstrdup(*unit->variant ? unit->variant : "-");
        row[4] = bench_xstrdup(unit->request.entries[i]);
        row[5] = known ? bench_xprintf("%d", r->registers) : bench_xstrdup("-");
        row[6] = known ? bench_xprintf("%zu", r->shared_bytes) : bench_xstrdup("-");
        row[7] = spill_text(r);
        row[8] = unit->compiled.from_cache ? bench_xstrdup("(cached)")
                                           : bench_xprintf("%.2f s", unit->compiled.seconds);
    }
}

static void print_row(const char *const *cells, const int *widths)
{
    for (int c = 0; c < COLUMNS; c++)
        printf("%s%*s%s", c ? "  " : "", c < 5 ? -widths[c] : widths[c], cells[c],
               c == COLUMNS - 1 ? "\n" : "");
}

static void print_table(struct table *table)
{
    int widths[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        widths[c] = (int)strlen(headings[c]);
        for (size_t i = 0; i < table->count; i++)
            if ((int)strlen(table->rows[i][c]) > widths[c])
                widths[c] = (int)strlen(table->rows[i][c]);
    }
    if (table->count)
        print_row(headings, widths);
    for (size_t i = 0; i < table->count; i++) {
        print_row((const char *const *)table->rows[i], widths);
        for (int c = 0; c < COLUMNS; c++)
            free(table->rows[i][c]);
    }
    free(table->rows);
}

/* An implementation with an error has it in every dtype and variant: the first is shown in full. */
static void print_failures(const struct bench_compile_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct bench_build_unit *unit = &list->units[i];
        size_t others = 0;
        bool shown = false;
        for (size_t k = 0; k < list->count; k++) {
            const struct bench_build_unit *other = &list->units[k];
            bool same = k != i && other->impl == unit->impl && other->status == unit->status;
            shown = shown || (same && k < i);
            others += same;
        }
        if (unit->status == BENCH_OK || shown)
            continue;
        fprintf(stderr, "\n%s of %s in %s%s%s %s:\n%s\n", unit->impl->name, unit->op->name,
                bench_dtype_name(unit->dtype), *unit->variant ? ", " : "", unit->variant,
                unit->status == BENCH_EUNSUPPORTED ? "is not supported here" : "does not compile",
                unit->message);
        if (others)
            fprintf(stderr, "(and %zu more of its dtypes and variants)\n", others);
    }
}

static void print_faults(const struct bench_compile_list *list)
{
    for (size_t i = 0; i < list->fault_count; i++) {
        const struct bench_launch_fault *fault = &list->faults[i];
        const struct bench_build_unit *unit = fault->unit;
        fprintf(stderr, "\n%s%s%s cannot be launched on %s:\n%s\n", unit->impl->name,
                *unit->variant ? ", " : "", unit->variant, list->arch, fault->text);
        if (fault->others)
            fprintf(stderr, "(and %zu more of its launches)\n", fault->others);
    }
}

static int report(const struct bench_compile_list *list, double seconds)
{
    struct table table = {0};
    size_t failed = 0, unsupported = 0, cached = 0, good = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct bench_build_unit *unit = &list->units[i];
        if (unit->status == BENCH_OK) {
            good++;
            cached += unit->compiled.from_cache;
            add_rows(&table, unit);
        } else if (unit->status == BENCH_EUNSUPPORTED) {
            unsupported++;
        } else {
            failed++;
        }
    }
    print_table(&table);
    fflush(stdout);
    print_failures(list);
    print_faults(list);
    printf("\n%zu compiled for %s (%zu from the cache) in %.1f s", good, list->arch, cached,
           seconds);
    if (unsupported)
        printf(", %zu not supported there", unsupported);
    if (failed)
        printf(", %zu failed", failed);
    if (list->launches)
        printf("; %zu launches looked at, %zu impossible", list->launches, list->impossible);
    printf("\n");
    return failed || list->fault_count ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
}

static int complain(const struct bench_err *err, int exit_code)
{
    fprintf(stderr, "bench compile: %s\n", err->message);
    return exit_code;
}

/* `suite` may be NULL: without cases there is nothing to launch. */
static int build(struct bench_compile_list *list, const struct arguments *args,
                 const struct bench_suite *suite)
{
    if (list->count == 0) {
        fprintf(stderr, "bench compile: nothing that was named has a source for %s\n", list->arch);
        return BENCH_EXIT_USAGE;
    }
    int64_t start = bench_clock_ns();
    bench_build_all(list->units, list->count, (int)args->jobs,
                    isatty(STDERR_FILENO) ? show_progress : NULL, NULL, NULL);
    double seconds = (double)(bench_clock_ns() - start) * 1e-9;
    bool is_gpu = strcmp(list->device.kind, "cuda") == 0;
    struct bench_err err = {0};
    for (size_t i = 0; suite && is_gpu && i < suite->case_count; i++)
        if (bench_compile_list_check_case(list, &suite->cases[i], &err) != BENCH_OK)
            return complain(&err, BENCH_EXIT_USAGE);
    return report(list, seconds);
}

static int compile_suite(struct bench_compile_list *list, const struct arguments *args,
                         const char *kernels)
{
    struct bench_err err = {0};
    struct bench_suite *suite = NULL;
    const struct bench_suite_filter filter = {.operators = args->operators,
                                              .operator_count = args->operator_count,
                                              .dtypes = args->dtypes.items,
                                              .dtype_count = args->dtypes.count};
    int rc = bench_suite_option_read(args->suite, kernels, &filter, &suite, &err);
    for (size_t i = 0; rc == BENCH_OK && i < suite->case_count; i++)
        rc = bench_compile_list_add_case(list, &suite->cases[i], &err);
    int exit_code = rc == BENCH_OK ? build(list, args, suite) : complain(&err, BENCH_EXIT_USAGE);
    bench_compile_list_fini(list);
    bench_suite_free(suite);
    return exit_code;
}

static int compile_operators(struct bench_compile_list *list, const struct arguments *args,
                             const char *kernels, const char *const *names, size_t count)
{
    struct bench_err err = {0};
    struct bench_operator **ops = bench_xcalloc(count + 1, sizeof(struct bench_operator *));
    int rc = BENCH_OK;
    for (size_t i = 0; i < count && rc == BENCH_OK; i++) {
        char *path = NULL;
        rc = bench_operator_locate(kernels, names[i], &path, &err);
        if (rc == BENCH_OK)
            rc = bench_operator_read(path, &ops[i], &err);
        if (rc == BENCH_OK)
            rc = bench_compile_list_add_operator(list, ops[i], &args->dtypes, &err);
        free(path);
    }
    int exit_code = rc == BENCH_OK ? build(list, args, NULL) : complain(&err, BENCH_EXIT_USAGE);
    bench_compile_list_fini(list);
    for (size_t i = 0; i < count; i++)
        bench_operator_free(ops[i]);
    free(ops);
    return exit_code;
}

static int compile_everything(struct bench_compile_list *list, const struct arguments *args,
                              const char *kernels)
{
    struct bench_err err = {0};
    char **names = NULL;
    size_t count = 0;
    if (bench_operator_list(kernels, &names, &count, &err) != BENCH_OK)
        return complain(&err, BENCH_EXIT_USAGE);
    int exit_code = compile_operators(list, args, kernels, (const char *const *)names, count);
    bench_file_list_free(names, count);
    return exit_code;
}

static int check_dtypes(const struct arguments *args)
{
    enum bench_dtype dtype;
    for (size_t i = 0; i < args->dtypes.count; i++)
        if (bench_dtype_parse(args->dtypes.items[i], &dtype) != BENCH_OK) {
            fprintf(stderr, "bench compile: --dtype %s: there is no such dtype; try float32\n",
                    args->dtypes.items[i]);
            return BENCH_EXIT_USAGE;
        }
    return BENCH_EXIT_OK;
}

/* The device's architecture and number of multiprocessors. */
static int ask_device(const char *spec, char arch[32], int *sm_count, struct bench_err *err)
{
    struct bench_device *device = NULL;
    int rc = bench_device_open(spec, 1, &device, NULL, err);
    if (rc != BENCH_OK)
        return rc;
    snprintf(arch, 32, "%s", bench_device_info(device)->arch);
    *sm_count = bench_device_info(device)->sm_count;
    bench_device_close(device);
    return BENCH_OK;
}

/* A name that is no GPU's must be that of the cpu device here: there is no compiling across. */
static int check_host_arch(const char *wanted, int *sm_count)
{
    struct bench_err err = {0};
    char arch[32];
    if (ask_device("cpu", arch, sm_count, &err) != BENCH_OK)
        return complain(&err, BENCH_EXIT_NO_DEVICE);
    if (strcmp(arch, wanted) == 0)
        return BENCH_EXIT_OK;
    fprintf(stderr,
            "bench compile: --arch %s: expected sm_ and a number, or %s for the cpu device\n",
            wanted, arch);
    return BENCH_EXIT_USAGE;
}

/* The compiler is here and whole, and does not know this one: a mistake in the name. */
static bool is_unknown_arch(const char *arch)
{
    return strncmp(arch, "sm_", 3) == 0 && bench_compiler_check(SOME_GPU_ARCH, NULL) == BENCH_OK;
}

/* The device decides what --arch leaves open. `sm_count` matters only to a `where` that asks for
 * it; for a GPU that is not at hand it is that of an H100. */
static int choose_device(const struct arguments *args, char arch[32],
                         struct bench_compile_list *list)
{
    struct bench_err err = {0};
    int code = BENCH_EXIT_OK;
    list->device.sm_count = 132;
    if (!args->arch && ask_device("auto", arch, &list->device.sm_count, &err) != BENCH_OK)
        return complain(&err, BENCH_EXIT_NO_DEVICE);
    if (args->arch) {
        snprintf(arch, 32, "%s", args->arch);
        if (strncmp(arch, "sm_", 3) != 0)
            code = check_host_arch(arch, &list->device.sm_count);
    }
    if (code != BENCH_EXIT_OK)
        return code;
    list->arch = arch;
    list->device.kind = strncmp(arch, "sm_", 3) == 0 ? "cuda" : "cpu";
    list->sanitize = args->sanitize;
    if (bench_compiler_check(arch, &err) != BENCH_OK)
        return complain(&err, is_unknown_arch(arch) ? BENCH_EXIT_USAGE : BENCH_EXIT_SYSTEM);
    char *version = bench_compiler_version(arch, &err);
    if (!version)
        return complain(&err, BENCH_EXIT_SYSTEM);
    fprintf(stderr, "compiling for %s with %s\n", arch, version);
    free(version);
    return BENCH_EXIT_OK;
}

static int compile_all(const struct arguments *args)
{
    char arch[32];
    struct bench_compile_list list = {0};
    struct bench_err err = {0};
    char *kernels = args->kernels ? bench_xstrdup(args->kernels) : NULL;
    int code = check_dtypes(args);
    if (code == BENCH_EXIT_OK)
        code = choose_device(args, arch, &list);
    if (code == BENCH_EXIT_OK && !kernels &&
        bench_path_find_home("kernels", &kernels, &err) != BENCH_OK)
        code = complain(&err, BENCH_EXIT_USAGE);
    if (code == BENCH_EXIT_OK) {
        if (args->suite)
            code = compile_suite(&list, args, kernels);
        else if (args->operator_count)
            code = compile_operators(&list, args, kernels, args->operators, args->operator_count);
        else
            code = compile_everything(&list, args, kernels);
    }
    free(kernels);
    return code;
}

static int run_compile(const struct bench_command *self, int argc, char **argv)
{
    struct arguments args = {0};
    int exit_code = 0;
    const struct bench_option options[] = {
        {.name = "suite",
         .type = BENCH_OPTION_STRING,
         .value = &args.suite,
         .argument = "SUITE",
         .help = "Compile what a run of this suite needs: " BENCH_SUITE_HELP
                 " (default: all that is described)."},
        {.name = "arch",
         .type = BENCH_OPTION_STRING,
         .value = &args.arch,
         .argument = "ARCH",
         .help = "Architecture: sm_90 and the like, or x86-64 for the cpu device (default: that "
                 "of this machine's first GPU, else its CPU). Needs no such device."},
        {.name = "dtype",
         .type = BENCH_OPTION_STRINGS,
         .value = &args.dtypes,
         .argument = "DTYPE",
         .help = "Only this dtype; may be given several times (default: all)."},
        {.name = "jobs",
         .type = BENCH_OPTION_INT,
         .value = &args.jobs,
         .argument = "N",
         .help = "Compile N at a time (default 0: one a CPU).",
         .min = 0,
         .max = 1024},
        {.name = "sanitize",
         .type = BENCH_OPTION_FLAG,
         .value = &args.sanitize,
         .help = "For the cpu device: with AddressSanitizer and UBSan, as `bench run --sanitize` "
                 "uses (default: without)."},
        {.name = "kernels",
         .type = BENCH_OPTION_STRING,
         .value = &args.kernels,
         .argument = "DIR",
         .help = BENCH_KERNELS_HELP},
        {0},
    };
    if (bench_options_parse(self, options, argc, argv, args.operators, MAX_OPERATORS,
                            &args.operator_count, &exit_code) != 0)
        return exit_code;
    return compile_all(&args);
}

const struct bench_command bench_cmd_compile = {
    .name = "compile",
    .summary = "Compile kernels ahead of a run, for any architecture, and report their resources.",
    .usage = "compile [options] [OPERATOR…]",
    .details =
        "Compiles every implementation of the operators (default: all operators), in every dtype "
        "and variant, into the compile cache, where runs find it. Needs no GPU: NVRTC compiles for "
        "any architecture that it knows. Prints registers a thread, static shared memory and "
        "spills (bytes stored and loaded) of each kernel; a kernel that does not compile is shown "
        "with the compiler's log, and the exit code is then 1. With --suite, each launch of its "
        "cases is held against what the architecture can do: grid, threads, registers, shared "
        "memory.",
    .run = run_compile,
};
