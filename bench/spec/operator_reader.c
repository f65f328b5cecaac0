/* Names, texts, expressions and words of operator descriptions. */
#include "bench/spec/operator_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_identifier(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_') {
        return false;
    }
    for (; *s != '\0'; ++s) {
        if (!isalnum((unsigned char)*s) && *s != '_') {
            return false;
        }
    }
    return true;
}

static const char *python_keyword(const char *name)
{
    static const char *const python[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",    NULL};
    for (size_t i = 0; python[i] != NULL; ++i) {
        if (strcmp(python[i], name) == 0) {
            return "it is a keyword of Python, into which operators are exported";
        }
    }
    return NULL;
}

/* Why nothing that expressions use may have this name, or NULL. */
static const char *reserved(const char *name)
{
    static const char *const known[] = {"numel", "ndim", "sizeof_T", "sm_count", "T", NULL};
    for (size_t i = 0; known[i] != NULL; ++i) {
        if (strcmp(known[i], name) == 0) {
            return "it always has a meaning of its own";
        }
    }
    const char *why = python_keyword(name);
    if (why != NULL) {
        return why;
    }
    return bench_expr_is_function(name) ? "it is a function of expressions" : NULL;
}

static const struct taken_name *find_taken(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->taken_count; ++i) {
        if (strcmp(r->taken[i].name, name) == 0) {
            return &r->taken[i];
        }
    }
    return NULL;
}

static void add_taken(struct reader *r, const char *name, const char *what, double value)
{
    if (r->taken_count == r->taken_capacity) {
        r->taken_capacity = r->taken_capacity * 2 + 16;
        r->taken = bench_xrealloc(r->taken, r->taken_capacity * sizeof(*r->taken));
    }
    r->taken[r->taken_count++] =
        (struct taken_name){bench_arena_strdup(r->arena, name), what, value};
}

/* An identifier that is not reserved (`why`: NULL). */
static int check_name(struct reader *r, const struct bench_json *v, const char *name,
                      const char *what, const char *why)
{
    if (!is_identifier(name)) {
        return bench_json_error(v, r->err,
                                "'%s' cannot be the name of %s: letters, digits and '_' only, and "
                                "no digit in front",
                                name, what);
    }
    if (why != NULL) {
        return bench_json_error(v, r->err, "'%s' cannot be the name of %s: %s", name, what, why);
    }
    return BENCH_OK;
}

int reader_operator_name(struct reader *r, const struct bench_json *v, const char *name)
{
    return check_name(r, v, name, "an operator", python_keyword(name));
}

int reader_take_name(struct reader *r, const struct bench_json *v, const char *name,
                     const char *what)
{
    int rc = check_name(r, v, name, what, reserved(name));
    if (rc != 0) {
        return rc;
    }
    const struct taken_name *other = find_taken(r, name);
    if (other != NULL) {
        return bench_json_error(v, r->err,
                                "'%s' cannot be the name of %s: it is already the name of %s", name,
                                what, other->what);
    }
    add_taken(r, name, what, 0);
    return BENCH_OK;
}

int reader_take_enum_value(struct reader *r, const struct bench_json *v, const char *name,
                           size_t number)
{
    static const char *const what = "a value of an enum parameter";
    const struct taken_name *other = find_taken(r, name);
    if (other == NULL || other->what != what) {
        int rc = reader_take_name(r, v, name, what);
        if (rc == 0) {
            r->taken[r->taken_count - 1].value = (double)number;
            bench_scope_set(r->scope, name, (double)number);
        }
        return rc;
    }
    if (other->value != (double)number) {
        return bench_json_error(v, r->err,
                                "the value '%s' is number %zu here and number %.0f in another enum "
                                "(or earlier in this one); in expressions it could mean either",
                                name, number, other->value);
    }
    return BENCH_OK;
}

int reader_take_number(struct reader *r, const struct bench_json *v, const char *name,
                       const char *what)
{
    int rc = reader_take_name(r, v, name, what);
    if (rc == 0) {
        bench_scope_set(r->scope, name, 1);
    }
    return rc;
}

int reader_text(struct reader *r, const struct bench_json *v, const char **out)
{
    int rc = bench_json_expect(v, BENCH_JSON_STRING, r->err);
    if (rc != 0) {
        return rc;
    }
    const char *text = bench_json_string(v);
    if (text[strspn(text, " \t\r\n")] == '\0') {
        return bench_json_error(v, r->err, "an empty string, expected some text");
    }
    *out = bench_arena_strdup(r->arena, text);
    return BENCH_OK;
}

int reader_member_text(struct reader *r, const struct bench_json *object, const char *key,
                       bool required, const char **out)
{
    const char *text = NULL;
    int rc = bench_json_get_string(object, key, required, &text, r->err);
    return rc == 0 && text != NULL ? reader_text(r, bench_json_get(object, key), out) : rc;
}

/* The shortest text that reads back to the same number. */
static const char *number_text(struct reader *r, double number)
{
    char text[40];
    int digits = 15;
    do {
        snprintf(text, sizeof(text), "%.*g", digits, number);
    } while (strtod(text, NULL) != number && ++digits <= 17);
    return bench_arena_strdup(r->arena, text);
}

