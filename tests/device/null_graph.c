/* Graphs: what holds for every device that has them, on the null device. */
#include <criterion/criterion.h>
#include <string.h>

#include "null_support.h"

static void setup(void)
{
    null_open("null:100", 3);
}

TestSuite(null_graph, .init = setup, .fini = null_teardown);

static void begin(void)
{
    struct bench_err err = {0};
    cr_assert_eq(bench_device_graph_begin(null_device, &err), 0, "%s", err.message);
}

static void add(const char *symbol, int count)
{
    struct bench_err err = {0};
    struct bench_function *f = null_function(symbol);
    begin();
    for (int i = 0; i < count; i++)
        cr_assert_eq(null_launch(f, &err), 0, "%s", err.message);
}

static struct bench_graph *end(void)
{
    struct bench_err err = {0};
    struct bench_graph *graph = NULL;
    cr_assert_eq(bench_device_graph_end(null_device, &graph, &err), 0, "%s", err.message);
    return graph;
}

static double replay_ns(struct bench_graph *graph)
{
    struct bench_err err = {0};
    double ns = -1;
    bench_device_record(null_device, 0, &err);
    cr_assert_eq(bench_device_graph_launch(null_device, graph, &err), 0, "%s", err.message);
    bench_device_record(null_device, 1, &err);
    cr_assert_eq(bench_device_elapsed(null_device, 0, 1, &ns, &err), 0, "%s", err.message);
    return ns;
}

/* The recording is refused, for a reason that names `why`, and the device works as before. */
static void expect_spoiled(const char *why)
{
    struct bench_err err = {0};
    struct bench_graph *graph = (struct bench_graph *)&err; /* anything but NULL */
    cr_expect_eq(bench_device_graph_end(null_device, &graph, &err), BENCH_EUNSUPPORTED);
    cr_expect_null(graph);
    cr_expect(strstr(err.message, why), "%s", err.message);
    cr_expect_eq(bench_device_synchronize(null_device, &err), 0);
    cr_expect_float_eq(null_elapsed(null_function("constant(1000)"), 1), 1100, 1e-6);
}

Test(null_graph, recording_takes_no_time_and_replaying_all_of_it)
{
    struct bench_err err = {0};
    double ns = -1;
    cr_expect(bench_device_info(null_device)->graphs);
    struct bench_function *f = null_function("constant(1000)");
    bench_device_record(null_device, 2, &err);
    begin();
    for (int i = 0; i < 20; i++)
        cr_assert_eq(null_launch(f, &err), 0);
    cr_expect_eq(bench_device_flush(null_device, &err), 0);
    cr_expect_eq(bench_device_overwrite_cache(null_device, &err), 0);
    struct bench_graph *graph = end();
    bench_device_record(null_device, 3, &err);
    bench_device_elapsed(null_device, 2, 3, &ns, &err);
    cr_expect_float_eq(ns, 0, 0);
    cr_expect_float_eq(replay_ns(graph), 20 * 1100, 1e-6);
    cr_expect_float_eq(replay_ns(graph), 20 * 1100, 1e-6);
    bench_device_graph_free(null_device, graph);
    bench_device_graph_free(null_device, NULL);
}

Test(null_graph, every_replay_draws_its_own_times)
{
    add("normal(1000, 10)", 3);
    struct bench_graph *graph = end();
    double first = replay_ns(graph), second = replay_ns(graph);
    cr_expect_neq(first, second);
    cr_expect_float_eq(first, 3300, 200);
    bench_device_graph_free(null_device, graph);
}

