/* What the probe found, held against limits. */
#include <math.h>
#include <string.h>

#include "bench/case/format.h"
#include "bench/measure/stats.h"
#include "bench/selftest/probe.h"
#include "bench/selftest/steps.h"

/* Two calibrations of one process agree to 2 ns on an H100. A floor that moves by this much of an
 * empty kernel moves a ratio of 1.30 by half a per cent at most, wherever it decides at all: the
 * precision to which ratios are measured. Between processes: bench/selftest/steps.h. */
#define FLOOR_SPREAD 0.025
/* Or by so many steps of the clock, where these are coarse. */
#define FLOOR_STEPS 2
/* Of the shortest time that there is: a step that is larger would hide more than intervals can
 * carry. (500 ns, which some GPUs have, would be 16 %.) */
#define RESOLUTION_SHARE 0.05
/* A host that is late by 200 us must not be seen: not by a tenth of an empty kernel's time. */
#define GATE_SHARE 0.10
/* A reading is right to 0.4 % (bench/device/cuda/timing.c). */
#define CLOCK_SPREAD 0.02
/* Reading and writing a long tensor is no faster than the best that was seen of copying, and no
 * sound kernel of that kind is slower than half of it. */
#define STREAM_MOST 1.10
#define STREAM_LEAST 0.50

static const char *time_text(struct bench_selftest_report *report, double ns)
{
    char text[32];
    return selftest_text(report, "%s", bench_format_time(ns, text));
}

static void spread_of(const double *values, size_t count, double *least, double *most)
{
    *least = *most = values[0];
    for (size_t i = 1; i < count; i++) {
        *least = fmin(*least, values[i]);
        *most = fmax(*most, values[i]);
    }
}

/* ---- floor ---- */

/* How far calibrations are apart: the larger of what empty kernels and floors are. */
struct floors_apart {
    double empty_low, empty_high, low, high;
};

static void widen(struct floors_apart *a, const struct bench_floor *floors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        a->empty_low = fmin(a->empty_low, floors[i].empty_ns);
        a->empty_high = fmax(a->empty_high, floors[i].empty_ns);
        a->low = fmin(a->low, floors[i].floor_ns);
        a->high = fmax(a->high, floors[i].floor_ns);
    }
}

static double apart_ns(const struct floors_apart *a)
{
    return fmax(a->empty_high - a->empty_low, a->high - a->low);
}

static void put_calibration(const struct bench_floor *floor, size_t process,
                            struct selftest_values *v)
{
    bench_json_open_object(&v->writer);
    bench_json_put_key_int(&v->writer, "process", (int64_t)process);
    bench_floor_write(floor, "floor", &v->writer);
    bench_json_close_object(&v->writer);
}

static void put_floors(const struct selftest_probe *probe, const struct floors_apart *own,
                       const struct floors_apart *all, struct bench_selftest_report *report,
                       struct bench_selftest_line *line)
{
    struct selftest_values v;
    selftest_values_open(&v);
    selftest_put(&v, "apart_ns", apart_ns(own));
    selftest_put(&v, "apart_processes_ns", apart_ns(all));
    bench_json_put_key(&v.writer, "calibrations");
    bench_json_open_array(&v.writer);
    for (size_t i = 0; i < probe->own_count; i++)
        put_calibration(&probe->own[i], 0, &v);
    for (size_t i = 0; i < probe->other_count; i++)
        put_calibration(&probe->others[i], i + 1, &v);
    bench_json_close_array(&v.writer);
    bench_floor_write(&probe->ungated, "ungated", &v.writer);
    selftest_values_close(&v, report, line);
}

static void report_floor(const struct selftest_probe *probe, struct bench_selftest_report *report)
{
    const struct bench_floor *first = &probe->own[0];
    struct floors_apart own = {first->empty_ns, first->empty_ns, first->floor_ns, first->floor_ns};
    widen(&own, probe->own, probe->own_count);
    struct floors_apart all = own;
    widen(&all, probe->others, probe->other_count);
    double steps = FLOOR_STEPS * first->resolution_ns;
    double limit = fmax(FLOOR_SPREAD * own.empty_low, steps);
    double limit_all = fmax(SELFTEST_PROCESS_SHARE * own.empty_low, steps);
    struct bench_selftest_line *line = selftest_line(report, "floor");
    line->measured =
        selftest_text(report,
                      "%s taken off of %s around an empty kernel; calibrations are "
                      "%.0f ns apart in one process, %.0f ns over %zu processes",
                      time_text(report, first->floor_ns), time_text(report, first->empty_ns),
                      apart_ns(&own), apart_ns(&all), probe->other_count + 1);
    line->limit = selftest_text(report,
                                "%.0f ns in one process (%.1f %% of an empty kernel, or %d steps); "
                                "%.0f ns (%.0f %%) between processes, which intervals hold",
                                limit, FLOOR_SPREAD * 100, FLOOR_STEPS, limit_all,
                                SELFTEST_PROCESS_SHARE * 100);
    selftest_require(report, line, apart_ns(&own) <= limit,
                     "what is taken off every time is not the same twice; is something else using "
                     "the device?");
    selftest_require(report, line, apart_ns(&all) <= limit_all,
                     "processes differ by more than intervals may be trusted to hold; is something "
                     "else using the device?");
    put_floors(probe, &own, &all, report, line);
}

