/* JSON objects that are kept as compact text in between: a case's params, a variant's values. */
#ifndef BENCH_CASE_JSON_TEXT_H
#define BENCH_CASE_JSON_TEXT_H

#include "bench/perf/json.h"
#include "bench/util/mem.h"

/* A member `key` with the object that `text` is; null if it is none. */
void bench_json_text_put(struct bench_json_writer *w, const char *key, const char *text);
/* The member `key` as compact text from the arena; *out stays as it is if there is no such member.
 */
void bench_json_text_read(const struct bench_json *object, const char *key,
                          struct bench_arena *arena, const char **out);

#endif
