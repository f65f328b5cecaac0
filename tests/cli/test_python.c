/* Operators in Python through the real program. Most of it needs no torch: the interpreter of
 * tests/resources/python answers in its place. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "run_support.h"

/* For the tests with torch: $BENCH_PYTHON of who starts the tests. */
static char python[PATH_MAX] = "python3";

static void setup(void)
{
    const char *given = getenv("BENCH_PYTHON");
    if (given != NULL && given[0] != '\0')
        snprintf(python, sizeof python, "%s", given);
    cli_enter_folder();
    setenv("BENCH_CACHE", "cache", 0);
    unsetenv("BENCH_PYTHON");
}

TestSuite(cli_python, .init = setup, .fini = cli_leave_folder, .timeout = 480);

/* A library with AddressSanitizer cannot be loaded by a program without: one that preloads it. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#define INTERPRETER "sanitized"
#else
#define IS_SANITIZED false
#define INTERPRETER "interpreter"
#endif

static void skip_where_impossible(void)
{
    if (!bench_process_exists("python3"))
        cr_skip_test("python3 is not installed");
    if (IS_SANITIZED && !bench_process_exists("gcc"))
        cr_skip_test("gcc is not installed, which knows where its AddressSanitizer is");
}

static const struct bench_process_result *run_faults(const char *options)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *arguments =
        bench_xprintf("run %s/suites/python.json --kernels %s/python/kernels --python "
                      "%s/python/" INTERPRETER " --device cpu:1 --cache hot --output r %s",
                      resources, resources, resources, options);
    const struct bench_process_result *result = cli_bench(arguments);
    free(arguments);
    return result;
}

Test(cli_python, each_fault_is_a_verdict_of_its_own_and_no_neighbours)
{
    struct run_journal j;
    skip_where_impossible();
    cli_expect_exit(run_faults(""), 1);
    run_read_journal("r/journal.jsonl", &j);
    run_expect(&j, 0, "candidate", "ok", "");
    run_expect(&j, 1, "candidate", "raised", "told to be raised (in a timed launch)");
    run_expect(&j, 2, "candidate", "import_failed", "told to be import_failed");
    run_expect(&j, 3, "candidate", "unsupported", "told to be unavailable");
    run_expect(&j, 4, "candidate", "wrong_shape", "told to be wrong_shape");
    run_expect(&j, 5, "candidate", "crashed", "exit code 3");
    run_expect(&j, 6, "candidate", "wrong", "15 of 15 elements of 'out' are wrong");
    run_expect(&j, 7, "candidate", "ok", "");
    run_expect(&j, 7, "reference", "other_kernels",
               "the reference 'reference' ran something else: "
               "no Triton kernel ran");
    run_expect(&j, 8, "candidate", "changed_globals", "told to be changed_globals");
    run_expect(&j, 9, "candidate", "crashed", "exit code 3");
    run_expect(&j, 10, "candidate", "crashed",
               "not run: in other cases it ended the worker process 2 times: the worker process "
               "ended with exit code 3");
    run_expect(&j, 11, "candidate", "nan", "told to be special_values");
    run_expect(&j, 12, "candidate", "other_stream", "twice_kernel ran on stream 13");
    for (int fault = 0; fault <= 12; fault++) {
        run_expect(&j, fault, "baseline", "ok", "");
        if (fault != 7)
            run_expect(&j, fault, "reference", "ok", "");
    }
    run_free_journal(&j);
}

Test(cli_python, the_record_says_what_ran)
{
    struct run_journal j;
    skip_where_impossible();
    cli_expect_exit(run_faults("--max-cases 1"), 0);
    run_read_journal("r/journal.jsonl", &j);
    cr_assert_eq(j.count, 3);
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        const struct bench_json *kernel = bench_json_first(bench_json_get(line, "launched"));
        cr_assert_not_null(kernel);
        cr_expect_str_eq(run_text(kernel, "name"), "twice_kernel");
        cr_expect_eq(run_number(kernel, "count"), 2);
        cr_expect_eq(run_number(line, "launches"), 2);
        cr_expect_eq(run_number(line, "allocated_bytes"), 60);
        cr_expect_str_eq(run_text(line, "proof"), "ok");
        cr_expect_eq(run_number(line, "import_ns"), 5);
        cr_expect_eq(run_number(line, "first_call_ns"), 7000);
        cr_expect_eq(run_number(line, "later_call_ns"), 70);
        cr_expect_str_eq(run_text(line, "notes"), "one note; another; special values tried");
        cr_expect_str_eq(run_text(line, "library"), "Python for tests 1");
        cr_expect_eq(strlen(run_text(line, "source_hash")), 32);
        cr_expect_eq(run_number(line, "rounds"), 3);
        cr_expect(bench_json_bool(bench_json_get(line, "verified")));
    }
    run_free_journal(&j);
}

/* One witness beside the candidate is enough at a hidden shape, and a reference may tune itself for
 * seconds there. */
