/* FlagGems' records as performance data. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "selector/index.h"
#include "selector/record.h"

#define PREFIX "[INFO] "
#define RESULT_START PREFIX "{\""

bool bench_record_is_log(const char *text, size_t length)
{
    static const char line_start[] = "\n" RESULT_START;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    if (length >= strlen(PREFIX) && memcmp(text, PREFIX, strlen(PREFIX)) == 0)
        return true;
    /* What other programs wrote into the same file may come first; JSON has no such line. */
    return length > 0 && *text != '{' && memmem(text, length, line_start, strlen(line_start));
}

static const struct bench_json *member(const struct bench_json *v, const char *key,
                                       enum bench_json_type type)
{
    const struct bench_json *m = bench_json_get(v, key);
    return m && bench_json_type(m) == type ? m : NULL;
}

static bool is_result(const struct bench_json *v)
{
    return member(v, "op_name", BENCH_JSON_STRING) && member(v, "result", BENCH_JSON_ARRAY);
}

bool bench_record_is_json(const struct bench_json *root)
{
    const struct bench_json *first = bench_json_first(root);
    if (bench_json_type(root) == BENCH_JSON_ARRAY)
        return first && is_result(first);
    if (is_result(root))
        return true;
    for (const struct bench_json *op = first; op; op = bench_json_next(op))
        if (!bench_json_get(op, "configs") &&
            (member(op, "details", BENCH_JSON_ARRAY) || member(op, "test_case", BENCH_JSON_STRING)))
            return true;
    return false;
}

/* The results of one operator, in the order found. */
struct group {
    const char *name;
    const struct bench_json **results;
    size_t count;
};

struct converter {
    struct bench_record *record;
    enum bench_dataset_kind kind;
    struct bench_faults *faults;
    struct bench_index *names; /* -> index in groups */
    struct group *groups;
    size_t group_count;
    struct bench_str text;
    struct bench_json_writer w;
    struct bench_json_origin *origins;
    size_t origin_count;
    size_t origin_cap;
};

static void add_result(struct converter *c, const struct bench_json *result)
{
    if (bench_json_type(result) != BENCH_JSON_OBJECT || !is_result(result)) {
        bench_faults_report(c->faults, BENCH_FAULT_ERROR, "record", result,
                            "found %s, expected a result of FlagGems' benchmark: an object with "
                            "\"op_name\" (a string) and \"result\" (an array)",
                            bench_json_type_name(result));
        return;
    }
    const char *name = bench_json_string(bench_json_get(result, "op_name"));
    size_t at = bench_index_add(c->names, name, c->group_count);
    if (at == BENCH_INDEX_NONE || !c->groups) {
        at = c->group_count++;
        c->groups = bench_xrealloc(c->groups, c->group_count * sizeof(*c->groups));
        c->groups[at] = (struct group){.name = name};
    }
    struct group *g = &c->groups[at];
    /* Doubled whenever the count reaches a power of two. */
    if ((g->count & (g->count - 1)) == 0)
        g->results = bench_xrealloc(g->results, (g->count ? g->count * 2 : 1) *
                                                    sizeof(const struct bench_json *));
    g->results[g->count++] = result;
    c->record->results++;
}

static void add_mark(struct converter *c, const struct bench_json *mark)
{
    const struct bench_json *details = bench_json_get(mark, "details");
    const struct bench_json *reason = member(mark, "reason", BENCH_JSON_STRING);
    if (details && bench_json_type(details) == BENCH_JSON_ARRAY) {
        for (const struct bench_json *d = bench_json_first(details); d; d = bench_json_next(d))
            add_result(c, d);
    } else if (bench_json_type(mark) != BENCH_JSON_OBJECT || details) {
        bench_faults_report(c->faults, BENCH_FAULT_ERROR, "record", details ? details : mark,
                            "found %s, expected %s", bench_json_type_name(details ? details : mark),
                            details ? "an array of results" : "an object with \"details\"");
    } else {
        bench_faults_report(c->faults, BENCH_FAULT_WARNING, "record-skipped", mark,
                            "FlagGems has no results of it%s%.200s", reason ? ": " : "",
                            reason ? bench_json_string(reason) : "");
    }
}

/* The value that is written next stands at `v`. */
static void origin(struct converter *c, const struct bench_json *v)
{
    if (c->origin_count == c->origin_cap) {
        c->origin_cap = c->origin_cap ? c->origin_cap * 2 : 64;
        c->origins = bench_xrealloc(c->origins, c->origin_cap * sizeof(*c->origins));
    }
    c->origins[c->origin_count++] = (struct bench_json_origin){c->text.len, v};
}

static void put(struct converter *c, const char *key, const struct bench_json *v)
{
    if (!v)
        return;
    bench_json_put_key(&c->w, key);
    origin(c, v);
    bench_json_put_value(&c->w, v);
}

static bool is_shape(const struct bench_json *v)
{
    int64_t n;
    if (bench_json_type(v) != BENCH_JSON_ARRAY)
        return false;
    for (const struct bench_json *d = bench_json_first(v); d; d = bench_json_next(d))
        if (!bench_json_is_int(d, &n))
            return false;
    return true;
}

