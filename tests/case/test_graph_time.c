/* Graphs of many calls: their times, where these are known; that every call has data of its own;
 * that a graph which leaves out calls is found out. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/floor.h"
#include "bench/case/graph_copies.h"
#include "bench/case/graph_time.h"
#include "bench/case/sample.h"
#include "bench/measure/stats.h"
#include "case_fixture.h"
#include "cpu_patched.h"

static const struct bench_graph_settings usual = {
    .rounds = 32, .most_calls = 64, .memory_bytes = (size_t)1 << 30, .max_ns = 60e9, .seed = 7};

/* Times all callables of the fixture. */
static void time_graphs(struct case_fixture *f, const struct bench_graph_floor *floor,
                        const struct bench_graph_settings *settings,
                        struct bench_graph_timing *timings)
{
    const struct bench_callable *chosen[FIXTURE_CALLABLES];
    struct bench_err err = {0};
    for (size_t i = 0; i < f->callable_count; i++)
        chosen[i] = &f->callables[i];
    cr_assert_eq(bench_graph_time(&f->s, &f->data, chosen, f->callable_count, floor, settings,
                                  f->arena, timings, &err),
                 0, "%s", err.message);
}

/* ---- on the null device: known times ---- */

static void open_scripted(struct case_fixture *f, const char *device)
{
    char *folder = fixture_resources();
    fixture_open(f, device);
    fixture_case(f, folder, "scripted", 256);
    free(folder);
}

Test(graph_time, of_n_calls_is_n_times_that_of_one)
{
    struct case_fixture f;
    struct bench_graph_timing t[2];
    const struct bench_graph_floor floor = {.start_ns = 5000, .kernel_ns = 1300};
    open_scripted(&f, "null:2200");
    fixture_callable(&f, "steady");
    fixture_callable(&f, "twice");
    time_graphs(&f, &floor, &usual, t);
    for (int i = 0; i < 2; i++) {
        cr_expect_str_empty(t[i].note);
        cr_assert_eq(t[i].launches, 64);
        cr_assert_eq(t[i].round_count, 32);
        for (size_t k = 0; k < t[i].round_count; k++)
            cr_expect_float_eq(t[i].elapsed_ns[k], 64 * (2200 + 1000 * (i + 1)), 1e-3);
        cr_expect_eq(t[i].floor_low_ns, 5000);
        cr_expect_eq(t[i].floor_high_ns, 5000 + 64 * 1300);
    }
    fixture_close(&f);
}

Test(graph_time, one_that_cannot_be_recorded_does_not_keep_others_from_it)
{
    struct case_fixture f;
    struct bench_graph_timing t[3];
    const struct bench_graph_floor none = {0};
    open_scripted(&f, "null");
    fixture_callable(&f, "fail_launch");
    fixture_callable(&f, "steady");
    fixture_callable(&f, "twice")->host_synchronises = true;
    time_graphs(&f, &none, &usual, t);
    cr_expect_eq(t[0].launches, 0);
    cr_expect_not_null(strstr(t[0].note, "fail_launch"), "%s", t[0].note);
    cr_expect_eq(t[1].launches, 64);
    cr_expect_eq(t[2].launches, 0);
    cr_expect_not_null(strstr(t[2].note, "waits for the device"), "%s", t[2].note);
    fixture_close(&f);
}

Test(graph_time, a_lost_device_ends_it)
{
    struct case_fixture f;
    struct bench_graph_timing t[1];
    struct bench_err err = {0};
    const struct bench_graph_floor none = {0};
    open_scripted(&f, "null");
    const struct bench_callable *poison = fixture_callable(&f, "poison");
    cr_expect_eq(bench_graph_time(&f.s, &f.data, &poison, 1, &none, &usual, f.arena, t, &err),
                 BENCH_EPOISONED);
    fixture_close(&f);
}