Test(cli_python, at_hidden_shapes_the_candidate_has_one_witness)
{
    static const char *const roles[] = {"candidate", "baseline", "reference"};
    static const double hidden[] = {2, 2, 0};
    struct run_journal j;
    skip_where_impossible();
    cli_expect_exit(run_faults("--max-cases 1"), 0);
    run_read_journal("r/journal.jsonl", &j);
    cr_assert_eq(j.count, 3);
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        const struct bench_json *checks = bench_json_get(line, "checks");
        const char *role = bench_json_string(bench_json_first(bench_json_get(line, "roles")));
        size_t k = 0;
        while (k < 3 && strcmp(role, roles[k]) != 0)
            k++;
        cr_assert_lt(k, 3, "%s", role);
        cr_assert_not_null(checks);
        const struct bench_json *count = bench_json_get(checks, "hidden_cases");
        cr_expect_eq(count != NULL ? bench_json_number(count) : 0, hidden[k], "%s", role);
    }
    run_free_journal(&j);
}

/* Who was left out there as a reference is not when it is a candidate itself. */
Test(cli_python, a_reference_that_becomes_a_candidate_is_tried_at_hidden_shapes)
{
    struct run_journal j;
    size_t found = 0;
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    skip_where_impossible();
    cli_write("s.json",
              "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"settings\": {\"rounds\": 3, "
              "\"aa\": false}, \"roles\": {\"candidate\": \"candidate\", \"reference\": "
              "\"reference\", \"baseline\": \"baseline\"}, \"operators\": [{\"operator\": "
              "\"twice\", \"shapes\": [[5, 3]]}, {\"operator\": \"twice\", \"shapes\": [[5, 4]], "
              "\"roles\": {\"candidate\": \"reference\", \"reference\": \"candidate\"}}]}");
    char *arguments = bench_xprintf("run --suite s.json --kernels %s/python/kernels --python "
                                    "%s/python/" INTERPRETER " --device cpu:1 --cache hot "
                                    "--output r",
                                    resources, resources);
    cli_expect_exit(cli_bench(arguments), 0);
    free(arguments);
    run_read_journal("r/journal.jsonl", &j);
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        const char *role = bench_json_string(bench_json_first(bench_json_get(line, "roles")));
        if (strcmp(role, "candidate") != 0)
            continue;
        const struct bench_json *checks = bench_json_get(line, "checks");
        cr_expect_eq(run_number(checks, "hidden_cases"), 2, "%s", run_text(line, "implementation"));
        found++;
    }
    cr_expect_eq(found, 2);
    run_free_journal(&j);
}

/* As of a run that was killed after its last case. */
static void mark_as_running(void)
{
    run_replace_in("r/run.json", "\"status\": \"finished\"", "\"status\": \"running\"");
}

/* Every sample of the journal becomes the same 1,000 s, next to which no floor counts: whatever the
 * machine did meanwhile, the ratios are 1 without a doubt. */
static void script_times(void)
{
    static const char key[] = "\"elapsed_ns\":[";
    struct bench_err err = {0};
    struct bench_str scripted;
    char *text = NULL, *rest;
    cr_assert_eq(bench_file_read("r/journal.jsonl", 0, &text, NULL, &err), 0, "%s", err.message);
    bench_str_init(&scripted);
    rest = text;
    for (char *at; (at = strstr(rest, key)) != NULL; rest = strchr(at, ']')) {
        bench_str_addn(&scripted, rest, (size_t)(at - rest));
        bench_str_addf(&scripted, "%s1e12,1e12,1e12", key);
    }
    bench_str_add(&scripted, rest);
    cli_write("r/journal.jsonl", scripted.data);
    bench_str_fini(&scripted);
    free(text);
}

/* Which operators are confirmed is for times to say, so they are given: those of a run that was
 * killed before it confirmed. */
