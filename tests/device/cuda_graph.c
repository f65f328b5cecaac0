/* Graphs on a GPU: recorded, replayed, and what happens to those that cannot be recorded. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <string.h>

#include "cuda_support.h"

TestSuite(cuda_graph, .init = cuda_setup, .fini = cuda_teardown);

enum { N = 1000 };

static const char step_text[] = "__global__ void k(unsigned *x, unsigned n, unsigned add)\n"
                                "{\n"
                                "    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                "    if (i < n) x[i] = 3 * x[i] + add;\n"
                                "}\n";

static struct bench_function *step;
static unsigned *x;

static void ok(int rc, const struct bench_err *err)
{
    cr_assert_eq(rc, 0, "%s", err->message);
}

static void make_data(void)
{
    static unsigned zeros[N];
    struct bench_err err = {0};
    void *memory = NULL;
    step = cuda_kernel(step_text, "k");
    ok(bench_device_alloc(cuda_device, sizeof zeros, &memory, &err), &err);
    ok(bench_device_upload(cuda_device, memory, zeros, sizeof zeros, &err), &err);
    x = memory;
}

static void launch_step(unsigned add)
{
    unsigned n = N;
    cuda_launch(step, (N + 255) / 256, 256, (void *[]){&x, &n, &add});
}

/* All elements are the same; returns it. */
static unsigned value(void)
{
    static unsigned values[N];
    struct bench_err err = {0};
    ok(bench_device_download(cuda_device, values, x, sizeof values, &err), &err);
    for (int i = 1; i < N; i++)
        cr_assert_eq(values[i], values[0]);
    return values[0];
}

static void begin(void)
{
    struct bench_err err = {0};
    ok(bench_device_graph_begin(cuda_device, &err), &err);
}

static struct bench_graph *record_steps(void)
{
    struct bench_err err = {0};
    struct bench_graph *graph = NULL;
    begin();
    launch_step(1); /* 0 -> 1 -> 5 -> 18: the order shows */
    launch_step(2);
    launch_step(3);
    ok(bench_device_graph_end(cuda_device, &graph, &err), &err);
    return graph;
}

Test(cuda_graph, replays_what_was_recorded_in_order)
{
    struct bench_err err = {0};
    cr_expect(bench_device_info(cuda_device)->graphs);
    make_data();
    struct bench_graph *graph = record_steps();
    cr_expect_eq(value(), 0, "recording runs nothing");
    ok(bench_device_graph_launch(cuda_device, graph, &err), &err);
    cr_expect_eq(value(), 18);
    ok(bench_device_graph_launch(cuda_device, graph, &err), &err);
    ok(bench_device_graph_launch(cuda_device, graph, &err), &err);
    cr_expect_eq(value(), (18 * 27 + 18) * 27 + 18);
    bench_device_graph_free(cuda_device, graph);
    bench_device_graph_free(cuda_device, NULL);
    launch_step(0);
    cuda_synchronize();
}

/* The first launch, too: the graph lies ready. */
Test(cuda_graph, is_launched_behind_the_gate)
{
    struct bench_err err = {0};
    make_data();
    struct bench_graph *graph = record_steps();
    for (int i = 0; i < 3; i++) {
        bool late = true;
        double ns = 0;
        ok(bench_device_gate_close(cuda_device, &err), &err);
        ok(bench_device_record(cuda_device, 0, &err), &err);
        ok(bench_device_graph_launch(cuda_device, graph, &err), &err);
        ok(bench_device_record(cuda_device, 1, &err), &err);
        ok(bench_device_gate_open(cuda_device, &late, &err), &err);
        cuda_synchronize();
        cr_expect_not(late);
        ok(bench_device_elapsed(cuda_device, 0, 1, &ns, &err), &err);
        cr_log_info("a graph of three small kernels: %.0f ns", ns);
        cr_expect(ns > 0 && ns < 1e6, "%.0f ns", ns);
    }
    ok(bench_device_gate_close(cuda_device, &err), &err);
    cr_expect_eq(bench_device_graph_begin(cuda_device, &err), BENCH_ERROR, "the gate is closed");
    ok(bench_device_gate_open(cuda_device, NULL, &err), &err);
    bench_device_graph_free(cuda_device, graph);
}

