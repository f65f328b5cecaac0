/*
 * Copies of a case's tensors, for calls that follow one another without a flush in between: every
 * call of a graph has inputs and outputs of its own. All implementations of a case use the same
 * copies, each graph being flushed before: then where the data lie in memory is no difference
 * between them.
 */
#ifndef BENCH_CASE_GRAPH_COPIES_H
#define BENCH_CASE_GRAPH_COPIES_H

#include "bench/case/callable.h"

/* The tensors of one call. */
struct bench_graph_copy {
    struct bench_guarded *inputs;   /* inputs[op->input_count]: the same values as the case's */
    struct bench_guarded *outputs;  /* outputs[op->output_count] */
    struct bench_binding *bindings; /* of all of them, for bench_callable_prepare */
};

struct bench_graph_copies {
    struct bench_graph_copy *copies;
    size_t count;
    size_t binding_count; /* of each copy */
};

/* Device memory that the tensors of one call take, and the workspaces of a callable. */
double bench_graph_call_bytes(const struct bench_case *c);
double bench_graph_workspace_bytes(const struct bench_callable *callable);

/* Takes the memory (until bench_session_reclaim) and fills the inputs. Arrays come from `arena`. On
 * a device that computes nothing no memory is taken and all pointers are NULL. */
int bench_graph_copies_take(struct bench_session *s, const struct bench_case_data *data,
                            size_t count, struct bench_arena *arena, struct bench_graph_copies *out,
                            struct bench_err *err);

#endif