Test(cli_python, confirming_processes_are_interpreters_too)
{
    struct run_journal j;
    skip_where_impossible();
    cli_expect_exit(run_faults("--max-cases 1"), 0);
    script_times();
    run_replace_in("r/run.json", "\"confirm\": 0", "\"confirm\": 3");
    run_replace_in("r/run.json", "\"--max-cases\", \"1\"]",
                   "\"--max-cases\", \"1\", \"--confirm\"]");
    mark_as_running();
    cli_expect_exit(cli_bench("run --resume r"), 0);
    run_read_journal("r/journal.jsonl", &j);
    cr_assert_eq(j.count, 12); /* 3 roles in the main run and in 3 processes */
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        cr_expect_eq(run_number(line, "process"), (double)(i / 3));
        cr_expect_str_eq(run_text(line, "library"), "Python for tests 1");
    }
    run_free_journal(&j);
}

Test(cli_python, a_run_goes_on_with_the_same_versions_only)
{
    skip_where_impossible();
    cli_expect_exit(run_faults("--max-cases 1"), 0);
    struct bench_json_doc *run = run_read("r/run.json");
    const struct bench_json *versions = bench_json_get(bench_json_root(run), "python");
    cr_assert_not_null(versions);
    cr_expect_str_eq(run_text(versions, "torch"), "2");
    bench_json_free(run);
    mark_as_running();
    setenv("TEST_TORCH", "3", 1);
    const struct bench_process_result *r = cli_bench("run --resume r");
    unsetenv("TEST_TORCH");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "Python: torch: it was \"2\", and is \"3\"");
    cli_expect_exit(cli_bench("run --resume r"), 0);
}

Test(cli_python, an_interpreter_of_another_version_is_refused)
{
    skip_where_impossible();
    setenv("TEST_INTERFACE", "7", 1);
    const struct bench_process_result *r = run_faults("--max-cases 1");
    unsetenv("TEST_INTERFACE");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "version 7 of the interface");
}

Test(cli_python, a_missing_interpreter_is_named)
{
    setenv("BENCH_PYTHON", "no-such-python", 1);
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    char *arguments =
        bench_xprintf("run %s/suites/python.json --kernels %s/python/kernels --device cpu:1",
                      resources, resources);
    const struct bench_process_result *r = cli_bench(arguments);
    free(arguments);
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "'no-such-python' cannot be started");
    cli_expect_in(r->err, "--python");
}

/* The shipped relu on 64 elements, with these names for the baseline, and no interpreter. */
static const struct bench_process_result *run_relu(const char *baseline, const char *options)
{
    char *suite = bench_xprintf(
        "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"settings\": {\"rounds\": 1, "
        "\"tune_rounds\": 1}, \"roles\": {\"candidate\": \"plain\", \"baseline\": %s}, "
        "\"operators\": [{\"operator\": \"relu\", \"shapes\": [[64]]}]}",
        baseline);
    cli_write("s.json", suite);
    free(suite);
    char *arguments = bench_xprintf(
        "run --suite s.json --device cpu:1 --cache hot --python /proc/nowhere/python --output r %s",
        options);
    const struct bench_process_result *r = cli_bench(arguments);
    free(arguments);
    return r;
}

Test(cli_python, without_an_interpreter_roles_go_to_the_next_names)
{
    struct run_journal j;
    const struct bench_process_result *r = run_relu("[\"torch\", \"reference\"]", "");
    cli_expect_exit(r, 0);
    cli_expect_in(r->err, "WARNING: nothing is called in Python");
    cli_expect_in(r->err, "/proc/nowhere/python");
    run_read_journal("r/journal.jsonl", &j);
    size_t found = 0;
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        const struct bench_json *name = bench_json_get(line, "implementation");
        if (bench_json_type(name) != BENCH_JSON_STRING ||
            strcmp(bench_json_string(name), "reference") != 0)
            continue;
        found++;
        cr_expect_str_eq(run_text(line, "status"), "ok");
        cli_expect_in(run_text(line, "passed_over"), "torch: ");
    }
    cr_expect_eq(found, 1);
    run_free_journal(&j);
}

Test(cli_python, no_interpreter_is_asked_for_what_no_role_names)
{
    const struct bench_process_result *r = run_relu("\"reference\"", "");
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->err, "Python"), "%s", r->err);
}

Test(cli_python, a_role_in_python_alone_needs_its_interpreter)
{
    cli_expect_exit(run_relu("\"torch\"", "--sanitize"), 2);
    const struct bench_process_result *r = run_relu("\"torch\"", "");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "the Python interpreter '/proc/nowhere/python' cannot be started");
}

