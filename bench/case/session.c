#include "bench/case/session.h"

#include <stdlib.h>
#include <string.h>

#include "bench/case/build.h"
#include "bench/case/support.h"
#include "bench/util/mem.h"

struct loaded {
    const struct bench_implementation *impl;
    enum bench_dtype dtype;
    const char *variant;
    struct bench_kernels *kernels;
    struct bench_module *module; /* NULL if it could not be loaded */
};

struct block {
    void *memory;
    size_t bytes;
    bool used;
};

int bench_session_open(struct bench_session *s, const char *spec, uint64_t seed, bool sanitize,
                       struct bench_err *err)
{
    memset(s, 0, sizeof *s);
    int rc = bench_device_open(spec, seed, &s->device, NULL, err);
    if (rc != BENCH_OK)
        return rc;
    s->info = bench_device_info(s->device);
    s->plan_device = (struct bench_plan_device){s->info->kind, s->info->sm_count};
    s->sanitize = sanitize;
    s->python_versions = "";
    s->arena = bench_arena_new();
    if (s->info->computes)
        rc = bench_support_open(s, &s->support, err);
    if (rc != BENCH_OK)
        bench_session_close(s);
    return rc;
}

void bench_session_close(struct bench_session *s)
{
    if (s->device == NULL)
        return;
    bench_support_close(s->support);
    for (size_t i = 0; i < s->block_count; i++)
        bench_device_release(s->device, s->blocks[i].memory);
    free(s->blocks);
    for (size_t i = 0; i < s->loaded_count; i++)
        if (s->loaded[i].module != NULL)
            bench_device_unload(s->device, s->loaded[i].module);
    free(s->loaded);
    bench_device_close(s->device);
    bench_arena_free(s->arena);
    memset(s, 0, sizeof *s);
}

/* ---- kernels ---- */

static void take_resources(struct bench_kernels *k, const struct bench_entry_resources *r,
                           const struct bench_function_info *info)
{
    int registers = r->registers >= 0 ? r->registers : info->registers;
    size_t shared = r->shared_bytes ? r->shared_bytes : info->static_shared_bytes;
    size_t spills = r->spill_store_bytes + r->spill_load_bytes;
    if (registers > k->registers)
        k->registers = registers;
    if (shared > k->shared_bytes)
        k->shared_bytes = shared;
    if (spills > k->spill_bytes)
        k->spill_bytes = spills;
}

static int load_kernels(struct bench_session *s, const struct bench_implementation *impl,
                        const struct bench_compiled *compiled, struct bench_kernels *k,
                        struct bench_module **module, struct bench_err *err)
{
    int rc = bench_device_load(s->device, compiled->path, module, err);
    for (size_t i = 0; rc == BENCH_OK && i < impl->launch_count; i++) {
        struct bench_function_info info = {.registers = -1};
        rc = bench_device_function(s->device, *module, compiled->entries[i].symbol,
                                   &k->functions[i], &info, err);
        k->params[i] = (struct bench_kernel_params){info.params, info.param_count};
        if (rc == BENCH_OK)
            take_resources(k, &compiled->entries[i], &info);
    }
    k->binary_hash = bench_arena_strdup(s->arena, compiled->hash);
    return rc;
}

/* The null device has no code: its functions are found by entry. */
static int load_scripted(struct bench_session *s, const struct bench_implementation *impl,
                         struct bench_kernels *k, struct bench_module **module,
                         struct bench_err *err)
{
    int rc = bench_device_load(s->device, impl->name, module, err);
    for (size_t i = 0; rc == BENCH_OK && i < impl->launch_count; i++)
        rc = bench_device_function(s->device, *module, impl->launches[i].entry, &k->functions[i],
                                   NULL, err);
    return rc;
}

static int build_kernels(struct bench_session *s, const struct bench_implementation *impl,
                         enum bench_dtype dtype, const struct bench_variant *variant,
                         struct bench_kernels *k, struct bench_module **module,
                         struct bench_err *err)
{
    struct bench_build_unit unit;
    struct bench_compiled compiled = {0};
    int rc = bench_build_unit_init(&unit, impl, dtype, variant, s->info->arch, s->sanitize, err);
    char source_hash[33];
    if (rc == BENCH_OK && bench_source_hash(&unit.request, source_hash, NULL) == BENCH_OK)
        k->source_hash = bench_arena_strdup(s->arena, source_hash);
    if (rc == BENCH_OK)
        rc = bench_compile(&unit.request, &compiled, err);
    if (rc == BENCH_OK) {
        rc = load_kernels(s, impl, &compiled, k, module, err);
        bench_compiled_fini(&compiled);
    }
    bench_build_unit_fini(&unit);
    return rc;
}

