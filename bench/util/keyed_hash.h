/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a hash that nobody can predict who has not got the
 * key, from however many of its values. Seeds of checks are derived with it.
 */
#ifndef BENCH_UTIL_KEYED_HASH_H
#define BENCH_UTIL_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t bench_keyed_hash(const uint64_t key[2], const void *data, size_t length);

#endif
