/* What `bench reproduce` says: for a terminal, for programs (docs/reproduce.md has the keys), for a
 * pull request. */
#ifndef BENCH_REPRODUCE_REPORT_H
#define BENCH_REPRODUCE_REPORT_H

#include "bench/reproduce/judge.h"

/* Claims that hold are counted and not listed where there are more than this, unless asked for. */
#define BENCH_REPRODUCE_FEW 40

void bench_reproduce_text(const struct bench_reproduction *r, bool all, bool color,
                          struct bench_str *out);
void bench_reproduce_markdown(const struct bench_reproduction *r, bool all, struct bench_str *out);
void bench_reproduce_json(const struct bench_reproduction *r, struct bench_str *out);

/* "45 of 48 claims are reproduced or better (93.8 %): 44 reproduced, 1 better, 3 worse". */
void bench_reproduce_summary(const struct bench_reproduction *r, struct bench_str *out);

#endif
