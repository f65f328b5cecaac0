#include "importer/opdata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)

static char *copy(const char *s)
{
    return s != NULL ? bench_xstrdup(s) : NULL;
}

static int read_text(const struct bench_json *root, const char *key, bool required, char **out,
                     struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(root, key);
    const char *text = NULL;
    if (!required && (v == NULL || bench_json_type(v) == BENCH_JSON_NULL)) {
        return BENCH_OK;
    }
    int rc = bench_json_get_string(root, key, true, &text, err);
    if (rc == 0 && required && text[strspn(text, " \t\r\n")] == '\0') {
        rc = bench_json_error(v, err, "empty, expected %s",
                              strcmp(key, "code") == 0 ? "Python code" : "an operator's name");
    }
    *out = rc == 0 ? copy(text) : NULL;
    return rc;
}

/* Of two values with one key, one would be imported and the other reviewed. */
static int check_keys(const struct bench_json *root, struct bench_err *err)
{
    for (const struct bench_json *v = bench_json_first(root); v != NULL; v = bench_json_next(v)) {
        if (bench_json_get(root, bench_json_key(v)) != v) {
            return bench_json_error(v, err, "the key '%s' is there twice; remove one",
                                    bench_json_key(v));
        }
    }
    return BENCH_OK;
}

int bench_opdata_read(const char *path, struct bench_opdata *data, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    *data = (struct bench_opdata){.name = NULL};
    int rc = bench_json_read(path, MAX_FILE_BYTES, &doc, err);
    if (rc != 0) {
        return rc;
    }
    const struct bench_json *root = bench_json_root(doc);
    rc = bench_json_expect(root, BENCH_JSON_OBJECT, err);
    rc = rc == 0 ? check_keys(root, err) : rc;
    rc = rc == 0 ? read_text(root, "op_name", true, &data->op_name, err) : rc;
    rc = rc == 0 ? read_text(root, "code", true, &data->code, err) : rc;
    rc = rc == 0 ? read_text(root, "test_func", false, &data->test_func, err) : rc;
    rc = rc == 0 ? read_text(root, "category", false, &data->category, err) : rc;
    if (rc == 0 && bench_operator_python_name(data->op_name, &data->name, err) != 0) {
        struct bench_err why = *err;
        rc = bench_json_error(bench_json_get(root, "op_name"), err, "%s", why.message);
    }
    data->origin = bench_xstrdup(path);
    data->label = bench_xstrdup(bench_path_basename(path));
    bench_json_free(doc);
    if (rc != 0) {
        bench_opdata_fini(data);
    }
    return rc;
}

void bench_opdata_from_export(struct bench_export *e, struct bench_opdata *data)
{
    *data = (struct bench_opdata){
        .origin = bench_xprintf("bench export of %s (%s)", e->name, e->implementations),
        .label = bench_xstrdup("bench export"),
        .op_name = e->op_name,
        .name = e->name,
        .code = e->code,
        .test_func = e->test_func,
        .category = e->category,
        .implementation = e->implementations,
        .source_hash = bench_xstrdup(e->source_hash)};
    free(e->measured_as);
    free(e->unchecked);
    *e = (struct bench_export){.op_name = NULL};
}

void bench_opdata_fini(struct bench_opdata *data)
{
    free(data->origin);
    free(data->label);
    free(data->op_name);
    free(data->name);
    free(data->code);
    free(data->test_func);
    free(data->category);
    free(data->implementation);
    free(data->source_hash);
    *data = (struct bench_opdata){.name = NULL};
}

static void add_entry(struct bench_opdata_index *index, char *name, const char *path)
{
    if (index->count == index->capacity) {
        index->capacity = index->capacity * 2 + 16;
        index->entries = bench_xrealloc(index->entries, index->capacity * sizeof(*index->entries));
    }
    index->entries[index->count++] =
        (struct bench_opdata_entry){.name = name, .path = bench_xstrdup(path)};
}

static void index_name(struct bench_opdata_index *index, const char *op_name, const char *path,
                       struct bench_str *bad)
{
    struct bench_err err = {.code = 0};
    char *name = NULL;
    if (bench_operator_python_name(op_name, &name, &err) != 0) {
        bench_str_addf(bad, "\n  %s: %s", path, err.message);
        return;
    }
    for (size_t i = 0; i < index->count; i++) {
        if (strcmp(index->entries[i].path, path) == 0 &&
            strcmp(index->entries[i].name, name) == 0) {
            free(name); /* "operator" and "op_name" say the same */
            return;
        }
    }
    add_entry(index, name, path);
}

/* A file counts if it is an object with an op_name. Others in the folder are none of ours, unless
 * they are not even JSON, or have code of an operator that they do not name. */
static void index_file(struct bench_opdata_index *index, const char *path, struct bench_str *bad)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {.code = 0};
    if (bench_json_read(path, MAX_FILE_BYTES, &doc, &err) != 0) {
        bench_str_addf(bad, "\n  %s", err.message);
        return;
    }
    const struct bench_json *root = bench_json_root(doc);
    const struct bench_json *name = bench_json_get(root, "op_name");
    const struct bench_json *measured = bench_json_get(root, "operator");
    if (name != NULL && bench_json_type(name) == BENCH_JSON_STRING) {
        index_name(index, bench_json_string(name), path, bad);
        if (measured != NULL && bench_json_type(measured) == BENCH_JSON_STRING) {
            index_name(index, bench_json_string(measured), path, bad);
        }
    } else if (name != NULL || bench_json_get(root, "code") != NULL) {
        bench_str_addf(bad, "\n  %s: op_name is %s, expected an operator's name", path,
                       name != NULL ? bench_json_type_name(name) : "missing");
    }
    bench_json_free(doc);
}

