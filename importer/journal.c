#include "importer/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"

#define VERSION 1

char *import_journal_who(const struct import_journal *j)
{
    return bench_xprintf("process %ld on %s, %s", j->process, j->host, j->time);
}

void import_journal_fini(struct import_journal *j)
{
    for (size_t i = 0; i < j->count; i++) {
        free(j->steps[i].path);
    }
    for (size_t i = 0; i < j->folder_count; i++) {
        free(j->folders[i]);
    }
    free(j->steps);
    free(j->folders);
    free(j->time);
    free(j->host);
    *j = (struct import_journal){.count = 0};
}

static void put_state(struct bench_json_writer *w, const char *key,
                      const struct beneath_state *state)
{
    bench_json_put_key(w, key);
    if (!state->exists) {
        bench_json_put_null(w);
        return;
    }
    bench_json_open_object(w);
    bench_json_put_key_int(w, "mode", state->mode);
    bench_json_put_key_int(w, "size", state->size);
    bench_json_put_key_string(w, "hash", state->hash);
    bench_json_close_object(w);
}

static void put_steps(struct bench_json_writer *w, const struct import_journal *j)
{
    bench_json_put_key(w, "steps");
    bench_json_open_array(w);
    for (size_t i = 0; i < j->count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "path", j->steps[i].path);
        put_state(w, "before", &j->steps[i].before);
        put_state(w, "after", &j->steps[i].after);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

char *import_journal_format(const struct import_journal *j)
{
    struct bench_str text;
    struct bench_json_writer w;
    char hash[33];
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "bench_import_journal", VERSION);
    bench_json_put_key_string(&w, "bench_version", BENCH_VERSION);
    bench_json_put_key_string(&w, "time", j->time);
    bench_json_put_key_string(&w, "host", j->host);
    bench_json_put_key_int(&w, "process", j->process);
    put_steps(&w, j);
    bench_json_put_key(&w, "folders");
    bench_json_open_array(&w);
    for (size_t i = 0; i < j->folder_count; i++) {
        bench_json_put_string(&w, j->folders[i]);
    }
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    bench_hash_bytes_hex(text.data, text.len, hash);
    bench_str_addf(&text, "\n%s\n", hash);
    return text.data; /* the caller frees */
}

static int read_path(const struct bench_json *v, char **path, struct bench_err *err)
{
    int rc = bench_json_expect(v, BENCH_JSON_STRING, err);
    if (rc != 0) {
        return rc;
    }
    const char *fault = beneath_path_fault(bench_json_string(v));
    if (fault != NULL) {
        return bench_json_error(v, err, "the path %s", fault);
    }
    *path = bench_xstrdup(bench_json_string(v));
    return BENCH_OK;
}

static int read_state(const struct bench_json *step, const char *key, struct beneath_state *state,
                      struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(step, key);
    const char *hash = "";
    int64_t mode = 0;
    *state = (struct beneath_state){.exists = false};
    if (v != NULL && bench_json_type(v) == BENCH_JSON_NULL) {
        return BENCH_OK;
    }
    int rc = bench_json_get_object(step, key, true, &v, err);
    rc = rc == 0 ? bench_json_get_int(v, "mode", true, 0, 07777, &mode, err) : rc;
    rc = rc == 0 ? bench_json_get_int(v, "size", true, 0, INT64_MAX / 2, &state->size, err) : rc;
    rc = rc == 0 ? bench_json_get_string(v, "hash", true, &hash, err) : rc;
    if (rc == 0 && strlen(hash) != sizeof(state->hash) - 1) {
        rc = bench_json_error(v, err, "expected a hash of 32 digits");
    }
    if (rc == 0) {
        state->exists = true;
        state->mode = (unsigned)mode;
        memcpy(state->hash, hash, sizeof(state->hash));
    }
    return rc;
}

static int read_steps(const struct bench_json *steps, struct import_journal *j,
                      struct bench_err *err)
{
    int rc = BENCH_OK;
    j->steps = bench_xcalloc(bench_json_size(steps) + 1, sizeof(*j->steps));
    for (const struct bench_json *v = bench_json_first(steps); rc == 0 && v != NULL;
         v = bench_json_next(v)) {
        struct import_step *step = &j->steps[j->count++];
        rc = bench_json_expect(v, BENCH_JSON_OBJECT, err);
        const struct bench_json *path = rc == 0 ? bench_json_get(v, "path") : NULL;
        if (rc == 0 && path == NULL) {
            rc = bench_json_error(v, err, "the step has no path");
        }
        rc = rc == 0 ? read_path(path, &step->path, err) : rc;
        rc = rc == 0 ? read_state(v, "before", &step->before, err) : rc;
        rc = rc == 0 ? read_state(v, "after", &step->after, err) : rc;
    }
    return rc;
}

static int read_folders(const struct bench_json *folders, struct import_journal *j,
                        struct bench_err *err)
{
    int rc = BENCH_OK;
    j->folders = bench_xcalloc(bench_json_size(folders) + 1, sizeof(*j->folders));
    for (const struct bench_json *v = bench_json_first(folders); rc == 0 && v != NULL;
         v = bench_json_next(v)) {
        rc = read_path(v, &j->folders[j->folder_count], err);
        j->folder_count += rc == 0 ? 1 : 0;
    }
    return rc;
}

static int read_root(const struct bench_json *root, struct import_journal *j, struct bench_err *err)
{
    int64_t number = 0;
    const char *time = "";
    const char *host = "";
    const struct bench_json *list = NULL;
    int rc = bench_json_get_int(root, "bench_import_journal", true, VERSION, VERSION, &number, err);
    rc = rc == 0 ? bench_json_get_string(root, "time", true, &time, err) : rc;
    rc = rc == 0 ? bench_json_get_string(root, "host", true, &host, err) : rc;
    rc = rc == 0 ? bench_json_get_int(root, "process", true, 0, INT32_MAX, &number, err) : rc;
    j->time = bench_xstrdup(time);
    j->host = bench_xstrdup(host);
    j->process = (long)number;
    rc = rc == 0 ? bench_json_get_array(root, "steps", true, &list, err) : rc;
    rc = rc == 0 ? read_steps(list, j, err) : rc;
    rc = rc == 0 ? bench_json_get_array(root, "folders", true, &list, err) : rc;
    return rc == 0 ? read_folders(list, j, err) : rc;
}

int import_journal_parse(const char *name, const char *text, size_t length,
                         struct import_journal *j, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    char expected[36];
    char hash[33];
    *j = (struct import_journal){.count = 0};
    const char *newline = memchr(text, '\n', length);
    size_t line = newline != NULL ? (size_t)(newline - text) : length;
    bench_hash_bytes_hex(text, line, hash);
    int n = snprintf(expected, sizeof(expected), "\n%s\n", hash);
    if (length - line != (size_t)n || memcmp(text + line, expected, (size_t)n) != 0) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: is damaged: its second line is not the hash of its first", name);
    }
    int rc = bench_json_parse(name, text, line, &doc, err);
    if (rc == 0) {
        rc = bench_json_expect(bench_json_root(doc), BENCH_JSON_OBJECT, err);
        rc = rc == 0 ? read_root(bench_json_root(doc), j, err) : rc;
    }
    bench_json_free(doc);
    if (rc != 0) {
        import_journal_fini(j);
    }
    return rc;
}
