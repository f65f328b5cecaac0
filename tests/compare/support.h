/* Performance data made by hand, for comparisons with known answers. */
#ifndef TESTS_COMPARE_SUPPORT_H
#define TESTS_COMPARE_SUPPORT_H

#include "bench/compare/compare.h"

/* One candidate and its reference, in up to eight processes. */
struct made_case {
    const char *op;
    int number;              /* its shape is [number] */
    double us, reference_us; /* before noise; us 0: the candidate failed */
    const char *status;      /* then: how, "wrong" */
    const char *hash;        /* of the candidate's source; NULL: none */
    const char *variant;     /* NULL: none */
    const char *lost;        /* its reference is not ok but this, "unavailable"; NULL: it is ok */
};

struct made_run {
    const struct made_case *cases;
    size_t count, processes;
    uint64_t seed;            /* of the noise: 0.05 % of each time, and 20 ns for a whole process */
    const char *device;       /* NULL: "D" */
    const char *mode, *cache; /* NULL: not told */
    bool backwards;           /* operators and cases in the opposite order */
    bool bare;                /* times alone: no processes, no quartiles */
};

/* Noise of a case and process depends on these and the seed alone, not on the order. */
struct bench_outcome *made_outcome(const struct made_run *run);
/* The test fails unless they can be compared. */
struct bench_comparison *made_comparison(const struct bench_outcome *a,
                                         const struct bench_outcome *b,
                                         const struct bench_compare_options *options);
/* By operator and number; the test fails if there is none. */
const struct bench_compared_case *made_find(const struct bench_comparison *c, const char *op,
                                            int number);
const struct bench_compared_operator *made_operator(const struct bench_comparison *c,
                                                    const char *op);
/* The only piece of news of a kind; the test fails if there are others of it, or none. */
const struct bench_news *made_news(const struct bench_comparison *c, enum bench_news_kind kind);

#endif
