#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/build.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/parallel.h"

/* Compilers recurse deeply in templates; the default stack of a thread is whatever `ulimit -s`
 * says. Only touched pages cost memory. */
#define COMPILE_STACK_BYTES ((size_t)64 << 20)
#define MAX_JOBS 64

/* "BENCH_T_IS_BFLOAT16" from "bfloat16". */
static char *dtype_macro(enum bench_dtype dtype)
{
    char *name = bench_xprintf("BENCH_T_IS_%s", bench_dtype_name(dtype));
    for (char *c = name + strlen("BENCH_T_IS_"); *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return name;
}

static const struct bench_define *make_defines(const struct bench_implementation *impl,
                                               enum bench_dtype dtype,
                                               const struct bench_variant *variant, size_t *count)
{
    *count = 2 + impl->tunable_count;
    struct bench_define *defines = bench_xcalloc(*count, sizeof *defines);
    defines[0].name = bench_xstrdup("BENCH_T");
    defines[0].value = bench_xstrdup(bench_dtype_c_name(dtype));
    defines[1].name = dtype_macro(dtype);
    defines[1].value = bench_xstrdup("1");
    for (size_t i = 0; i < impl->tunable_count; i++) {
        defines[2 + i].name = bench_xstrdup(impl->tunables[i].name);
        defines[2 + i].value = bench_xprintf("%lld", (long long)variant->values[i]);
    }
    return defines;
}

int bench_build_unit_init(struct bench_build_unit *unit, const struct bench_implementation *impl,
                          enum bench_dtype dtype, const struct bench_variant *variant,
                          const char *arch, bool sanitize, struct bench_err *err)
{
    memset(unit, 0, sizeof *unit);
    if (impl->provider != BENCH_PROVIDER_CUDA)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "implementation '%s' has no source: there is nothing to compile",
                             impl->name);
    unit->impl = impl;
    unit->dtype = dtype;
    unit->variant = bench_xstrdup(variant->label);

    struct bench_compile_request *request = &unit->request;
    request->source = bench_xstrdup(impl->source);
    request->arch = bench_xstrdup(arch);
    request->sanitize = sanitize;
    request->defines = make_defines(impl, dtype, variant, &request->define_count);
    char **options = bench_xcalloc(impl->option_count + 1, sizeof *options);
    for (size_t i = 0; i < impl->option_count; i++)
        options[i] = bench_xstrdup(impl->options[i]);
    request->options = (const char *const *)options;
    request->option_count = impl->option_count;
    char **entries = bench_xcalloc(impl->launch_count + 1, sizeof *entries);
    for (size_t i = 0; i < impl->launch_count; i++)
        entries[i] = bench_xstrdup(impl->launches[i].entry);
    request->entries = (const char *const *)entries;
    request->entry_count = impl->launch_count;
    return BENCH_OK;
}

/* The request's pointers are const for its readers; this unit allocated what they point to. */
static void free_const(const void *p)
{
    free((void *)p);
}

static void free_strings(const char *const *strings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free_const(strings[i]);
    free_const(strings);
}

void bench_build_unit_fini(struct bench_build_unit *unit)
{
    struct bench_compile_request *request = &unit->request;
    free_const(request->source);
    free_const(request->arch);
    for (size_t i = 0; i < request->define_count; i++) {
        free_const(request->defines[i].name);
        free_const(request->defines[i].value);
    }
    free_const(request->defines);
    free_strings(request->options, request->option_count);
    free_strings(request->entries, request->entry_count);
    if (unit->done && unit->status == BENCH_OK)
        bench_compiled_fini(&unit->compiled);
    free(unit->variant);
    free(unit->message);
    memset(unit, 0, sizeof *unit);
}

/* "sm_100" where an option asks for sm_100a, else "sm_90". The caller frees. */
static char *gpu_arch(const struct bench_implementation *impl)
{
    const char *own =
        bench_compile_own_arch((const char *const *)impl->options, impl->option_count);
    if (!own || strncmp(own, "sm_", 3) != 0)
        return bench_xstrdup("sm_90");
    return bench_xprintf("%.*s", 3 + (int)strspn(own + 3, "0123456789"), own);
}

int bench_build_text(const struct bench_implementation *impl, enum bench_dtype dtype,
                     const int64_t *values, const char *text, struct bench_err *err)
{
    struct bench_build_unit unit;
    struct bench_variant variant = {.label = ""};
    variant.values = bench_xcalloc(impl->tunable_count + 1, sizeof *variant.values);
    if (impl->tunable_count > 0)
        memcpy(variant.values, values, impl->tunable_count * sizeof *values);
    char *arch = gpu_arch(impl);
    int rc = bench_build_unit_init(&unit, impl, dtype, &variant, arch, false, err);
    free(arch);
    free(variant.values);
    if (rc != BENCH_OK)
        return rc;
    const char *source = unit.request.source;
    unit.request.source = bench_xstrdup(bench_path_basename(source));
    free_const(source);
    unit.request.text = text;
    struct bench_compiled compiled;
    rc = bench_compile(&unit.request, &compiled, err);
    if (rc == BENCH_OK)
        bench_compiled_fini(&compiled);
    bench_build_unit_fini(&unit);
    return rc;
}

