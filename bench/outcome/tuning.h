/*
 * What variants took in the rounds that chose among them, read from the journal of a run. These
 * times choose; no result is made of them. How much choosing gains can be told from them only where
 * the rounds that choose are not those that judge: so each variant has two times, of the even and
 * of the odd tuning rounds. Journals of before have one median instead, and such a run is one half
 * of which another run is the other.
 */
#ifndef BENCH_OUTCOME_TUNING_H
#define BENCH_OUTCOME_TUNING_H

#include <stddef.h>

#include "bench/util/err.h"

struct bench_arena;

struct bench_tuning_variant {
    const char *label; /* "BLOCK=256 PACKS=1" */
    double half_ns[2]; /* medians with the low floor taken off; [1] means nothing if halves is 1 */
};

/* The candidate of one case, where there was a choice. */
struct bench_tuning {
    const char *key; /* of the case, as in struct bench_outcome_case */
    const char *op_name, *implementation;
    const char *source_hash; /* "" if it has none */
    const struct bench_tuning_variant *variants;
    size_t variant_count; /* 2 or more */
    int halves;           /* 1 or 2 */
};

struct bench_tunings {
    const struct bench_tuning *items; /* as in the journal, each case once */
    size_t count;
    struct bench_arena *arena;
};

/* Of the main run in `folder`, from its journal.jsonl, or where there is only journal.jsonl.gz, as
 * recordings are kept, from what `gzip -dc` makes of it. A torn last line does not count. Without
 * a journal it has none, and so has a NULL folder. BENCH_EINPUT for a damaged one. The caller
 * frees. */
int bench_tunings_read(const char *folder, struct bench_tunings **tunings, struct bench_err *err);
void bench_tunings_free(struct bench_tunings *tunings); /* NULL-safe */

#endif
