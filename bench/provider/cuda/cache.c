/* The compile cache on disk: <cache>/compile/<key>.cubin (or .so) and <key>.json, which describes
 * it. Both are renamed into place, the description last: an entry is there when its description
 * is, and whole when the binary's hash is the one described. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/provider/cuda/compile_impl.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* Raised when the description's form changes: older entries are then compiled anew. */
#define CACHE_VERSION 1

/* Where compiled code goes if the cache cannot be written (a read-only file system, another user's
 * folder): ours alone, because what lies there is loaded and run. *folder is the caller's. */
static int own_temporary(char **folder, struct bench_err *err)
{
    struct stat st;
    const char *tmp = getenv("TMPDIR");
    if (!tmp || tmp[0] != '/' || !bench_file_is_dir(tmp))
        tmp = "/tmp";
    char *top = bench_xprintf("%s/bench-cache-%ld", tmp, (long)geteuid());
    int rc = BENCH_OK;
    if (mkdir(top, 0700) != 0 && errno != EEXIST)
        rc = bench_err_set(err, BENCH_ERROR, "%s: the folder cannot be made: %s", top,
                           strerror(errno));
    else if (lstat(top, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
             (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        rc = bench_err_set(err, BENCH_ERROR, "%s: is no folder that only this user can write", top);
    *folder = bench_path_join(top, "compile");
    if (rc == BENCH_OK)
        rc = bench_file_mkdirs(*folder, err);
    free(top);
    return rc;
}

/* The folder for an entry: that of the cache if it can be written or has the entry already. The
 * caller frees. */
static int choose_folder(const char *key, char **folder, struct bench_err *err)
{
    struct bench_err why = {0};
    char *cache = bench_path_cache();
    *folder = bench_path_join(cache, "compile");
    char *meta = bench_xprintf("%s/%s.json", *folder, key);
    int rc = bench_file_mkdirs(*folder, &why);
    bool usable = (rc == BENCH_OK && access(*folder, W_OK) == 0) || bench_file_exists(meta);
    if (!usable && rc == BENCH_OK)
        bench_err_set(&why, BENCH_ERROR, "%s: %s", *folder, strerror(errno));
    rc = BENCH_OK;
    if (!usable) {
        free(*folder);
        rc = own_temporary(folder, err);
        if (rc != BENCH_OK)
            bench_err_prefix(
                err,
                "compile cache: %s (set BENCH_CACHE to a folder that can be written); and in its "
                "place: ",
                why.message);
    }
    free(meta);
    free(cache);
    return rc;
}

static int open_lock(const char *folder, const char *key)
{
    /* 256 lock files for all entries, named after the key's first digits: an entry waits now and
     * then for another one's compiler, and the folder does not fill with lock files. */
    char *path = bench_xprintf("%s/lock-%.2s", folder, key);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    free(path);
    while (lock >= 0 && flock(lock, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        close(lock); /* no locks on this file system: renaming keeps entries whole all the same */
        lock = -1;
    }
    return lock;
}

int bench_cache_open(const char *key, const char *suffix, struct bench_cache_entry *entry,
                     struct bench_err *err)
{
    static atomic_uint counter;
    memset(entry, 0, sizeof *entry);
    entry->lock = -1;
    char *folder = NULL;
    int rc = choose_folder(key, &folder, err);
    if (rc == BENCH_OK) {
        entry->binary = bench_xprintf("%s/%s.%s", folder, key, suffix);
        entry->meta = bench_xprintf("%s/%s.json", folder, key);
    }
    if (rc == BENCH_OK && access(folder, W_OK) == 0) {
        entry->temporary = bench_xprintf("%s/tmp-%s-%ld-%u-%llx.%s", folder, key, (long)getpid(),
                                         atomic_fetch_add(&counter, 1),
                                         (unsigned long long)bench_clock_ns(), suffix);
        entry->lock = open_lock(folder, key);
    }
    free(folder);
    return rc;
}

void bench_cache_close(struct bench_cache_entry *entry)
{
    if (entry->temporary)
        unlink(entry->temporary); /* gone already if it was stored */
    if (entry->lock >= 0)
        close(entry->lock); /* releases the lock */
    free(entry->binary);
    free(entry->meta);
    free(entry->temporary);
    memset(entry, 0, sizeof *entry);
    entry->lock = -1;
}

static int hash_file(const char *path, char hash[33], struct bench_err *err)
{
    char *bytes = NULL;
    size_t length = 0;
    int rc = bench_file_read(path, 0, &bytes, &length, err);
    if (rc == BENCH_OK)
        bench_hash_bytes_hex(bytes, length, hash);
    free(bytes);
    return rc;
}

static int get_size(const struct bench_json *object, const char *key, size_t *out,
                    struct bench_err *err)
{
    int64_t value = 0;
    int rc = bench_json_get_int(object, key, true, 0, INT64_MAX, &value, err);
    *out = (size_t)value;
    return rc;
}

static int read_entry(const struct bench_json *v, struct bench_entry_resources *out,
                      struct bench_err *err)
{
    const char *symbol = NULL;
    int64_t registers = 0;
    int rc = bench_json_expect(v, BENCH_JSON_OBJECT, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(v, "symbol", true, &symbol, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_int(v, "registers", true, -1, INT32_MAX, &registers, err);
    if (rc == BENCH_OK)
        rc = get_size(v, "shared_bytes", &out->shared_bytes, err);
    if (rc == BENCH_OK)
        rc = get_size(v, "spill_store_bytes", &out->spill_store_bytes, err);
    if (rc == BENCH_OK)
        rc = get_size(v, "spill_load_bytes", &out->spill_load_bytes, err);
    if (rc == BENCH_OK)
        rc = get_size(v, "stack_bytes", &out->stack_bytes, err);
    if (rc == BENCH_OK) {
        out->symbol = bench_xstrdup(symbol);
        out->registers = (int)registers;
    }
    return rc;
}

static int read_entries(const struct bench_json *root, size_t count, struct bench_compiled *out,
                        struct bench_err *err)
{
    const struct bench_json *entries = NULL;
    int rc = bench_json_get_array(root, "entries", true, &entries, err);
    if (rc == BENCH_OK && bench_json_size(entries) != count)
        rc = bench_json_error(entries, err, "expected %zu entries", count);
    if (rc != BENCH_OK)
        return rc;
    out->entries = bench_xcalloc(count + 1, sizeof *out->entries);
    out->entry_count = count;
    const struct bench_json *v = bench_json_first(entries);
    for (size_t i = 0; i < count && rc == BENCH_OK; i++, v = bench_json_next(v))
        rc = read_entry(v, &out->entries[i], err);
    return rc;
}

/* The log may name the source by the path it had when it was compiled, from another checkout. */
static char *log_for_path(const char *log, const char *was, const char *now)
{
    struct bench_str out;
    bench_str_init(&out);
    size_t n = strlen(was);
    for (const char *at = n ? strstr(log, was) : NULL; at; at = strstr(log, was)) {
        bench_str_addn(&out, log, (size_t)(at - log));
        bench_str_add(&out, now);
        log = at + n;
    }
    bench_str_add(&out, log);
    char *text = bench_xstrdup(out.data);
    bench_str_fini(&out);
    return text;
}

static int read_meta(const struct bench_cache_entry *entry,
                     const struct bench_compile_request *request, struct bench_compiled *out,
                     struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    const char *hash = NULL, *log = NULL, *source = NULL;
    int64_t version = 0;
    int rc = bench_json_read(entry->meta, 0, &doc, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = bench_json_root(doc);
    rc = bench_json_expect(root, BENCH_JSON_OBJECT, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_int(root, "version", true, CACHE_VERSION, CACHE_VERSION, &version, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(root, "hash", true, &hash, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(root, "log", true, &log, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(root, "source", true, &source, err);
    if (rc == BENCH_OK)
        rc = read_entries(root, request->entry_count, out, err);
    if (rc == BENCH_OK) {
        snprintf(out->hash, sizeof out->hash, "%s", hash);
        out->log = log_for_path(log, source, request->source);
    }
    bench_json_free(doc);
    return rc;
}

bool bench_cache_load(const struct bench_cache_entry *entry,
                      const struct bench_compile_request *request, struct bench_compiled *out)
{
    char hash[33];
    if (!bench_file_exists(entry->meta) || !bench_file_exists(entry->binary))
        return false;
    if (read_meta(entry, request, out, NULL) != BENCH_OK ||
        hash_file(entry->binary, hash, NULL) != BENCH_OK || strcmp(hash, out->hash) != 0) {
        bench_compiled_fini(out);
        return false;
    }
    out->path = bench_xstrdup(entry->binary);
    out->from_cache = true;
    out->seconds = 0;
    return true;
}

static void write_meta(const struct bench_compile_request *request,
                       const struct bench_compiled *compiled, struct bench_str *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "version", CACHE_VERSION);
    bench_json_put_key_string(&w, "source", request->source);
    bench_json_put_key_string(&w, "arch", request->arch);
    bench_json_put_key_string(&w, "hash", compiled->hash);
    bench_json_put_key_double(&w, "seconds", compiled->seconds);
    bench_json_put_key_string(&w, "log", compiled->log);
    bench_json_put_key(&w, "entries");
    bench_json_open_array(&w);
    for (size_t i = 0; i < compiled->entry_count; i++) {
        const struct bench_entry_resources *entry = &compiled->entries[i];
        bench_json_open_object(&w);
        bench_json_put_key_string(&w, "entry", request->entries[i]);
        bench_json_put_key_string(&w, "symbol", entry->symbol);
        bench_json_put_key_int(&w, "registers", entry->registers);
        bench_json_put_key_int(&w, "shared_bytes", (int64_t)entry->shared_bytes);
        bench_json_put_key_int(&w, "spill_store_bytes", (int64_t)entry->spill_store_bytes);
        bench_json_put_key_int(&w, "spill_load_bytes", (int64_t)entry->spill_load_bytes);
        bench_json_put_key_int(&w, "stack_bytes", (int64_t)entry->stack_bytes);
        bench_json_close_object(&w);
    }
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}

int bench_cache_store(const struct bench_cache_entry *entry,
                      const struct bench_compile_request *request, struct bench_compiled *out,
                      struct bench_err *err)
{
    int rc = hash_file(entry->temporary, out->hash, err);
    if (rc != BENCH_OK)
        return rc;
    if (rename(entry->temporary, entry->binary) != 0)
        return bench_err_set(err, BENCH_ERROR, "%s: cannot rename to %s: %s", entry->temporary,
                             entry->binary, strerror(errno));
    struct bench_str text;
    bench_str_init(&text);
    write_meta(request, out, &text);
    rc = bench_file_write_atomic(entry->meta, text.data, text.len, err);
    bench_str_fini(&text);
    if (rc == BENCH_OK)
        out->path = bench_xstrdup(entry->binary);
    return rc;
}

/* Where less is free nothing is compiled: results have tens of kilobytes, and what compilers put
 * aside on their way has more. */
#define LEAST_FREE_BYTES ((uint64_t)1 << 20)

/* File systems that do not tell, or have no fixed number of files, say 0. */
static bool is_full(const char *folder)
{
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0 || disk.f_blocks == 0)
        return false;
    return (uint64_t)disk.f_bavail * disk.f_frsize < LEAST_FREE_BYTES ||
           (disk.f_files > 0 && disk.f_favail == 0);
}

int bench_cache_blame_disk(const struct bench_cache_entry *entry, int rc, struct bench_err *err)
{
    const char *aside = getenv("TMPDIR");
    aside = aside && aside[0] == '/' ? aside : "/tmp";
    char *folder = bench_path_dirname(entry->binary);
    bool here = is_full(folder);
    if (here || is_full(aside)) {
        bench_err_prefix(err,
                         "the disk of %s is full, so that nothing can be compiled: free some of "
                         "it, or set %s to a folder on another one (",
                         here ? folder : aside, here ? "BENCH_CACHE" : "TMPDIR");
        rc = bench_err_set(err, BENCH_EDISK, "%s)", err->message);
    }
    free(folder);
    return rc;
}
