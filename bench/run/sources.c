#include "bench/run/sources.h"

#include <stdlib.h>

#include "bench/provider/cuda/compile.h"
#include "bench/util/file.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"

/* Which options a source is compiled with is in the description, and so in its hash; here they
 * count for the folders that they name. No file is looked up by architecture. */
static bool hash_cuda(const struct bench_implementation *impl, char hex[33])
{
    struct bench_compile_request request = {
        .source = impl->source,
        .arch = "",
        .options = (const char *const *)impl->options,
        .option_count = impl->option_count,
    };
    return bench_source_hash(&request, hex, NULL) == BENCH_OK;
}

void bench_source_hash_with(const struct bench_implementation *impl, const char *code,
                            size_t length, char hex[33])
{
    struct bench_hash *hash = bench_hash_new();
    bench_hash_add_str(hash, impl->python);
    if (code != NULL)
        bench_hash_add(hash, code, length);
    bench_hash_hex(hash, hex);
    bench_hash_free(hash);
}

static bool hash_python(const struct bench_implementation *impl, char hex[33])
{
    char *code = NULL;
    size_t length = 0;
    if (impl->source != NULL && bench_file_read(impl->source, 0, &code, &length, NULL) != BENCH_OK)
        return false;
    bench_source_hash_with(impl, code, length, hex);
    free(code);
    return true;
}

static bool has_source(const struct bench_implementation *impl)
{
    return impl->provider == BENCH_PROVIDER_PYTHON
               ? impl->python != NULL
               : impl->provider == BENCH_PROVIDER_CUDA && impl->source != NULL;
}

bool bench_source_hash_of(const struct bench_implementation *impl, char hex[33])
{
    if (!has_source(impl))
        return false;
    return impl->provider == BENCH_PROVIDER_PYTHON ? hash_python(impl, hex) : hash_cuda(impl, hex);
}

static void put_hash(const struct bench_implementation *impl, const char *name,
                     struct bench_json_writer *w)
{
    char hex[33];
    if (has_source(impl))
        bench_json_put_key_string(w, name, bench_source_hash_of(impl, hex) ? hex : "");
}

void bench_sources_hash(const struct bench_suite *suite, struct bench_arena *arena,
                        const char **hashes)
{
    for (size_t i = 0; i < suite->operator_count; i++) {
        const struct bench_operator *op = suite->operators[i];
        struct bench_json_writer w;
        struct bench_str text;
        bench_str_init(&text);
        bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
        bench_json_open_object(&w);
        put_hash(&op->oracle, "oracle", &w);
        for (size_t k = 0; k < op->implementation_count; k++)
            put_hash(&op->implementations[k], op->implementations[k].name, &w);
        bench_json_close_object(&w);
        hashes[i] = bench_arena_strdup(arena, text.data);
        bench_str_fini(&text);
    }
}
