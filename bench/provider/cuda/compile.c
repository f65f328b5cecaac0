#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/compile_impl.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* Raised when the same request would be compiled differently: all older entries are then unused. */
#define KEY_VERSION "bench-compile-1"

static bool is_gpu(const char *arch)
{
    return strncmp(arch, "sm_", 3) == 0;
}

char *bench_compiler_version(const char *arch, struct bench_err *err)
{
    return is_gpu(arch) ? bench_nvrtc_version(err) : bench_host_version(err);
}

char *bench_compiler_describe(const char *arch, struct bench_err *err)
{
    return is_gpu(arch) ? bench_nvrtc_describe(err) : bench_host_version(err);
}

int bench_compiler_check(const char *arch, struct bench_err *err)
{
    if (is_gpu(arch))
        return bench_nvrtc_check(arch, err);
    char *version = bench_host_version(err);
    int rc = version ? BENCH_OK : BENCH_EUNSUPPORTED;
    free(version);
    return rc;
}

void bench_compiled_fini(struct bench_compiled *c)
{
    for (size_t i = 0; c->entries && i < c->entry_count; i++)
        free(c->entries[i].symbol);
    free(c->entries);
    free(c->path);
    free(c->log);
    memset(c, 0, sizeof *c);
}

/* Relative include folders in the options stand relative to the source, wherever the program was
 * started; compilers take them relative to the working directory. */
struct absolute_options {
    char **items;
    size_t count;
};

static char *absolute_option(const char *option, const char *prefix, const char *dir)
{
    size_t n = strlen(prefix);
    if (strncmp(option, prefix, n) != 0 || option[n] == '\0' || option[n] == '/')
        return NULL;
    char *path = bench_path_join(dir, option + n);
    char *result = bench_xprintf("%s%s", prefix, path);
    free(path);
    return result;
}

static void make_options(const struct bench_compile_request *request, struct absolute_options *out)
{
    char *dir = bench_path_dirname(request->source);
    out->count = request->option_count;
    out->items = bench_xcalloc(out->count + 1, sizeof *out->items);
    for (size_t i = 0; i < out->count; i++) {
        const char *option = request->options[i];
        const char *before = i > 0 ? request->options[i - 1] : "";
        char *changed = NULL;
        if (strcmp(before, "-I") == 0 || strcmp(before, "--include-path") == 0)
            changed = bench_path_join(dir, option);
        if (!changed)
            changed = absolute_option(option, "--include-path=", dir);
        if (!changed)
            changed = absolute_option(option, "-I", dir);
        out->items[i] = changed ? changed : bench_xstrdup(option);
    }
    free(dir);
}

static void free_options(struct absolute_options *options)
{
    for (size_t i = 0; i < options->count; i++)
        free(options->items[i]);
    free(options->items);
}

static void add_strings(struct bench_hash *key, const char *const *strings, size_t count)
{
    bench_hash_add(key, &count, sizeof count);
    for (size_t i = 0; i < count; i++)
        bench_hash_add_str(key, strings[i]);
}

/* `resolved` is the request with absolute include folders, where the included files are found; the
 * key has the options as they are written, so that a moved tree finds its entries again. */
static int make_key(const struct bench_compile_request *request,
                    const struct bench_compile_request *resolved, const char *text, char hex[33],
                    bool *cacheable, struct bench_err *err)
{
    char *version = bench_compiler_version(request->arch, err);
    if (!version)
        return err && err->code ? err->code : BENCH_EUNSUPPORTED;
    struct bench_hash *key = bench_hash_new();
    bench_hash_add_str(key, KEY_VERSION);
    bench_hash_add_str(key, version);
    bench_hash_add_str(key, request->arch);
    bench_hash_add(key, &request->sanitize, sizeof request->sanitize);
    /* A sanitizer's report names the file, so it must be this one and not an equal one elsewhere.
     */
    bench_hash_add_str(key,
                       request->sanitize ? request->source : bench_path_basename(request->source));
    add_strings(key, request->options, request->option_count);
    add_strings(key, request->entries, request->entry_count);
    bench_hash_add(key, &request->define_count, sizeof request->define_count);
    for (size_t i = 0; i < request->define_count; i++) {
        bench_hash_add_str(key, request->defines[i].name);
        bench_hash_add_str(key, request->defines[i].value);
    }
    bench_source_key(resolved, text, key, cacheable);
    int rc = is_gpu(request->arch) ? bench_nvrtc_key(key, err) : bench_host_key(key, err);
    bench_hash_hex(key, hex);
    bench_hash_free(key);
    free(version);
    return rc;
}

