/* A map from strings to numbers (open addressing): finds duplicates and joins in linear time. */
#ifndef SELECTOR_INDEX_H
#define SELECTOR_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_INDEX_NONE SIZE_MAX

struct bench_index;
struct bench_index *bench_index_new(void);
void bench_index_free(struct bench_index *index); /* NULL-safe */

/* Adds key -> value and returns BENCH_INDEX_NONE; if the key is there, changes nothing and returns
 * its value. `key` is borrowed and must outlive the index. */
size_t bench_index_add(struct bench_index *index, const char *key, size_t value);
size_t bench_index_find(const struct bench_index *index, const char *key);

#endif
