/* Against Student's t where one side is 0, and against tables where neither is. */
#include <criterion/criterion.h>
#include <math.h>

#include "bench/measure/student.h"

Test(behrens_fisher, one_side_alone_is_t)
{
    for (double d = 0.5; d < 100; d *= 2) {
        double t = 2 * bench_student_tail(d, 4);
        cr_expect_float_eq(bench_behrens_fisher_tail(d, 1, 4, 0, 7) / t, 1, 1e-3);
        cr_expect_float_eq(bench_behrens_fisher_tail(d, 0, 7, 1, 4) / t, 1, 1e-3);
    }
    cr_expect_float_eq(bench_behrens_fisher_tail(0, 1, 3, 2, 5), 1, 1e-6);
}

/* Sukhatme's table (Fisher and Yates, Statistical Tables, VI): 5 % points of
 * d = (mean - mean) / sqrt(s1^2 + s2^2) at an angle of 45 degrees. */
Test(behrens_fisher, five_percent_points)
{
    static const struct {
        double f, g, d;
    } table[] = {{6, 6, 2.435}, {8, 8, 2.292}, {12, 12, 2.167}, {6, 12, 2.301}, {24, 24, 2.056}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const double half = sqrt(0.5);
        double p = bench_behrens_fisher_tail(table[i].d, half, table[i].f, half, table[i].g);
        cr_expect_float_eq(p, 0.05, 0.0006, "%g and %g: %g", table[i].f, table[i].g, p);
    }
}

/* Far out the heavier tail is all there is. */
Test(behrens_fisher, tails_add_up)
{
    double p = bench_behrens_fisher_tail(1000, 1, 2, 1, 2);
    cr_expect_float_eq(p / (4 * bench_student_tail(1000, 2)), 1, 0.02, "%g", p);
    p = bench_behrens_fisher_tail(1000, 1, 2, 1, 9);
    cr_expect_float_eq(p / (2 * bench_student_tail(1000, 2)), 1, 0.02, "%g", p);
}