Test(graph_time, takes_as_many_calls_and_rounds_as_it_is_allowed)
{
    struct case_fixture f;
    struct bench_graph_timing t[1];
    struct bench_graph_settings few = usual;
    const struct bench_graph_floor none = {0};
    few.rounds = 6;
    few.most_calls = 12;
    open_scripted(&f, "null");
    fixture_callable(&f, "steady");
    time_graphs(&f, &none, &few, t);
    cr_expect_eq(t[0].launches, 12);
    cr_expect_eq(t[0].round_count, 6);
    few.max_ns = 0; /* one round, which is none to speak of */
    time_graphs(&f, &none, &few, t);
    cr_expect_eq(t[0].launches, 0);
    cr_expect_not_null(strstr(t[0].note, "only 1 round"), "%s", t[0].note);
    fixture_close(&f);
}

/* ---- on a cpu device with graphs: outputs are really computed ---- */

static void open_gelu(struct case_fixture *f, const char *device, int64_t n)
{
    char *folder = fixture_shipped();
    fixture_open(f, device);
    if (!f->s.info->graphs)
        cpu_patched_graphs(f->s.device);
    fixture_case(f, folder, "gelu", n);
    free(folder);
}

static const struct bench_graph_settings quick = {
    .rounds = 5, .most_calls = 12, .memory_bytes = (size_t)1 << 28, .max_ns = 60e9, .seed = 3};

Test(graph_time, outputs_of_every_call_are_right, .timeout = 300)
{
    struct case_fixture f;
    struct bench_graph_timing t[2];
    const struct bench_graph_floor none = {0};
    open_gelu(&f, "cpu", 10000);
    fixture_callable(&f, "plain");
    fixture_callable(&f, "reference");
    for (uint64_t seed = 0; seed < 20; seed++) { /* each looks at another call */
        struct bench_graph_settings settings = quick;
        settings.seed = seed;
        time_graphs(&f, &none, &settings, t);
        for (int i = 0; i < 2; i++) {
            cr_expect_str_empty(t[i].note, "%s", t[i].note);
            cr_expect_eq(t[i].launches, 12);
            cr_expect_gt(bench_median(t[i].elapsed_ns, t[i].round_count), 0);
        }
    }
    cr_expect_eq(cpu_patched_graphs_alive(), 0);
    fixture_close(&f);
}

/* Half of the calls are left out: whichever call is looked at is one of these as often as not, so
 * of 20 lots some find it. */
Test(graph_time, a_graph_that_leaves_out_calls_is_found_out, .timeout = 300)
{
    struct case_fixture f;
    struct bench_graph_timing t[1];
    const struct bench_graph_floor none = {0};
    int found = 0;
    open_gelu(&f, "cpu", 10000);
    fixture_callable(&f, "plain");
    cpu_patched_stop_after(6);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct bench_graph_settings settings = quick;
        settings.seed = seed;
        time_graphs(&f, &none, &settings, t);
        found += t[0].launches == 0;
        if (t[0].launches == 0)
            cr_expect_not_null(strstr(t[0].note, "never written"), "%s", t[0].note);
    }
    cr_expect(found >= 3 && found <= 17, "%d of 20", found); /* 99.96 % of fair coins */
    fixture_close(&f);
}

Test(graph_time, too_little_memory_is_a_note)
{
    struct case_fixture f;
    struct bench_graph_timing t[1];
    struct bench_graph_settings poor = quick;
    const struct bench_graph_floor none = {0};
    open_gelu(&f, "cpu", 100000);
    fixture_callable(&f, "plain");
    poor.memory_bytes = 7 * (size_t)(2 * (400000 + 2 * BENCH_GUARD_BYTES));
    time_graphs(&f, &none, &poor, t);
    cr_expect_eq(t[0].launches, 0);
    cr_expect_not_null(strstr(t[0].note, "at least 8 calls"), "%s", t[0].note);
    poor.memory_bytes = poor.memory_bytes / 7 * 9;
    time_graphs(&f, &none, &poor, t);
    cr_expect_eq(t[0].launches, 9, "%s", t[0].note);
    fixture_close(&f);
}

