/* Planted faults, really run on the cpu device: each is reported as exactly what it is, the others
 * are measured, and the run ends with the exit code for failed implementations. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/util/file.h"
#include "run_support.h"

TestSuite(run_faults, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

/* Numbers of the cases in tests/resources/suites/faults.json. */
enum fault {
    WRONG,
    UNWRITTEN,
    PAST_THE_END,
    BEFORE_THE_START,
    CHANGES_INPUT,
    MISSING_BARRIER,
    DIVERGENT_BARRIER,
    EARLY_EXIT,
    COMPILE_ERROR,
    UNKNOWN_ENTRY,
    TOO_MANY_THREADS,
    TOO_MUCH_SHARED,
    NULL_POINTER,
    NEVER_ENDS,
    UNDEFINED,
    WRONG_LATER,
    FAULTS
};

/* What both ways of running report alike. */
static void expect_common(const struct run_journal *j)
{
    run_expect(j, WRONG, "candidate", "wrong", "1 of 1000 elements of 'out'");
    run_expect(j, WRONG, "candidate", "wrong", "the first at [7]");
    run_expect(j, UNWRITTEN, "candidate", "nan", "the first at [11]");
    run_expect(j, CHANGES_INPUT, "candidate", "input_modified", "'x', from element 999");
    run_expect(j, DIVERGENT_BARRIER, "candidate", "barrier_divergence", "100 of 256 threads");
    run_expect(j, COMPILE_ERROR, "candidate", "compile_error", "not_cuda.cu:5");
    run_expect(j, UNKNOWN_ENTRY, "candidate", "unknown_entry", "\"rigth\"");
    run_expect(j, TOO_MANY_THREADS, "candidate", "launch_error", "4096");
    run_expect(j, TOO_MUCH_SHARED, "candidate", "launch_error", "1000000000 bytes");
    run_expect(j, NEVER_ENDS, "candidate", "timeout", "15 s");
    for (int fault = 0; fault < FAULTS; fault++) {
        run_expect(j, fault, "reference", "ok", "");
        run_expect(j, fault, "baseline", "ok", "");
    }
}

Test(run_faults, are_reported_as_what_they_are)
{
    struct run_journal j;
    cli_expect_exit(run_suite("faults", "--device cpu --cache hot --timeout 15 --output out"), 1);
    run_read_journal("out/journal.jsonl", &j);
    expect_common(&j);
    run_expect(&j, PAST_THE_END, "candidate", "out_of_bounds", "after the end of output 'out'");
    run_expect(&j, BEFORE_THE_START, "candidate", "out_of_bounds", "before the start of output");
    run_expect(&j, NULL_POINTER, "candidate", "crashed", "signal 11");
    run_expect(&j, WRONG_LATER, "candidate", "wrong", "timed launch");
    cr_expect(bench_json_bool(bench_json_get(run_find(&j, WRONG, "reference"), "verified")));
    cr_expect_eq(run_number(run_find(&j, NULL_POINTER, "reference"), "rounds"), 5);
    run_free_journal(&j);
}

Test(run_faults, are_found_at_file_and_line_under_sanitizers)
{
    struct run_journal j;
    cli_expect_exit(run_suite("faults", "--device cpu --timeout 15 --sanitize --output out"), 1);
    run_read_journal("out/journal.jsonl", &j);
    expect_common(&j);
    run_expect(&j, PAST_THE_END, "candidate", "out_of_bounds", "faulty.cu:42");
    run_expect(&j, PAST_THE_END, "candidate", "out_of_bounds", "buffer (out)");
    run_expect(&j, PAST_THE_END, "candidate", "out_of_bounds", "block (3,0,0), thread (");
    run_expect(&j, BEFORE_THE_START, "candidate", "out_of_bounds", "faulty.cu:51");
    run_expect(&j, MISSING_BARRIER, "candidate", "race", "wrong in descending order");
    run_expect(&j, EARLY_EXIT, "candidate", "barrier_divergence", "24 have ended");
    run_expect(&j, NULL_POINTER, "candidate", "undefined_behavior", "null pointer");
    run_expect(&j, UNDEFINED, "candidate", "undefined_behavior", "shift exponent");
    cr_expect_eq(run_number(run_find(&j, WRONG, "reference"), "rounds"), 0);
    cr_expect_not(bench_file_exists("out/your_perf_data.json"));
    run_free_journal(&j);
}

