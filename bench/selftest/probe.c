/* The child that measures the timing itself. */
#include "bench/selftest/probe.h"

#include "bench/case/graph_time.h"
#include "bench/case/sample.h"
#include "bench/case/support.h"
#include "bench/measure/stats.h"
#include "bench/util/clock.h"

/* Samples of each kind; enough for a median, few enough to cost nothing. */
#define GATE_SAMPLES 25
/* Many times what a launch takes: unmistakable in a time that includes it. */
#define GATE_DELAY_NS 200e3

static void stay_busy(double ns)
{
    int64_t end = bench_clock_ns() + (int64_t)ns;
    while (bench_clock_ns() < end)
        ;
}

/* As a host that is slow to launch: Python, or a machine with other work. */
static int launch_late(struct bench_session *s, const void *what, struct bench_err *err)
{
    stay_busy(*(const double *)what);
    return bench_support_empty(s, err);
}

static int sample_gate(struct bench_session *s, bool gated, double delay_ns, double *median_ns,
                       struct bench_err *err)
{
    double samples[GATE_SAMPLES];
    bool was_late;
    int rc = BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < GATE_SAMPLES; i++) {
        rc = bench_device_flush(s->device, err);
        if (rc == BENCH_OK)
            rc = bench_sample_launch(s, gated, launch_late, &delay_ns, &samples[i], &was_late, err);
    }
    if (rc == BENCH_OK)
        *median_ns = bench_median(samples, GATE_SAMPLES);
    return rc;
}

static int check_gate(struct bench_session *s, struct selftest_gate *gate, struct bench_err *err)
{
    gate->delay_ns = GATE_DELAY_NS;
    int rc = sample_gate(s, true, 0, &gate->plain_ns, err);
    if (rc == BENCH_OK)
        rc = sample_gate(s, true, GATE_DELAY_NS, &gate->late_ns, err);
    if (rc == BENCH_OK)
        rc = sample_gate(s, false, GATE_DELAY_NS, &gate->without_ns, err);
    gate->measured = rc == BENCH_OK;
    return rc;
}

/* Each reading after as much work as a sample is. */
static int read_clock(struct bench_session *s, struct selftest_probe *probe, struct bench_err *err)
{
    int rc = BENCH_OK;
    while (rc == BENCH_OK && probe->clock_count < SELFTEST_CLOCK_READINGS) {
        double mhz = 0;
        rc = bench_device_flush(s->device, err);
        if (rc == BENCH_OK)
            rc = bench_device_clock_probe(s->device, err);
        if (rc == BENCH_OK)
            rc = bench_device_synchronize(s->device, err);
        if (rc == BENCH_OK)
            rc = bench_device_clock_read(s->device, &mhz, err);
        if (rc == BENCH_OK)
            probe->clock_mhz[probe->clock_count++] = mhz;
    }
    return rc;
}

static int calibrate(struct bench_session *s, struct selftest_probe *probe, struct bench_err *err)
{
    struct bench_graph_floor graph = {0};
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < SELFTEST_OWN_FLOORS; i++) {
        rc = bench_floor_measure(s, BENCH_MODE_KERNEL, BENCH_CACHE_COLD, s->info->gates,
                                 &probe->own[i], err);
        if (rc == BENCH_OK)
            probe->own_count++;
    }
    if (rc == BENCH_OK && s->info->gates)
        rc = bench_floor_measure(s, BENCH_MODE_KERNEL, BENCH_CACHE_COLD, false, &probe->ungated,
                                 err);
    if (rc == BENCH_OK)
        rc = bench_graph_floor_measure(s, &graph, err);
    for (size_t i = 0; rc == BENCH_OK && i < probe->own_count; i++)
        bench_floor_tighten(&probe->own[i], &graph);
    return rc;
}

static int measure(struct bench_session *s, struct selftest_probe *probe, struct bench_err *err)
{
    int rc = calibrate(s, probe, err);
    if (rc == BENCH_OK && s->info->gates)
        rc = check_gate(s, &probe->gate, err);
    if (rc == BENCH_OK)
        rc = bench_cache_check(s, &probe->cache, err);
    if (rc == BENCH_OK && s->info->reports_clock)
        rc = read_clock(s, probe, err);
    if (rc == BENCH_OK)
        probe->fact_count =
            bench_device_facts(s->device, probe->facts, sizeof probe->facts / sizeof *probe->facts);
    if (rc == BENCH_OK)
        rc = bench_roofline_get(s, &probe->roofline, err);
    return rc;
}

int selftest_probe_main(void *shared, struct bench_err *err)
{
    struct selftest_probe *probe = shared;
    struct bench_session s;
    int rc = bench_session_open(&s, probe->device, 1, false, err);
    if (rc != BENCH_OK)
        return rc;
    probe->info = *s.info;
    rc = s.info->computes ? measure(&s, probe, err) : BENCH_OK;
    if (rc != BENCH_EPOISONED)
        bench_session_close(&s);
    return rc;
}

void selftest_probe_add_floor(struct selftest_probe *probe, const struct bench_floor *floor)
{
    if (probe->other_count < SELFTEST_OTHER_FLOORS && floor->empty_ns > 0)
        probe->others[probe->other_count++] = *floor;
}