Test(graph_time, a_device_without_graphs_is_a_note)
{
    struct case_fixture f;
    struct bench_graph_timing t[1];
    struct bench_graph_floor floor = {1, 1};
    struct bench_err err = {0};
    char *folder = fixture_shipped();
    fixture_open(&f, "cpu");
    fixture_case(&f, folder, "gelu", 1000);
    fixture_callable(&f, "plain");
    cr_assert_eq(bench_graph_floor_measure(&f.s, &floor, &err), 0, "%s", err.message);
    cr_expect_eq(floor.start_ns, 0);
    cr_expect_eq(floor.kernel_ns, 0);
    time_graphs(&f, &floor, &quick, t);
    cr_expect_eq(t[0].launches, 0);
    cr_expect_not_null(strstr(t[0].note, "no graphs"), "%s", t[0].note);
    fixture_close(&f);
    free(folder);
}

Test(graph_copies, have_the_values_of_the_case_and_memory_of_their_own)
{
    enum { COPIES = 3, N = 1000 };
    static float want[N], got[N];
    struct case_fixture f;
    struct bench_graph_copies copies;
    struct bench_err err = {0};
    open_gelu(&f, "cpu", N);
    cr_assert_eq(bench_graph_copies_take(&f.s, &f.data, COPIES, f.arena, &copies, &err), 0, "%s",
                 err.message);
    cr_assert_eq(copies.count, COPIES);
    bench_device_download(f.s.device, want, f.data.set->pristine[0], sizeof want, NULL);
    for (int i = 0; i < COPIES; i++) {
        const struct bench_graph_copy *copy = &copies.copies[i];
        bench_device_download(f.s.device, got, copy->inputs[0].data, sizeof got, NULL);
        cr_expect_arr_eq(got, want, sizeof want);
        cr_expect_eq(copy->bindings[0].data, copy->inputs[0].data);
        cr_expect_str_eq(copy->bindings[1].name, "out");
        cr_expect_eq(copy->bindings[1].data, copy->outputs[0].data);
        for (int k = 0; k < i; k++) {
            cr_expect_neq(copy->inputs[0].data, copies.copies[k].inputs[0].data);
            cr_expect_neq(copy->outputs[0].data, copies.copies[k].outputs[0].data);
        }
    }
    fixture_close(&f);
}

/* ---- the floor ---- */

Test(graph_floor, survives_json)
{
    const struct bench_graph_floor floor = {.start_ns = 5012.5, .kernel_ns = 1313.25};
    struct bench_graph_floor read;
    struct bench_json_doc *doc = NULL;
    struct bench_json_writer w;
    struct bench_str text;
    struct bench_err err = {0};
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_graph_floor_write(&floor, "graph_floor", &w);
    bench_json_close_object(&w);
    cr_assert_eq(bench_json_parse("text", text.data, text.len, &doc, &err), 0, "%s", err.message);
    cr_assert_eq(bench_graph_floor_read(bench_json_root(doc), "graph_floor", &read, &err), 0, "%s",
                 err.message);
    cr_expect_eq(read.start_ns, floor.start_ns);
    cr_expect_eq(read.kernel_ns, floor.kernel_ns);
    bench_json_free(doc);
    bench_str_fini(&text);
}