/* The recording is refused, and the device works as before. */
static void expect_refused(const char *why)
{
    struct bench_err err = {0};
    struct bench_graph *graph = (struct bench_graph *)&err; /* anything but NULL */
    cr_expect_eq(bench_device_graph_end(cuda_device, &graph, &err), BENCH_EUNSUPPORTED, "%s",
                 err.message);
    cr_expect_null(graph);
    cr_expect_not_null(strstr(err.message, why), "%s", err.message);
    cr_log_info("%s", err.message);
    unsigned before = value();
    graph = record_steps();
    cr_expect_eq(value(), before, "what was recorded in vain does not run");
    ok(bench_device_graph_launch(cuda_device, graph, &err), &err);
    cr_expect_eq(value(), before * 27 + 18);
    bench_device_graph_free(cuda_device, graph);
}

/* Calls of the driver itself, which know nothing of us, as a library makes them. */
static void driver_function(const char *name, void *function)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    cr_assert_not_null(library);
    void *symbol = dlsym(library, name);
    cr_assert_not_null(symbol);
    memcpy(function, &symbol, sizeof symbol);
}

Test(cuda_graph, a_library_that_waits_breaks_the_recording_and_not_the_device)
{
    int (*wait)(void *);
    driver_function("cuStreamSynchronize", &wait);
    make_data();
    begin();
    launch_step(1);
    cr_expect_neq(wait(bench_device_native_stream(cuda_device)), 0);
    expect_refused("cannot be recorded in a graph");
    /* Launches after the break fail themselves, and are no fault of the kernel. */
    struct bench_err err = {0};
    unsigned n = N, add = 1;
    const uint32_t grid[3] = {4, 1, 1}, block[3] = {256, 1, 1};
    begin();
    cr_expect_neq(wait(bench_device_native_stream(cuda_device)), 0);
    cr_expect_eq(
        bench_device_launch(cuda_device, step, grid, block, 0, (void *[]){&x, &n, &add}, &err),
        BENCH_EUNSUPPORTED, "%s", err.message);
    expect_refused("cannot be recorded in a graph");
}

Test(cuda_graph, a_library_that_allocates_breaks_the_recording_and_not_the_device)
{
    int (*allocate)(unsigned long long *, size_t);
    unsigned long long memory = 0;
    driver_function("cuMemAlloc_v2", &allocate);
    make_data();
    begin();
    launch_step(1);
    cr_expect_neq(allocate(&memory, 1 << 20), 0);
    expect_refused("cannot be recorded in a graph");
}

Test(cuda_graph, waiting_and_impossible_launches_are_refused)
{
    struct bench_err err = {0};
    const uint32_t one[3] = {1, 1, 1}, many[3] = {4096, 1, 1};
    make_data();
    begin();
    launch_step(1);
    cr_expect_eq(bench_device_synchronize(cuda_device, &err), BENCH_EUNSUPPORTED);
    expect_refused("waiting for the device");
    begin();
    cr_expect_eq(bench_device_launch(cuda_device, step, one, many, 0, NULL, &err), BENCH_ERROR);
    expect_refused("4096");
    begin();
    expect_refused("nothing was launched");
    begin();
    launch_step(1);
    ok(bench_device_graph_end(cuda_device, NULL, &err), &err);
    begin(); /* left open: closing the device ends it */
}

Test(cuda_graph, a_fault_in_a_graph_poisons_and_is_named)
{
    struct bench_err err = {0};
    struct bench_graph *graph = NULL;
    struct bench_function *f = cuda_kernel("__global__ void k(int *x) { x[1 << 20] = 1; }", "k");
    void *nowhere = NULL;
    begin();
    cuda_launch(f, 1, 1, (void *[]){&nowhere});
    ok(bench_device_graph_end(cuda_device, &graph, &err), &err);
    cuda_synchronize(); /* it has not run */
    ok(bench_device_graph_launch(cuda_device, graph, &err), &err);
    cr_expect_eq(bench_device_synchronize(cuda_device, &err), BENCH_EPOISONED);
    cr_expect_not_null(strstr(err.message, "in a graph of 1"), "%s", err.message);
    cr_expect_eq(bench_device_graph_begin(cuda_device, &err), BENCH_EPOISONED);
    bench_device_graph_free(cuda_device, graph);
}
