/* Places and messages: where a value stands, and the strict readers that say what is wrong. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

/* Which of its parent's children the value is. Counting begins where the last one ended, if that is
 * nearer: the places of a million elements cost no more than one walk over them. */
static size_t index_of(const struct bench_json *v, const struct bench_json *parent)
{
    struct bench_json_doc *doc = bench_json_doc_of(v);
    const struct bench_json *at = parent + 2;
    size_t index = 0;
    if (doc->last && doc->last <= v && bench_json_parent_of(doc->last) == parent) {
        at = doc->last;
        index = doc->last_index;
    }
    for (; at != v; index++)
        at += bench_json_length_of(at);
    doc->last = v;
    doc->last_index = index;
    return index;
}

static void add_pointer(struct bench_str *out, const struct bench_json *v)
{
    const struct bench_json *parent = bench_json_parent_of(v);
    if (!parent) {
        const struct bench_json *within = bench_json_doc_of(v)->within;
        if (within)
            add_pointer(out, within);
        return;
    }
    add_pointer(out, parent);
    bench_str_addc(out, '/');
    const char *key = bench_json_key(v);
    if (!key) {
        bench_str_addf(out, "%zu", index_of(v, parent));
        return;
    }
    /* RFC 6901. */
    for (const char *p = key; *p; p++) {
        if (*p == '~')
            bench_str_add(out, "~0");
        else if (*p == '/')
            bench_str_add(out, "~1");
        else
            bench_str_addc(out, *p);
    }
}

void bench_json_set_origins(struct bench_json_doc *doc, struct bench_json_origin *origins,
                            size_t count)
{
    free(doc->origins);
    doc->origins = origins;
    doc->origin_count = count;
}