static int compile_now(const struct bench_compile_request *request, const char *text,
                       const struct bench_cache_entry *entry, struct bench_compiled *out,
                       struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    if (!entry->temporary)
        return bench_err_set(err, BENCH_ERROR,
                             "compile cache: %s is not there and cannot be written (set "
                             "BENCH_CACHE to a folder that can)",
                             entry->binary);
    out->entry_count = request->entry_count;
    int rc = is_gpu(request->arch) ? bench_nvrtc_compile(request, text, entry->temporary, out, err)
                                   : bench_host_compile(request, text, entry->temporary, out, err);
    if (rc != BENCH_OK)
        return rc;
    out->seconds = (double)(bench_clock_ns() - start) * 1e-9;
    if (!out->log)
        out->log = bench_xstrdup("");
    return bench_cache_store(entry, request, out, err);
}

static int compile_text(const struct bench_compile_request *request,
                        const struct bench_compile_request *resolved, const char *text,
                        struct bench_compiled *out, struct bench_err *err)
{
    char key[33];
    bool cacheable = true;
    struct bench_cache_entry entry;
    int rc = make_key(request, resolved, text, key, &cacheable, err);
    if (rc != BENCH_OK)
        return rc;
    rc = bench_cache_open(key, is_gpu(request->arch) ? "cubin" : "so", &entry, err);
    if (rc != BENCH_OK)
        return rc;
    if (!cacheable || !bench_cache_load(&entry, request, out))
        rc = compile_now(resolved, text, &entry, out, err);
    if (rc == BENCH_EINPUT || rc == BENCH_ERROR)
        rc = bench_cache_blame_disk(&entry, rc, err);
    bench_cache_close(&entry);
    return rc;
}

/* A request with the text of its source and with absolute include folders. */
struct resolved {
    struct bench_compile_request request;
    struct absolute_options options;
    char *read; /* NULL where the request brings its own text */
    const char *text;
};

static int resolve(const struct bench_compile_request *request, struct resolved *out,
                   struct bench_err *err)
{
    *out = (struct resolved){.request = *request, .text = request->text};
    if (!request->text) {
        int rc = bench_file_read(request->source, 0, &out->read, NULL, err);
        if (rc == BENCH_ENOTFOUND) /* that code is for an entry the source does not have */
            rc = err->code = BENCH_EINPUT;
        if (rc != BENCH_OK)
            return rc;
        out->text = out->read;
    }
    make_options(request, &out->options);
    out->request.options = (const char *const *)out->options.items;
    return BENCH_OK;
}

static void resolved_fini(struct resolved *r)
{
    free_options(&r->options);
    free(r->read);
}

int bench_compile(const struct bench_compile_request *request, struct bench_compiled *out,
                  struct bench_err *err)
{
    struct bench_err local = {0};
    struct resolved resolved;
    err = err ? err : &local;
    memset(out, 0, sizeof *out);
    int rc = resolve(request, &resolved, err);
    if (rc != BENCH_OK)
        return rc;
    rc = compile_text(request, &resolved.request, resolved.text, out, err);
    if (rc != BENCH_OK)
        bench_compiled_fini(out);
    resolved_fini(&resolved);
    return rc;
}

const char *bench_compile_own_arch(const char *const *options, size_t count)
{
    static const char *const names[] = {"--gpu-architecture", "-arch"};
    const char *arch = NULL;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            size_t n = strlen(names[k]);
            if (strncmp(options[i], names[k], n) != 0)
                continue;
            if (options[i][n] == '=')
                arch = options[i] + n + 1;
            else if (options[i][n] == '\0' && i + 1 < count)
                arch = options[i + 1];
        }
    return arch;
}

int bench_source_hash(const struct bench_compile_request *request, char hash[33],
                      struct bench_err *err)
{
    struct bench_err local = {0};
    struct resolved resolved;
    bool complete;
    int rc = resolve(request, &resolved, err ? err : &local);
    if (rc != BENCH_OK)
        return rc;
    struct bench_hash *key = bench_hash_new();
    bench_source_key(&resolved.request, resolved.text, key, &complete);
    bench_hash_hex(key, hash);
    bench_hash_free(key);
    resolved_fini(&resolved);
    return BENCH_OK;
}
