/*
 * The timing of a case, between its verifications: choose variants, measure the rounds, and what is
 * measured besides (graphs, do_bench, the roofline). All of it ends in the actors' records.
 */
#ifndef BENCH_RUN_TIME_CASE_H
#define BENCH_RUN_TIME_CASE_H

#include "bench/run/cast.h"

/* Variants and rounds. Outputs, and those of the twin (of NULL: the case has none), are left as the
 * last timed launch wrote them. BENCH_EPOISONED if the device is lost; what fails in one
 * implementation fails it alone. */
int bench_time_rounds(struct bench_session *s, const struct bench_case_job *job,
                      const struct bench_case_data *data, struct bench_cast *cast,
                      struct bench_twin *twin, struct bench_err *err);

/* What overwrites outputs and therefore comes after they were looked at: the second estimate by
 * graphs, where the first decides nothing for its floor, and do_bench's number. Then the roofline,
 * and who is faster than it. */
int bench_time_more(struct bench_session *s, const struct bench_case_job *job,
                    const struct bench_case_data *data, struct bench_cast *cast,
                    struct bench_err *err);

#endif
