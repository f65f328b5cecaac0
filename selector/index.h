/* A map from strings to numbers (open addressing): finds duplicates and joins in linear time. */
#ifndef SELECTOR_INDEX_H
#define SELECTOR_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_INDEX_NONE SIZE_MAX

struct bench_index;
struct bench_index *bench_index_new(void);
void bench_index_free(struct bench_index *index); /* NULL-safe */
/* Forgets all keys, and makes room for so many. */
void bench_index_clear(struct bench_index *index, size_t expected);

/* Adds key -> value and returns BENCH_INDEX_NONE; if the key is there, changes nothing and returns
 * its value. `key` is borrowed and must outlive the index. */
size_t bench_index_add(struct bench_index *index, const char *key, size_t value);
size_t bench_index_find(const struct bench_index *index, const char *key);

/* The same for keys that are looked up again and again: their hash is kept beside them. Values are
 * below 2^32 in either case. */
uint32_t bench_index_hash(const char *key, size_t length);
size_t bench_index_add_hashed(struct bench_index *index, const char *key, uint32_t hash,
                              size_t value);
size_t bench_index_find_hashed(const struct bench_index *index, const char *key, uint32_t hash);

#endif