/* Starting one that imports torch takes seconds: nobody asks it whether it could serve where that
 * would change nothing. */
Test(cli_python, the_interpreter_is_not_asked_where_it_is_needed_anyway)
{
    static const char script[] = "#!/bin/sh\necho once >> starts\nexit 3\n";
    cli_write("interpreter", script);
    chmod("interpreter", 0755);
    const struct bench_process_result *r = run_relu("\"torch\"", "--python ./interpreter");
    cli_expect_exit(r, 4);
    char *starts = bench_path_join(".", "starts"), *text = NULL;
    cr_assert_eq(bench_file_read(starts, 0, &text, NULL, NULL), 0, "it was never started");
    cr_expect_str_eq(text, "once\n");
    free(text);
    free(starts);
}

Test(cli_python, options_that_do_not_go_together)
{
    static const struct {
        const char *options, *message;
    } wrong[] = {
        {"run quick --shapes [[4]]", "--shapes is for --operators"},
        {"run --operators x quick", "leave out quick"},
        {"run --operators x --shapes [[4]] --from-flaggems f", "not both"},
        {"run --operators x --device null", "the null device"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct bench_process_result *r = cli_bench(wrong[i].options);
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, wrong[i].message);
    }
}

/* An interpreter that has what it is told to have. */
static const struct bench_process_result *doctor_of(const char *facts)
{
    char *script = bench_xprintf("#!/bin/sh\ncat <<'END'\n%s\nEND\n", facts);
    cli_write("interpreter", script);
    free(script);
    chmod("interpreter", 0755);
    return cli_bench("doctor --python ./interpreter");
}

Test(cli_python, doctor_says_what_the_interpreter_has_and_what_a_lack_disables)
{
    const struct bench_process_result *r = doctor_of(
        "{\"python\": \"3.9.1\", \"executable\": \"/x/python\", \"torch\": \"2.2\", "
        "\"cuda\": \"12.1\", \"cuda_available\": true, \"triton\": null, "
        "\"triton_why\": \"no such module\", \"yaml\": \"6\", \"flag_gems\": \"3.0 in /x\"}");
    cli_expect_in(r->out, "ok       interpreter  3.9.1, /x/python\n");
    cli_expect_in(r->out, "ok       torch        2.2, CUDA 12.1, sees a GPU\n");
    cli_expect_in(r->out, "missing  Triton       no such module\n");
    cli_expect_in(r->out, "without it: operators written in Triton cannot be imported\n");
    cli_expect_in(r->out, "remedy: /x/python -m pip install triton\n");
    cli_expect_in(r->out, "ok       FlagGems     3.0 in /x\n");
    r = doctor_of("{\"python\": \"3.9.1\", \"executable\": \"/x/python\", \"torch\": null, "
                  "\"torch_why\": \"broken\", \"flag_gems\": null}");
    cli_expect_in(r->out, "missing  torch        broken\n");
    cli_expect_in(r->out, "operators in Python cannot be described or run\n");
    cli_expect_in(r->out, "missing  FlagGems     it is not installed\n");
    r = cli_bench("doctor --python no-such-python");
    cli_expect_in(r->out, "missing  interpreter  no-such-python: ");
    cli_expect_in(r->out, "BENCH_PYTHON\n");
}

/* ---- with torch ---- */

static void skip_without_torch(void)
{
    const char *argv[] = {python, "-c", "import torch", NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 300000};
    struct bench_process_result result = {0};
    skip_where_impossible();
    if (IS_SANITIZED && getenv("BENCH_TEST_TORCH") == NULL)
        cr_skip_test("torch's runs are long under sanitizers: BENCH_TEST_TORCH=1 asks for them");
    bool there = bench_process_run(&spec, &result, NULL) == 0 && result.exit_code == 0;
    bench_process_result_fini(&result);
    if (!there)
        cr_skip_test("%s has no torch", python);
    if (IS_SANITIZED) {
        char *wrapper = bench_xprintf("%s/python/" INTERPRETER, getenv("BENCH_TEST_RESOURCES"));
        setenv("TEST_INTERPRETER", python, 1);
        setenv("BENCH_PYTHON", wrapper, 1);
        free(wrapper);
    } else {
        setenv("BENCH_PYTHON", python, 1);
    }
}

