/* The tree: built from what cJSON decoded, with parents and places. */
#include "bench/perf/json.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"
#include "bench/util/file.h"

#define DEFAULT_MAX_BYTES ((size_t)1 << 30)

/* cJSON writes its last error to a global, without a lock. */
static pthread_mutex_t cjson_lock = PTHREAD_MUTEX_INITIALIZER;

struct builder {
    struct bench_json_doc *doc;
    const size_t *offsets;
    size_t count;
    size_t next;
    struct bench_err *err;
};

static int convert_scalar(struct builder *b, const cJSON *from, struct bench_json *v)
{
    if (cJSON_IsNumber(from)) {
        v->type = BENCH_JSON_NUMBER;
        v->value.number = from->valuedouble;
        if (!isfinite(v->value.number))
            return bench_json_error(v, b->err, "the number is too large (at most 1.797e308)");
    } else if (cJSON_IsString(from)) {
        v->type = BENCH_JSON_STRING;
        v->value.string = bench_arena_strdup(b->doc->arena, from->valuestring);
    } else if (cJSON_IsBool(from)) {
        v->type = BENCH_JSON_BOOL;
        v->value.boolean = cJSON_IsTrue(from);
    } else {
        v->type = BENCH_JSON_NULL;
    }
    return BENCH_OK;
}

/* Recursion is bounded by BENCH_JSON_DEPTH_MAX. */
static int convert(struct builder *b, const cJSON *from, struct bench_json *parent,
                   struct bench_json **out)
{
    struct bench_json *v = bench_arena_alloc(b->doc->arena, sizeof(*v));
    v->doc = b->doc;
    v->parent = parent;
    v->index = parent ? parent->size : 0;
    if (b->next == b->count)
        return bench_err_set(b->err, BENCH_ERROR, "%s: internal error: more values than places",
                             b->doc->text.name);
    v->offset = b->offsets[b->next++];
    if (parent && parent->type == BENCH_JSON_OBJECT)
        v->key = bench_arena_strdup(b->doc->arena, from->string);
    *out = v;
    if (!cJSON_IsArray(from) && !cJSON_IsObject(from))
        return convert_scalar(b, from, v);

    v->type = cJSON_IsObject(from) ? BENCH_JSON_OBJECT : BENCH_JSON_ARRAY;
    struct bench_json **tail = &v->first;
    for (const cJSON *child = from->child; child; child = child->next) {
        int rc = convert(b, child, v, tail);
        if (rc != BENCH_OK)
            return rc;
        tail = &(*tail)->next;
        v->size++;
    }
    return BENCH_OK;
}

static cJSON *decode(const struct bench_json_text *text)
{
    pthread_mutex_lock(&cjson_lock);
    cJSON *tree = cJSON_ParseWithLength(text->data + text->start, text->length - text->start);
    pthread_mutex_unlock(&cjson_lock);
    return tree;
}

static int build(struct bench_json_doc *doc, struct bench_err *err)
{
    struct builder b = {.doc = doc, .err = err};
    size_t *offsets = NULL;
    int rc = bench_json_scan(&doc->text, &offsets, &b.count, err);
    if (rc == BENCH_OK) {
        cJSON *tree = decode(&doc->text);
        b.offsets = offsets;
        if (tree)
            rc = convert(&b, tree, NULL, &doc->root);
        else
            rc = bench_err_set(err, BENCH_EINPUT, "%s: not valid JSON, or out of memory",
                               doc->text.name);
        cJSON_Delete(tree);
    }
    free(offsets);
    return rc;
}

/* Takes `owned`. */
static int parse_owned(const char *name, char *owned, size_t length, struct bench_json_doc **out,
                       struct bench_err *err)
{
    struct bench_json_doc *doc = bench_xcalloc(1, sizeof(*doc));
    doc->arena = bench_arena_new();
    doc->owned = owned;
    doc->text.name = bench_arena_strdup(doc->arena, name);
    doc->text.data = owned;
    doc->text.length = length;
    doc->text.start = length >= 3 && memcmp(owned, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    bench_json_mark_lines(&doc->text);

    int rc = build(doc, err);
    if (rc == BENCH_OK)
        *out = doc;
    else
        bench_json_free(doc);
    return rc;
}

int bench_json_parse(const char *name, const char *text, size_t length, struct bench_json_doc **doc,
                     struct bench_err *err)
{
    char *copy = bench_xmalloc(length + 1);
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return parse_owned(name, copy, length, doc, err);
}

int bench_json_read(const char *path, size_t max_bytes, struct bench_json_doc **doc,
                    struct bench_err *err)
{
    char *data;
    size_t length;
    int rc = bench_file_read(path, max_bytes ? max_bytes : DEFAULT_MAX_BYTES, &data, &length, err);
    return rc == BENCH_OK ? parse_owned(path, data, length, doc, err) : rc;
}

void bench_json_free(struct bench_json_doc *doc)
{
    if (!doc)
        return;
    free(doc->text.marks);
    free(doc->owned);
    bench_arena_free(doc->arena);
    free(doc);
}

const struct bench_json *bench_json_root(const struct bench_json_doc *doc)
{
    return doc->root;
}

const char *bench_json_name(const struct bench_json_doc *doc)
{
    return doc->text.name;
}

enum bench_json_type bench_json_type(const struct bench_json *v)
{
    return v->type;
}

const struct bench_json *bench_json_first(const struct bench_json *v)
{
    return v->first;
}

const struct bench_json *bench_json_next(const struct bench_json *v)
{
    return v->next;
}

size_t bench_json_size(const struct bench_json *v)
{
    return v->size;
}

const struct bench_json *bench_json_at(const struct bench_json *v, size_t index)
{
    const struct bench_json *child = v->first;
    while (child && index--)
        child = child->next;
    return child;
}

const struct bench_json *bench_json_get(const struct bench_json *object, const char *key)
{
    if (object->type != BENCH_JSON_OBJECT)
        return NULL;
    const struct bench_json *child = object->first;
    while (child && strcmp(child->key, key) != 0)
        child = child->next;
    return child;
}

const char *bench_json_key(const struct bench_json *v)
{
    return v->key;
}

bool bench_json_bool(const struct bench_json *v)
{
    assert(v->type == BENCH_JSON_BOOL);
    return v->value.boolean;
}

double bench_json_number(const struct bench_json *v)
{
    assert(v->type == BENCH_JSON_NUMBER);
    return v->value.number;
}

const char *bench_json_string(const struct bench_json *v)
{
    assert(v->type == BENCH_JSON_STRING);
    return v->value.string;
}

bool bench_json_is_int(const struct bench_json *v, int64_t *out)
{
    /* From 2^53 on, two integers of the text may have become one double. */
    if (v->type != BENCH_JSON_NUMBER || v->value.number != floor(v->value.number) ||
        fabs(v->value.number) >= 0x1p53)
        return false;
    *out = (int64_t)v->value.number;
    return true;
}
