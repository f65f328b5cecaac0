/* What the supervisor tells a worker in Python, and what the callbacks' answers become. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/case/callable.h"
#include "bench/run/job.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static struct bench_err err;

static struct bench_suite *read_suite(char **kernels, const struct bench_suite_filter *filter)
{
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    struct bench_suite *suite = NULL;
    char *path = bench_path_join(resources, "suites/python.json");
    *kernels = bench_path_join(resources, "python/kernels");
    cr_assert_eq(bench_suite_read(path, *kernels, filter, &suite, &err), 0, "%s", err.message);
    free(path);
    return suite;
}

/* ---- the job ---- */

static const char *const only[] = {"twice"};
static const struct bench_suite_filter filter = {
    .operators = only, .operator_count = 1, .max_cases_per_operator = 5};

static void add_record(struct bench_run *run, size_t index, enum bench_status status)
{
    static double samples[2] = {4, 5};
    struct bench_record *r = &run->records[run->record_count++];
    bench_record_init(r);
    r->case_index = index;
    r->roles = 1u << BENCH_CANDIDATE;
    r->implementation = "candidate";
    r->status = status;
    r->reason = "why";
    r->elapsed_ns = samples;
    r->round_count = 2;
}

/* As a supervisor's before case 2 of its second confirming process. */
static void make_run(struct bench_run *run, const struct bench_suite *suite, const char *kernels,
                     const bool *wanted)
{
    struct bench_run_options options = {
        .device = "cpu:3", .timeout_s = 7, .max_case_ms = 9, .kernels = kernels, .filter = &filter};
    bench_run_init(run, suite, &options);
    run->settings.seed = UINT64_MAX - 5;
    run->settings.precision = 0.1;
    run->settings.aa = false;
    run->settings.mode = BENCH_MODE_OPERATOR;
    run->settings.cache = BENCH_CACHE_HOT;
    run->process = 2;
    run->wanted = wanted;
    run->records = bench_xcalloc(3, sizeof *run->records);
    add_record(run, 0, BENCH_STATUS_CRASHED);
    add_record(run, 1, BENCH_STATUS_OK);
    add_record(run, 2, BENCH_STATUS_OK);
}

static char *write_job(const struct bench_run *run, const char *find, const char *replace)
{
    static char path[] = "/tmp/bench_test_job_XXXXXX";
    struct bench_worker_job job = {.run = run, .first_case = 2, .memory_bytes = 123456789012};
    struct bench_str text;
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    bench_str_init(&text);
    bench_job_write(&job, &text);
    char *at = find ? strstr(text.data, find) : NULL;
    cr_assert(find == NULL || at != NULL);
    if (at != NULL)
        memcpy(at, replace, strlen(replace));
    cr_assert_eq(bench_file_write_atomic(path, text.data, text.len, &err), 0);
    bench_str_fini(&text);
    return path;
}

