/* The OS threads of a cpu device: started once, each with its executor. Private to the device. */
#ifndef BENCH_DEVICE_CPU_POOL_H
#define BENCH_DEVICE_CPU_POOL_H

#include <stddef.h>

#include "bench/device/cpu/executor.h"
#include "bench/util/err.h"

struct bench_pool;

/* `threads` counts the caller's own, which takes part in every launch. */
int bench_pool_new(int threads, struct bench_pool **pool, struct bench_err *err);
void bench_pool_free(struct bench_pool *pool); /* NULL-safe */

/* Runs the launch on up to `threads` OS threads and waits for its end. BENCH_ERROR if it failed. */
int bench_pool_launch(struct bench_pool *pool, struct bench_launch *launch, int threads);

/* Calls work(number, of, data) on all threads at the same time; waits for their end. */
void bench_pool_each(struct bench_pool *pool, void (*work)(int number, int of, void *data),
                     void *data);

#endif
