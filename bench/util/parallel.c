#include "bench/util/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#define MOST_THREADS 64

struct loop {
    size_t count;
    atomic_size_t next;
    bench_parallel_work work;
    void *context;
};

static void *take_items(void *argument)
{
    struct loop *loop = argument;
    size_t i;
    while ((i = atomic_fetch_add(&loop->next, 1)) < loop->count)
        loop->work(loop->context, i);
    return NULL;
}

size_t bench_parallel_cpus(void)
{
    cpu_set_t cpus; /* of 1,024: on a larger host the call fails */
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 0)
        return (size_t)CPU_COUNT(&cpus);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

static size_t count_threads(int threads, size_t items)
{
    size_t n = threads > 0 ? (size_t)threads : bench_parallel_cpus();
    n = n < MOST_THREADS ? n : MOST_THREADS;
    return n < items ? n : items;
}

void bench_parallel_for(size_t count, int threads, bench_parallel_work work, void *context)
{
    struct loop loop = {.count = count, .work = work, .context = context};
    pthread_t others[MOST_THREADS];
    size_t wanted = count_threads(threads, count), started = 0;
    sigset_t all, before;
    atomic_init(&loop.next, 0);
    sigfillset(&all);
    const bool masked = wanted > 1 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    while (started + 1 < wanted && pthread_create(&others[started], NULL, take_items, &loop) == 0)
        started++;
    if (masked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    take_items(&loop);
    for (size_t i = 0; i < started; i++)
        pthread_join(others[i], NULL);
}
