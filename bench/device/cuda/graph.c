/*
 * Graphs, recorded by stream capture. The mode is thread-local: what may break a capture (waiting,
 * allocating) is forbidden to this thread alone, so that threads that compile go on.
 *
 * A call that is forbidden spoils the capture and returns an error to whoever made it, a library
 * perhaps, which may hide it. The end of the capture tells in any case, and leaves the stream as it
 * was before.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/device/cuda/cuda_impl.h"
#include "bench/util/mem.h"

struct bench_graph {
    cudaGraphExec_t exec;
    char name[256]; /* for messages about faults */
};

static int begin(struct bench_device *device, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    if (cuda->gate_closed)
        return bench_err_set(err, BENCH_ERROR,
                             "a graph cannot be recorded while the gate is closed");
    /* Faults of earlier kernels show now, and are not taken for the graph's. */
    rc = bench_cuda_error(cuda, cudaStreamSynchronize(cuda->stream), "waiting for kernels", err);
    if (rc != BENCH_OK)
        return rc;
    cuda->last_kernel = "";
    return bench_cuda_error(cuda,
                            cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeThreadLocal),
                            "beginning to record a graph", err);
}

/* Which of a graph's kernels is at fault nobody can tell: the name says what is in it. */
static void name_graph(const struct bench_cuda *cuda, struct bench_graph *graph, size_t nodes)
{
    const char *last = cuda->last_kernel;
    snprintf(graph->name, sizeof graph->name, "in a graph of %zu%s%.200s", nodes,
             *last ? " that ends with " : " made by a library", last);
}

/* An executable graph that lies on the device. cudaGraphInstantiate alone leaves part of the work
 * to the first launch, which would make that one slower. */
static int instantiate(struct bench_cuda *cuda, cudaGraph_t captured, struct bench_graph **graph,
                       struct bench_err *err)
{
    size_t nodes = 0;
    cudaGraphExec_t exec = NULL;
    cudaError_t error = cudaGraphGetNodes(captured, NULL, &nodes);
    if (error == cudaSuccess && nodes == 0)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "it cannot be recorded in a graph: nothing was launched on the "
                             "device's stream");
    if (error == cudaSuccess)
        error = cudaGraphInstantiate(&exec, captured, 0);
    if (error == cudaSuccess)
        error = cudaGraphUpload(exec, cuda->stream);
    if (error == cudaSuccess)
        error = cudaStreamSynchronize(cuda->stream);
    if (error != cudaSuccess) {
        int rc = bench_cuda_error(cuda, error, "making a graph ready", err);
        if (exec && !cuda->poisoned)
            cudaGraphExecDestroy(exec);
        return rc;
    }
    *graph = bench_xcalloc(1, sizeof **graph);
    (*graph)->exec = exec;
    name_graph(cuda, *graph, nodes);
    return BENCH_OK;
}

static int end(struct bench_device *device, struct bench_graph **graph, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    cudaGraph_t captured = NULL;
    cudaError_t error = cudaStreamEndCapture(cuda->stream, &captured);
    int rc = BENCH_OK;
    if (error != cudaSuccess) { /* of a recording that is dropped, only a lost device matters */
        rc = bench_cuda_error(cuda, error, "recording a graph", err);
        if (rc != BENCH_EPOISONED)
            rc = !graph ? BENCH_OK
                        : bench_err_set(err, BENCH_EUNSUPPORTED,
                                        "it cannot be recorded in a graph: %s: %s (it waits for "
                                        "the device or allocates memory inside, or uses another "
                                        "stream)",
                                        cudaGetErrorName(error), cudaGetErrorString(error));
    } else if (graph) {
        rc = instantiate(cuda, captured, graph, err);
    }
    cuda->last_kernel = ""; /* nothing that was recorded has run */
    if (captured && !cuda->poisoned)
        cudaGraphDestroy(captured);
    return rc;
}

static int launch(struct bench_device *device, struct bench_graph *graph, struct bench_err *err)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    int rc = bench_cuda_check(cuda, err);
    if (rc != BENCH_OK)
        return rc;
    const char *previous = cuda->last_kernel;
    cuda->last_kernel = graph->name;
    cudaError_t error = cudaGraphLaunch(graph->exec, cuda->stream);
    if (error == cudaSuccess)
        return BENCH_OK;
    cuda->last_kernel = previous;
    return bench_cuda_error(cuda, error, "launching a graph", err);
}

/* A graph that still runs is freed by CUDA when it has ended. */
static void free_graph(struct bench_device *device, struct bench_graph *graph)
{
    struct bench_cuda *cuda = bench_cuda_of(device);
    if (cuda->last_kernel == graph->name)
        cuda->last_kernel = "";
    if (!cuda->poisoned)
        bench_cuda_error(cuda, cudaGraphExecDestroy(graph->exec), "freeing a graph", NULL);
    free(graph);
}

const struct bench_device_graph_ops bench_cuda_graph_ops = {
    .begin = begin,
    .end = end,
    .launch = launch,
    .free = free_graph,
};
