#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct bench_arena *in_arena;
struct bench_str written;

void enter_report(void)
{
    in_arena = bench_arena_new();
    bench_str_init(&written);
}

void leave_report(void)
{
    bench_arena_free(in_arena);
    bench_str_fini(&written);
}

void expect_written(const char *part)
{
    cr_expect_not_null(strstr(written.data, part), "'%s' is not in:\n%s", part, written.data);
}

static struct bench_outcome_decision decided(double estimate, double threshold, bool at_least)
{
    struct bench_ratio ratio = {estimate, estimate * 0.99, estimate * 1.01, estimate * 0.995,
                                estimate * 1.005};
    bool within = ratio.low < threshold && threshold < ratio.high;
    return (struct bench_outcome_decision){.known = true,
                                           .answer = within ? BENCH_UNDETERMINED
                                                     : (estimate > threshold) == at_least
                                                         ? BENCH_PASS
                                                         : BENCH_FAIL,
                                           .ratio = ratio,
                                           .threshold = threshold,
                                           .reason = within ? "interval holds the threshold" : "",
                                           .method = "events",
                                           .cases = 1};
}

static void fill_role(struct bench_outcome_role *role, double ms)
{
    *role = (struct bench_outcome_role){.standing = BENCH_OUTCOME_OK,
                                        .status = "ok",
                                        .reason = "",
                                        .implementation = "kernel",
                                        .variant = "BLOCK=256",
                                        .library = "",
                                        .source_hash = "aa",
                                        .binary_hash = "bb",
                                        .time_ms = ms,
                                        .low_ms = ms * 0.99,
                                        .high_ms = ms * 1.01,
                                        .q25_ms = ms * 0.98,
                                        .q75_ms = ms * 1.02,
                                        .min_ms = ms * 0.97,
                                        .do_bench_ms = NAN,
                                        .rounds = 64,
                                        .verified = true,
                                        .max_ratio = 0.5,
                                        .max_abs = 1e-6,
                                        .rel_l2 = 1e-7,
                                        .clock_mhz = NAN,
                                        .registers = -1,
                                        .shared_bytes = -1,
                                        .spill_bytes = -1};
}

static void fill_case(struct bench_outcome_case *c, struct bench_arena *arena, size_t i,
                      const char *op_name)
{
    static const char *const dtypes[] = {"float32", "float16"};
    int64_t *shape = bench_arena_alloc(arena, 2 * sizeof *shape);
    shape[0] = 64;
    shape[1] = (int64_t)i + 1;
    *c = (struct bench_outcome_case){.key = bench_arena_printf(arena, "%032zx", i),
                                     .op_name = op_name,
                                     .dtype = dtypes[i % 2],
                                     .shape = shape,
                                     .ndim = 2,
                                     .params = "",
                                     .number = i,
                                     .bytes = 1024,
                                     .flops = 2048,
                                     .roofline_ms = 0.001,
                                     .roofline_bound = "memory"};
    c->label = bench_arena_printf(arena, "%s [64, %zu]", c->dtype, i + 1);
    double speedup = 0.5 + 0.1 * (double)(i % 20);
    fill_role(&c->roles[BENCH_CANDIDATE], 0.01);
    fill_role(&c->roles[BENCH_REFERENCE], 0.01 * speedup);
    fill_role(&c->roles[BENCH_BASELINE], 0.01);
    c->decisions[BENCH_OUTCOME_SPEEDUP] = decided(speedup, 1.3, true);
    c->decisions[BENCH_OUTCOME_RELATIVE] = decided(1.0, 1.25, false);
}

static void spoil(struct bench_outcome_case *c)
{
    c->roles[BENCH_CANDIDATE].standing = BENCH_OUTCOME_FAILED;
    c->roles[BENCH_CANDIDATE].status = "wrong";
    c->roles[BENCH_CANDIDATE].reason = "element 7 is 1.5, expected 1.25\nand 12 more";
    c->roles[BENCH_CANDIDATE].time_ms = NAN;
    c->decisions[BENCH_OUTCOME_SPEEDUP].known = false;
    c->decisions[BENCH_OUTCOME_RELATIVE].known = false;
}

struct bench_outcome *made_outcome(struct bench_arena *arena, size_t operators, size_t cases)
{
    struct bench_outcome *o = bench_arena_alloc(arena, sizeof *o);
    struct bench_outcome_operator *ops = bench_arena_alloc(arena, operators * sizeof *ops);
    struct bench_outcome_case *all = bench_arena_alloc(arena, operators * cases * sizeof *all);
    *o = (struct bench_outcome){.path = "results/a",
                                .folder = "results/a",
                                .id = "a",
                                .suite = "core",
                                .suite_hash = "",
                                .status = "finished",
                                .started = "2026-11-22T10:26:00Z",
                                .started_s = 1795343160,
                                .duration_s = 12.5,
                                .command = "bench run core",
                                .bench_version = "0.1.0",
                                .git_commit = "",
                                .host = "host",
                                .compiler = "",
                                .mode = "kernel",
                                .cache = "cold",
                                .seed = 1,
                                .noise_floor = 0.003,
                                .confirmations = 0,
                                .thresholds = {1.3, 1.25},
                                .operators = ops,
                                .operator_count = operators,
                                .cases = all,
                                .case_count = operators * cases};
    o->device = (struct bench_outcome_device){.name = "GPU", .kind = "cuda", .driver = "580"};
    for (size_t i = 0; i < operators; i++) {
        ops[i] = (struct bench_outcome_operator){.name = bench_arena_printf(arena, "op%zu", i),
                                                 .category = "",
                                                 .hash = "",
                                                 .first_case = i * cases,
                                                 .case_count = cases};
        ops[i].decisions[BENCH_OUTCOME_SPEEDUP] = decided(0.9 + 0.2 * (double)i, 1.3, true);
        ops[i].decisions[BENCH_OUTCOME_RELATIVE] = decided(1.0, 1.25, false);
        for (size_t k = 0; k < cases; k++)
            fill_case(&all[i * cases + k], arena, i * cases + k, ops[i].name);
    }
    spoil(&all[0]);
    all[1].decisions[BENCH_OUTCOME_SPEEDUP] = decided(1.3, 1.3, true);
    return o;
}

struct bench_outcome_case *made_case(struct bench_outcome *o, size_t i)
{
    return (struct bench_outcome_case *)(uintptr_t)&o->cases[i];
}

void make_hostile(struct bench_outcome *o)
{
    static const char *const notes[] = {HOSTILE};
    o->path = o->id = o->suite = o->status = o->command = o->bench_version = HOSTILE;
    o->git_commit = o->host = o->compiler = HOSTILE;
    o->device.name = o->device.driver = HOSTILE;
    o->notes = notes;
    o->note_count = 1;
    for (size_t i = 0; i < o->operator_count; i++) {
        struct bench_outcome_operator *op =
            (struct bench_outcome_operator *)(uintptr_t)&o->operators[i];
        op->name = HOSTILE;
        op->decisions[BENCH_OUTCOME_SPEEDUP].reason = HOSTILE;
    }
    for (size_t i = 0; i < o->case_count; i++) {
        struct bench_outcome_case *c = made_case(o, i);
        c->op_name = c->dtype = c->params = c->label = c->roofline_bound = HOSTILE;
        for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
            struct bench_outcome_role *role = &c->roles[r];
            role->reason = role->implementation = role->variant = role->library = HOSTILE;
        }
    }
}

void to_text(void *context, const char *data, size_t length)
{
    bench_str_addn(context, data, length);
}

size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *p = strstr(text, part); p; p = strstr(p + 1, part))
        count++;
    return count;
}
