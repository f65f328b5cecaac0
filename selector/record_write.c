/* Performance data as FlagGems' records. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/torch_dtype.h"
#include "bench/util/mem.h"
#include "selector/index.h"
#include "selector/record.h"

/* What is known of how FlagGems measures where the data do not say. */
#define MODE "kernel"
#define LEVEL "comprehensive"

/* Metrics that are kept as they are, before and after the speedup: in FlagGems' order. */
static const char *const before[] = {"gbps_base", "gbps"};
static const char *const after[] = {"accuracy", "tflops", "utilization", "compared_speedup"};

/* A case, or one that failed. */
struct metric {
    const struct bench_json *json;
    const struct bench_dataset_case *measured; /* NULL if it failed */
    const char *error;                         /* NULL if it did not */
};

/* One result: cases of one operator, dtype, mode and level. */
struct result {
    const char *dtype, *mode, *level;
    struct metric *metrics;
    size_t count;
};

struct writer {
    const struct bench_dataset *set;
    enum bench_record_form form;
    struct bench_str *out;
    struct bench_json_writer w;
    struct result *results;
    size_t count;
};

static const char *text_of(const struct bench_json *object, const char *key, const char *otherwise)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : otherwise;
}

struct collector {
    struct writer *out;
    struct bench_index *index;
    struct bench_arena *keys;
    const char *mode; /* of the operator, where its cases tell none */
    size_t most;      /* metrics of the operator */
};

static void collect(struct collector *c, struct metric metric)
{
    struct writer *out = c->out;
    struct result r = {.dtype = bench_dtype_normalise(text_of(metric.json, "dtype", "")),
                       .mode = text_of(metric.json, "mode", c->mode),
                       .level = text_of(metric.json, "level", LEVEL)};
    const char *key = bench_arena_printf(c->keys, "%s\x1f%s\x1f%s", r.dtype, r.mode, r.level);
    size_t at = bench_index_add(c->index, key, out->count);
    if (at == BENCH_INDEX_NONE || !out->results) {
        at = out->count++;
        out->results = bench_xrealloc(out->results, out->count * sizeof(*out->results));
        r.metrics = bench_xcalloc(c->most, sizeof(*r.metrics));
        out->results[at] = r;
    }
    out->results[at].metrics[out->results[at].count++] = metric;
}

static void collect_op(struct writer *out, const struct bench_dataset_op *op)
{
    const char *role = out->set->kind == BENCH_DATASET_YOUR ? "candidate" : "reference";
    const struct bench_json *mode = op->conditions[BENCH_DATASET_MODE];
    struct collector c = {.out = out,
                          .mode = mode ? bench_json_string(mode) : MODE,
                          .index = bench_index_new(),
                          .keys = bench_arena_new(),
                          .most = op->case_count + op->failure_count};
    out->results = NULL;
    out->count = 0;
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++)
        collect(&c, (struct metric){out->set->cases[i].json, &out->set->cases[i], NULL});
    for (size_t i = 0; i < op->failure_count; i++)
        if (strcmp(op->failures[i].role, role) == 0)
            collect(&c, (struct metric){
                            op->failures[i].json, NULL,
                            text_of(op->failures[i].json, "reason", op->failures[i].reason)});
    bench_arena_free(c.keys);
    bench_index_free(c.index);
}

/* The arguments of the call, as far as the data tell: what a record said, or the shape alone, or
 * the shape and the params as keywords. */
static void put_detail(struct bench_json_writer *w, const struct bench_json *json_case)
{
    const struct bench_json *params = bench_json_get(json_case, "params");
    enum bench_json_type type = params ? bench_json_type(params) : BENCH_JSON_NULL;
    struct bench_json_doc *literal = NULL;
    struct bench_str json;
    bench_str_init(&json);
    if (type == BENCH_JSON_STRING && bench_literal_to_json(bench_json_string(params), &json) &&
        bench_json_parse("", json.data, json.len, &literal, NULL) == BENCH_OK) {
        bench_json_put_value(w, bench_json_root(literal));
    } else {
        bool keywords = type == BENCH_JSON_OBJECT && bench_json_size(params) > 0;
        bench_json_open_array(w);
        if (keywords)
            bench_json_open_array(w);
        bench_json_put_value(w, bench_json_get(json_case, "shape"));
        if (keywords)
            bench_json_close_array(w);
        if (keywords || (type == BENCH_JSON_STRING && *bench_json_string(params)))
            bench_json_put_value(w, params);
        bench_json_close_array(w);
    }
    bench_json_free(literal);
    bench_str_fini(&json);
}

