/*
 * The timing of a case, between its verifications: choose variants, measure the rounds, and what is
 * measured besides (graphs, do_bench, the roofline). All of it ends in the actors' records.
 */
#ifndef BENCH_CASE_TIME_CASE_H
#define BENCH_CASE_TIME_CASE_H

#include "bench/case/cast.h"
#include "bench/case/oracle.h"

/* Variants and rounds, with the outputs of every timed launch looked at (bench/case/timed_check.h);
 * a twin whose `of` is NULL: the case has none. `oracle` has memory for all sets of inputs; it is
 * not used on a device that computes nothing. BENCH_EPOISONED if the device is lost; what fails in
 * one implementation fails it alone. */
int bench_time_rounds(struct bench_session *s, const struct bench_case_job *job,
                      struct bench_case_data *data, const struct bench_oracle *oracle,
                      struct bench_cast *cast, struct bench_twin *twin, struct bench_err *err);

/* What overwrites outputs and therefore comes after they were looked at: the second estimate by
 * graphs, where the first decides nothing for its floor, and do_bench's number. Then the roofline,
 * and who is faster than it. */
int bench_time_more(struct bench_session *s, const struct bench_case_job *job,
                    const struct bench_case_data *data, struct bench_cast *cast,
                    struct bench_err *err);

#endif
