/* A loop over independent items on several threads. */
#ifndef BENCH_UTIL_PARALLEL_H
#define BENCH_UTIL_PARALLEL_H

#include <stddef.h>

/* Does one item. Items are done in any order and at once: it writes nothing that another one reads
 * or writes. */
typedef void (*bench_parallel_work)(void *context, size_t item);

/* How many CPUs this process may use; 1 if nobody knows. */
size_t bench_parallel_cpus(void);

/* Does items 0 … count - 1, each once, and returns when all are done. On up to `threads` threads,
 * the caller's among them; 0: one for each CPU that this process may use, at most 64. Where no
 * thread can be had, the caller's does it all. Signals come to the caller's thread alone. */
void bench_parallel_for(size_t count, int threads, bench_parallel_work work, void *context);

#endif
