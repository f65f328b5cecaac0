/* `bench import --undo`, and the program with faults at its system calls (tests/importer/faults.h):
 * what the importer's own tests do for its part, for all of it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "support.h"

#define IMPORT "import --into tree --operators data"

static void enter(void)
{
    cli_enter_folder();
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    cli_write("tree/src/flag_gems/__init__.py", "");
    cli_write("tree/src/flag_gems/ops/__init__.py", "def relu(x):\n    return x\n");
    cli_copy_resource("importer/selected_batch1.json", "results/r1/selected_batch1.json");
    cli_copy_resource("importer/operator_data/batch1/gelu.json", "data/gelu.json");
    cli_copy_resource("importer/operator_data/batch1/ge_inplace.json", "data/ge.json");
    cli_copy_resource("importer/operator_data/batch1/sum.json", "data/sum.json");
    cli_write("results/latest", "r1\n");
}

TestSuite(cli_import_undo, .init = enter, .fini = cli_leave_folder, .timeout = 480);

#define PACKAGE "tree/src/flag_gems/experimental"

static void run(const char *const *argv)
{
    struct bench_process_result result;
    struct bench_process_spec spec = {.argv = argv};
    cr_assert_eq(bench_process_run(&spec, &result, NULL), 0);
    cr_expect_eq(result.exit_code, 0, "%s: %s%s", argv[0], result.out, result.err);
    bench_process_result_fini(&result);
}

static void keep_copy(void)
{
    run((const char *const[]){"cp", "-a", "tree", "before", NULL});
}

static void expect_as_before(void)
{
    run((const char *const[]){"diff", "-r", "--exclude=.bench-import", "before", "tree", NULL});
}

Test(cli_import_undo, an_import_and_back)
{
    keep_copy();
    cli_expect_exit(cli_bench(IMPORT), 0);
    const struct bench_process_result *r = cli_bench("import --undo --into tree --dry-run");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out,
                  "  to be deleted     src/flag_gems/experimental/generated/_metadata.json");
    cli_expect_in(r->out, "nothing was written (--dry-run)");
    cr_expect(bench_file_exists(PACKAGE));
    r = cli_bench("import --undo --into tree");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "the import is undone");
    expect_as_before();
    cr_expect_not(bench_file_exists("tree/.bench-import"));
    r = cli_bench("import --undo --into tree");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "there is nothing to undo");
}

Test(cli_import_undo, edits_are_shown_and_kept_without_force)
{
    keep_copy();
    cli_expect_exit(cli_bench(IMPORT), 0);
    cli_write(PACKAGE "/generated/pointwise/gelu.py", "# mine\n");
    static const char *const refused[] = {"import --undo --into tree",
                                          "import --undo --into tree --dry-run"};
    for (size_t i = 0; i < 2; i++) {
        const struct bench_process_result *r = cli_bench(refused[i]);
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, "edited since the import: src/flag_gems/experimental/generated/");
        cli_expect_in(r->err, "\n+# mine\n");
        cli_expect_in(r->err, "nothing was undone, because 1 of ");
    }
    cli_expect_exit(cli_bench("import --undo --into tree --force --quiet"), 0);
    expect_as_before();
}

Test(cli_import_undo, a_folder_that_is_no_tree)
{
    const struct bench_process_result *r = cli_bench("import --undo --into data");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "is no FlagGems tree");
}

/* Runs it with faults.c loaded. A program with AddressSanitizer wants to be loaded first. */
static const struct bench_process_result *with_faults(const char *arguments, const char *name,
                                                      const char *value)
{
    const char *library = getenv("BENCH_FAULTS");
    if (library == NULL || !bench_file_exists(library)) {
        cr_skip_test("BENCH_FAULTS does not name libbench_faults.so; run the tests with ctest");
    }
    const char *old = getenv("ASAN_OPTIONS");
    char *options = bench_xprintf("%s%sverify_asan_link_order=0", old != NULL ? old : "",
                                  old != NULL ? ":" : "");
    char *kept = old != NULL ? bench_xstrdup(old) : NULL;
    cr_assert_eq(setenv("ASAN_OPTIONS", options, 1), 0);
    cr_assert_eq(setenv("LD_PRELOAD", library, 1), 0);
    cr_assert_eq(setenv(name, value, 1), 0);
    const struct bench_process_result *r = cli_bench(arguments);
    unsetenv(name);
    unsetenv("LD_PRELOAD");
    if (kept != NULL) {
        setenv("ASAN_OPTIONS", kept, 1);
    } else {
        unsetenv("ASAN_OPTIONS");
    }
    free(options);
    free(kept);
    return r;
}

