/* CUDA C for the cpu device: preprocess, rewrite (host_source.h), append one entry point a kernel,
 * compile to a shared object with the host's C++ compiler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/cpu/compiler.h"
#include "bench/provider/cuda/compile_impl.h"
#include "bench/provider/cuda/host_log.h"
#include "bench/provider/cuda/host_options.h"
#include "bench/provider/cuda/host_shared.h"
#include "bench/provider/cuda/host_source.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

/* Longer than any sane kernel takes; a compiler in an endless template must not hang a run. */
#define TIMEOUT_MS 300000

struct arguments {
    const char *items[128];
    size_t count;
};

static void put(struct arguments *a, const char *item)
{
    if (a->count + 1 < sizeof(a->items) / sizeof(a->items[0]))
        a->items[a->count++] = item;
    a->items[a->count] = NULL;
}

/* One compilation's things, so that one function frees them. */
struct job {
    const struct bench_compile_request *request;
    const char *text;
    char *compiler;
    char *shim;
    struct bench_host_options options;
    struct bench_host_source source;
    char **entries; /* as asked for, with macros expanded */
};

static void put_common(struct arguments *a, const struct job *job, char *standard, size_t size)
{
    snprintf(standard, size, "-std=%s", job->options.standard);
    put(a, job->compiler);
    put(a, standard);
    put(a, "-march=native");
    put(a, "-fno-exceptions");
    put(a, "-fno-rtti");
    if (job->request->sanitize) {
        put(a, "-fsanitize=address,undefined");
        /* AddressSanitizer sees the same, and tells which variable it is. */
        put(a, "-fno-sanitize=object-size");
        put(a, "-fno-sanitize-recover=all");
    }
}

static int run(const struct arguments *a, const char *input, size_t length,
               struct bench_process_result *result, struct bench_err *err)
{
    /* Messages are read below: in English, in ASCII. */
    static const char *const env[] = {"LC_ALL=C", NULL};
    struct bench_process_spec spec = {.argv = a->items,
                                      .env = env,
                                      .input = input,
                                      .input_length = length,
                                      .timeout_ms = TIMEOUT_MS};
    int rc = bench_process_run(&spec, result, err);
    if (rc == BENCH_OK && result->timed_out)
        rc = bench_err_set(err, BENCH_ERROR, "%s did not end within %d s", a->items[0],
                           TIMEOUT_MS / 1000);
    else if (rc == BENCH_OK && result->signal)
        rc = bench_err_set(err, BENCH_ERROR, "%s died of signal %d: %s", a->items[0],
                           result->signal, result->err);
    return rc;
}

static const char *entry_name(const struct job *job, int entry)
{
    return job->request->entries[entry];
}

/* The kernels of the source, for messages. */
static char *list_kernels(const struct bench_host_source *source)
{
    struct bench_str s;
    bench_str_init(&s);
    for (size_t i = 0; i < source->kernel_count; i++)
        bench_str_addf(&s, "%s%s", i > 0 ? ", " : "", source->kernels[i].name);
    if (s.len == 0)
        bench_str_add(&s, "none");
    char *list = bench_str_take(&s);
    bench_str_fini(&s);
    return list;
}

/* A failed compiler's words become our error. */
static int explain(const struct job *job, const char *words, struct bench_err *err)
{
    struct bench_host_log log;
    bench_host_log_read(words, job->shim, job->request->source, job->text, &log);
    int rc;
    if (log.unsupported.len > 0)
        rc = bench_err_set(err, BENCH_EUNSUPPORTED, "%s", log.unsupported.data);
    else if (log.bad_entry >= 0)
        rc = bench_err_set(err, BENCH_EINPUT, "%s: entry \"%s\" does not compile:\n%s",
                           job->request->source, entry_name(job, log.bad_entry), log.text.data);
    else if (log.has_error)
        rc = bench_err_set(err, BENCH_EINPUT, "%s", log.text.data);
    else
        rc = bench_err_set(err, BENCH_EINPUT, "%s: %s failed:\n%s", job->request->source,
                           job->compiler, words);
    bench_host_log_fini(&log);
    size_t n = err ? strlen(err->message) : 0;
    if (n > 0 && err->message[n - 1] == '\n')
        err->message[n - 1] = '\0';
    return rc;
}

static const char call_begin[] = "bench_cpu_runner<(";

/* The function of each entry, and what it takes. Preprocessed with the source: an entry may name
 * macros. */
static void add_calls(const struct bench_compile_request *request, struct bench_str *s)
{
    for (size_t i = 0; i < request->entry_count; i++) {
        const char *entry = request->entries[i];
        bench_str_addf(s,
                       "\n# 1 \"<entry %zu>\"\n"
                       "extern \"C\" __attribute__((visibility(\"default\"))) void "
                       "bench_cpu_entry_%zu(void **bench_cpu_args) { %s%s), %zu>::bench_cpu_mark = "
                       "1; %s%s), %zu>::bench_cpu_start((%s), bench_cpu_args); } "
                       "extern \"C\" __attribute__((visibility(\"default\"))) const "
                       "bench_cpu_param *const bench_cpu_entry_%zu_params; "
                       "const bench_cpu_param *const bench_cpu_entry_%zu_params = "
                       "bench_cpu_params_of((%s));\n",
                       i, i, call_begin, entry, i, call_begin, entry, i, entry, i, i, entry);
    }
}

