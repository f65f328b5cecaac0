/* Counters by text: for telling once what many records say, in time that grows with their number
 * alone. */
#ifndef BENCH_RUN_TALLY_H
#define BENCH_RUN_TALLY_H

#include <stddef.h>

struct bench_tally;

struct bench_tally *bench_tally_new(void);
void bench_tally_free(struct bench_tally *tally); /* NULL-safe */
/* The counter of a text; 0 when it is asked for first. */
size_t *bench_tally_of(struct bench_tally *tally, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
