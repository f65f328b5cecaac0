/*
 * Who played the reference and the baseline. `bench run` times implementations of kernels/ in these
 * roles, and says which; what they achieve is not FlagGems' or CUDA's own, unless they call it, and
 * must not be called so. Data that were measured elsewhere do not say: their "flaggems_time" is
 * FlagGems', and their "cuda_time" CUDA's.
 */
#ifndef SELECTOR_PLAYERS_H
#define SELECTOR_PLAYERS_H

#include "bench/util/mem.h"
#include "selector/dataset.h"
#include "selector/join.h"

/* Names of implementations, each once, as "cudnn, plain"; NULL where the data do not tell. */
struct bench_players {
    const char *reference;
    const char *baseline;
    bool has_flag_gems; /* "flag_gems" is among the references */
};

/* Strings are in the arena. */
void bench_players_find(struct bench_arena *arena, const struct bench_dataset *your,
                        const struct bench_join *join, struct bench_players *players);

/* Whose the reference's implementations are, in words. The one of the name "flag_gems" calls
 * FlagGems' functions as they are, which the run has seen by their kernels; others are ports. */
const char *bench_players_whose_reference(const struct bench_players *players);
/* "the reference" or "FlagGems". */
const char *bench_players_reference_name(const struct bench_players *players);
/* "the baseline" or "CUDA". */
const char *bench_players_baseline_name(const struct bench_players *players);
/* Before a noun: "baseline" or "CUDA". */
const char *bench_players_baseline_adjective(const struct bench_players *players);

/* Who has the time of `reference`, the partner of `candidate`; NULL if the data do not tell. What a
 * candidate's case says of its reference is of its own run: it says nothing about reference data of
 * another origin. */
const char *bench_players_reference_of(const struct bench_dataset_op *op,
                                       const struct bench_dataset_case *candidate,
                                       const struct bench_dataset_op *reference_op,
                                       const struct bench_dataset_case *reference);

#endif
