/* The noise floor of each device: what kernels measured against themselves show there. Private to
 * judge.c. */
#ifndef BENCH_RUN_JUDGE_NOISE_H
#define BENCH_RUN_JUDGE_NOISE_H

#include "bench/run/judge.h"

/* Fills judge->devices and the totals over them, judge->noise_floor included. */
void bench_judge_noise(struct bench_judge *judge, const struct bench_run *run);

/* Of the device that measured the case in the main run. One without any such kernel has the largest
 * of the others'. */
double bench_judge_noise_of_case(const struct bench_judge *judge, const struct bench_run *run,
                                 size_t case_index);

#endif