/* How far the right implementation is from the oracle depends on the inputs alone. */
static double sanitized_error(const char *seed)
{
    char options[128];
    char journal[64];
    struct run_journal j;
    snprintf(options, sizeof options,
             "--device cpu --max-cases 1 --sanitize --seed %s --output out%s", seed, seed);
    cli_expect_exit(run_suite("faults", options), 1);
    snprintf(journal, sizeof journal, "out%s/journal.jsonl", seed);
    run_read_journal(journal, &j);
    const struct bench_json *errors = bench_json_get(run_find(&j, WRONG, "reference"), "errors");
    double error = run_number(errors, "rel_l2");
    run_free_journal(&j);
    return error;
}

Test(run_faults, the_seed_counts_under_sanitizers)
{
    double first = sanitized_error("1");
    cr_expect_neq(sanitized_error("2"), first);
}

Test(run_faults, without_an_oracle_nothing_counts)
{
    struct run_journal j;
    const struct bench_process_result *r =
        run_suite("oracles", "--device cpu --cache hot --output out");
    cli_expect_exit(r, 1);
    /* One fault, however many roles it takes the verification from. */
    const char *const said[] = {r->out, r->err};
    for (size_t i = 0; i < 2; i++) {
        const char *first = strstr(said[i], ": oracle_failed: outside any implementation");
        cr_assert_not_null(first, "%s", said[i]);
        cr_expect_null(strstr(first + 1, ": oracle_failed: outside"), "%s", said[i]);
    }
    run_read_journal("out/journal.jsonl", &j);
    run_expect(&j, 0, "candidate", "ok", "");
    run_expect(&j, 1, "candidate", "oracle_failed", "signal 11");
    run_expect(&j, 1, "reference", "oracle_failed", "signal 11");
    run_expect(&j, 2, "candidate", "ok", "");
    struct bench_json_doc *doc = run_read("out/your_perf_data.json");
    const struct bench_json *op = bench_json_get(bench_json_root(doc), "faulty_oracle");
    cr_expect_eq(bench_json_size(bench_json_get(op, "configs")), 2);
    bench_json_free(doc);
    run_free_journal(&j);
}

/* Right at the shape that is timed, and a crash at every other. */
static const char source_of_one_shape[] =
    "__global__ void oracle(const float *x, double *out, long long n)\n"
    "{\n    long long i = blockIdx.x * 64ll + threadIdx.x;\n"
    "    if (i < n)\n        out[i] = x[i];\n}\n"
    "__global__ void plain(const float *x, float *out, long long n)\n"
    "{\n    long long i = blockIdx.x * 64ll + threadIdx.x;\n"
    "    if (n != 64)\n        *(volatile int *)8 = 1;\n"
    "    if (i < n)\n        out[i] = x[i];\n}\n";

Test(run_faults, who_dies_at_another_shape_did_not_die_at_the_timed_one)
{
    setenv("ASAN_OPTIONS", "handle_segv=0", 0);
    cli_write("kernels/made/made.json", run_own_operator);
    cli_write("kernels/made/made.cu", source_of_one_shape);
    cli_write("own.json", "{\"name\": \"own\", \"dtypes\": [\"float32\"], \"roles\": "
                          "{\"candidate\": \"plain\"}, \"operators\": [{\"operator\": \"made\", "
                          "\"shapes\": [[64]]}]}\n");
    const struct bench_process_result *r =
        cli_bench("run own.json --kernels kernels --device cpu:1 --cache hot --output out");
    cli_expect_exit(r, 1);
    cli_expect_in(r->out, "signal 11");
    cli_expect_in(r->out, "(while verifying another shape, made float32 [");
}
