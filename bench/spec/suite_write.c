#include "bench/spec/suite_write.h"

#include <string.h>

static bool same_roles(const struct bench_suite_line *a, const struct bench_suite_line *b)
{
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        if (a->roles[r].count != b->roles[r].count)
            return false;
        for (size_t i = 0; i < a->roles[r].count; i++)
            if (strcmp(a->roles[r].names[i], b->roles[r].names[i]) != 0)
                return false;
    }
    return true;
}

static bool same_entry(const struct bench_suite_line *a, const struct bench_suite_line *b)
{
    return strcmp(a->op, b->op) == 0 && a->dtype == b->dtype && strcmp(a->params, b->params) == 0 &&
           same_roles(a, b);
}

static void write_roles(const struct bench_role_choice *roles, struct bench_json_writer *w)
{
    bench_json_put_key(w, "roles");
    bench_json_open_object(w);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        if (roles[r].count == 0)
            continue;
        bench_json_put_key(w, bench_role_name((enum bench_role)r));
        bench_json_open_array(w);
        for (size_t i = 0; i < roles[r].count; i++)
            bench_json_put_string(w, roles[r].names[i]);
        bench_json_close_array(w);
    }
    bench_json_close_object(w);
}

static void write_params(const char *params, struct bench_json_writer *w)
{
    struct bench_json_doc *doc = NULL;
    if (strcmp(params, "{}") == 0 ||
        bench_json_parse("params", params, strlen(params), &doc, NULL) != BENCH_OK)
        return;
    bench_json_put_key(w, "params");
    bench_json_open_array(w);
    bench_json_put_value(w, bench_json_root(doc));
    bench_json_close_array(w);
    bench_json_free(doc);
}

static void write_shape(const struct bench_suite_line *line, struct bench_json_writer *w)
{
    bench_json_open_array(w);
    for (int i = 0; i < line->ndim; i++)
        bench_json_put_int(w, line->shape[i]);
    bench_json_close_array(w);
}

/* An entry of `count` lines. */
static void write_entry(const struct bench_suite_line *lines, size_t count,
                        struct bench_json_writer *w)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "operator", lines->op);
    bench_json_put_key(w, "dtypes");
    bench_json_open_array(w);
    bench_json_put_string(w, bench_dtype_name(lines->dtype));
    bench_json_close_array(w);
    write_params(lines->params, w);
    write_roles(lines->roles, w);
    bench_json_put_key(w, "shapes");
    bench_json_open_array(w);
    for (size_t i = 0; i < count; i++)
        write_shape(&lines[i], w);
    bench_json_close_array(w);
    bench_json_close_object(w);
}

void bench_suite_write_operators(const struct bench_suite_line *lines, size_t count,
                                 struct bench_json_writer *w)
{
    bench_json_open_array(w);
    for (size_t first = 0, end; first < count; first = end) {
        end = first + 1;
        while (end < count && same_entry(&lines[first], &lines[end]))
            end++;
        write_entry(&lines[first], end - first, w);
    }
    bench_json_close_array(w);
}

void bench_suite_write_settings(const struct bench_settings *s, struct bench_json_writer *w)
{
    bench_json_open_object(w);
    if (s->rounds > 0) {
        bench_json_put_key_int(w, "rounds", s->rounds);
    } else {
        bench_json_put_key_int(w, "least_rounds", s->least_rounds);
        bench_json_put_key_int(w, "most_rounds", s->most_rounds);
    }
    bench_json_put_key_int(w, "tune_rounds", s->tune_rounds);
    bench_json_put_key_int(w, "warmup_rounds", s->warmup_rounds);
    bench_json_put_key_double(w, "precision", s->precision);
    bench_json_put_key_double(w, "confidence", s->confidence);
    bench_json_put_key_double(w, "speedup_threshold", s->speedup_threshold);
    bench_json_put_key_double(w, "relative_threshold", s->relative_threshold);
    bench_json_put_key_int(w, "confirm", s->confirm);
    bench_json_put_key_bool(w, "aa", s->aa);
    bench_json_put_key_bool(w, "do_bench", s->do_bench);
    bench_json_put_key_string(w, "mode", s->mode == BENCH_MODE_KERNEL ? "kernel" : "operator");
    bench_json_put_key_string(w, "cache", s->cache == BENCH_CACHE_COLD ? "cold" : "hot");
    if (s->seed_given)
        bench_json_put_key_int(w, "seed", (int64_t)s->seed);
    bench_json_close_object(w);
}
