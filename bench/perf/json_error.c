/* Places and messages: where a value stands, and the strict readers that say what is wrong. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

static void add_pointer(struct bench_str *out, const struct bench_json *v)
{
    if (!v->parent)
        return;
    add_pointer(out, v->parent);
    bench_str_addc(out, '/');
    if (!v->key) {
        bench_str_addf(out, "%zu", v->index);
        return;
    }
    /* RFC 6901. */
    for (const char *p = v->key; *p; p++) {
        if (*p == '~')
            bench_str_add(out, "~0");
        else if (*p == '/')
            bench_str_add(out, "~1");
        else
            bench_str_addc(out, *p);
    }
}

char *bench_json_pointer(const struct bench_json *v)
{
    struct bench_str out;
    bench_str_init(&out);
    add_pointer(&out, v);
    return out.data;
}

void bench_json_place(const struct bench_json *v, size_t *line, size_t *column)
{
    bench_json_locate(&v->doc->text, v->offset, line, column);
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
    bench_err_set(err, BENCH_EINPUT, "%s:%zu:%zu: %s%s%s", v->doc->text.name, line, column, pointer,
                  *pointer ? ": " : "", n < 0 ? format : text);
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
    if (v->type == BENCH_JSON_BOOL)
        return v->value.boolean ? "true" : "false";
    return type_words(v->type);
}

int bench_json_expect(const struct bench_json *v, enum bench_json_type type, struct bench_err *err)
{
    if (v->type == type)
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
    const char *near = bench_str_nearest(member->key, keys, count);
    int rc =
        near ? bench_json_error(member, err, "unknown key '%s'; did you mean '%s'? Known: %s",
                                member->key, near, all.data)
             : bench_json_error(member, err, "unknown key '%s'. Known: %s", member->key, all.data);
    bench_str_fini(&all);
    return rc;
}

int bench_json_expect_keys(const struct bench_json *object, const char *const *keys,
                           struct bench_err *err)
{
    int rc = bench_json_expect(object, BENCH_JSON_OBJECT, err);
    if (rc != BENCH_OK)
        return rc;
    for (const struct bench_json *m = object->first; m; m = m->next) {
        bool known = strcmp(m->key, "$schema") == 0;
        for (size_t i = 0; keys[i] && !known; i++)
            known = strcmp(m->key, keys[i]) == 0;
        if (!known)
            return unknown_key(m, keys, err);
        if (bench_json_get(object, m->key) != m)
            return bench_json_error(m, err, "the key '%s' is there twice; remove one", m->key);
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
        *out = v->value.string;
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
        return bench_json_error(v, err, "found %.17g, expected a whole number", v->value.number);
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
        *out = v->value.number;
    return rc;
}

int bench_json_get_bool(const struct bench_json *object, const char *key, bool required, bool *out,
                        struct bench_err *err)
{
    const struct bench_json *v;
    int rc = member(object, key, required, BENCH_JSON_BOOL, &v, err);
    if (rc == BENCH_OK && v)
        *out = v->value.boolean;
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
