/* Who makes an implementation callable, and what only some of them understand. */
#include <stdlib.h>

#include "bench/spec/operator_reader.h"
#include "bench/util/file.h"

static const char *const provider_names[] = {"cuda", "library", "null", "python", NULL};

const char *bench_provider_name(enum bench_provider provider)
{
    return provider_names[provider];
}

int reader_provider(struct reader *r, const struct bench_json *object, bool required,
                    struct bench_implementation *impl)
{
    const char *provider = NULL;
    size_t index = BENCH_PROVIDER_CUDA;
    int rc = reader_member_text(r, object, "provider", required, &provider);
    if (rc == 0 && provider != NULL) {
        rc = reader_word(r, bench_json_get(object, "provider"), "provider", provider_names, &index);
    }
    impl->provider = (enum bench_provider)index;
    return rc;
}

int reader_oracle_provider(struct reader *r, const struct bench_json *object,
                           struct bench_implementation *impl)
{
    int rc = reader_provider(r, object, false, impl);
    if (rc == 0 && impl->provider != BENCH_PROVIDER_CUDA &&
        impl->provider != BENCH_PROVIDER_PYTHON) {
        return bench_json_error(bench_json_get(object, "provider"), r->err,
                                "an oracle is of the provider 'cuda' (default) or 'python'");
    }
    return rc;
}

/* Keys that have no meaning for the provider, so that nobody believes they do something. */
int reader_provider_keys(struct reader *r, const struct bench_json *object,
                         const struct bench_implementation *impl)
{
    static const char *const cuda[] = {NULL};
    static const char *const python[] = {"python", NULL};
    static const char *const others[] = {"source", "options", "grid", "block", "shared", NULL};
    /* A Python operator takes all tensors, by the description under "python"; it has no variants
     * (its own autotuner chooses) and makes its own scratch memory. */
    static const char *const launched[] = {"args",  "launches", "workspace", "tune",
                                           "where", "let",      NULL};
    const enum bench_provider p = impl->provider;
    const char *const *refused[] = {p == BENCH_PROVIDER_CUDA ? cuda : others,
                                    p == BENCH_PROVIDER_PYTHON ? launched : python};
    for (size_t list = 0; list < 2; ++list) {
        for (size_t i = 0; refused[list][i] != NULL; ++i) {
            const struct bench_json *v = bench_json_get(object, refused[list][i]);
            if (v != NULL) {
                return bench_json_error(v, r->err, "'%s' has no meaning for the provider '%s'",
                                        refused[list][i], provider_names[p]);
            }
        }
    }
    return BENCH_OK;
}

int reader_source(struct reader *r, const struct bench_json *object, bool required,
                  struct bench_implementation *impl)
{
    const char *source = NULL;
    int rc = reader_member_text(r, object, "source", required, &source);
    if (rc != 0 || source == NULL) {
        return rc;
    }
    char *path = bench_path_join(r->op->directory, source);
    impl->source = bench_arena_strdup(r->arena, path);
    free(path);
    if (!bench_file_exists(impl->source) || bench_file_is_dir(impl->source)) {
        return bench_json_error(bench_json_get(object, "source"), r->err,
                                "there is no file '%s'; sources are relative to the folder of the "
                                "description",
                                impl->source);
    }
    return BENCH_OK;
}

/* What the Python side is handed as it stands; we look at its `source` alone. */
int reader_python(struct reader *r, const struct bench_json *object,
                  struct bench_implementation *impl)
{
    const struct bench_json *python = NULL;
    struct bench_str text;
    struct bench_json_writer w;
    int rc = bench_json_get_object(object, "python", true, &python, r->err);
    rc = rc == 0 ? reader_source(r, python, false, impl) : rc;
    if (rc != 0) {
        return rc;
    }
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, python);
    impl->python = bench_arena_strdup(r->arena, text.data);
    bench_str_fini(&text);
    return BENCH_OK;
}