/* Reads back from the preprocessed text what the entries are. */
static void read_entries(struct job *job, const char *preprocessed)
{
    job->entries = bench_xcalloc(job->request->entry_count + 1, sizeof(*job->entries));
    for (size_t i = 0; i < job->request->entry_count; i++) {
        char marker[64];
        char end[64];
        snprintf(marker, sizeof(marker), "# 1 \"<entry %zu>\"", i);
        snprintf(end, sizeof(end), "), %zu>::bench_cpu_mark", i);
        const char *start = strstr(preprocessed, marker);
        start = start ? strstr(start, call_begin) : NULL;
        const char *stop = start ? strstr(start, end) : NULL;
        if (stop) {
            start += strlen(call_begin);
            job->entries[i] = bench_xprintf("%.*s", (int)(stop - start), start);
        } else {
            job->entries[i] = bench_xstrdup(job->request->entries[i]);
        }
    }
}

static int preprocess(struct job *job, char **out, struct bench_err *err)
{
    const struct bench_compile_request *request = job->request;
    char standard[32];
    char *folder = bench_path_dirname(request->source);
    char *include = bench_path_join(job->shim, "include");
    char *first = bench_path_join(job->shim, "bench_cpu.h");
    struct arguments a = {.count = 0};
    put_common(&a, job, standard, sizeof(standard));
    put(&a, "-E");
    put(&a, "-x");
    put(&a, "c++");
    if (request->sanitize)
        put(&a, "-DBENCH_CPU_SANITIZE=1");
    put(&a, "-iquote");
    put(&a, folder);
    put(&a, "-I");
    put(&a, include);
    put(&a, "-include");
    put(&a, first);
    for (size_t i = 0; i < job->options.folder_count; i++) {
        put(&a, "-I");
        put(&a, job->options.folders[i]);
    }
    put(&a, "-");

    struct bench_str input;
    bench_str_init(&input);
    bench_str_addf(&input, "%s# 1 \"%s\"\n%s", job->options.prologue.data, request->source,
                   job->text);
    add_calls(request, &input);
    struct bench_process_result result = {0};
    int rc = run(&a, input.data, input.len, &result, err);
    if (rc == BENCH_OK && result.exit_code != 0)
        rc = explain(job, result.err, err);
    if (rc == BENCH_OK) {
        *out = result.out;
        result.out = NULL;
    }
    bench_process_result_fini(&result);
    bench_str_fini(&input);
    free(folder);
    free(include);
    free(first);
    return rc;
}

/* "ns::gelu<float, 4>" has the base name "gelu". Other expressions are left to the compiler. */
static bool base_name(const char *entry, const char **name, size_t *length)
{
    const char *p = entry;
    for (;;) {
        p += strspn(p, " ");
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        if (n == 0)
            return false;
        *name = p;
        *length = n;
        p += n;
        if (strncmp(p, "::", 2) != 0)
            break;
        p += 2;
    }
    p += strspn(p, " ");
    return *p == '\0' || *p == '<';
}

static int check_entries(const struct job *job, struct bench_err *err)
{
    for (size_t i = 0; i < job->request->entry_count; i++) {
        const char *name;
        size_t length;
        if (!base_name(job->entries[i], &name, &length) ||
            bench_host_source_find(&job->source, name, length))
            continue;
        char *kernels = list_kernels(&job->source);
        int rc = bench_err_set(err, BENCH_ENOTFOUND,
                               "%s: no kernel \"%s\"; its __global__ functions are: %s",
                               job->request->source, job->request->entries[i], kernels);
        free(kernels);
        return rc;
    }
    return BENCH_OK;
}

static void add_quoted(struct bench_str *s, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            bench_str_addc(s, '\\');
        bench_str_addc(s, *text);
    }
}

/* What bench_cpu_abi.h promises for each entry besides its function. */
static void add_descriptions(struct job *job)
{
    static const char visible[] = "__attribute__((visibility(\"default\")))";
    struct bench_str *s = &job->source.text;
    for (size_t i = 0; i < job->request->entry_count; i++) {
        const char *name = "";
        size_t length = 0;
        const struct bench_host_kernel *kernel =
            base_name(job->entries[i], &name, &length)
                ? bench_host_source_find(&job->source, name, length)
                : NULL;
        int threads = kernel && kernel->max_threads > 0 ? kernel->max_threads : 1024;
        bench_str_addf(s,
                       "\n# 1 \"<entry %zu>\"\n"
                       "extern \"C\" { extern %s const char bench_cpu_entry_%zu_name[]; "
                       "const char bench_cpu_entry_%zu_name[] = \"",
                       i, visible, i, i);
        add_quoted(s, job->request->entries[i]);
        bench_str_addf(s,
                       "\"; extern %s const int bench_cpu_entry_%zu_threads; "
                       "const int bench_cpu_entry_%zu_threads = %d; "
                       "%s int bench_cpu_entry_%zu_shared = -1; }\n",
                       visible, i, i, threads, visible, i);
    }
}