/* Not one call that changes a file, in any process: neither with a plan that is only shown, nor
 * with one that has nothing to do. */
Test(cli_import_undo, a_dry_run_and_an_import_of_the_same_make_no_call_that_writes)
{
    cli_expect_exit(with_faults(IMPORT " --dry-run --verbose", "FAULTS_LOG", "log"), 0);
    cr_expect_not(bench_file_exists("log"));
    cli_expect_exit(with_faults(IMPORT, "FAULTS_LOG", "log"), 0);
    char *log = NULL;
    cr_assert_eq(bench_file_read("log", 0, &log, NULL, NULL), 0, "the calls of an import are seen");
    cli_expect_in(log, "bench rename");
    free(log);
    cr_assert_eq(remove("log"), 0);
    cli_expect_exit(with_faults(IMPORT, "FAULTS_LOG", "log"), 0);
    cli_expect_exit(with_faults(IMPORT " --dry-run", "FAULTS_LOG", "log"), 0);
    cli_expect_exit(with_faults("import --undo --into tree --dry-run", "FAULTS_LOG", "log"), 0);
    if (bench_file_exists("log")) {
        cr_assert_eq(bench_file_read("log", 0, &log, NULL, NULL), 0);
        cr_expect_fail("it wrote:\n%s", log);
        free(log);
    }
}

static void count_to(const char *path, long *count)
{
    char *text = NULL;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, NULL), 0);
    cr_assert_eq(sscanf(text, "%ld", count), 1);
    free(text);
}

/* Killed at `at`; then the next start imports, and what was imported can be undone. */
static void kill_at(long at)
{
    char fault[40];
    snprintf(fault, sizeof(fault), "1:%ld", at);
    const struct bench_process_result *r = with_faults(IMPORT " --quiet", "FAULTS_AT", fault);
    cr_assert_eq(r->signal, 9, "call %ld: exit code %d\n%s", at, r->exit_code, r->err);
    r = cli_bench(IMPORT " --quiet");
    cr_expect_eq(r->exit_code, 0, "after call %ld: %s", at, r->err);
    cr_expect(bench_file_exists(PACKAGE "/generated/_metadata.json"), "after call %ld", at);
    r = cli_bench("import --undo --into tree --quiet");
    cr_expect_eq(r->exit_code, 0, "after call %ld: %s", at, r->err);
    expect_as_before();
    cr_expect_not(bench_file_exists("tree/.bench-import"), "after call %ld", at);
}

static long calls_of_an_import(void)
{
    long count = 0;
    cr_assert_eq(setenv("FAULTS_PROGRAM", "bench", 1), 0);
    cr_assert_eq(setenv("FAULTS_AT", "0:0", 1), 0);
    cli_expect_exit(with_faults(IMPORT, "FAULTS_COUNT", "count"), 0);
    count_to("count", &count);
    cr_assert_gt(count, 300);
    cli_expect_exit(cli_bench("import --undo --into tree --quiet"), 0);
    return count;
}

/* The last calls of an import are those with files in place. */
Test(cli_import_undo, an_import_that_died_is_told_and_finished)
{
    char fault[40];
    bool died = false;
    for (long at = calls_of_an_import() - 10; !died; at -= 20) {
        snprintf(fault, sizeof(fault), "1:%ld", at);
        cr_assert_eq(with_faults(IMPORT " --quiet", "FAULTS_AT", fault)->signal, 9);
        died = bench_file_exists("tree/.bench-import/current");
        if (!died) {
            cli_expect_exit(cli_bench("import --undo --into tree --quiet"), 0);
        }
    }
    const struct bench_process_result *r = cli_bench(IMPORT " --dry-run");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "an import into this tree is at work, or died");
    r = cli_bench(IMPORT);
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "bench import: an import into this tree had died (process ");
    cli_expect_in(r->err, "it was finished first");
    cli_expect_in(r->out, "3 unchanged, 0 failed; 0 files written");
}

/* A sample of the program's calls: those of the importer's part are all in
 * tests/importer/test_transaction_faults.c. */
Test(cli_import_undo, the_program_killed)
{
    keep_copy();
    long count = calls_of_an_import();
    for (long at = 1; at <= count; at += count / 8) {
        kill_at(at);
    }
}
