#include "selector/names.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/op_name.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

const char *bench_operator_normalise(const char *name)
{
    name = bench_op_name_bare(name);
    for (const char *p = name;;) {
        size_t n = 0;
        while (is_word(p[n]))
            n++;
        if (n == 0 || isdigit((unsigned char)name[0]))
            return NULL;
        p += n;
        if (*p == '\0')
            return name;
        if (*p == '.')
            p++;
        else if (p[0] == ':' && p[1] == ':')
            p += 2;
        else
            return NULL;
    }
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(bench_json_key(*(const struct bench_json *const *)a),
                  bench_json_key(*(const struct bench_json *const *)b));
}

static void put_sorted(struct bench_json_writer *w, const struct bench_json *v);

static void put_sorted_object(struct bench_json_writer *w, const struct bench_json *v)
{
    size_t n = 0;
    const struct bench_json **members =
        bench_xmalloc(bench_json_size(v) * sizeof(const struct bench_json *));
    for (const struct bench_json *m = bench_json_first(v); m; m = bench_json_next(m))
        members[n++] = m;
    qsort(members, n, sizeof(const struct bench_json *), compare_keys);
    bench_json_open_object(w);
    for (size_t i = 0; i < n; i++) {
        bench_json_put_key(w, bench_json_key(members[i]));
        put_sorted(w, members[i]);
    }
    bench_json_close_object(w);
    free(members);
}

static void put_sorted(struct bench_json_writer *w, const struct bench_json *v)
{
    switch (bench_json_type(v)) {
    case BENCH_JSON_OBJECT:
        put_sorted_object(w, v);
        break;
    case BENCH_JSON_ARRAY:
        bench_json_open_array(w);
        for (const struct bench_json *m = bench_json_first(v); m; m = bench_json_next(m))
            put_sorted(w, m);
        bench_json_close_array(w);
        break;
    case BENCH_JSON_NUMBER:
        if (isfinite(bench_json_number(v)))
            bench_json_put_double(w, bench_json_number(v)); /* 1 and 1.0 are one number */
        else
            bench_json_put_null(w);
        break;
    case BENCH_JSON_NULL:
    case BENCH_JSON_BOOL:
    case BENCH_JSON_STRING:
        bench_json_put_value(w, v);
        break;
    }
}

bool bench_params_finite(const struct bench_json *v)
{
    if (v == NULL)
        return true;
    if (bench_json_type(v) == BENCH_JSON_NUMBER)
        return isfinite(bench_json_number(v));
    if (bench_json_type(v) == BENCH_JSON_OBJECT || bench_json_type(v) == BENCH_JSON_ARRAY)
        for (const struct bench_json *m = bench_json_first(v); m; m = bench_json_next(m))
            if (!bench_params_finite(m))
                return false;
    return true;
}

const char *bench_params_normalise(struct bench_arena *arena, const struct bench_json *params)
{
    if (!params || bench_json_type(params) == BENCH_JSON_NULL)
        return "";
    if (bench_json_type(params) == BENCH_JSON_STRING)
        return bench_json_string(params);
    if (bench_json_size(params) == 0)
        return "";
    struct bench_str text;
    bench_str_init(&text);
    struct bench_json_writer w;
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    put_sorted(&w, params);
    const char *copy = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return copy;
}
