#include "bench/case/graph_copies.h"

#include "bench/case/support.h"
#include "bench/util/mem.h"

/* What a library call takes besides: cuBLAS gets a workspace of 32 MiB with each call that is
 * prepared (bench/provider/library/cublas.c). */
#define LIBRARY_BYTES (32.0 * 1024 * 1024)

static double taken_bytes(size_t bytes)
{
    return (double)bytes + 2.0 * BENCH_GUARD_BYTES;
}

double bench_graph_call_bytes(const struct bench_case *c)
{
    double bytes = 0;
    for (size_t i = 0; i < c->op->input_count; i++)
        bytes += taken_bytes(c->inputs[i].bytes);
    for (size_t i = 0; i < c->op->output_count; i++)
        bytes += taken_bytes(c->outputs[i].bytes);
    return bytes;
}

double bench_graph_workspace_bytes(const struct bench_callable *callable)
{
    double bytes = callable->impl->provider == BENCH_PROVIDER_LIBRARY ? LIBRARY_BYTES : 0;
    for (size_t i = 0; i < callable->impl->workspace_count; i++)
        bytes += taken_bytes(callable->workspaces[i].bytes);
    return bytes;
}

static int take_copy(struct bench_session *s, const struct bench_case_data *data,
                     struct bench_arena *arena, struct bench_graph_copy *copy,
                     struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    size_t in = c->op->input_count, out = c->op->output_count;
    int rc = BENCH_OK;
    copy->inputs = bench_arena_alloc(arena, (in + 1) * sizeof *copy->inputs);
    copy->outputs = bench_arena_alloc(arena, (out + 1) * sizeof *copy->outputs);
    copy->bindings = bench_arena_alloc(arena, (in + out + 1) * sizeof *copy->bindings);
    for (size_t i = 0; rc == BENCH_OK && i < in; i++) {
        const struct bench_tensor *t = &c->inputs[i];
        rc = bench_guarded_take(s, t->name, t->bytes, &copy->inputs[i], err);
        if (rc == BENCH_OK && s->info->computes)
            rc = bench_support_copy(s, copy->inputs[i].data, data->set->pristine[i], t->bytes, err);
        copy->bindings[i] = (struct bench_binding){t->name, copy->inputs[i].data};
    }
    for (size_t i = 0; rc == BENCH_OK && i < out; i++) {
        const struct bench_tensor *t = &c->outputs[i];
        rc = bench_guarded_take(s, t->name, t->bytes, &copy->outputs[i], err);
        copy->bindings[in + i] = (struct bench_binding){t->name, copy->outputs[i].data};
    }
    return rc;
}

int bench_graph_copies_take(struct bench_session *s, const struct bench_case_data *data,
                            size_t count, struct bench_arena *arena, struct bench_graph_copies *out,
                            struct bench_err *err)
{
    const struct bench_operator *op = data->plan->op;
    int rc = BENCH_OK;
    *out = (struct bench_graph_copies){
        .copies = bench_arena_alloc(arena, (count + 1) * sizeof *out->copies),
        .count = count,
        .binding_count = op->input_count + op->output_count,
    };
    for (size_t i = 0; rc == BENCH_OK && i < count; i++)
        rc = take_copy(s, data, arena, &out->copies[i], err);
    return rc;
}