static void put_member(struct bench_json_writer *w, const struct metric *m, const char *key,
                       const char *from)
{
    const struct bench_json *v = bench_json_get(m->json, from);
    bench_json_put_key(w, key);
    if (v)
        bench_json_put_value(w, v);
    else
        bench_json_put_null(w);
}

static void put_metric(struct writer *out, const struct metric *m)
{
    struct bench_json_writer *w = &out->w;
    bench_json_open_object(w);
    put_member(w, m, "legacy_shape", "legacy_shape");
    bench_json_put_key(w, "shape_detail");
    put_detail(w, m->json);
    put_member(w, m, "latency_base", "cuda_time");
    put_member(w, m, "latency", bench_dataset_time_key(out->set->kind));
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++)
        put_member(w, m, before[i], before[i]);
    bench_json_put_key(w, "speedup");
    if (m->measured && !isnan(m->measured->cuda_ms))
        bench_json_put_double(w, m->measured->cuda_ms / m->measured->time_ms);
    else
        bench_json_put_null(w);
    for (size_t i = 0; i < sizeof(after) / sizeof(*after); i++)
        put_member(w, m, after[i], after[i]);
    bench_json_put_key_string(w, "error_msg", m->error);
    bench_json_close_object(w);
}

static void put_result(struct writer *out, const char *op, const struct result *r)
{
    struct bench_json_writer *w = &out->w;
    bench_json_open_object(w);
    bench_json_put_key_string(w, "op_name", op);
    bench_json_put_key(w, "dtype");
    char *dtype = bench_xprintf("torch.%s", r->dtype);
    bench_json_put_string(w, dtype);
    free(dtype);
    bench_json_put_key_string(w, "mode", r->mode);
    bench_json_put_key_string(w, "level", r->level);
    bench_json_put_key(w, "result");
    bench_json_open_array(w);
    for (size_t i = 0; i < r->count; i++)
        put_metric(out, &r->metrics[i]);
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void put_lines(struct writer *out, const struct bench_dataset_op *op)
{
    for (size_t i = 0; i < out->count; i++) {
        bench_str_add(out->out, "[INFO] ");
        bench_json_writer_init(&out->w, out->out, BENCH_JSON_COMPACT);
        put_result(out, op->name, &out->results[i]);
        bench_str_addc(out->out, '\n');
    }
}

static void put_mark(struct writer *out, const struct bench_dataset_op *op)
{
    struct bench_json_writer *w = &out->w;
    bench_json_put_key(w, op->name);
    bench_json_open_object(w);
    bench_json_put_key(w, "details");
    bench_json_open_array(w);
    for (size_t i = 0; i < out->count; i++)
        put_result(out, op->name, &out->results[i]);
    bench_json_close_array(w);
    bench_json_put_key_string(w, "result", "passed");
    bench_json_put_key_string(w, "test_case", "bench convert");
    bench_json_put_key_string(w, "reason", NULL);
    bench_json_close_object(w);
}

void bench_record_format(const struct bench_dataset *set, enum bench_record_form form,
                         struct bench_str *out)
{
    struct writer writer = {.set = set, .form = form, .out = out};
    bench_json_writer_init(&writer.w, out, BENCH_JSON_PRETTY);
    if (form == BENCH_RECORD_JSON)
        bench_json_open_object(&writer.w);
    for (size_t i = 0; i < set->op_count; i++) {
        collect_op(&writer, &set->ops[i]);
        if (form == BENCH_RECORD_LOG)
            put_lines(&writer, &set->ops[i]);
        else if (writer.count)
            put_mark(&writer, &set->ops[i]);
        for (size_t k = 0; k < writer.count; k++)
            free(writer.results[k].metrics);
        free(writer.results);
    }
    if (form == BENCH_RECORD_JSON) {
        bench_json_close_object(&writer.w);
        bench_str_addc(out, '\n');
    }
}