Test(cli_python, operator_data_are_described_verified_and_timed)
{
    struct run_journal j;
    skip_without_torch();
    cli_write("data/tanh.py", "import torch\ndef tanh(x):\n    return torch.tanh(x)\n");
    cli_write("data/exp_.json", "{\"op_name\": \"aten::exp_\", \"code\": "
                                "\"def exp_(x):\\n    return x.exp_()\\n\"}");
    /* Nowhere right: -x would be, for five inputs that all happen to be negative. */
    cli_write("data/abs.py", "def abs(x):\n    return -x - 1\n");
    cli_write("data/ceil.py", "def ceiling(x):\n    return x\n");
    const struct bench_process_result *r =
        cli_bench("run --operators data --device cpu:1 --cache hot --shapes [[8,9],[5],[0,9]] "
                  "--dtype float32 --dtype "
                  "bfloat16 --rounds 3 --seed 2 --output r");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "ceil: no_callable: ");
    run_read_journal("r/journal.jsonl", &j);
    size_t right = 0, wrong = 0, checked = 0;
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        const struct bench_json *name = bench_json_get(line, "implementation");
        if (bench_json_type(name) != BENCH_JSON_STRING)
            continue;
        bool is_empty = bench_json_number(bench_json_first(bench_json_get(line, "shape"))) == 0;
        bool is_wrong = strcmp(run_text(line, "operator"), "abs") == 0 && !is_empty &&
                        strcmp(bench_json_string(name), "candidate") == 0;
        cr_expect_str_eq(run_text(line, "status"), is_empty   ? "checked"
                                                   : is_wrong ? "wrong"
                                                              : "ok");
        checked += is_empty;
        right += !is_wrong && !is_empty;
        wrong += is_wrong;
    }
    run_free_journal(&j);
    cr_expect_eq(right, 20); /* 3 operators x 2 dtypes x 2 shapes x 2 roles, but the wrong ones */
    cr_expect_eq(wrong, 4);
    cr_expect_eq(checked, 12); /* of no elements none is wrong */
}

/* Its oracle says what is right: here that the opposite is meant. */
Test(cli_python, a_description_by_hand_wins_over_what_is_derived)
{
    struct run_journal j;
    skip_without_torch();
    cli_write("data/neg.py", "def neg(x):\n    return x.clone()\n");
    cli_write("mine/neg/neg.json",
              "{\"name\": \"neg\", \"category\": \"pointwise\", \"dtypes\": [\"float32\"], "
              "\"dims\": [\"n*\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", \"fill\": "
              "{\"normal\": {\"mean\": 0, \"std\": 1}}}], \"outputs\": [{\"name\": \"out\", "
              "\"shape\": \"case\"}], \"bytes\": \"8 * numel\", \"flops\": \"numel\", \"oracle\": "
              "{\"source\": \"neg.cu\", \"entry\": \"oracle\", \"grid\": [1], \"block\": [32], "
              "\"args\": [\"x\", \"out\", {\"int\": \"n\"}]}, \"implementations\": [{\"name\": "
              "\"reference\", \"provider\": \"cuda\", \"source\": \"neg.cu\", \"entry\": \"copy\", "
              "\"grid\": [1], \"block\": [32], \"args\": [\"x\", \"out\", {\"int\": \"n\"}]}], "
              "\"torch\": {\"signature\": \"x\", \"tensors\": {\"x\": \"x\"}, \"case_shape\": "
              "\"list(x.shape)\", \"reference\": \"x\"}}");
    cli_write("mine/neg/neg.cu",
              "extern \"C\" __global__ void oracle(const float *x, double *y, int n) {\n"
              "  for (int i = threadIdx.x; i < n; i += 32) y[i] = x[i];\n}\n"
              "extern \"C\" __global__ void copy(const float *x, float *y, int n) {\n"
              "  for (int i = threadIdx.x; i < n; i += 32) y[i] = x[i];\n}\n");
    const struct bench_process_result *r = cli_bench(
        "run --operators data --kernels mine --device cpu:1 --cache hot --shapes [[8,9]] --dtype "
        "float32 --rounds 3 --seed 2 --output r");
    cli_expect_exit(r, 1);
    run_read_journal("r/journal.jsonl", &j);
    cr_assert_eq(j.count, 3);
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        bool wrong = strcmp(run_text(line, "implementation"), "torch") == 0;
        cr_expect_str_eq(run_text(line, "status"), wrong ? "wrong" : "ok");
    }
    run_free_journal(&j);
}
