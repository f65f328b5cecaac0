/* A table of claims: CSV as RFC 4180 has it, with a header that names the columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/op_name.h"
#include "bench/perf/torch_dtype.h"
#include "bench/reproduce/claims_impl.h"
#include "bench/util/str.h"

enum column {
    OPERATOR,
    SHAPE,
    DTYPE,
    PARAMS,
    SPEEDUP,
    AGAINST,
    LOW,
    HIGH,
    CANDIDATE,
    REFERENCE,
    BASELINE,
    COLUMNS
};
static const char *const column_names[COLUMNS] = {"operator",  "shape",     "dtype",   "params",
                                                  "speedup",   "against",   "low",     "high",
                                                  "candidate", "reference", "baseline"};

#define FIELDS_MOST 64

struct table {
    struct bench_claims *claims;
    const char *at, *end;
    size_t line;      /* of the row that is read */
    size_t next_line; /* of the row after it */
    struct bench_str fields[FIELDS_MOST];
    size_t count;
    int columns[FIELDS_MOST]; /* what field i is; -1: a column that says nothing to us */
    struct bench_err *err;
};

static int fault(const struct table *t, const char *column, const char *found, const char *expected)
{
    return bench_err_set(t->err, BENCH_EINPUT, "%s:%zu: column '%s': found '%s', expected %s",
                         t->claims->path, t->line, column, found, expected);
}

static bool ends_field(char c)
{
    return c == ',' || c == '\r' || c == '\n';
}

/* A field up to its comma or line end; quotes keep commas, line ends, and doubled quotes. */
static int read_field(struct table *t, struct bench_str *field)
{
    bench_str_clear(field);
    bool quoted = t->at < t->end && *t->at == '"';
    if (quoted)
        t->at++;
    while (t->at < t->end) {
        char c = *t->at;
        if (quoted && c == '"' && t->at + 1 < t->end && t->at[1] == '"') {
            t->at++;
        } else if (quoted && c == '"') {
            t->at++;
            return t->at == t->end || ends_field(*t->at)
                       ? BENCH_OK
                       : bench_err_set(t->err, BENCH_EINPUT,
                                       "%s:%zu: text after a closing quote; a quote within a "
                                       "quoted field is written twice",
                                       t->claims->path, t->line);
        } else if (!quoted && ends_field(c)) {
            return BENCH_OK;
        }
        if (c == '\n')
            t->next_line++;
        bench_str_addc(field, c);
        t->at++;
    }
    return quoted ? bench_err_set(t->err, BENCH_EINPUT, "%s:%zu: a quote is never closed",
                                  t->claims->path, t->line)
                  : BENCH_OK;
}

static void trim(struct bench_str *field)
{
    size_t skip = strspn(field->data, " \t");
    memmove(field->data, field->data + skip, field->len - skip + 1);
    field->len -= skip;
    while (field->len > 0 && strchr(" \t", field->data[field->len - 1]) != NULL)
        field->data[--field->len] = '\0';
}

/* The next row; t->count is 0 for an empty line. */
static int read_row(struct table *t)
{
    t->line = t->next_line;
    t->count = 0;
    for (;;) {
        if (t->count == FIELDS_MOST)
            return bench_err_set(t->err, BENCH_EINPUT, "%s:%zu: more than %d columns",
                                 t->claims->path, t->line, FIELDS_MOST);
        int rc = read_field(t, &t->fields[t->count]);
        if (rc != BENCH_OK)
            return rc;
        trim(&t->fields[t->count++]);
        if (t->at == t->end || *t->at != ',')
            break;
        t->at++;
    }
    if (t->at < t->end && *t->at == '\r')
        t->at++;
    if (t->at < t->end && *t->at == '\n')
        t->at++;
    t->next_line++;
    if (t->count == 1 && (t->fields[0].len == 0 || t->fields[0].data[0] == '#'))
        t->count = 0;
    return BENCH_OK;
}