/* The first tensor among the arguments, which are lists or, by keyword, members. */
static const struct bench_json *first_shape(const struct bench_json *detail)
{
    for (const struct bench_json *v = bench_json_first(detail); v; v = bench_json_next(v)) {
        if (is_shape(v))
            return v;
        const struct bench_json *inner = first_shape(v);
        if (inner)
            return inner;
    }
    return NULL;
}

/* Shape, dtype and params. */
static void put_identity(struct converter *c, const struct bench_json *result,
                         const struct bench_json *metric)
{
    const struct bench_json *detail = bench_json_get(metric, "shape_detail");
    const struct bench_json *shape = detail ? first_shape(detail) : NULL;
    if (!shape && detail && is_shape(detail) && bench_json_size(detail))
        shape = detail; /* torch.empty(64, 64) */
    if (shape) {
        put(c, "shape", shape);
    } else if (detail && bench_json_type(detail) != BENCH_JSON_NULL) {
        bench_json_put_key(&c->w, "shape");
        origin(c, detail);
        bench_json_open_array(&c->w);
        bench_json_close_array(&c->w);
    }
    put(c, "dtype", bench_json_get(result, "dtype"));
    bool only_shape = shape && bench_json_type(detail) == BENCH_JSON_ARRAY &&
                      bench_json_size(detail) == 1 && bench_json_first(detail) == shape;
    if (!detail || only_shape || bench_json_type(detail) == BENCH_JSON_NULL)
        return;
    struct bench_str params;
    bench_str_init(&params);
    bench_literal_add(&params, detail);
    bench_json_put_key(&c->w, "params");
    origin(c, detail);
    bench_json_put_string(&c->w, params.data);
    bench_str_fini(&params);
}

static bool is_null(const struct bench_json *v)
{
    return !v || bench_json_type(v) == BENCH_JSON_NULL;
}

/* Why the metric has no time; NULL if it has one. */
static const struct bench_json *failure_of(const struct bench_json *metric)
{
    const struct bench_json *message = bench_json_get(metric, "error_msg");
    const struct bench_json *latency = bench_json_get(metric, "latency");
    if (!is_null(message))
        return message;
    return latency && is_null(latency) ? latency : NULL;
}

static void put_case(struct converter *c, const struct bench_json *result,
                     const struct bench_json *metric)
{
    static const char *const extras[] = {"legacy_shape",    "gbps_base", "gbps",
                                         "accuracy",        "tflops",    "utilization",
                                         "compared_speedup"};
    if (bench_json_type(metric) == BENCH_JSON_OBJECT && failure_of(metric))
        return;
    origin(c, metric);
    if (bench_json_type(metric) != BENCH_JSON_OBJECT) {
        bench_json_put_value(&c->w, metric);
        return;
    }
    bench_json_open_object(&c->w);
    put_identity(c, result, metric);
    put(c, bench_dataset_time_key(c->kind), bench_json_get(metric, "latency"));
    const struct bench_json *base = bench_json_get(metric, "latency_base");
    put(c, "cuda_time", is_null(base) ? NULL : base);
    put(c, "mode", bench_json_get(result, "mode"));
    put(c, "level", bench_json_get(result, "level"));
    for (size_t i = 0; i < sizeof(extras) / sizeof(*extras); i++) {
        const struct bench_json *v = bench_json_get(metric, extras[i]);
        if (!is_null(v))
            put(c, extras[i], v);
    }
    bench_json_close_object(&c->w);
}

static void put_failure(struct converter *c, const struct bench_json *result,
                        const struct bench_json *metric, const char *role,
                        const struct bench_json *why, const char *otherwise)
{
    bool told = why && bench_json_type(why) == BENCH_JSON_STRING;
    origin(c, metric);
    bench_json_open_object(&c->w);
    put_identity(c, result, metric);
    put(c, "mode", bench_json_get(result, "mode"));
    put(c, "level", bench_json_get(result, "level"));
    bench_json_put_key_string(&c->w, "role", role);
    bench_json_put_key_string(&c->w, "status", "failed");
    bench_json_put_key_string(&c->w, "reason", told ? bench_json_string(why) : otherwise);
    bench_json_close_object(&c->w);
}

static void put_failures(struct converter *c, const struct bench_json *result,
                         const struct bench_json *metric)
{
    if (bench_json_type(metric) != BENCH_JSON_OBJECT)
        return;
    const struct bench_json *why = failure_of(metric);
    bool your = c->kind == BENCH_DATASET_YOUR;
    if (why)
        put_failure(c, result, metric, your ? "candidate" : "reference", why,
                    "latency was not measured");
    else if (your && is_null(bench_json_get(metric, "latency_base")))
        put_failure(c, result, metric, "baseline", NULL, "latency_base was not measured");
}

typedef void (*metric_visitor)(struct converter *c, const struct bench_json *result,
                               const struct bench_json *metric);