Test(null_graph, what_cannot_be_recorded_is_told_and_does_no_harm)
{
    struct bench_err err = {0};
    double ns;
    void *memory = NULL;
    char byte = 0;

    add("constant(1)", 1);
    cr_expect_eq(bench_device_synchronize(null_device, &err), BENCH_EUNSUPPORTED);
    expect_spoiled("waiting for the device");
    add("constant(1)", 1);
    cr_expect_eq(bench_device_alloc(null_device, 16, &memory, &err), BENCH_EUNSUPPORTED);
    cr_expect_eq(bench_device_record(null_device, 0, &err), BENCH_EUNSUPPORTED);
    expect_spoiled("allocating memory"); /* the first reason, not the last */
    add("constant(1)", 1);
    cr_expect_eq(bench_device_download(null_device, &byte, &byte, 1, &err), BENCH_EUNSUPPORTED);
    expect_spoiled("copy from the device");
    add("constant(1)", 1);
    cr_expect_eq(bench_device_elapsed(null_device, 0, 1, &ns, &err), BENCH_EUNSUPPORTED);
    expect_spoiled("events");
    cr_assert_eq(bench_device_alloc(null_device, 16, &memory, &err), 0);
    add("constant(1)", 1);
    bench_device_release(null_device, memory);
    expect_spoiled("freeing memory");
    add("constant(1)", 1);
    cr_expect_eq(bench_device_gate_close(null_device, &err), BENCH_EUNSUPPORTED);
    expect_spoiled("gate");
    add("constant(1)", 1);
    cr_expect_eq(bench_device_graph_begin(null_device, &err), BENCH_EUNSUPPORTED);
    expect_spoiled("in a graph: a graph");
}

Test(null_graph, a_launch_that_fails_spoils_the_recording)
{
    struct bench_err err = {0};
    struct bench_function *fails = null_function("fail_launch");
    add("constant(1)", 1);
    cr_expect_eq(null_launch(fails, &err), BENCH_ERROR);
    expect_spoiled("fail_launch");
}

Test(null_graph, nothing_recorded_is_no_graph)
{
    begin();
    expect_spoiled("nothing was launched");
    struct bench_err err = {0};
    struct bench_graph *graph;
    cr_expect_eq(bench_device_graph_end(null_device, &graph, &err), BENCH_ERROR);
    cr_expect(strstr(err.message, "no graph is being recorded"), "%s", err.message);
}

Test(null_graph, a_recording_can_be_dropped)
{
    struct bench_err err = {0};
    add("constant(1)", 5);
    cr_expect_eq(bench_device_graph_end(null_device, NULL, &err), 0);
    add("constant(1)", 1);
    cr_expect_eq(bench_device_synchronize(null_device, &err), BENCH_EUNSUPPORTED);
    cr_expect_eq(bench_device_graph_end(null_device, NULL, &err), 0, "it is not wanted anyway");
    cr_expect_eq(bench_device_synchronize(null_device, &err), 0);
    begin(); /* and what is left open is closed with the device */
}

Test(null_graph, a_fault_strikes_when_the_graph_runs)
{
    struct bench_err err = {0};
    add("poison", 1);
    struct bench_graph *graph = end();
    cr_expect_eq(bench_device_synchronize(null_device, &err), 0, "it has not run yet");
    cr_expect_eq(bench_device_graph_launch(null_device, graph, &err), 0);
    cr_expect_eq(bench_device_synchronize(null_device, &err), BENCH_EPOISONED);
    bench_device_graph_free(null_device, graph);
}

Test(null_graph, a_device_without_graphs_says_so)
{
    struct bench_device *cpu;
    struct bench_err err = {0};
    cr_assert_eq(bench_device_open("cpu:1", 1, &cpu, NULL, &err), 0, "%s", err.message);
    cr_expect_not(bench_device_info(cpu)->graphs);
    cr_expect_not(bench_device_info(cpu)->overwrites);
    cr_expect_eq(bench_device_graph_begin(cpu, &err), BENCH_EUNSUPPORTED);
    cr_expect(strstr(err.message, "the cpu device does not record graphs"), "%s", err.message);
    cr_expect_eq(bench_device_overwrite_cache(cpu, &err), BENCH_EUNSUPPORTED);
    bench_device_graph_free(cpu, NULL);
    bench_device_close(cpu);
}