int reader_expr(struct reader *r, const struct bench_json *v, const char **out)
{
    if (bench_json_type(v) == BENCH_JSON_NUMBER) {
        *out = number_text(r, bench_json_number(v));
        return BENCH_OK;
    }
    if (bench_json_type(v) != BENCH_JSON_STRING) {
        return bench_json_error(v, r->err,
                                "found %s, expected a number or an expression in a string",
                                bench_json_type_name(v));
    }
    struct bench_err inner;
    if (bench_expr_check(bench_json_string(v), r->scope, &inner) != 0) {
        return bench_json_error(v, r->err, "%s", inner.message);
    }
    *out = bench_arena_strdup(r->arena, bench_json_string(v));
    return BENCH_OK;
}

int reader_member_expr(struct reader *r, const struct bench_json *object, const char *key,
                       bool required, const char **out)
{
    const struct bench_json *v = bench_json_get(object, key);
    if (v == NULL && required) {
        return bench_json_error(object, r->err, "the key '%s' (an expression) is missing", key);
    }
    return v != NULL ? reader_expr(r, v, out) : BENCH_OK;
}

int reader_lets(struct reader *r, const struct bench_json *object, struct bench_named_expr **out,
                size_t *count)
{
    const struct bench_json *lets = NULL;
    int rc = bench_json_get_object(object, "let", false, &lets, r->err);
    if (rc != 0 || lets == NULL) {
        return rc;
    }
    struct bench_named_expr *list =
        bench_arena_alloc(r->arena, (bench_json_size(lets) + 1) * sizeof(*list));
    size_t n = 0;
    for (const struct bench_json *v = bench_json_first(lets); v != NULL; v = bench_json_next(v)) {
        rc = reader_expr(r, v, &list[n].expression);
        if (rc == 0) {
            rc = reader_take_number(r, v, bench_json_key(v), "a 'let'");
        }
        if (rc != 0) {
            return rc;
        }
        list[n++].name = bench_arena_strdup(r->arena, bench_json_key(v));
    }
    *out = list;
    *count = n;
    return BENCH_OK;
}

const char *reader_list(struct reader *r, const char *const *words, size_t count)
{
    struct bench_str list;
    bench_str_init(&list);
    for (size_t i = 0; i < count; ++i) {
        bench_str_addf(&list, "%s'%s'", i > 0 ? ", " : "", words[i]);
    }
    const char *text = bench_arena_strdup(r->arena, count > 0 ? list.data : "none");
    bench_str_fini(&list);
    return text;
}

int reader_word(struct reader *r, const struct bench_json *v, const char *what,
                const char *const *words, size_t *index)
{
    int rc = bench_json_expect(v, BENCH_JSON_STRING, r->err);
    if (rc != 0) {
        return rc;
    }
    size_t count = 0;
    for (; words[count] != NULL; ++count) {
        if (strcmp(words[count], bench_json_string(v)) == 0) {
            *index = count;
            return BENCH_OK;
        }
    }
    return bench_json_error(v, r->err, "unknown %s '%s', expected one of %s", what,
                            bench_json_string(v), reader_list(r, words, count));
}

int reader_dtype(struct reader *r, const struct bench_json *v, enum bench_dtype *out)
{
    int rc = bench_json_expect(v, BENCH_JSON_STRING, r->err);
    if (rc != 0) {
        return rc;
    }
    const char *name = bench_json_string(v);
    enum bench_dtype t = BENCH_FLOAT32;
    if (bench_dtype_parse(name, &t) == 0) {
        if (strcmp(name, bench_dtype_name(t)) != 0) {
            return bench_json_error(v, r->err, "unknown dtype '%s', write '%s'", name,
                                    bench_dtype_name(t));
        }
        *out = t;
        return BENCH_OK;
    }
    const char *names[BENCH_DTYPE_COUNT];
    for (int i = 0; i < BENCH_DTYPE_COUNT; ++i) {
        names[i] = bench_dtype_name((enum bench_dtype)i);
    }
    return bench_json_error(v, r->err, "unknown dtype '%s', expected one of %s", name,
                            reader_list(r, names, BENCH_DTYPE_COUNT));
}

int reader_dtypes(struct reader *r, const struct bench_json *array, bool *flags)
{
    for (const struct bench_json *v = bench_json_first(array); v != NULL; v = bench_json_next(v)) {
        enum bench_dtype t = BENCH_FLOAT32;
        int rc = reader_dtype(r, v, &t);
        if (rc != 0) {
            return rc;
        }
        if (flags[t]) {
            return bench_json_error(v, r->err, "'%s' is there twice; remove one",
                                    bench_dtype_name(t));
        }
        flags[t] = true;
    }
    return BENCH_OK;
}

int reader_filled_array(struct reader *r, const struct bench_json *object, const char *key,
                        const struct bench_json **out)
{
    int rc = bench_json_get_array(object, key, true, out, r->err);
    if (rc == 0 && bench_json_size(*out) == 0) {
        return bench_json_error(*out, r->err, "an empty list, expected at least one element");
    }
    return rc;
}
