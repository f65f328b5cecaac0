/*
 * Which records are of which case and process, and of which operator, so that finding one takes as
 * long among a million as among ten. Filled as it is asked: it looks at records that were added
 * since.
 */
#ifndef BENCH_RUN_RECORD_INDEX_H
#define BENCH_RUN_RECORD_INDEX_H

#include "bench/case/record.h"
#include "bench/spec/suite.h"

struct bench_record_index;

/* `suite` must outlive it. */
struct bench_record_index *bench_record_index_new(const struct bench_suite *suite);
void bench_record_index_free(struct bench_record_index *index); /* NULL-safe */
/* Forgets all from number `count` on: they were taken away from the end. */
void bench_record_index_cut(struct bench_record_index *index, const struct bench_record *records,
                            size_t count);
/* Forgets all: records were taken away, or changed their places. */
void bench_record_index_reset(struct bench_record_index *index);

/* The first record of the case in the process, in the order of `records`; the next one after
 * `after`. NULL if there is none. `records` are those of earlier calls, and perhaps more. */
const struct bench_record *bench_record_index_first(struct bench_record_index *index,
                                                    const struct bench_record *records,
                                                    size_t record_count, size_t case_index,
                                                    int process);
const struct bench_record *bench_record_index_next(const struct bench_record_index *index,
                                                   const struct bench_record *records,
                                                   const struct bench_record *after);
/* The same over all cases and processes of an operator: suite->operators[op]. */
const struct bench_record *bench_record_index_first_of(struct bench_record_index *index,
                                                       const struct bench_record *records,
                                                       size_t record_count, size_t op);
const struct bench_record *bench_record_index_next_of(const struct bench_record_index *index,
                                                      const struct bench_record *records,
                                                      const struct bench_record *after);

#endif
