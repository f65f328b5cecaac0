/*
 * Has a time changed? From one value a process on each side to an estimate with an interval and a
 * probability, and from many of those to verdicts that hold together.
 *
 * Variance: of each side that of its processes, moderated by what is known beforehand, as for genes
 * of which there are few arrays each (Smyth 2004): (f v + g (n - 1) s^2) / (f + g (n - 1)), with
 * f + g (n - 1) degrees of freedom. With one process it is the prior alone. Probability: of the two
 * means being as far apart with no change, each with its own unknown variance (Behrens 1929, Fisher
 * 1935; bench/measure/student.h). Above 1 %, and for the interval of 95 %, the weighted mean of
 * what each side's t says (Cochran and Cox 1950) is near enough: within a percent where both sides
 * have six degrees of freedom, and a sixth too small a probability where they have two.
 *
 * Many comparisons: Holm (1979), so that the probability of any false verdict in a family is at
 * most what was asked for, however the comparisons depend on each other. "Same" is a claim of its
 * own, that the change is less than the minimum effect (two one-sided tests, Schuirmann 1987): the
 * interval lies within. What is neither is undetermined.
 */
#ifndef BENCH_COMPARE_CHANGE_H
#define BENCH_COMPARE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

enum bench_verdict {
    BENCH_VERDICT_UNDETERMINED,
    BENCH_VERDICT_SAME,
    BENCH_VERDICT_FASTER,
    BENCH_VERDICT_SLOWER
};
#define BENCH_VERDICTS 4
/* "undetermined", "same", "faster", "slower" */
const char *bench_verdict_name(enum bench_verdict verdict);

/* One side: the log of its time in each process, drifts taken off. */
struct bench_change_side {
    const double *values;
    size_t count;    /* >= 1 */
    double variance; /* of one process, known beforehand; > 0 */
};

struct bench_change {
    bool known;       /* both sides have a time; else all that follows means nothing */
    double change;    /* B / A: 1.03 is 3 % slower */
    double low, high; /* 95 % interval of it */
    double p;         /* of such a change, or a larger one, where there is none */
    double adjusted;  /* the same over its family, by Holm */
    enum bench_verdict verdict;
    const char *reason; /* why it is undetermined; "" else */
};

struct bench_change_prior {
    double freedom;          /* of the variances that are known beforehand */
    double process_freedom;  /* that each further process adds: 1 if its values are normal, less if
                                they may have tails of their own */
    double far, far_freedom; /* changes of logs beyond `far` are judged with at least so many
                                degrees of freedom; 0: none are */
    double scale;            /* standard errors from `freedom` and processes are widened by it */
    double common;           /* variance that further processes do not lessen: of the drifts */
    double spread; /* variance of the difference that was seen otherwise (over an operator's
                      cases), the scale in it: the standard error is at least that; 0: none */
};

/* All but `adjusted` and `verdict`. */
void bench_change_of(const struct bench_change_side *a, const struct bench_change_side *b,
                     const struct bench_change_prior *prior, struct bench_change *out);

/* Sets `adjusted` and `verdict` of those that are known: a family. `family` is its probability of
 * any false verdict, `minimum` the least effect: 0.01 is 1 %. Those whose `reason` is set already
 * stay undetermined. */
void bench_change_judge(struct bench_change **changes, size_t count, double family, double minimum);

#endif