static void put_metrics(struct converter *c, const struct group *g, const char *key,
                        metric_visitor visit)
{
    bench_json_put_key(&c->w, key);
    bench_json_open_array(&c->w);
    for (size_t i = 0; i < g->count; i++) {
        const struct bench_json *metrics = bench_json_get(g->results[i], "result");
        for (const struct bench_json *m = bench_json_first(metrics); m; m = bench_json_next(m))
            visit(c, g->results[i], m);
    }
    bench_json_close_array(&c->w);
}

static void convert(struct converter *c)
{
    bench_str_init(&c->text);
    bench_json_writer_init(&c->w, &c->text, BENCH_JSON_COMPACT);
    bench_json_open_object(&c->w);
    for (size_t i = 0; i < c->group_count; i++) {
        struct group *g = &c->groups[i];
        bench_json_put_key(&c->w, g->name);
        origin(c, g->results[0]);
        bench_json_open_object(&c->w);
        put_metrics(c, g, "configs", put_case);
        put_metrics(c, g, "failed", put_failures);
        bench_json_close_object(&c->w);
        free(g->results);
    }
    bench_json_close_object(&c->w);
    free(c->groups);
    bench_index_free(c->names);

    const char *path = bench_json_name(c->record->parts[0]);
    struct bench_err err;
    size_t length = c->text.len;
    char *text = bench_str_take(&c->text);
    int rc =
        bench_json_take(path, text, length, &(struct bench_json_part){0}, &c->record->doc, &err);
    bench_str_fini(&c->text);
    if (rc == BENCH_OK)
        bench_json_set_origins(c->record->doc, c->origins, c->origin_count);
    else
        free(c->origins);
    if (rc != BENCH_OK)
        bench_faults_report(c->faults, BENCH_FAULT_ERROR, "record", NULL, "%s", err.message);
}

static void add_part(struct bench_record *record, struct bench_json_doc *doc)
{
    size_t n = record->part_count;
    if ((n & (n - 1)) == 0)
        record->parts =
            bench_xrealloc(record->parts, (n ? n * 2 : 1) * sizeof(struct bench_json_doc *));
    record->parts[record->part_count++] = doc;
}

/* One line that begins as a result does. */
static void add_line(struct converter *c, const char *path, const char *line, size_t length,
                     size_t number)
{
    const size_t before = strlen(PREFIX);
    const struct bench_json_part part = {.line = number, .column = before + 1, .nonfinite = true};
    struct bench_json_doc *doc;
    struct bench_err err;
    if (bench_json_parse_part(path, line + before, length - before, &part, &doc, &err) !=
        BENCH_OK) {
        bench_faults_report(c->faults, BENCH_FAULT_ERROR, "json", NULL, "%s", err.message);
        return;
    }
    /* Attributes of operators are logged by the same logger. */
    const struct bench_json *root = bench_json_root(doc);
    if (bench_json_get(root, "recommended_core_shapes")) {
        bench_json_free(doc);
        return;
    }
    add_part(c->record, doc);
    add_result(c, root);
}

void bench_record_read_log(struct bench_record *record, const char *path, const char *text,
                           size_t length, enum bench_dataset_kind kind, struct bench_faults *faults)
{
    *record = (struct bench_record){0};
    struct converter c = {
        .record = record, .kind = kind, .faults = faults, .names = bench_index_new()};
    size_t number = 1;
    const char *end = text + length;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    for (const char *line = text; line < end; number++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t n = (size_t)((stop ? stop : end) - line);
        if (n >= strlen(RESULT_START) && memcmp(line, RESULT_START, strlen(RESULT_START)) == 0)
            add_line(&c, path, line, n, number);
        line += n + 1;
    }
    if (record->part_count == 0) {
        if (faults->errors == 0)
            bench_faults_report(faults, BENCH_FAULT_ERROR, "record", NULL,
                                "%s: a log of FlagGems' benchmark without one result (lines that "
                                "begin with '" RESULT_START "'): was it run with --record log?",
                                path);
        bench_index_free(c.names);
        return;
    }
    convert(&c);
}

void bench_record_read_json(struct bench_record *record, struct bench_json_doc *json,
                            enum bench_dataset_kind kind, struct bench_faults *faults)
{
    *record = (struct bench_record){0};
    add_part(record, json);
    struct converter c = {
        .record = record, .kind = kind, .faults = faults, .names = bench_index_new()};
    const struct bench_json *root = bench_json_root(json);
    if (is_result(root)) {
        add_result(&c, root);
    } else {
        bool array = bench_json_type(root) == BENCH_JSON_ARRAY;
        for (const struct bench_json *v = bench_json_first(root); v; v = bench_json_next(v)) {
            if (array)
                add_result(&c, v);
            else
                add_mark(&c, v);
        }
    }
    convert(&c);
}

void bench_record_fini(struct bench_record *record)
{
    bench_json_free(record->doc);
    for (size_t i = 0; i < record->part_count; i++)
        bench_json_free(record->parts[i]);
    free(record->parts);
}