static bool same_strings(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

bool bench_build_unit_equal(const struct bench_build_unit *a, const struct bench_build_unit *b)
{
    const struct bench_compile_request *x = &a->request, *y = &b->request;
    if (strcmp(x->source, y->source) != 0 || strcmp(x->arch, y->arch) != 0 ||
        strcmp(x->text ? x->text : "", y->text ? y->text : "") != 0 || x->sanitize != y->sanitize ||
        x->define_count != y->define_count ||
        !same_strings(x->options, x->option_count, y->options, y->option_count) ||
        !same_strings(x->entries, x->entry_count, y->entries, y->entry_count))
        return false;
    for (size_t i = 0; i < x->define_count; i++)
        if (strcmp(x->defines[i].name, y->defines[i].name) != 0 ||
            strcmp(x->defines[i].value, y->defines[i].value) != 0)
            return false;
    return true;
}

/* One pass over the units by a pool of threads. */
struct pool {
    struct bench_build_unit *units;
    const size_t *order; /* units of this pass */
    const size_t *same;  /* for each unit, the first that equals it: itself, or one done before */
    size_t count, total;
    atomic_size_t next;
    atomic_bool stop;
    pthread_mutex_t lock; /* of `done` and of calls to `progress` */
    size_t done;
    bench_build_progress progress;
    void *data;
};

static void build_one(struct pool *pool, struct bench_build_unit *unit)
{
    const struct bench_build_unit *first = &pool->units[pool->same[unit - pool->units]];
    struct bench_err err = {0};
    if (first != unit && first->done && first->status != BENCH_OK) {
        unit->status = first->status;
        unit->message = bench_xstrdup(first->message);
    } else {
        unit->status = bench_compile(&unit->request, &unit->compiled, &err);
        if (unit->status != BENCH_OK)
            unit->message = bench_xstrdup(err.message);
    }
    unit->done = true;

    pthread_mutex_lock(&pool->lock);
    pool->done++;
    if (pool->progress && !pool->stop && !pool->progress(pool->data, unit, pool->done, pool->total))
        pool->stop = true;
    pthread_mutex_unlock(&pool->lock);
}

static void *worker(void *argument)
{
    struct pool *pool = argument;
    for (;;) {
        size_t i = atomic_fetch_add(&pool->next, 1);
        if (i >= pool->count || pool->stop)
            return NULL;
        build_one(pool, &pool->units[pool->order[i]]);
    }
}

static void run_pass(struct pool *pool, size_t jobs)
{
    pthread_t threads[MAX_JOBS];
    size_t started = 0;
    pthread_attr_t attr;
    atomic_store(&pool->next, 0);
    if (jobs > pool->count)
        jobs = pool->count;
    if (jobs > 1 && pthread_attr_init(&attr) == 0) {
        pthread_attr_setstacksize(&attr, COMPILE_STACK_BYTES);
        while (started < jobs && pthread_create(&threads[started], &attr, worker, pool) == 0)
            started++;
        pthread_attr_destroy(&attr);
    }
    if (started == 0) /* one job, or no thread to be had: this thread does the work */
        worker(pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static size_t job_count(int jobs)
{
    size_t n = jobs > 0 ? (size_t)jobs : bench_parallel_cpus();
    return n < MAX_JOBS ? n : MAX_JOBS;
}

static int summary(const struct bench_build_unit *units, size_t count, struct bench_err *err)
{
    size_t failed = 0, stopped = 0;
    const struct bench_build_unit *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct bench_build_unit *unit = &units[i];
        stopped += !unit->done;
        if (!unit->done || unit->status == BENCH_OK || unit->status == BENCH_EUNSUPPORTED)
            continue;
        first = first ? first : unit;
        failed++;
    }
    if (stopped)
        return bench_err_set(err, BENCH_EINTERRUPTED,
                             "compiling was stopped: %zu of %zu units were not built", stopped,
                             count);
    if (failed)
        return bench_err_set(err, BENCH_ERROR,
                             "%zu of %zu units did not compile; the first is implementation '%s' "
                             "in %s: %s",
                             failed, count, first->impl ? first->impl->name : "(built in)",
                             bench_dtype_name(first->dtype), first->message);
    return BENCH_OK;
}

int bench_build_all(struct bench_build_unit *units, size_t count, int jobs,
                    bench_build_progress progress, void *data, struct bench_err *err)
{
    /* Units that equal an earlier one wait for the second pass, where the cache has them. There are
     * a few hundred: comparing all pairs is cheaper than a table. */
    size_t *first = bench_xcalloc(count + 1, sizeof *first);
    size_t *again = bench_xcalloc(count + 1, sizeof *again);
    size_t *same = bench_xcalloc(count + 1, sizeof *same);
    size_t first_count = 0, again_count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < first_count && !bench_build_unit_equal(&units[first[j]], &units[i]))
            j++;
        same[i] = j < first_count ? first[j] : i;
        if (j < first_count)
            again[again_count++] = i;
        else
            first[first_count++] = i;
    }

    struct pool pool = {
        .units = units,
        .order = first,
        .same = same,
        .count = first_count,
        .total = count,
        .progress = progress,
        .data = data,
    };
    pthread_mutex_init(&pool.lock, NULL);
    run_pass(&pool, job_count(jobs));
    pool.order = again;
    pool.count = again_count;
    run_pass(&pool, job_count(jobs));
    pthread_mutex_destroy(&pool.lock);
    free(first);
    free(again);
    free(same);
    return summary(units, count, err);
}
