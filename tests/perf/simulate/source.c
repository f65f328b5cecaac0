#include "tests/perf/simulate/source.h"

#include <math.h>

double simulation_uniform(struct bench_rng *rng, double low, double high)
{
    return low + (high - low) * bench_rng_double(rng);
}

double simulation_log_uniform(struct bench_rng *rng, double low, double high)
{
    return low * pow(high / low, bench_rng_double(rng));
}

void simulation_source_init(struct simulation_source *s, enum simulation kind, double median_ns,
                            double floor_ns, double growth, struct bench_rng *rng)
{
    double noise = simulation_log_uniform(rng, 0.003, 0.03),
           share = simulation_uniform(rng, 0.05, 0.3);
    double longer = simulation_uniform(rng, 1.05, 1.5), spike = simulation_uniform(rng, 2, 8);
    *s = (struct simulation_source){
        .script = {.kind = BENCH_SCRIPT_NORMAL, .parameters = {1, noise}}};
    double *p = s->script.parameters;
    s->drift = (struct bench_script){.kind = BENCH_SCRIPT_DRIFT, .parameters = {1, growth}};
    switch (kind) {
    case SIM_SKEWED:
        s->script.kind = BENCH_SCRIPT_LOGNORMAL;
        p[0] = noise / 0.8;
        p[1] = 0.8;
        s->shift_ns = median_ns * (1 - p[0]);
        break;
    case SIM_BIMODAL:
    case SIM_SPIKES:
        s->script.kind = BENCH_SCRIPT_SPIKES;
        p[2] = kind == SIM_BIMODAL ? share : 0.05;
        p[3] = kind == SIM_BIMODAL ? longer : spike;
        break;
    case SIM_AUTOCORRELATED:
    case SIM_PERSISTENT:
        s->script.kind = BENCH_SCRIPT_AR1;
        p[2] = kind == SIM_PERSISTENT ? 0.9 : 0.6;
        break;
    case SIM_STUDENT:
        s->script.kind = BENCH_SCRIPT_STUDENT;
        p[2] = 2;
        break;
    default:
        break;
    }
    double scale = (median_ns + floor_ns - s->shift_ns) / bench_script_median(&s->script);
    p[0] *= scale;
    if (s->script.kind == BENCH_SCRIPT_NORMAL || s->script.kind == BENCH_SCRIPT_SPIKES)
        p[1] *= scale;
    if (kind == SIM_QUANTISED || kind == SIM_PHASED || kind == SIM_FLOOR)
        s->script.quantum_ns = SIM_TICK_NS;
    s->script.phased = kind != SIM_QUANTISED;
    bench_rng_init(&s->rng, bench_rng_u64(rng));
}

double simulation_source_draw(struct simulation_source *s)
{
    double ns = s->shift_ns + bench_script_draw(&s->script, &s->state, &s->rng);
    return ns * bench_script_draw(&s->drift, &s->drift_state, &s->rng);
}

double simulation_source_about(struct simulation_source *s, double floor_ns)
{
    double shortest_ns = INFINITY;
    for (int i = 0; i < 3; i++)
        shortest_ns = fmin(shortest_ns, simulation_source_draw(s));
    return fmax(shortest_ns - floor_ns, 1);
}

double simulation_growth(enum simulation kind, struct bench_rng *rng)
{
    return kind == SIM_DRIFTING ? simulation_log_uniform(rng, 1e-5, 1e-3) : 0;
}

uint64_t simulation_seed(uint64_t seed, int series, long number)
{
    struct bench_rng rng;
    bench_rng_init(&rng, seed * 1000003 + (uint64_t)series);
    return bench_rng_u64(&rng) + (uint64_t)number;
}
