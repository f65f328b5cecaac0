/* The readers of the several forms; private to this folder. */
#ifndef BENCH_REPRODUCE_CLAIMS_IMPL_H
#define BENCH_REPRODUCE_CLAIMS_IMPL_H

#include "bench/reproduce/claims.h"

/* Zeroed, with NANs where nothing is known; its place in the array moves with the next one. */
struct bench_claim *bench_claims_add(struct bench_claims *claims);

/* Members; NULL or NAN where they are absent or of another type. `object` may be NULL. */
const char *bench_claims_text(const struct bench_json *object, const char *key);
double bench_claims_number(const struct bench_json *object, const char *key);
const struct bench_json *bench_claims_member(const struct bench_json *object, const char *key);

int bench_claims_read_table(struct bench_claims *claims, const char *text, size_t length,
                            struct bench_err *err);
/* Performance data and records: `path` is a file, `flaggems` another or NULL. */
int bench_claims_read_data(struct bench_claims *claims, const char *path, const char *flaggems,
                           struct bench_err *err);
int bench_claims_read_selection(struct bench_claims *claims, const struct bench_json *root,
                                struct bench_err *err);
/* One config of performance data or of a selection; `flaggems_ms` is NAN where it has no such time
 * itself. Claims of it are added. */
int bench_claims_read_config(struct bench_claims *claims, const char *op,
                             const struct bench_json *config, double flaggems_ms,
                             struct bench_err *err);

#endif
