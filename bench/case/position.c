#include "bench/case/position.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/util/clock.h"

static const char *const phase_names[BENCH_PHASE_COUNT] = {
    [BENCH_PHASE_START] = "starting",
    [BENCH_PHASE_PREPARE] = "compiling",
    [BENCH_PHASE_ORACLE] = "oracle",
    [BENCH_PHASE_VERIFY] = "verifying",
    [BENCH_PHASE_TUNE] = "tuning",
    [BENCH_PHASE_MEASURE] = "measuring",
    [BENCH_PHASE_RECHECK] = "checking the timed outputs of",
};

const char *bench_phase_name(enum bench_phase phase)
{
    return (unsigned)phase < BENCH_PHASE_COUNT ? phase_names[phase] : "doing nobody knows what";
}

bool bench_position_check(struct bench_position *p)
{
    int phase = p->phase;
    int64_t since_ns = p->since_ns; /* before the clock is read, or an honest one may be later */
    bool sane = phase >= 0 && phase < BENCH_PHASE_COUNT && since_ns <= bench_clock_ns() &&
                p->implementation >= BENCH_POSITION_NOBODY &&
                memchr(p->variant, '\0', sizeof p->variant) != NULL;
    if (sane)
        return true;
    p->variant[0] = '\0';
    p->phase = BENCH_PHASE_MEASURE;
    bench_position_implementation(p, BENCH_POSITION_NOBODY, 0);
    return false;
}

struct bench_position *bench_position_new(void)
{
    int fd = memfd_create("bench-position", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct bench_position *p = NULL;
    /* What runs in a worker has the descriptor: made shorter, the memory would be gone under the
     * supervisor, which would die of SIGBUS. */
    if (fd >= 0 && ftruncate(fd, sizeof *p) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        p = bench_position_attach(fd);
    if (p == NULL) {
        perror("bench: no memory to share with a worker process");
        exit(4);
    }
    p->fd = fd;
    p->implementation = BENCH_POSITION_NOBODY;
    p->since_ns = bench_clock_ns();
    return p;
}

void bench_position_free(struct bench_position *p)
{
    if (p == NULL)
        return;
    close(p->fd);
    munmap(p, sizeof *p);
}

struct bench_position *bench_position_attach(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size != (off_t)sizeof(struct bench_position))
        return NULL;
    void *memory =
        mmap(NULL, sizeof(struct bench_position), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* A pause of a worker that has nothing to do: it may be late by so much, and uses no CPU that
 * others measure on. */
#define AWAIT_NS 500000L

void bench_position_order(struct bench_position *p, int32_t case_index)
{
    uint32_t k = p->order_count;
    p->orders[k % BENCH_POSITION_ORDERS] = case_index;
    p->since_ns = bench_clock_ns(); /* patience begins now */
    p->order_count = k + 1;
}

void bench_position_recall(struct bench_position *p)
{
    p->order_count = 0;
}

int32_t bench_position_await(struct bench_position *p, uint32_t k)
{
    const struct timespec pause = {0, AWAIT_NS};
    while (p->order_count <= k)
        nanosleep(&pause, NULL);
    return p->orders[k % BENCH_POSITION_ORDERS];
}

void bench_position_case(struct bench_position *p, size_t case_index)
{
    p->case_index = (int32_t)case_index;
    bench_position_implementation(p, BENCH_POSITION_NOBODY, 0);
}

void bench_position_phase(struct bench_position *p, enum bench_phase phase)
{
    p->phase = (int32_t)phase;
    bench_position_implementation(p, BENCH_POSITION_NOBODY, 0);
}

void bench_position_implementation(struct bench_position *p, int implementation, unsigned roles)
{
    /* A worker may be killed between two words: no index stands beside another one's roles. */
    p->implementation = BENCH_POSITION_NOBODY;
    p->roles = roles;
    p->implementation = implementation;
    bench_position_variant(p, "", 0, 0);
}

void bench_position_variant(struct bench_position *p, const char *label, int round, int rounds)
{
    if (label != NULL && strcmp(label, p->variant) != 0)
        snprintf(p->variant, sizeof p->variant, "%s", label);
    p->round = round;
    p->rounds = rounds;
    p->since_ns = bench_clock_ns();
}
