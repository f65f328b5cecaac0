/*
 * Where a worker is: written by the worker into memory that it shares with its supervisor, so that
 * a worker that dies or hangs has already said in what.
 */
#ifndef BENCH_CASE_POSITION_H
#define BENCH_CASE_POSITION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_phase {
    BENCH_PHASE_START, /* opening the device, calibrating */
    BENCH_PHASE_PREPARE,
    BENCH_PHASE_ORACLE,
    BENCH_PHASE_VERIFY,
    BENCH_PHASE_TUNE,
    BENCH_PHASE_MEASURE,
    BENCH_PHASE_RECHECK,
    BENCH_PHASE_COUNT
};

/* "starting", "compiling", …; for people. Any number will do: it comes from another process. */
const char *bench_phase_name(enum bench_phase phase);

/* No implementation: the harness's own work, or the oracle. */
#define BENCH_POSITION_NOBODY (-1)

/* Cases that a worker has in hand or before it at most; a power of two. */
#define BENCH_POSITION_ORDERS 4
/* In the place of a case: there are no more. */
#define BENCH_POSITION_END (-1)

struct bench_position {
    _Atomic int64_t since_ns; /* bench_clock_ns of the last change */
    _Atomic int32_t case_index;
    _Atomic int32_t implementation; /* index in the operator, or BENCH_POSITION_NOBODY */
    _Atomic uint32_t roles;         /* that it plays, as in struct bench_record */
    _Atomic int32_t phase;
    _Atomic int32_t round, rounds; /* 0: not in rounds */
    char variant[160];             /* label of the variant; "" */
    int32_t fd;                    /* of the memory, in the process that made it */

    /* The other way: cases that the supervisor hands out (struct bench_worker_job, ordered). Order
     * k is at k % BENCH_POSITION_ORDERS; there are never more that were not begun. */
    _Atomic uint32_t order_count;
    _Atomic int32_t orders[BENCH_POSITION_ORDERS];
};

/* Memory that is shared across fork, and with programs that inherit `fd` (close-on-exec is set);
 * ends the process if there is none. */
struct bench_position *bench_position_new(void);
void bench_position_free(struct bench_position *p);
/* For the supervisor: false if what lies there cannot have been written by a worker that is itself.
 * It is put right then: nobody is at work, since now. */
bool bench_position_check(struct bench_position *p);
/* In a program that inherited the memory: maps it; NULL if `fd` is no such memory. */
struct bench_position *bench_position_attach(int fd);

/* The supervisor hands out a case, or BENCH_POSITION_END; _recall takes all back, before a new
 * worker is started. */
void bench_position_order(struct bench_position *p, int32_t case_index);
void bench_position_recall(struct bench_position *p);
/* The worker waits for order number `k`: 0, 1, … */
int32_t bench_position_await(struct bench_position *p, uint32_t k);

void bench_position_case(struct bench_position *p, size_t case_index);
void bench_position_phase(struct bench_position *p, enum bench_phase phase);
void bench_position_implementation(struct bench_position *p, int implementation, unsigned roles);
/* `label` may be NULL: it stays. */
void bench_position_variant(struct bench_position *p, const char *label, int round, int rounds);

#endif