static struct bench_kernels *make_kernels(struct bench_session *s,
                                          const struct bench_implementation *impl,
                                          enum bench_dtype dtype,
                                          const struct bench_variant *variant,
                                          struct bench_module **module)
{
    struct bench_err err = {0};
    struct bench_kernels *k = bench_arena_alloc(s->arena, sizeof *k);
    k->registers = -1;
    k->message = k->source_hash = k->binary_hash = "";
    k->functions = bench_arena_alloc(s->arena, (impl->launch_count + 1) * sizeof *k->functions);
    k->params = bench_arena_alloc(s->arena, (impl->launch_count + 1) * sizeof *k->params);
    if (impl->provider == BENCH_PROVIDER_NULL)
        k->status = load_scripted(s, impl, k, module, &err);
    else
        k->status = build_kernels(s, impl, dtype, variant, k, module, &err);
    if (k->status != BENCH_OK)
        k->message = bench_arena_strdup(s->arena, err.message);
    return k;
}

const struct bench_kernels *bench_session_kernels(struct bench_session *s,
                                                  const struct bench_implementation *impl,
                                                  enum bench_dtype dtype,
                                                  const struct bench_variant *variant)
{
    for (size_t i = 0; i < s->loaded_count; i++) {
        const struct loaded *l = &s->loaded[i];
        if (l->impl == impl && l->dtype == dtype && strcmp(l->variant, variant->label) == 0)
            return l->kernels;
    }
    if (s->loaded_count == s->loaded_capacity) {
        s->loaded_capacity = s->loaded_capacity ? 2 * s->loaded_capacity : 64;
        s->loaded = bench_xrealloc(s->loaded, s->loaded_capacity * sizeof *s->loaded);
    }
    struct bench_module *module = NULL;
    struct bench_kernels *kernels = make_kernels(s, impl, dtype, variant, &module);
    s->loaded[s->loaded_count++] = (struct loaded){
        .impl = impl,
        .dtype = dtype,
        .variant = bench_arena_strdup(s->arena, variant->label),
        .kernels = kernels,
        .module = module,
    };
    return kernels;
}

/* ---- device memory ---- */

/* The smallest free block that holds `bytes` and is not more than twice as large. */
static struct block *find_free(struct bench_session *s, size_t bytes)
{
    struct block *best = NULL;
    for (size_t i = 0; i < s->block_count; i++) {
        struct block *b = &s->blocks[i];
        if (!b->used && b->bytes >= bytes && b->bytes <= 2 * bytes + 65536 &&
            (best == NULL || b->bytes < best->bytes))
            best = b;
    }
    return best;
}

static void release_free(struct bench_session *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->block_count; i++) {
        if (s->blocks[i].used)
            s->blocks[kept++] = s->blocks[i];
        else
            bench_device_release(s->device, s->blocks[i].memory);
    }
    s->block_count = kept;
}

int bench_session_take(struct bench_session *s, size_t bytes, void **memory, struct bench_err *err)
{
    struct block *found = s->sanitize ? NULL : find_free(s, bytes);
    if (found != NULL) {
        found->used = true;
        *memory = found->memory;
        return BENCH_OK;
    }
    int rc = bench_device_alloc(s->device, bytes, memory, err);
    if (rc == BENCH_EMEMORY) { /* it is held by free blocks, perhaps */
        release_free(s);
        rc = bench_device_alloc(s->device, bytes, memory, err);
    }
    if (rc != BENCH_OK)
        return rc;
    if (s->block_count == s->block_capacity) {
        s->block_capacity = s->block_capacity ? 2 * s->block_capacity : 64;
        s->blocks = bench_xrealloc(s->blocks, s->block_capacity * sizeof *s->blocks);
    }
    s->blocks[s->block_count++] = (struct block){*memory, bytes, true};
    return BENCH_OK;
}

void bench_session_reclaim(struct bench_session *s)
{
    for (size_t i = 0; i < s->block_count; i++)
        s->blocks[i].used = false;
    if (s->sanitize)
        release_free(s);
}