static void put_code_options(struct arguments *a, const struct job *job)
{
    put(a, "-fPIC");
    put(a, "-shared");
    put(a, "-fvisibility=hidden");
    put(a, "-Wall");
    put(a, "-Wno-unused");
    put(a, "-Wno-unknown-pragmas");
    put(a, job->options.contract ? "-ffp-contract=fast" : "-ffp-contract=off");
    put(a, "-fno-math-errno");
    /* float arrays are read as float4 and as pairs of halves everywhere in CUDA C. */
    put(a, "-fno-strict-aliasing");
    /* A frame larger than a page must not jump over the guard below the stack. */
    put(a, "-fstack-clash-protection");
    if (job->request->sanitize) {
        put(a, "-O1");
        put(a, "-g");
        put(a, "-fno-omit-frame-pointer");
    } else {
        put(a, "-O2");
        put(a, "-fwrapv");
    }
}

static int compile(struct job *job, const char *path, struct bench_compiled *out,
                   struct bench_err *err)
{
    char standard[32];
    struct arguments a = {.count = 0};
    put_common(&a, job, standard, sizeof(standard));
    put_code_options(&a, job);
    put(&a, "-x");
    put(&a, "c++-cpp-output");
    put(&a, "-");
    put(&a, "-o");
    put(&a, path);
    struct bench_process_result result = {0};
    int rc = run(&a, job->source.text.data, job->source.text.len, &result, err);
    if (rc == BENCH_OK && result.exit_code != 0) {
        rc = explain(job, result.err, err);
    } else if (rc == BENCH_OK) {
        struct bench_host_log log;
        bench_host_log_read(result.err, job->shim, job->request->source, job->text, &log);
        out->log = bench_xstrdup(log.text.data);
        bench_host_log_fini(&log);
    }
    bench_process_result_fini(&result);
    return rc;
}

static int report_entries(const struct bench_compile_request *request, const char *path,
                          struct bench_compiled *out, struct bench_err *err)
{
    out->entry_count = request->entry_count;
    out->entries = bench_xcalloc(request->entry_count + 1, sizeof(*out->entries));
    for (size_t i = 0; i < request->entry_count; i++) {
        out->entries[i].symbol = bench_xprintf("bench_cpu_entry_%zu", i);
        out->entries[i].registers = -1;
    }
    size_t *shared = bench_xcalloc(request->entry_count + 1, sizeof(*shared));
    int rc = bench_host_shared_fill(path, request->entry_count, shared, err);
    for (size_t i = 0; i < request->entry_count && rc == BENCH_OK; i++) {
        out->entries[i].shared_bytes = shared[i];
        if (shared[i] > BENCH_HOST_MAX_STATIC_SHARED)
            rc = bench_err_set(err, BENCH_EINPUT,
                               "%s: entry \"%s\" has %zu bytes of static shared memory, the limit "
                               "is %zu; use dynamic shared memory for more",
                               request->source, request->entries[i], shared[i],
                               (size_t)BENCH_HOST_MAX_STATIC_SHARED);
    }
    free(shared);
    return rc;
}

int bench_host_compile(const struct bench_compile_request *request, const char *text,
                       const char *path, struct bench_compiled *out, struct bench_err *err)
{
    struct job job = {.request = request, .text = text};
    char *preprocessed = NULL;
    int rc = bench_cpu_compiler(&job.compiler, err);
    if (rc == BENCH_OK)
        rc = bench_cpu_shim(&job.shim, err);
    if (rc == BENCH_OK)
        rc = bench_host_options_read(request, &job.options, err);
    if (rc == BENCH_OK)
        rc = preprocess(&job, &preprocessed, err);
    if (rc == BENCH_OK)
        rc = bench_host_source_rewrite(preprocessed, request->sanitize, &job.source, err);
    if (rc == BENCH_OK) {
        read_entries(&job, preprocessed);
        rc = check_entries(&job, err);
    }
    if (rc == BENCH_OK) {
        add_descriptions(&job);
        rc = compile(&job, path, out, err);
    }
    if (rc == BENCH_OK)
        rc = report_entries(request, path, out, err);
    bench_host_source_fini(&job.source);
    bench_host_options_fini(&job.options);
    for (size_t i = 0; job.entries && i < request->entry_count; i++)
        free(job.entries[i]);
    free(job.entries);
    free(preprocessed);
    free(job.shim);
    free(job.compiler);
    return rc;
}
