/* Quantiles of Student's t and of the normal distribution, for intervals. */
#ifndef BENCH_MEASURE_STUDENT_H
#define BENCH_MEASURE_STUDENT_H

/* The z that a standard normal variable exceeds with probability `tail`; 0 < tail < 1. Full double
 * precision down to the smallest tails. */
double bench_normal_upper(double tail);

/* The t that Student's t with `freedom` degrees of freedom (>= 1, need not be whole) exceeds with
 * probability `tail`; 0 < tail <= 0.5. Relative error below 1e-9. */
double bench_student_upper(double tail, double freedom);

#endif