static int read_header(struct table *t)
{
    unsigned seen = 0;
    for (size_t i = 0; i < t->count; i++) {
        t->columns[i] = -1;
        for (int c = 0; c < COLUMNS; c++)
            if (strcmp(t->fields[i].data, column_names[c]) == 0) {
                if (seen & 1u << c)
                    return bench_err_set(t->err, BENCH_EINPUT, "%s:%zu: two columns are '%s'",
                                         t->claims->path, t->line, column_names[c]);
                t->columns[i] = c;
                seen |= 1u << c;
            }
        if (t->columns[i] >= 0)
            continue;
        const char *near = bench_str_nearest(t->fields[i].data, column_names, COLUMNS);
        return bench_err_set(t->err, BENCH_EINPUT,
                             "%s:%zu: no column is called '%.60s'%s%s%s; there are operator, "
                             "shape, dtype, params, speedup, against, low, high, candidate, "
                             "reference, baseline",
                             t->claims->path, t->line, t->fields[i].data,
                             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    for (int c = 0; c < COLUMNS; c++)
        if ((c == OPERATOR || c == SHAPE || c == DTYPE || c == SPEEDUP) && !(seen & 1u << c))
            return bench_err_set(t->err, BENCH_EINPUT,
                                 "%s:%zu: the first line is the header; it has no column '%s'",
                                 t->claims->path, t->line, column_names[c]);
    return BENCH_OK;
}

/* ---- the values of a row ---- */

/* The number at the start of `text`; false if there is none that a shape can have. */
static bool read_dimension(const char **text, struct bench_claim *c)
{
    char *end;
    long long n = strtoll(*text, &end, 10);
    if (end == *text || n < 1 || c->ndim == BENCH_MAX_DIMS)
        return false;
    c->shape[c->ndim++] = n;
    *text = end;
    return true;
}

/* "[64, 64]", "64x64", "64 64". */
static int read_shape(const struct table *t, const char *text, struct bench_claim *c)
{
    static const char expected[] = "a shape such as \"[64, 64]\" or 64x64";
    const char *p = text + strspn(text, "[( ");
    while (*p && strchr("])", *p) == NULL) {
        if (!read_dimension(&p, c))
            return fault(t, "shape", text, expected);
        p += strspn(p, ",xX* ");
    }
    p += strspn(p, "]) ");
    return *p == '\0' && c->ndim > 0 ? BENCH_OK : fault(t, "shape", text, expected);
}

static int read_number(const struct table *t, int column, const char *text, double *out)
{
    char *end;
    double n = strtod(text, &end);
    if (end != text && (*end == 'x' || *end == 'X')) /* "1.45x" */
        end++;
    if (end == text || *end != '\0' || !(n > 0) || isinf(n))
        return fault(t, column_names[column], text, "a number above 0, such as 1.45");
    *out = n;
    return BENCH_OK;
}

static int read_against(const struct table *t, const char *text, struct bench_claim *c)
{
    bool reference = strcmp(text, "reference") == 0 || strcmp(text, "flaggems") == 0;
    bool baseline = strcmp(text, "baseline") == 0 || strcmp(text, "cuda") == 0;
    if (!reference && !baseline)
        return fault(t, "against", text, "reference (or flaggems) or baseline (or cuda)");
    c->against = reference ? BENCH_REFERENCE : BENCH_BASELINE;
    return BENCH_OK;
}

/* A JSON object, or "key=value key=value", whose values are numbers, true, false or words. */
static int read_params(const struct table *t, const char *text, struct bench_claim *c)
{
    struct bench_json_doc *doc = NULL;
    struct bench_str json;
    char *words = bench_xstrdup(text), *rest = NULL;
    bench_str_init(&json);
    if (text[0] == '{') {
        bench_str_add(&json, text);
    } else {
        for (char *w = strtok_r(words, " ;", &rest); w; w = strtok_r(NULL, " ;", &rest)) {
            char *value = strchr(w, '=');
            if (value == NULL)
                break;
            *value++ = '\0';
            bool plain = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
            bool number = value[strspn(value, "0123456789+-.eE")] == '\0';
            bench_str_addf(&json, plain || number ? "%s\"%s\":%s" : "%s\"%s\":\"%s\"",
                           json.len ? "," : "{", w, value);
        }
        bench_str_addc(&json, '}');
    }
    int rc = bench_json_parse("params", json.data, json.len, &doc, NULL);
    if (rc == BENCH_OK && bench_json_type(bench_json_root(doc)) != BENCH_JSON_OBJECT)
        rc = BENCH_EINPUT;
    if (rc == BENCH_OK)
        c->params = bench_arena_strdup(t->claims->arena, json.data);
    else
        rc = fault(t, "params", text, "a JSON object, or words such as approximate=tanh");
    bench_json_free(doc);
    bench_str_fini(&json);
    free(words);
    return rc;
}

static int read_value(const struct table *t, int column, const char *text, struct bench_claim *c)
{
    struct bench_arena *arena = t->claims->arena;
    switch ((enum column)column) {
    case OPERATOR:
        c->op = bench_arena_strdup(arena, bench_op_name_bare(text));
        return text[0] ? BENCH_OK : fault(t, "operator", text, "an operator's name");
    case SHAPE:
        return read_shape(t, text, c);
    case DTYPE:
        c->dtype = bench_dtype_normalise(text);
        return c->dtype ? BENCH_OK : fault(t, "dtype", text, "a type such as float32");
    case PARAMS:
        return text[0] ? read_params(t, text, c) : BENCH_OK;
    case SPEEDUP:
        return read_number(t, column, text, &c->speedup.estimate);
    case AGAINST:
        return text[0] ? read_against(t, text, c) : BENCH_OK;
    case LOW:
        return text[0] ? read_number(t, column, text, &c->speedup.low) : BENCH_OK;
    case HIGH:
        return text[0] ? read_number(t, column, text, &c->speedup.high) : BENCH_OK;
    case CANDIDATE:
    case REFERENCE:
    case BASELINE:
        if (text[0])
            c->players[column - CANDIDATE] = bench_arena_strdup(arena, text);
        return BENCH_OK;
    case COLUMNS:
        break;
    }
    return BENCH_OK;
}

static int check_interval(const struct table *t, const struct bench_claim *c)
{
    const struct bench_speedup *r = &c->speedup;
    if (isnan(r->low) && isnan(r->high))
        return BENCH_OK;
    if (r->low <= r->estimate && r->estimate <= r->high)
        return BENCH_OK;
    return bench_err_set(t->err, BENCH_EINPUT,
                         "%s:%zu: low, speedup and high must ascend, and low and high are given "
                         "both or not at all",
                         t->claims->path, t->line);
}

static int read_claim(const struct table *t)
{
    if (t->count == 0)
        return BENCH_OK;
    struct bench_claim *c = bench_claims_add(t->claims);
    int rc = BENCH_OK;
    c->against = BENCH_REFERENCE;
    c->place = bench_arena_printf(t->claims->arena, "%s:%zu", t->claims->path, t->line);
    for (size_t i = 0; rc == BENCH_OK && i < t->count; i++)
        rc = read_value(t, t->columns[i], t->fields[i].data, c);
    return rc == BENCH_OK ? check_interval(t, c) : rc;
}

int bench_claims_read_table(struct bench_claims *claims, const char *text, size_t length,
                            struct bench_err *err)
{
    struct table t = {.claims = claims, .at = text, .end = text + length, .next_line = 1};
    size_t columns = 0;
    int rc = BENCH_OK;
    t.err = err;
    if (memchr(text, '\0', length) != NULL)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: holds a byte 0, so it is no table; expected CSV, JSON, a record of "
                           "FlagGems, or the folder of a run",
                           claims->path);
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        t.at += 3;
    for (size_t i = 0; i < FIELDS_MOST; i++)
        bench_str_init(&t.fields[i]);
    while (rc == BENCH_OK && t.at < t.end) {
        rc = read_row(&t);
        if (rc != BENCH_OK || t.count == 0)
            continue;
        if (columns == 0) {
            columns = t.count;
            rc = read_header(&t);
        } else if (t.count != columns) {
            rc = bench_err_set(err, BENCH_EINPUT,
                               "%s:%zu: found %zu fields, expected %zu, as in the header (a field "
                               "with commas stands in quotes)",
                               claims->path, t.line, t.count, columns);
        } else {
            rc = read_claim(&t);
        }
    }
    for (size_t i = 0; i < FIELDS_MOST; i++)
        bench_str_fini(&t.fields[i]);
    return rc;
}
