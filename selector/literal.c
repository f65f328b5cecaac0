/* Python's literals, in which params of FlagGems' cases are written, to and from JSON. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "selector/record.h"

static void add_quoted(struct bench_str *out, const char *s)
{
    bench_str_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'' || *s == '\\')
            bench_str_addc(out, '\\');
        bench_str_addc(out, *s);
    }
    bench_str_addc(out, '\'');
}

/* How Python writes what JSON can only hold as a string; NULL for other strings. */
static const char *nonfinite(const char *s)
{
    return strcmp(s, "NaN") == 0         ? "nan"
           : strcmp(s, "Infinity") == 0  ? "inf"
           : strcmp(s, "-Infinity") == 0 ? "-inf"
                                         : NULL;
}

static void add_number(struct bench_str *out, const struct bench_json *v)
{
    double n = bench_json_number(v);
    if (isfinite(n)) {
        struct bench_json_writer w;
        bench_json_writer_init(&w, out, BENCH_JSON_COMPACT);
        bench_json_put_value(&w, v);
    } else {
        bench_str_add(out, isnan(n) ? "nan" : n < 0 ? "-inf" : "inf");
    }
}

void bench_literal_add(struct bench_str *out, const struct bench_json *v)
{
    enum bench_json_type type = bench_json_type(v);
    if (type == BENCH_JSON_NULL)
        bench_str_add(out, "None");
    else if (type == BENCH_JSON_BOOL)
        bench_str_add(out, bench_json_bool(v) ? "True" : "False");
    else if (type == BENCH_JSON_STRING && nonfinite(bench_json_string(v)))
        bench_str_add(out, nonfinite(bench_json_string(v)));
    else if (type == BENCH_JSON_STRING)
        add_quoted(out, bench_json_string(v));
    else if (type == BENCH_JSON_NUMBER)
        add_number(out, v);
    if (type != BENCH_JSON_ARRAY && type != BENCH_JSON_OBJECT)
        return;
    bench_str_addc(out, type == BENCH_JSON_ARRAY ? '[' : '{');
    for (const struct bench_json *c = bench_json_first(v); c; c = bench_json_next(c)) {
        if (c != bench_json_first(v))
            bench_str_addc(out, ',');
        if (type == BENCH_JSON_OBJECT) {
            add_quoted(out, bench_json_key(c));
            bench_str_addc(out, ':');
        }
        bench_literal_add(out, c);
    }
    bench_str_addc(out, type == BENCH_JSON_ARRAY ? ']' : '}');
}

/* A string in either kind of quotes; returns what follows it, or NULL. */
static const char *take_string(const char *p, struct bench_str *json)
{
    char quote = *p++;
    struct bench_str plain;
    bench_str_init(&plain);
    for (; *p && *p != quote; p++) {
        if (*p == '\\' && (p[1] == '\'' || p[1] == '"' || p[1] == '\\'))
            p++;
        bench_str_addc(&plain, *p);
    }
    struct bench_json_writer w;
    bench_json_writer_init(&w, json, BENCH_JSON_COMPACT);
    bench_json_put_string(&w, plain.data);
    bench_str_fini(&plain);
    return *p ? p + 1 : NULL;
}

static const char *take_word(const char *p, struct bench_str *json)
{
    static const struct {
        const char *python, *json;
    } words[] = {{"None", "null"},   {"True", "true"},        {"False", "false"},
                 {"nan", "\"NaN\""}, {"inf", "\"Infinity\""}, {"-inf", "\"-Infinity\""},
                 {"null", "null"},   {"true", "true"},        {"false", "false"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t n = strlen(words[i].python);
        if (strncmp(p, words[i].python, n) == 0 && !isalnum((unsigned char)p[n]) && p[n] != '_') {
            bench_str_add(json, words[i].json);
            return p + n;
        }
    }
    size_t n = strspn(p, "0123456789+-.eE");
    bench_str_addn(json, p, n);
    return n ? p + n : NULL;
}

bool bench_literal_to_json(const char *text, struct bench_str *json)
{
    if (*text != '[' && *text != '{' && *text != '(')
        return false;
    for (const char *p = text; *p;) {
        if (*p == '\'' || *p == '"') {
            p = take_string(p, json);
        } else if (*p == '(' || *p == ')') {
            bench_str_addc(json, *p++ == '(' ? '[' : ']');
        } else if (strchr("[]{},: ", *p)) {
            bench_str_addc(json, *p++);
        } else {
            p = take_word(p, json);
        }
        if (!p)
            return false;
    }
    /* A tuple of one ends with a comma, and is refused with all else that is no JSON now. */
    struct bench_json_doc *doc = NULL;
    bool good = bench_json_parse("", json->data, json->len, &doc, NULL) == BENCH_OK;
    if (good)
        bench_json_free(doc);
    return good;
}
