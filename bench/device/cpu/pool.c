#include "bench/device/cpu/pool.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/cpu/fault.h"
#include "bench/util/mem.h"

/* vm.max_map_count of a stock Linux; every stack takes two mappings, itself and its guard. */
#define DEFAULT_MAPPINGS 65530

struct worker {
    struct bench_pool *pool;
    int number;
    pthread_t thread;
    sem_t start;
    struct executor *executor;
};

struct bench_pool {
    int count; /* workers[0] is the caller */
    struct worker *workers;
    sem_t done;
    size_t stacks; /* that all executors together may have */
    /* The present task: a launch, or a function. Written while the workers sleep. */
    struct bench_launch *launch;
    void (*work)(int number, int of, void *data);
    void *data;
    bool stop;
};

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR)
        ;
}

static void *worker_main(void *data)
{
    struct worker *w = data;
    struct bench_pool *pool = w->pool;
    bench_fault_thread_begin();
    for (;;) {
        wait_for(&w->start);
        if (pool->stop)
            break;
        if (pool->launch)
            bench_executor_run(w->executor, pool->launch);
        else
            pool->work(w->number, pool->count, pool->data);
        sem_post(&pool->done);
    }
    bench_fault_thread_end();
    return NULL;
}

static size_t stack_budget(void)
{
    long limit = DEFAULT_MAPPINGS;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    char line[32];
    if (file && fgets(line, sizeof(line), file)) {
        long value = strtol(line, NULL, 10);
        limit = value > 0 ? value : limit;
    }
    if (file)
        fclose(file);
    return (size_t)limit * 3 / 4 / 2; /* the rest is for everything else in the process */
}

int bench_pool_new(int threads, struct bench_pool **out, struct bench_err *err)
{
    struct bench_pool *pool = bench_xcalloc(1, sizeof(*pool));
    pool->workers = bench_xcalloc((size_t)threads, sizeof(*pool->workers));
    pool->stacks = stack_budget();
    sem_init(&pool->done, 0, 0);
    for (int i = 0; i < threads; i++) {
        struct worker *w = &pool->workers[i];
        *w = (struct worker){.pool = pool, .number = i, .executor = bench_executor_new()};
        sem_init(&w->start, 0, 0);
        int cause = i == 0 ? 0 : pthread_create(&w->thread, NULL, worker_main, w);
        if (cause != 0) {
            bench_executor_free(w->executor);
            sem_destroy(&w->start);
            bench_pool_free(pool);
            return bench_err_set(err, BENCH_ERROR,
                                 "CPU thread %d of %d cannot be started: %s; use fewer "
                                 "(--device cpu:N)",
                                 i + 1, threads, strerror(cause));
        }
        pool->count++;
    }
    *out = pool;
    return BENCH_OK;
}

void bench_pool_free(struct bench_pool *pool)
{
    if (!pool)
        return;
    pool->stop = true;
    for (int i = 0; i < pool->count; i++) {
        struct worker *w = &pool->workers[i];
        if (i > 0) {
            sem_post(&w->start);
            pthread_join(w->thread, NULL);
        }
        bench_executor_free(w->executor);
        sem_destroy(&w->start);
    }
    sem_destroy(&pool->done);
    free(pool->workers);
    free(pool);
}

/* How many OS threads can have a stack for each of a block's threads; the others give theirs back.
 */
static int share_stacks(struct bench_pool *pool, uint32_t block_threads, int threads)
{
    /* One more than threads: a stack that is free again while the next one starts. */
    size_t most = pool->stacks / (block_threads + 1);
    if ((size_t)threads > most)
        threads = most > 0 ? (int)most : 1;
    size_t each = pool->stacks / (size_t)threads;
    for (int i = 0; i < pool->count; i++)
        bench_executor_trim(pool->workers[i].executor, i < threads ? each : 0);
    return threads;
}

int bench_pool_launch(struct bench_pool *pool, struct bench_launch *launch, int threads)
{
    if (threads > pool->count)
        threads = pool->count;
    if ((size_t)pool->count * (MAX_THREADS + 1) > pool->stacks)
        threads = share_stacks(pool, launch->threads, threads);
    /* A few blocks at a time, so that the counter is no bottleneck; few, so that all end together
     * and blocks that wait for lower ones wait shortly. */
    uint64_t chunk = launch->blocks / ((uint64_t)threads * 64);
    launch->chunk = chunk < 1 ? 1 : chunk > 8 ? 8 : chunk;
    atomic_store(&launch->next_block, 0);
    atomic_store(&launch->failed_block, UINT64_MAX);
    pthread_mutex_init(&launch->lock, NULL);
    if ((uint64_t)threads > launch->blocks)
        threads = (int)launch->blocks;

    pool->launch = launch;
    for (int i = 1; i < threads; i++)
        sem_post(&pool->workers[i].start);
    bench_executor_run(pool->workers[0].executor, launch);
    for (int i = 1; i < threads; i++)
        wait_for(&pool->done);
    pool->launch = NULL;
    pthread_mutex_destroy(&launch->lock);
    return atomic_load(&launch->failed_block) != UINT64_MAX ? BENCH_ERROR : BENCH_OK;
}

void bench_pool_each(struct bench_pool *pool, void (*work)(int number, int of, void *data),
                     void *data)
{
    pool->work = work;
    pool->data = data;
    for (int i = 1; i < pool->count; i++)
        sem_post(&pool->workers[i].start);
    work(0, pool->count, data);
    for (int i = 1; i < pool->count; i++)
        wait_for(&pool->done);
}