Test(job, arrives_as_it_was)
{
    static const bool wanted[] = {true, false, true, true, false};
    struct bench_run run;
    struct bench_job job;
    char *kernels;
    struct bench_suite *suite = read_suite(&kernels, &filter);
    cr_assert_eq(suite->case_count, 5);
    make_run(&run, suite, kernels, wanted);
    char *path = write_job(&run, NULL, NULL);
    cr_assert_eq(bench_job_read(path, &job, &err), 0, "%s", err.message);
    unlink(path);
    cr_expect_eq(job.worker.run, &job.run);
    cr_expect_eq(job.worker.first_case, 2);
    cr_expect_eq(job.worker.memory_bytes, 123456789012);
    cr_expect_eq(job.run.process, 2);
    cr_expect_str_eq(job.run.options.device, "cpu:3");
    cr_expect_eq(job.run.options.timeout_s, 7);
    cr_expect_eq(job.run.options.max_case_ms, 9);
    cr_expect_eq(memcmp(&job.run.settings, &run.settings, sizeof run.settings), 0);
    cr_expect_eq(job.suite->case_count, 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_eq(bench_run_wants(&job.run, i), wanted[i]);
    /* Deaths, and what is known of the cases to come; no samples. */
    cr_assert_eq(job.run.record_count, 2);
    cr_expect_eq(job.run.records[0].status, BENCH_STATUS_CRASHED);
    cr_expect_eq(job.run.records[1].case_index, 2);
    cr_expect_str_eq(job.run.records[1].implementation, "candidate");
    cr_expect_eq(job.run.records[1].round_count, 0);
    bench_job_fini(&job);
    bench_run_fini(&run);
    bench_suite_free(suite);
    free(kernels);
}

Test(job, a_suite_that_was_changed_is_refused)
{
    static const bool wanted[5] = {true};
    struct bench_run run;
    struct bench_job job;
    char *kernels;
    struct bench_suite *suite = read_suite(&kernels, &filter);
    make_run(&run, suite, kernels, wanted);
    char *path = write_job(&run, "\"max_cases\":5", "\"max_cases\":4");
    cr_expect_eq(bench_job_read(path, &job, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "was changed while the run went on"), "%s", err.message);
    unlink(path);
    bench_job_fini(&job);
    bench_run_fini(&run);
    bench_suite_free(suite);
    free(kernels);
}

/* ---- the callbacks ---- */

static struct {
    char request[4096];
    int64_t prepare;  /* its answer */
    const char *told; /* last_error */
    const char *facts;
    int call;
} fake;

static void put(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text);
}

static int64_t fake_prepare(const char *request, char *answer, size_t size)
{
    put(fake.request, sizeof fake.request, request);
    put(answer, size, "{\"notes\": [\"a\", \"b\"], \"import_ns\": 1, \"first_call_ns\": 2}");
    return fake.prepare;
}

static int fake_call(int64_t handle)
{
    return handle == 7 ? fake.call : -26;
}

static int fake_facts(int64_t handle, char *answer, size_t size)
{
    (void)handle;
    put(answer, size, fake.facts);
    return 0;
}

static size_t fake_error(char *text, size_t size)
{
    put(text, size, fake.told);
    return strlen(fake.told);
}

static const struct bench_python_hooks hooks = {
    .version = BENCH_PYTHON_INTERFACE,
    .prepare = fake_prepare,
    .call = fake_call,
    .release = fake_call,
    .facts = fake_facts,
    .last_error = fake_error,
};

static int prepare(const struct bench_suite *suite, struct bench_arena *arena,
                   struct bench_python_call *call)
{
    const struct bench_case *c = &suite->cases[1].plan;
    const int64_t shape[] = {5, 3};
    struct bench_python_tensor x = {"x", (void *)0x7f0000001000, BENCH_FLOAT32, shape, 2};
    struct bench_python_tensor out = {"out", (void *)0x10, BENCH_FLOAT32, shape, 2};
    struct bench_python_request request = {
        .impl = &c->op->implementations[0], .plan = c, .inputs = &x, .outputs = &out};
    return bench_python_prepare(&hooks, &request, arena, call, &err);
}