/* What is on the way already: links may lead back, and two ways to one file are no two files. */
struct seen {
    struct {
        dev_t device;
        ino_t file;
    } * items;
    size_t count, capacity;
};

static bool is_new(struct seen *seen, const struct stat *st)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->items[i].device == st->st_dev && seen->items[i].file == st->st_ino) {
            return false;
        }
    }
    if (seen->count == seen->capacity) {
        seen->capacity = seen->capacity * 2 + 64;
        seen->items = bench_xrealloc(seen->items, seen->capacity * sizeof(*seen->items));
    }
    seen->items[seen->count].device = st->st_dev;
    seen->items[seen->count++].file = st->st_ino;
    return true;
}

static int index_dir(struct bench_opdata_index *index, const char *dir, struct seen *seen,
                     struct bench_str *bad, struct bench_err *err);

/* One name in a folder. What cannot be looked at is told where an operator is missing. */
static void index_path(struct bench_opdata_index *index, const char *path, struct seen *seen,
                       struct bench_str *bad)
{
    struct stat st;
    struct bench_err err = {.code = 0};
    const char *name = bench_path_basename(path);
    bool json = bench_str_ends(name, ".json");
    if (stat(path, &st) != 0) {
        if (json || errno != ENOENT) {
            bench_str_addf(bad, "\n  %s: %s", path, strerror(errno));
        }
    } else if (S_ISDIR(st.st_mode)) {
        if (name[0] != '.' && is_new(seen, &st) && index_dir(index, path, seen, bad, &err) != 0) {
            bench_str_addf(bad, "\n  %s", err.message);
        }
    } else if (json && !S_ISREG(st.st_mode)) {
        bench_str_addf(bad, "\n  %s: is no regular file", path);
    } else if (json && is_new(seen, &st)) {
        index_file(index, path, bad);
    }
}

static int index_dir(struct bench_opdata_index *index, const char *dir, struct seen *seen,
                     struct bench_str *bad, struct bench_err *err)
{
    char **names = NULL;
    size_t count = 0;
    int rc = bench_file_list(dir, &names, &count, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        char *path = bench_path_join(dir, names[i]);
        index_path(index, path, seen, bad);
        free(path);
    }
    bench_file_list_free(names, count);
    return rc;
}

int bench_opdata_index_read(const char *dir, struct bench_opdata_index *index,
                            struct bench_err *err)
{
    struct bench_str bad;
    struct seen seen = {.count = 0};
    struct stat st;
    *index = (struct bench_opdata_index){.dir = bench_xstrdup(dir)};
    bench_str_init(&bad);
    int rc = stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && is_new(&seen, &st)
                 ? index_dir(index, dir, &seen, &bad, err)
                 : bench_err_set(err, BENCH_EINPUT, "%s: no such folder of operator data", dir);
    free(seen.items);
    index->unreadable = bench_str_take(&bad);
    bench_str_fini(&bad);
    if (rc != 0) {
        bench_opdata_index_fini(index);
    }
    return rc;
}

void bench_opdata_index_fini(struct bench_opdata_index *index)
{
    for (size_t i = 0; i < index->count; i++) {
        free(index->entries[i].name);
        free(index->entries[i].path);
    }
    free(index->entries);
    free(index->dir);
    free(index->unreadable);
    *index = (struct bench_opdata_index){.count = 0};
}

/* Below the folder that was given, whatever that is called. */
static bool in_batch(const struct bench_opdata_index *index, const char *path, int batch)
{
    const char *below = path + strlen(index->dir) - bench_str_ends(index->dir, "/");
    return batch == 0 || strstr(below, batch == 1 ? "/batch1/" : "/batch2/") != NULL;
}

int bench_opdata_index_find(const struct bench_opdata_index *index, const char *name, int batch,
                            const char **path, struct bench_err *err)
{
    struct bench_str found;
    size_t all = 0;
    size_t here = 0;
    const char *any = NULL;
    bench_str_init(&found);
    for (size_t i = 0; i < index->count; i++) {
        if (strcmp(index->entries[i].name, name) != 0) {
            continue;
        }
        all += 1;
        any = index->entries[i].path;
        if (in_batch(index, any, batch)) {
            here += 1;
            *path = any;
        }
        bench_str_addf(&found, " %s", any);
    }
    int rc = BENCH_OK;
    if (all == 0) {
        rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "no operator data in %s has op_name '%s' or 'aten::%s'%s%s", index->dir,
                           name, name, index->unreadable[0] != '\0' ? "; not readable:" : "",
                           index->unreadable);
    } else if (all == 1) {
        *path = any;
    } else if (here != 1) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "several files have its operator data, and which one is meant is not "
                           "clear:%s; remove all but one",
                           found.data);
    }
    bench_str_fini(&found);
    return rc;
}