static void report_resolution(const struct selftest_probe *probe,
                              struct bench_selftest_report *report)
{
    double told = probe->info.resolution_ns, shown = probe->own[0].resolution_ns;
    double empty = probe->own[0].empty_ns;
    struct bench_selftest_line *line = selftest_line(report, "event resolution");
    struct selftest_values v;
    if (shown > 0)
        line->measured = selftest_text(report, "steps of %.0f ns in what events tell", shown);
    else
        line->measured = "no steps are seen in what events tell";
    line->limit = selftest_text(report, "%.0f ns (%.0f %% of an empty kernel)",
                                RESOLUTION_SHARE * empty, RESOLUTION_SHARE * 100);
    selftest_require(report, line, shown <= RESOLUTION_SHARE * empty,
                     "times of a few us are mostly rounding on this device");
    selftest_values_open(&v);
    selftest_put(&v, "told_ns", told);
    selftest_put(&v, "shown_ns", shown);
    selftest_values_close(&v, report, line);
}

/* ---- gate and cache ---- */

static void report_gate(const struct selftest_probe *probe, struct bench_selftest_report *report)
{
    const struct selftest_gate *gate = &probe->gate;
    double seen = gate->late_ns - gate->plain_ns;
    double limit = fmax(GATE_SHARE * gate->plain_ns, FLOOR_STEPS * probe->own[0].resolution_ns);
    struct bench_selftest_line *line = selftest_line(report, "gate");
    struct selftest_values v;
    line->measured =
        selftest_text(report, "a host %s late adds %.0f ns behind the gate, %s without it",
                      time_text(report, gate->delay_ns), seen,
                      time_text(report, gate->without_ns - probe->ungated.empty_ns));
    line->limit = selftest_text(report,
                                "%.0f ns behind the gate (%.0f %% of an empty kernel); "
                                "at least half of the delay without it",
                                limit, GATE_SHARE * 100);
    selftest_require(report, line, fabs(seen) <= limit, "the host's time gets into kernel times");
    selftest_require(report, line,
                     gate->without_ns - probe->ungated.empty_ns >= 0.5 * gate->delay_ns,
                     "a delay is not seen without the gate either, so this shows nothing");
    selftest_values_open(&v);
    selftest_put(&v, "delay_ns", gate->delay_ns);
    selftest_put(&v, "plain_ns", gate->plain_ns);
    selftest_put(&v, "late_ns", gate->late_ns);
    selftest_put(&v, "without_ns", gate->without_ns);
    selftest_values_close(&v, report, line);
}

static void report_cache(const struct selftest_probe *probe, struct bench_selftest_report *report)
{
    const struct bench_cache_check *cache = &probe->cache;
    struct bench_selftest_line *line = selftest_line(report, "cache flush");
    struct selftest_values v;
    line->measured = selftest_text(
        report, "a read takes %s hot, %s flushed, %s evicted, %s after writes and a flush",
        time_text(report, cache->hot_ns), time_text(report, cache->flushed_ns),
        time_text(report, cache->evicted_ns), time_text(report, cache->after_writes_ns));
    line->limit = "flushed as slow as evicted; no slower after writes (no dirty lines are left)";
    selftest_require(report, line, cache->evicts, "%s",
                     cache->why[0] != '\0' ? cache->why : "the flush does not evict");
    selftest_require(report, line, cache->clean, "%s",
                     cache->why[0] != '\0' ? cache->why : "dirty lines are left");
    selftest_values_open(&v);
    bench_cache_check_write(cache, "cache_check", &v.writer);
    selftest_values_close(&v, report, line);
}

/* ---- clock ---- */

static const char *fact(const struct selftest_probe *probe, const char *name)
{
    for (size_t i = 0; i < probe->fact_count; i++)
        if (strcmp(probe->facts[i].name, name) == 0)
            return probe->facts[i].value;
    return NULL;
}

static void report_clock(const struct selftest_probe *probe, struct bench_selftest_report *report)
{
    double least, most, median = bench_median(probe->clock_mhz, probe->clock_count);
    const char *throttle = fact(probe, "throttle");
    struct bench_selftest_line *line = selftest_line(report, "clock");
    struct selftest_values v;
    spread_of(probe->clock_mhz, probe->clock_count, &least, &most);
    line->measured =
        selftest_text(report, "SM clock %.0f MHz, from %.0f to %.0f (%.1f %%) in %zu readings%s%s",
                      median, least, most, (most - least) / median * 100, probe->clock_count,
                      throttle ? "; throttled by: " : "", throttle ? throttle : "");
    line->limit = selftest_text(report, "%.0f %% from least to most", CLOCK_SPREAD * 100);
    selftest_require(report, line, (most - least) / median <= CLOCK_SPREAD,
                     "the clock moves; rounds will be discarded as throttled");
    selftest_values_open(&v);
    selftest_put(&v, "median_mhz", median);
    selftest_put(&v, "least_mhz", least);
    selftest_put(&v, "most_mhz", most);
    bench_json_put_key_int(&v.writer, "readings", (int64_t)probe->clock_count);
    bench_json_put_key_string(&v.writer, "throttle", throttle);
    selftest_values_close(&v, report, line);
}

