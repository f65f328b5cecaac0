/*
 * What loading cannot see: whether the two files belong together, and whether the numbers can be
 * what they say. Every bound has its reason beside it; docs/formats.md lists all checks by code.
 */
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

/* In bytes a second, the fastest that any GPU is specified with: HBM3E of NVIDIA's B200 and AMD's
 * Instinct MI350 (data sheets, 2025: 8 TB/s), and the Infinity Cache of the Instinct MI300X (CDNA 3
 * white paper: 17.2 TB/s), which holds 256 MB. A case whose tensor does not fit twice that cannot
 * come from a cache. */
#define BENCH_MEMORY_BANDWIDTH_MAX 8e12
#define BENCH_CACHE_BANDWIDTH_MAX 17.2e12
#define BENCH_CACHE_BYTES 512e6

/* Differing devices within or between the files: times of two devices say nothing about each other.
 * Adds one error for each further device. `flaggems` may be NULL. */
void bench_validate_devices(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            struct bench_faults *faults);

/* The same for modes and caches: a launch alone and a whole call, cold and hot caches, take times
 * that say nothing about each other. Data that do not tell are not held against those that do. */
void bench_validate_conditions(const struct bench_dataset *your,
                               const struct bench_dataset *flaggems, struct bench_faults *faults);

/* cuda_time of one case that differs between the files. */
void bench_validate_baselines(const struct bench_dataset *your, const struct bench_join *join,
                              enum bench_fault_level level, struct bench_faults *faults);

/* Cases without a partner, each by name, on both sides; nothing for operators that the other file
 * does not have at all (they are new to FlagGems, or not measured here). */
void bench_validate_matches(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            const struct bench_join *join, struct bench_faults *faults);

/* Times no kernel can have beside the baseline's, one warning an operator. */
void bench_validate_plausible(const struct bench_dataset *your, struct bench_faults *faults);

/* Data without any case; two files that have no case in common. Errors. */
void bench_validate_overlap(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            const struct bench_join *join, struct bench_faults *faults);

/* What is suspicious in one file, as warnings: bandwidth beyond any memory, the same time again and
 * again, times that look like seconds or microseconds, few cases, one dtype. */
void bench_validate_numbers(const struct bench_dataset *set, struct bench_faults *faults);

/* All of these. */
void bench_validate(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                    const struct bench_join *join, struct bench_faults *faults);

#endif
