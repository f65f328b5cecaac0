/* Against the tables that statistics books print. */
#include <criterion/criterion.h>
#include <math.h>

#include "bench/measure/student.h"

static bool rounds_to(double value, double printed, double unit)
{
    return fabs(value - printed) <= unit / 2 * (1 + 1e-9);
}

Test(student, normal_quantiles)
{
    cr_assert(rounds_to(bench_normal_upper(0.05), 1.644854, 1e-6));
    cr_assert(rounds_to(bench_normal_upper(0.025), 1.959964, 1e-6));
    cr_assert(rounds_to(bench_normal_upper(0.005), 2.575829, 1e-6));
    cr_assert(rounds_to(bench_normal_upper(1e-6), 4.753424, 1e-6));
    cr_assert(fabs(bench_normal_upper(0.5)) < 1e-12);
    cr_assert(rounds_to(bench_normal_upper(0.975), -1.959964, 1e-6));
}

Test(student, normal_quantiles_undo_the_normal_tail)
{
    for (int i = 0; i < 350; i++) {
        double tail = 0.4 * pow(7, -i);
        double back = 0.5 * erfc(bench_normal_upper(tail) * M_SQRT1_2);
        cr_assert(fabs(back / tail - 1) < 1e-11, "tail %g comes back as %g", tail, back);
    }
}

Test(student, quantiles_of_t)
{
    static const struct {
        double tail, freedom, t;
    } table[] = {
        {0.05, 1, 6.314},   {0.025, 1, 12.706},  {0.005, 1, 63.657},  {0.0005, 1, 636.619},
        {0.025, 2, 4.303},  {0.0005, 2, 31.599}, {0.025, 3, 3.182},   {0.005, 4, 4.604},
        {0.025, 5, 2.571},  {0.025, 7, 2.365},   {0.1, 10, 1.372},    {0.005, 10, 3.169},
        {0.025, 15, 2.131}, {0.0005, 15, 4.073}, {0.025, 30, 2.042},  {0.005, 30, 2.750},
        {0.025, 60, 2.000}, {0.025, 120, 1.980}, {0.005, 120, 2.617},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double t = bench_student_upper(table[i].tail, table[i].freedom);
        cr_assert(rounds_to(t, table[i].t, 1e-3),
                  "t of %g with %g degrees of freedom is %g, not %g", table[i].tail,
                  table[i].freedom, t, table[i].t);
    }
}

/* One and two degrees of freedom have closed forms, to the last digits and far into the tail. */
Test(student, closed_forms_far_into_the_tail)
{
    for (int i = 0; i < 19; i++) {
        double tail = 0.4 * pow(3, -i);
        double cauchy = 1 / tan(M_PI * tail);
        double two = (1 - 2 * tail) / sqrt(2 * tail * (1 - tail));
        cr_assert(fabs(bench_student_upper(tail, 1) / cauchy - 1) < 1e-9);
        cr_assert(fabs(bench_student_upper(tail, 2) / two - 1) < 1e-9);
    }
    cr_assert_eq(bench_student_upper(0.5, 3), 0);
}

Test(student, between_whole_degrees_and_towards_the_normal)
{
    double low = bench_student_upper(0.01, 4), high = bench_student_upper(0.01, 3);
    double between = bench_student_upper(0.01, 3.5);
    cr_assert(low < between && between < high);
    cr_assert(fabs(bench_student_upper(0.01, 1e7) - bench_normal_upper(0.01)) < 1e-6);
}
