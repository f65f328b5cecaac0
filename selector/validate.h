/* What loading cannot see: whether the two files belong together. */
#ifndef SELECTOR_VALIDATE_H
#define SELECTOR_VALIDATE_H

#include "selector/dataset.h"
#include "selector/faults.h"
#include "selector/join.h"

/* Largest difference between the cuda_time of a case in the one file and in the other, relative to
 * the smaller: repeated measurements of a kernel of a few microseconds differ by less (Triton's
 * do_bench run twice: up to 20 % at 4 us, 8 % at 8 us; paired rounds: below 1 %), files of two
 * machines or two kernels by more. */
#define BENCH_CUDA_TIME_MAX_DIFFERENCE 0.05

/* Differing devices within or between the files: times of two devices say nothing about each other.
 * Adds one error for each further device. `flaggems` may be NULL. */
void bench_validate_devices(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            struct bench_faults *faults);

/* cuda_time of one case that differs between the files. */
void bench_validate_baselines(const struct bench_dataset *your, const struct bench_join *join,
                              enum bench_fault_level level, struct bench_faults *faults);

/* Cases without a partner, one warning an operator; nothing for operators that the reference data
 * do not have at all (they are new to FlagGems). */
void bench_validate_matches(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            const struct bench_join *join, struct bench_faults *faults);

/* Times no kernel can have beside the baseline's, one warning an operator. */
void bench_validate_plausible(const struct bench_dataset *your, struct bench_faults *faults);

/* All of these. */
void bench_validate(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                    const struct bench_join *join, struct bench_faults *faults);

#endif