Test(python, the_request_has_all_that_is_bound)
{
    struct bench_python_call call;
    struct bench_arena *arena = bench_arena_new();
    char *kernels;
    struct bench_suite *suite = read_suite(&kernels, NULL);
    fake.prepare = 7;
    cr_assert_eq(prepare(suite, arena, &call), 0, "%s", err.message);
    static const char *const parts[] = {
        "\"implementation\":\"candidate\"",
        "\"python\":{\"does\":\"told by the case\",",
        "\"dims\":[\"n*\"]",
        "\"case\":{\"dtype\":\"float32\",\"shape\":[5,3],\"params\":{\"fault\":1}}",
        ("\"inputs\":[{\"name\":\"x\",\"data\":\"0x7f0000001000\",\"dtype\":\"float32\",\"shape\":"
         "[5,3]}]"),
        "\"outputs\":[{\"name\":\"out\",\"data\":\"0x10\",",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_expect_not_null(strstr(fake.request, parts[i]), "no %s in %s", parts[i], fake.request);
    cr_expect_str_eq(call.notes, "a; b");
    cr_expect_eq(call.import_ns, 1);
    cr_expect_eq(call.first_call_ns, 2);
    cr_expect_eq(strlen(call.source_hash), 32);
    bench_python_release(&call);
    cr_expect_eq(call.handle, 0);
    bench_arena_free(arena);
    bench_suite_free(suite);
    free(kernels);
}

Test(python, what_goes_wrong_becomes_a_status)
{
    static const struct {
        int64_t code;
        int rc;
        enum bench_status status;
    } table[] = {
        {-1, BENCH_ERROR, BENCH_STATUS_LAUNCH_ERROR},
        {-4, BENCH_PYTHON_IMPORT_FAILED, BENCH_STATUS_IMPORT_FAILED},
        {-12, BENCH_PYTHON_RAISED, BENCH_STATUS_RAISED},
        {-19, BENCH_PYTHON_ALIASED, BENCH_STATUS_ALIASED},
        {-20, BENCH_EUNSUPPORTED, BENCH_STATUS_LAUNCH_ERROR},
        {-25, BENCH_PYTHON_ORACLE_FAILED, BENCH_STATUS_ORACLE_FAILED},
        {0, BENCH_ERROR, BENCH_STATUS_LAUNCH_ERROR},
    };
    struct bench_arena *arena = bench_arena_new();
    char *kernels;
    struct bench_suite *suite = read_suite(&kernels, NULL);
    fake.told = "{\"status\": \"s\", \"reason\": \"the reason\"}";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bench_python_call call;
        fake.prepare = table[i].code;
        cr_expect_eq(prepare(suite, arena, &call), table[i].rc, "code %d", (int)table[i].code);
        cr_expect_str_eq(err.message, "the reason");
        cr_expect_eq(bench_callable_status(&err), table[i].status);
        cr_expect_eq(call.handle, 0);
    }
    bench_arena_free(arena);
    bench_suite_free(suite);
    free(kernels);
}

Test(python, facts_of_a_call)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_python_call call = {.hooks = &hooks, .handle = 7};
    struct bench_python_facts facts;
    fake.facts = "{\"kernels\": [{\"name\": \"k\", \"count\": 2}], \"launches\": 2, \"memory\": "
                 "{\"allocated_bytes\": 64}, \"verdict\": \"ok\", \"why\": \"w\"}";
    cr_assert_eq(bench_python_facts(&call, arena, &facts, &err), 0, "%s", err.message);
    cr_expect_str_eq(facts.kernels, "[{\"name\":\"k\",\"count\":2}]");
    cr_expect_eq(facts.launches, 2);
    cr_expect_eq(facts.allocated_bytes, 64);
    cr_expect_str_eq(facts.verdict, "ok");
    fake.facts = "{}"; /* too long for the buffer, or nothing to see */
    cr_assert_eq(bench_python_facts(&call, arena, &facts, &err), 0, "%s", err.message);
    cr_expect_str_eq(facts.kernels, "[]");
    cr_expect_eq(facts.allocated_bytes, -1);
    cr_expect_str_eq(facts.verdict, "unproven");
    fake.facts = "no JSON";
    cr_expect_neq(bench_python_facts(&call, arena, &facts, &err), 0);
    bench_arena_free(arena);
}

Test(python, another_version_is_refused)
{
    struct bench_python_hooks other = hooks;
    other.version = BENCH_PYTHON_INTERFACE + 1;
    cr_expect_eq(bench_python_check(&hooks, &err), 0);
    cr_expect_neq(bench_python_check(&other, &err), 0);
}
