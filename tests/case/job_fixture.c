#include "job_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/criteria.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define ok(call) cr_assert_eq((call), 0, "%s", err.message)

static const char description[] =
    "{\"name\": \"made\", \"category\": \"pointwise\", \"dtypes\": [\"float32\"],\n"
    " \"dims\": [\"n*\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", "
    "\"fill\": {\"normal\": {\"mean\": 0, \"std\": 1}}}],\n"
    " \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}],\n"
    " \"bytes\": \"2 * numel * sizeof_T\", \"flops\": \"numel\",%s\n"
    " \"implementations\": %s}\n";
static const char oracle[] =
    "\n \"oracle\": {\"source\": \"made.cu\", \"entry\": \"oracle\", \"grid\": [\"ceildiv(n, "
    "256)\"], \"block\": [256], \"args\": [\"x\", \"out\", {\"int64\": \"n\"}]},";

void job_open(struct job_fixture *f, const char *device)
{
    struct bench_err err = {0};
    *f = (struct job_fixture){.folder = "/tmp/bench-test-XXXXXX"};
    cr_assert_not_null(mkdtemp(f->folder));
    ok(bench_session_open(&f->s, device, 1, false, &err));
    f->arena = bench_arena_new();
    f->settings = (struct bench_measure_settings){
        .suite = {.least_rounds = 16,
                  .most_rounds = 1024,
                  .precision = 0.005,
                  .confidence = 0.95,
                  .speedup_threshold = BENCH_SPEEDUP_THRESHOLD,
                  .relative_threshold = BENCH_RELATIVE_THRESHOLD,
                  .tune_rounds = 3,
                  .warmup_rounds = 2,
                  .seed = 1},
        .max_case_ns = 60e9,
    };
    f->job = (struct bench_case_job){
        .suite_case = &f->suite_case,
        .seed = 1,
        .settings = &f->settings,
        .position = bench_position_new(),
        .arena = f->arena,
    };
}

void job_operator(struct job_fixture *f, const char *implementations, const char *source, int64_t n)
{
    struct bench_err err = {0};
    char *path = bench_xprintf("%s/made/made.json", f->folder);
    char *code = bench_xprintf("%s/made/made.cu", f->folder);
    char *text = bench_xprintf(description, source ? oracle : "", implementations);
    ok(bench_file_write_atomic(path, text, strlen(text), &err));
    ok(bench_file_write_atomic(code, source ? source : "", source ? strlen(source) : 0, &err));
    ok(bench_operator_read(path, &f->op, &err));
    ok(bench_case_plan(f->op, BENCH_FLOAT32, &n, 1, NULL, f->arena, &f->suite_case.plan, &err));
    free(text);
    free(code);
    free(path);
}

static void set_role(struct job_fixture *f, enum bench_role role, const char *name)
{
    struct bench_role_choice *choice = &f->suite_case.roles[role];
    *choice = (struct bench_role_choice){0};
    if (name == NULL)
        return;
    choice->names = bench_arena_alloc(f->arena, sizeof *choice->names);
    choice->names[0] = name;
    choice->count = 1;
}

void job_roles(struct job_fixture *f, const char *candidate, const char *reference,
               const char *baseline)
{
    set_role(f, BENCH_CANDIDATE, candidate);
    set_role(f, BENCH_REFERENCE, reference);
    set_role(f, BENCH_BASELINE, baseline);
}

void job_run(struct job_fixture *f)
{
    struct bench_err err = {0};
    ok(bench_case_run(&f->s, &f->job, &f->records, &f->record_count, &err));
}

const struct bench_record *job_record(const struct job_fixture *f, enum bench_role role)
{
    for (size_t i = 0; i < f->record_count; i++)
        if (f->records[i].roles & 1u << role)
            return &f->records[i];
    cr_assert_fail("no record of the %s", bench_role_name(role));
    return NULL;
}

void job_close(struct job_fixture *f)
{
    bench_file_remove_tree(f->folder, NULL);
    if (f->op != NULL)
        bench_case_fini(&f->suite_case.plan);
    bench_operator_free(f->op);
    bench_position_free(f->job.position);
    bench_session_close(&f->s);
    bench_arena_free(f->arena);
}
