/* Documents, and walking over their values. */
#include "bench/perf/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"
#include "bench/util/file.h"

#define DEFAULT_MAX_BYTES ((size_t)1 << 30)

/* Takes `owned`. */
static int parse_owned(const char *name, char *owned, size_t length,
                       const struct bench_json_part *part, struct bench_json_doc **out,
                       struct bench_err *err)
{
    struct bench_json_doc *doc = bench_xcalloc(1, sizeof(*doc));
    doc->arena = bench_arena_new();
    doc->text.name = bench_arena_strdup(doc->arena, name);
    doc->text.data = owned;
    doc->text.length = length;
    doc->text.start = length >= 3 && memcmp(owned, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    doc->text.origin = part->line ? part->line - 1 : 0;
    doc->text.indent = part->column ? part->column - 1 : 0;
    doc->words = part->nonfinite;
    doc->skim = part->skim;

    int rc = bench_json_scan(doc, err);
    doc->skim = NULL;
    if (rc == BENCH_OK)
        *out = doc;
    else
        bench_json_free(doc);
    return rc;
}

int bench_json_parse_part(const char *name, const char *text, size_t length,
                          const struct bench_json_part *part, struct bench_json_doc **doc,
                          struct bench_err *err)
{
    char *copy = bench_xmalloc(length + 1);
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return parse_owned(name, copy, length, part, doc, err);
}

int bench_json_parse(const char *name, const char *text, size_t length, struct bench_json_doc **doc,
                     struct bench_err *err)
{
    return bench_json_parse_part(name, text, length, &(struct bench_json_part){0}, doc, err);
}

int bench_json_take(const char *name, char *text, size_t length, const struct bench_json_part *part,
                    struct bench_json_doc **doc, struct bench_err *err)
{
    return parse_owned(name, text, length, part, doc, err);
}

int bench_json_read(const char *path, size_t max_bytes, struct bench_json_doc **doc,
                    struct bench_err *err)
{
    char *data;
    size_t length;
    int rc = bench_file_read(path, max_bytes ? max_bytes : DEFAULT_MAX_BYTES, &data, &length, err);
    return rc == BENCH_OK ? parse_owned(path, data, length, &(struct bench_json_part){0}, doc, err)
                          : rc;
}

void bench_json_free(struct bench_json_doc *doc)
{
    if (!doc)
        return;
    for (size_t i = 0; i < doc->opened_count; i++)
        bench_json_free(doc->opened[i].doc);
    free(doc->opened);
    free(doc->text.marks);
    free(doc->text.data);
    free(doc->tape);
    free(doc->decoded);
    free(doc->nonfinite);
    free(doc->origins);
    bench_arena_free(doc->arena);
    free(doc);
}

const struct bench_json *bench_json_root(const struct bench_json_doc *doc)
{
    return &doc->tape[1];
}

const char *bench_json_name(const struct bench_json_doc *doc)
{
    return doc->text.name;
}

const struct bench_json_doc *bench_json_document(const struct bench_json *v)
{
    return bench_json_doc_of(v);
}

size_t bench_json_nonfinite_count(const struct bench_json_doc *doc)
{
    return doc->nonfinite_count;
}

const struct bench_json *bench_json_nonfinite(const struct bench_json_doc *doc, size_t i)
{
    return &doc->tape[doc->nonfinite[i]];
}

bool bench_json_is_overflow(const struct bench_json *nonfinite)
{
    const char *text = bench_json_text_of(bench_json_doc_of(nonfinite), nonfinite);
    char first = text[*text == '-'];
    return first >= '0' && first <= '9';
}

enum bench_json_type bench_json_type(const struct bench_json *v)
{
    return bench_json_type_of(v);
}

size_t bench_json_size(const struct bench_json *v)
{
    v = bench_json_open(v);
    return bench_json_is_container(v) ? (size_t)(v[1].word & UINT32_MAX) : 0;
}

const struct bench_json *bench_json_first(const struct bench_json *v)
{
    v = bench_json_open(v);
    return bench_json_size(v) ? v + 2 : NULL;
}

const struct bench_json *bench_json_next(const struct bench_json *v)
{
    const struct bench_json *parent = bench_json_parent_of(v);
    const struct bench_json *next = v + bench_json_length_of(v);
    return parent && next != parent + bench_json_length_of(parent) ? next : NULL;
}

const struct bench_json *bench_json_at(const struct bench_json *v, size_t index)
{
    const struct bench_json *child = bench_json_first(v);
    while (child && index--)
        child = bench_json_next(child);
    return child;
}

static const char *key_in(const struct bench_json_doc *doc, const struct bench_json *member)
{
    return bench_json_string_at(doc, doc->text.data + bench_json_offset_of(member) - 1);
}

const struct bench_json *bench_json_get(const struct bench_json *object, const char *key)
{
    if (bench_json_type_of(object) != BENCH_JSON_OBJECT)
        return NULL;
    object = bench_json_open(object);
    const struct bench_json_doc *doc = bench_json_doc_of(object);
    const struct bench_json *end = object + bench_json_length_of(object);
    for (const struct bench_json *m = object + 2; m != end; m += bench_json_length_of(m))
        if (strcmp(key_in(doc, m), key) == 0)
            return m;
    return NULL;
}

size_t bench_json_pick(const struct bench_json *object, const char *const *keys, size_t count,
                       const struct bench_json **out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = NULL;
    if (bench_json_type_of(object) != BENCH_JSON_OBJECT)
        return 0;
    object = bench_json_open(object);
    const struct bench_json_doc *doc = bench_json_doc_of(object);
    const struct bench_json *end = object + bench_json_length_of(object);
    size_t others = 0;
    for (const struct bench_json *m = object + 2; m != end; m += bench_json_length_of(m)) {
        const char *key = key_in(doc, m);
        size_t i = 0;
        while (i < count && (key[0] != keys[i][0] || strcmp(key, keys[i]) != 0))
            i++;
        if (i < count && !out[i])
            out[i] = m;
        else
            others++;
    }
    return others;
}

/* Up to 2^53, as everywhere. */
#define DIGITS_MAX 15

size_t bench_json_digits(const struct bench_json *array, uint64_t *out, size_t room)
{
    if (bench_json_type_of(array) != BENCH_JSON_ARRAY)
        return 0;
    const char *text = bench_json_doc_of(array)->text.data;
    size_t size = bench_json_size(array);
    const struct bench_json *v = array + 2;
    size_t n = 0;
    for (; n < size && n < room && bench_json_type_of(v) == BENCH_JSON_NUMBER; n++, v++) {
        const char *begin = text + bench_json_offset_of(v);
        const char *p = begin;
        uint64_t value = 0;
        for (; *p >= '0' && *p <= '9'; p++)
            value = value * 10 + (uint64_t)(*p - '0');
        if (p - begin > DIGITS_MAX || p == begin || *p == '.' || *p == 'e' || *p == 'E')
            break;
        out[n] = value;
    }
    return n;
}

const char *bench_json_key(const struct bench_json *v)
{
    return bench_json_is_member(v) ? key_in(bench_json_doc_of(v), v) : NULL;
}

static const char *text_of(const struct bench_json *v)
{
    return bench_json_text_of(bench_json_doc_of(v), v);
}

bool bench_json_bool(const struct bench_json *v)
{
    assert(bench_json_type_of(v) == BENCH_JSON_BOOL);
    return *text_of(v) == 't';
}

double bench_json_number(const struct bench_json *v)
{
    assert(bench_json_type_of(v) == BENCH_JSON_NUMBER);
    return bench_json_number_at(text_of(v));
}

const char *bench_json_string(const struct bench_json *v)
{
    assert(bench_json_type_of(v) == BENCH_JSON_STRING);
    const struct bench_json_doc *doc = bench_json_doc_of(v);
    return bench_json_string_at(doc, bench_json_text_of(doc, v));
}

bool bench_json_is_int(const struct bench_json *v, int64_t *out)
{
    if (bench_json_type_of(v) != BENCH_JSON_NUMBER)
        return false;
    double number = bench_json_number(v);
    /* From 2^53 on, two integers of the text may have become one double. */
    if (!(fabs(number) < 0x1p53) || number != floor(number))
        return false;
    *out = (int64_t)number;
    return true;
}
