#include "bench/case/json_text.h"

#include <string.h>

void bench_json_text_put(struct bench_json_writer *w, const char *key, const char *text)
{
    struct bench_json_doc *doc = NULL;
    bench_json_put_key(w, key);
    if (bench_json_parse(key, text, strlen(text), &doc, NULL) == BENCH_OK)
        bench_json_put_value(w, bench_json_root(doc));
    else
        bench_json_put_null(w);
    bench_json_free(doc);
}

void bench_json_text_read(const struct bench_json *object, const char *key,
                          struct bench_arena *arena, const char **out)
{
    const struct bench_json *value = bench_json_get(object, key);
    if (value == NULL)
        return;
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, value);
    *out = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
}