/* Where the value is said to stand: itself, if its document has no origins. */
static const struct bench_json *origin_of(const struct bench_json *v)
{
    const struct bench_json_doc *doc = bench_json_doc_of(v);
    if (doc->origin_count == 0)
        return v;
    size_t offset = (size_t)(bench_json_text_of(doc, v) - doc->text.data);
    size_t low = 0;
    size_t high = doc->origin_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (doc->origins[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return doc->origins[low].value;
}

char *bench_json_pointer(const struct bench_json *v)
{
    v = origin_of(v);
    struct bench_str out;
    bench_str_init(&out);
    add_pointer(&out, v);
    return out.data;
}

void bench_json_place(const struct bench_json *v, size_t *line, size_t *column)
{
    v = origin_of(v);
    struct bench_json_doc *doc = bench_json_doc_of(v);
    size_t offset = (size_t)(bench_json_text_of(doc, v) - doc->text.data);
    while (doc->within) {
        const struct bench_json *outer = doc->within;
        doc = bench_json_doc_of(outer);
        offset += (size_t)(bench_json_text_of(doc, outer) - doc->text.data);
    }
    bench_json_locate(&doc->text, offset, line, column);
}

int bench_json_error(const struct bench_json *v, struct bench_err *err, const char *format, ...)
{
    if (!err)
        return BENCH_EINPUT;
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);

    size_t line;
    size_t column;
    bench_json_place(v, &line, &column);
    char *pointer = bench_json_pointer(v);
    bench_err_set(err, BENCH_EINPUT, "%s:%zu:%zu: %s%s%s", bench_json_doc_of(v)->text.name, line,
                  column, pointer, *pointer ? ": " : "", n < 0 ? format : text);
    free(pointer);
    if (n >= 0)
        free(text);
    return BENCH_EINPUT;
}

static const char *type_words(enum bench_json_type type)
{
    switch (type) {
    case BENCH_JSON_NULL:
        return "null";
    case BENCH_JSON_BOOL:
        return "true or false";
    case BENCH_JSON_NUMBER:
        return "a number";
    case BENCH_JSON_STRING:
        return "a string";
    case BENCH_JSON_ARRAY:
        return "an array";
    case BENCH_JSON_OBJECT:
        return "an object";
    }
    return "an unknown type";
}

const char *bench_json_type_name(const struct bench_json *v)
{
    if (bench_json_type_of(v) == BENCH_JSON_BOOL)
        return bench_json_bool(v) ? "true" : "false";
    return type_words(bench_json_type_of(v));
}

int bench_json_expect(const struct bench_json *v, enum bench_json_type type, struct bench_err *err)
{
    if (bench_json_type_of(v) == type)
        return BENCH_OK;
    return bench_json_error(v, err, "found %s, expected %s", bench_json_type_name(v),
                            type_words(type));
}

static int unknown_key(const struct bench_json *member, const char *const *keys,
                       struct bench_err *err)
{
    struct bench_str all;
    bench_str_init(&all);
    size_t count = 0;
    for (; keys[count]; count++)
        bench_str_addf(&all, "%s%s", count ? ", " : "", keys[count]);
    if (count == 0)
        bench_str_add(&all, "none");
    const char *key = bench_json_key(member);
    const char *near = bench_str_nearest(key, keys, count);
    int rc = near ? bench_json_error(member, err, "unknown key '%s'; did you mean '%s'? Known: %s",
                                     key, near, all.data)
                  : bench_json_error(member, err, "unknown key '%s'. Known: %s", key, all.data);
    bench_str_fini(&all);
    return rc;
}

int bench_json_expect_keys(const struct bench_json *object, const char *const *keys,
                           struct bench_err *err)
{
    int rc = bench_json_expect(object, BENCH_JSON_OBJECT, err);
    if (rc != BENCH_OK)
        return rc;
    for (const struct bench_json *m = bench_json_first(object); m; m = bench_json_next(m)) {
        const char *key = bench_json_key(m);
        bool known = strcmp(key, "$schema") == 0;
        for (size_t i = 0; keys[i] && !known; i++)
            known = strcmp(key, keys[i]) == 0;
        if (!known)
            return unknown_key(m, keys, err);
        if (bench_json_get(object, key) != m)
            return bench_json_error(m, err, "the key '%s' is there twice; remove one", key);
    }
    return BENCH_OK;
}

/* The member, checked for its type; *v is NULL where it is absent and need not be there. */
static int member(const struct bench_json *object, const char *key, bool required,
                  enum bench_json_type type, const struct bench_json **v, struct bench_err *err)
{
    *v = NULL;
    int rc = bench_json_expect(object, BENCH_JSON_OBJECT, err);
    if (rc != BENCH_OK)
        return rc;
    *v = bench_json_get(object, key);
    if (*v)
        return bench_json_expect(*v, type, err);
    return required ? bench_json_error(object, err, "the key '%s' (%s) is missing", key,
                                       type_words(type))
                    : BENCH_OK;
}

int bench_json_get_string(const struct bench_json *object, const char *key, bool required,
                          const char **out, struct bench_err *err)
{
    const struct bench_json *v;
    int rc = member(object, key, required, BENCH_JSON_STRING, &v, err);
    if (rc == BENCH_OK && v)
        *out = bench_json_string(v);
    return rc;
}

int bench_json_get_int(const struct bench_json *object, const char *key, bool required, int64_t min,
                       int64_t max, int64_t *out, struct bench_err *err)
{
    const struct bench_json *v;
    int rc = member(object, key, required, BENCH_JSON_NUMBER, &v, err);
    if (rc != BENCH_OK || !v)
        return rc;
    int64_t value;
    if (!bench_json_is_int(v, &value))
        return bench_json_error(v, err, "found %.17g, expected a whole number",
                                bench_json_number(v));
    if (value < min || value > max)
        return bench_json_error(v, err, "found %" PRId64 ", expected %" PRId64 " to %" PRId64,
                                value, min, max);
    *out = value;
    return BENCH_OK;
}

int bench_json_get_double(const struct bench_json *object, const char *key, bool required,
                          double *out, struct bench_err *err)
{
    const struct bench_json *v;
    int rc = member(object, key, required, BENCH_JSON_NUMBER, &v, err);
    if (rc == BENCH_OK && v)
        *out = bench_json_number(v);
    return rc;
}

int bench_json_get_bool(const struct bench_json *object, const char *key, bool required, bool *out,
                        struct bench_err *err)
{
    const struct bench_json *v;
    int rc = member(object, key, required, BENCH_JSON_BOOL, &v, err);
    if (rc == BENCH_OK && v)
        *out = bench_json_bool(v);
    return rc;
}

int bench_json_get_array(const struct bench_json *object, const char *key, bool required,
                         const struct bench_json **out, struct bench_err *err)
{
    const struct bench_json *v;
    int rc = member(object, key, required, BENCH_JSON_ARRAY, &v, err);
    if (rc == BENCH_OK && v)
        *out = v;
    return rc;
}

int bench_json_get_object(const struct bench_json *object, const char *key, bool required,
                          const struct bench_json **out, struct bench_err *err)
{
    const struct bench_json *v;
    int rc = member(object, key, required, BENCH_JSON_OBJECT, &v, err);
    if (rc == BENCH_OK && v)
        *out = v;
    return rc;
}
