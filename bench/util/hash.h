/* Content hashes (XXH3, 128 bits) for cache keys and provenance; not for security. */
#ifndef BENCH_UTIL_HASH_H
#define BENCH_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

struct bench_hash;
struct bench_hash *bench_hash_new(void);
void bench_hash_free(struct bench_hash *h);
/* Length is hashed too, so that ("ab","c") and ("a","bc") differ. */
void bench_hash_add(struct bench_hash *h, const void *data, size_t length);
void bench_hash_add_str(struct bench_hash *h, const char *s);
void bench_hash_hex(const struct bench_hash *h, char out[33]);

/* Hash of one block of bytes (without its length), as 32 hexadecimal digits. */
void bench_hash_bytes_hex(const void *data, size_t length, char out[33]);

#endif