Test(graph_floor, is_the_start_of_a_graph_and_what_a_kernel_adds)
{
    struct case_fixture f;
    struct bench_graph_floor floor = {0};
    struct bench_err err = {0};
    const struct cpu_times times = {
        .pair_ns = 1400, .graph_ns = 4000, .graph_kernel_ns = 1300, .step_ns = 32};
    fixture_open(&f, "cpu");
    cpu_patched_times(f.s.device, &times);
    cr_assert_eq(bench_graph_floor_measure(&f.s, &floor, &err), 0, "%s", err.message);
    cr_expect_float_eq(floor.kernel_ns, 1300, 1, "%.2f", floor.kernel_ns);
    cr_expect_float_eq(floor.start_ns, 5400, 33, "%.2f", floor.start_ns);
    cr_expect_eq(cpu_patched_graphs_alive(), 0);
    fixture_close(&f);
}

/* ---- on a GPU ---- */

static double median_event_ns(struct case_fixture *f, struct bench_callable *callable)
{
    enum { SAMPLES = 31 };
    double ns[SAMPLES];
    const struct bench_settings cold = {.cache = BENCH_CACHE_COLD, .mode = BENCH_MODE_KERNEL};
    struct bench_err err = {0};
    for (int i = 0; i < SAMPLES; i++)
        cr_assert_eq(bench_sample(&f->s, &cold, callable, &ns[i], &err), 0, "%s", err.message);
    return bench_median(ns, SAMPLES);
}

/* 16 Mi floats take some 50 us: neither floor matters, and both ways of timing must agree. */
Test(graph_time, agrees_with_events_on_a_gpu)
{
    struct case_fixture f;
    struct bench_graph_timing t[1];
    struct bench_graph_floor floor;
    struct bench_floor events;
    struct bench_err err = {0};
    struct bench_graph_settings settings = usual;
    settings.memory_bytes = (size_t)4 << 30;
    open_gelu(&f, "cuda", 1 << 24);
    struct bench_callable *plain = fixture_callable(&f, "plain");
    cr_assert_eq(bench_floor_measure(&f.s, BENCH_MODE_KERNEL, BENCH_CACHE_COLD, f.s.info->gates,
                                     &events, &err),
                 0, "%s", err.message);
    cr_assert_eq(bench_graph_floor_measure(&f.s, &floor, &err), 0, "%s", err.message);
    time_graphs(&f, &floor, &settings, t);
    cr_assert_geq(t[0].launches, 8, "%s", t[0].note);
    double event_ns = median_event_ns(&f, plain) - events.floor_ns;
    double graph_ns =
        (bench_median(t[0].elapsed_ns, t[0].round_count) - t[0].floor_low_ns) / t[0].launches;
    cr_log_info("%d calls: %.0f ns by a graph, %.0f ns by events; graph floor %.0f + %.0f a kernel",
                t[0].launches, graph_ns, event_ns, floor.start_ns, floor.kernel_ns);
    cr_expect_lt(fabs(graph_ns - event_ns), 0.1 * event_ns, "%.0f and %.0f ns", graph_ns, event_ns);
    fixture_close(&f);
}

/* A kernel in a graph costs no more than one in a stream, and starting a graph costs something. */
Test(graph_floor, is_plausible_on_a_gpu)
{
    struct case_fixture f;
    struct bench_graph_floor floor;
    struct bench_floor events;
    struct bench_err err = {0};
    fixture_open(&f, "cuda");
    cr_assert_eq(bench_floor_measure(&f.s, BENCH_MODE_KERNEL, BENCH_CACHE_COLD, f.s.info->gates,
                                     &events, &err),
                 0, "%s", err.message);
    cr_assert_eq(bench_graph_floor_measure(&f.s, &floor, &err), 0, "%s", err.message);
    cr_log_info("graph: start %.0f ns, %.0f ns a kernel; events: floor %.0f, %.0f ns a kernel",
                floor.start_ns, floor.kernel_ns, events.floor_ns, events.own_ns);
    cr_expect(floor.kernel_ns > 0 && floor.kernel_ns < 1.2 * events.own_ns, "%.0f ns",
              floor.kernel_ns);
    cr_expect(floor.start_ns > 0 && floor.start_ns < 50000, "%.0f ns", floor.start_ns);
    fixture_close(&f);
}
