#include "tests/perf/history/nights.h"

#include <math.h>

#include "bench/util/rng.h"

#define DAY_S INT64_C(86400)
/* A new driver so often, which moves every time by up to 2 %. */
#define DRIVER_NIGHTS 200
#define NOISE 0.004
#define OUTLIERS 0.01

/* A generator of its own for every thing that is drawn: what it is and which one. */
static void draw(const struct nights *n, uint64_t what, uint64_t a, uint64_t b, struct bench_rng *r)
{
    uint64_t seed = n->seed;
    seed = (seed ^ what) * UINT64_C(0x9e3779b97f4a7c15);
    seed = (seed ^ a) * UINT64_C(0xbf58476d1ce4e5b9);
    seed = (seed ^ b) * UINT64_C(0x94d049bb133111eb);
    bench_rng_init(r, seed);
}

size_t nights_step(const struct nights *n, size_t op, double *ratio)
{
    struct bench_rng r;
    draw(n, 1, op, 0, &r);
    *ratio = 1;
    if (bench_rng_below(&r, 10) != 0)
        return SIZE_MAX;
    size_t night = 40 + bench_rng_below(&r, 300);
    *ratio = bench_rng_below(&r, 2) ? 1.03 : 0.96;
    return night;
}

static const char *hash(struct bench_arena *arena, struct bench_rng *r)
{
    return bench_arena_printf(arena, "%016llx%016llx%08x", (unsigned long long)bench_rng_u64(r),
                              (unsigned long long)bench_rng_u64(r), (unsigned)bench_rng_u64(r));
}

static double night_noise(struct bench_rng *r)
{
    double z = bench_rng_normal(r);
    if (bench_rng_double(r) < OUTLIERS)
        z += 20 * bench_rng_double(r);
    return NOISE * z;
}

static void fill_case(const struct nights *n, size_t number, size_t op, size_t index,
                      double platform, struct bench_arena *arena, struct bench_history_case *c)
{
    static const char *const names[] = {"candidate", "reference", "cublas"};
    static const char *const dtypes[] = {"float32", "float16"};
    static const double slower[] = {1.0, 1.45, 1.1};
    struct bench_rng fixed, tonight, source;
    double ratio, step_ratio;
    size_t step = nights_step(n, op, &step_ratio);
    draw(n, 2, op, index, &fixed);
    draw(n, 3, op * n->cases + index, number, &tonight);
    draw(n, 4, op, number >= step, &source);
    double base_ms = exp(log(0.004) + 6 * bench_rng_double(&fixed));
    c->operator_name = bench_arena_printf(arena, "op%03zu", op);
    c->dtype = dtypes[index % 2];
    c->shape = bench_arena_printf(arena, "[%zu, 1024]", (size_t)64 << (index / 2));
    c->params = "";
    for (int role = 0; role < BENCH_HISTORY_ROLES; role++) {
        ratio = slower[role] * exp(platform + night_noise(&tonight));
        if (role == BENCH_HISTORY_CANDIDATE && number >= step)
            ratio *= step_ratio;
        double ms = base_ms * ratio;
        c->roles[role] = (struct bench_history_result){
            .implementation = names[role],
            .variant = role == BENCH_HISTORY_CANDIDATE ? "BLOCK=256" : "",
            .library = role == BENCH_HISTORY_BASELINE ? "cuBLAS 13.1.0" : "",
            .source_hash = role == BENCH_HISTORY_CANDIDATE   ? hash(arena, &source)
                           : role == BENCH_HISTORY_REFERENCE ? "0123456789abcdef"
                                                             : "",
            .binary_hash = role == BENCH_HISTORY_CANDIDATE   ? hash(arena, &source)
                           : role == BENCH_HISTORY_REFERENCE ? "fedcba9876543210"
                                                             : "",
            .status = "ok",
            .time_ms = ms,
            .low_ms = ms * 0.999,
            .high_ms = ms * 1.001,
        };
    }
}

static void fill_decisions(const struct nights *n, struct bench_arena *arena,
                           struct bench_history_run *run)
{
    struct bench_history_decision *d = bench_arena_alloc(arena, n->operators * sizeof *d);
    for (size_t op = 0; op < n->operators; op++)
        d[op] = (struct bench_history_decision){
            .operator_name = bench_arena_printf(arena, "op%03zu", op),
            .criterion = "speedup_vs_flaggems",
            .answer = "pass",
            .estimate = 1.45,
            .low = 1.44,
            .high = 1.46,
            .threshold = 1.3,
            .processes = 3,
        };
    run->decisions = d;
    run->decision_count = n->operators;
}

void nights_make(const struct nights *n, size_t number, struct bench_arena *arena,
                 struct bench_history_run *run)
{
    struct bench_rng r, driver;
    struct bench_history_case *cases =
        bench_arena_alloc(arena, n->operators * n->cases * sizeof *cases);
    draw(n, 5, number, 0, &r);
    draw(n, 6, number / DRIVER_NIGHTS, 0, &driver);
    double platform = 0.04 * bench_rng_double(&driver) - 0.02;
    for (size_t op = 0; op < n->operators; op++)
        for (size_t i = 0; i < n->cases; i++)
            fill_case(n, number, op, i, platform, arena, &cases[op * n->cases + i]);
    char *uid = bench_arena_alloc(arena, 33);
    *run = (struct bench_history_run){
        .uid = uid,
        .name = bench_arena_printf(arena, "night-%05zu", number),
        .folder = bench_arena_printf(arena, "/srv/bench/results/night-%05zu", number),
        .suite = "nightly",
        .commit = hash(arena, &r),
        .command = "bench run nightly --confirm",
        .mode = "kernel",
        .cache = "cold",
        .settings = "{\"confirm\":3}",
        .started_s = n->first_s + (int64_t)number * DAY_S,
        .duration_s = 3600,
        .noise_floor = 0.004,
        .seed = number,
        .confirmations = 3,
        .device = {"cuda", "NVIDIA H100 80GB HBM3", "GPU-0", "sm_90"},
        .environment = {.driver =
                            bench_arena_printf(arena, "%zu.65.06", 535 + number / DRIVER_NIGHTS),
                        .compiler = "NVRTC 13.0",
                        .libraries = "{\"cublas\":\"13.1.0\"}",
                        .bench_version = "0.1.0",
                        .host = "gpu1",
                        .system = "Linux 6.1 x86_64"},
        .cases = cases,
        .case_count = n->operators * n->cases,
    };
    fill_decisions(n, arena, run);
    bench_history_uid(run, uid);
}
