/* Student's t and the normal distribution, for intervals and tests. */
#ifndef BENCH_MEASURE_STUDENT_H
#define BENCH_MEASURE_STUDENT_H

/* The z that a standard normal variable exceeds with probability `tail`; 0 < tail < 1. Full double
 * precision down to the smallest tails. */
double bench_normal_upper(double tail);

/* The t that Student's t with `freedom` degrees of freedom (>= 1, need not be whole) exceeds with
 * probability `tail`; 0 < tail <= 0.5. Relative error below 1e-9. */
double bench_student_upper(double tail, double freedom);

/* P(T > t), t >= 0, and the density at any t; freedom > 0. */
double bench_student_tail(double t, double freedom);
double bench_student_density(double t, double freedom);

/* P(|a T + b U| > d) for independent T and U of Student's t with f and g degrees of freedom; a, b
 * >= 0, not both 0, and d >= 0: the distribution of Behrens (1929) and Fisher (1935), by which two
 * means are compared whose variances are not known and not equal. Far out it has the heavier tail
 * of the two, which the approximation by one t (Welch 1947) has not. Within a few percent. */
double bench_behrens_fisher_tail(double d, double a, double f, double b, double g);

#endif
