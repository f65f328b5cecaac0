#include "bench/selftest/apart.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/run/child.h"
#include "bench/util/clock.h"

/* How often a signal is looked for while the child works. */
#define TICK_MS 100
/* Of a dead child's standard error, as much as a line of the report can bear. */
#define LAST_WORDS "%.500s"

void *selftest_shared_new(size_t bytes)
{
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        fprintf(stderr, "bench: no memory to share with a child process\n");
        exit(4);
    }
    return shared;
}

void selftest_shared_free(void *shared, size_t bytes)
{
    if (shared != NULL)
        munmap(shared, bytes);
}

struct outcome {
    int rc;
    bool done;
    struct bench_err err;
};

struct work {
    selftest_body body;
    void *shared;
    struct outcome *outcome; /* shared as well */
};

static int child_main(void *data, int line_fd)
{
    const struct work *work = data;
    (void)line_fd;
    work->outcome->rc = work->body(work->shared, &work->outcome->err);
    work->outcome->done = true;
    return 0;
}

static int wait_for(struct bench_child *child, double timeout_s,
                    const volatile sig_atomic_t *interrupted, struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    const char *line;
    while (bench_child_wait(child, TICK_MS, &line) != BENCH_CHILD_ENDED) {
        if (interrupted != NULL && *interrupted)
            return bench_err_set(err, BENCH_EINTERRUPTED, "interrupted");
        if ((double)(bench_clock_ns() - start) > timeout_s * 1e9)
            return bench_err_set(err, BENCH_ERROR, "it did not end within %.0f s", timeout_s);
    }
    return BENCH_OK;
}

int selftest_apart(selftest_body body, void *shared, double timeout_s,
                   const volatile sig_atomic_t *interrupted, struct bench_err *err)
{
    struct outcome *outcome = selftest_shared_new(sizeof *outcome);
    struct work work = {.body = body, .shared = shared, .outcome = outcome};
    struct bench_child child;
    int rc = bench_child_start(&child, child_main, &work, err);
    if (rc == BENCH_OK) {
        rc = wait_for(&child, timeout_s, interrupted, err);
        if (rc == BENCH_OK && outcome->done) {
            rc = outcome->rc;
            *err = outcome->err;
        } else if (rc == BENCH_OK) {
            char end[96];
            bench_child_end_text(child.wait_status, end);
            rc = bench_err_set(err, BENCH_ERROR, "the process ended with %s. " LAST_WORDS, end,
                               child.err.data);
        }
        bench_child_fini(&child);
    }
    selftest_shared_free(outcome, sizeof *outcome);
    return rc;
}