/* ---- all of them ---- */

/* True if the line must be left out, and a reason for that was reported. */
static bool left_out(const char *name, bool applies, const char *why_not, bool measured,
                     const char *failure, struct bench_selftest_report *report)
{
    if (applies && measured)
        return false;
    if (!applies)
        selftest_skip(report, name, "%s", why_not);
    else
        selftest_fail(report, name, "not measured: %s", failure ? failure : "no reason is known");
    return true;
}

static const char *why_untimed(const struct bench_selftest_report *report)
{
    return report->device.computes ? SELFTEST_CPU_TIMES
                                   : "times of this device are scripted and exact";
}

void selftest_probe_report(const struct selftest_probe *probe, const char *failure,
                           struct bench_selftest_report *report)
{
    const struct bench_device_info *info = &report->device;
    bool timed = strcmp(info->kind, "cuda") == 0;
    const char *untimed = why_untimed(report);
    if (!left_out("floor", timed, untimed, probe->own_count > 1, failure, report))
        report_floor(probe, report);
    if (!left_out("event resolution", timed, untimed, probe->own_count > 0, failure, report))
        report_resolution(probe, report);
    if (!left_out("gate", info->gates, "this device has no gate", probe->gate.measured, failure,
                  report))
        report_gate(probe, report);
    if (!left_out("cache flush", timed && (probe->cache.checked || failure != NULL),
                  timed ? "this device has no cache to flush" : untimed, probe->cache.checked,
                  failure, report))
        report_cache(probe, report);
    if (!left_out("clock", info->reports_clock, "this device does not tell its clock",
                  probe->clock_count == SELFTEST_CLOCK_READINGS, failure, report))
        report_clock(probe, report);
}

/* What must hold between rates whatever the device: caches are no slower than memory, copying no
 * faster than reading by more than it may save, narrower numbers no slower than wider ones. */
static void require_order(const struct bench_roofline *r, struct bench_selftest_report *report,
                          struct bench_selftest_line *line)
{
    selftest_require(report, line, r->l2_read_bytes_s >= r->read_bytes_s,
                     "reading from the cache (%.3g B/s) is slower than from memory",
                     r->l2_read_bytes_s);
    selftest_require(report, line, r->fp32_flops >= r->fp64_flops,
                     "fp32 (%.3g flop/s) is slower than fp64 (%.3g)", r->fp32_flops, r->fp64_flops);
    selftest_require(report, line,
                     r->fp16_tensor_flops <= 0 || r->fp16_tensor_flops > r->fp32_flops,
                     "tensor cores (%.3g flop/s) are slower than fp32 (%.3g)", r->fp16_tensor_flops,
                     r->fp32_flops);
}

void selftest_roofline_report(const struct selftest_probe *probe, const char *failure,
                              double stream_bytes_s, struct bench_selftest_report *report)
{
    const struct bench_roofline *r = &probe->roofline;
    bool on_gpu = strcmp(report->device.kind, "cuda") == 0;
    struct selftest_values v;
    if (left_out("roofline", on_gpu, r->why[0] ? r->why : "not measured on this device", r->known,
                 failure ? failure : r->why, report))
        return;
    struct bench_selftest_line *line = selftest_line(report, "roofline");
    line->measured = selftest_text(
        report, "reads %.2f, writes %.2f, copies %.2f, L2 %.2f TB/s; fp32 %.1f Tflop/s; %s",
        r->read_bytes_s * 1e-12, r->write_bytes_s * 1e-12, r->copy_bytes_s * 1e-12,
        r->l2_read_bytes_s * 1e-12, r->fp32_flops * 1e-12,
        stream_bytes_s > 0
            ? selftest_text(report, "stream cases reach %.2f TB/s", stream_bytes_s * 1e-12)
            : "no long stream case was measured");
    double best = fmax(r->copy_bytes_s, fmax(r->read_bytes_s, r->write_bytes_s));
    line->limit = selftest_text(report,
                                "cache >= memory, tensor > fp32 >= fp64; stream within "
                                "%.0f to %.0f %% of the best rate",
                                STREAM_LEAST * 100, STREAM_MOST * 100);
    require_order(r, report, line);
    selftest_require(report, line,
                     stream_bytes_s <= 0 || (stream_bytes_s >= STREAM_LEAST * best &&
                                             stream_bytes_s <= STREAM_MOST * best),
                     "the engine measures %.2f TB/s of a kernel that reads and writes, and the "
                     "roofline says %.2f",
                     stream_bytes_s * 1e-12, best * 1e-12);
    selftest_values_open(&v);
    bench_roofline_write(r, "roofline", &v.writer);
    selftest_put(&v, "stream_bytes_s", stream_bytes_s);
    selftest_values_close(&v, report, line);
}
