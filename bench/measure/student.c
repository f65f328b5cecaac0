#include "bench/measure/student.h"

#include <assert.h>
#include <float.h>
#include <math.h>

/* A rational approximation (Odeh and Evans 1974, AS 70: error below 1.5e-8), brought to full
 * precision by Halley's steps on erfc, as for the normal quantile of Acklam (2003). */
double bench_normal_upper(double tail)
{
    assert(tail > 0 && tail < 1);
    if (tail > 0.5)
        return -bench_normal_upper(1 - tail);
    const double sqrt_2pi = 2.50662827463100050242;
    double y = sqrt(-2 * log(tail));
    double above = (((-0.453642210148e-4 * y - 0.0204231210245) * y - 0.342242088547) * y - 1) * y -
                   0.322232431088;
    double below =
        (((0.0038560700634 * y + 0.103537752850) * y + 0.531103462366) * y + 0.588581570495) * y +
        0.0993484626060;
    double z = y + above / below;
    for (int i = 0; i < 2; i++) {
        double off = (0.5 * erfc(z * M_SQRT1_2) - tail) * sqrt_2pi * exp(z * z / 2);
        z += off / (1 - z * off / 2);
    }
    return z;
}

/* The continued fraction of the incomplete beta function by Lentz's method (Press et al.,
 * Numerical Recipes, 3rd ed. 2007, section 6.4). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        for (int half = 0; half < 2; half++) {
            double term = half == 0 ? even : odd;
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            h *= c * d;
        }
        if (fabs(c * d - 1) < DBL_EPSILON)
            break;
    }
    return h;
}

/* log of Beta(freedom / 2, 1 / 2). */
static double log_beta_half(double freedom)
{
    int sign; /* lgamma leaves it where other threads would, too */
    return lgamma_r(freedom / 2, &sign) + lgamma_r(0.5, &sign) - lgamma_r(freedom / 2 + 0.5, &sign);
}

/* Half of the incomplete beta function I_x(freedom / 2, 1 / 2) at
 * x = freedom / (freedom + t^2). */
double bench_student_tail(double t, double freedom)
{
    double a = freedom / 2, b = 0.5;
    double x = freedom / (freedom + t * t), y = t * t / (freedom + t * t);
    if (y <= 0)
        return 0.5;
    double front = exp(a * log(x) + b * log(y) - log_beta_half(freedom));
    if (x < (a + 1) / (a + b + 2))
        return 0.5 * front * beta_fraction(a, b, x) / a;
    return 0.5 * (1 - front * beta_fraction(b, a, y) / b);
}

double bench_student_density(double t, double freedom)
{
    return exp(-log_beta_half(freedom) - 0.5 * log(freedom) -
               (freedom + 1) / 2 * log1p(t * t / freedom));
}

/* The tail falls and is convex for t > 0, so Newton's method from the left never overshoots; the
 * normal quantile lies left, because t has the heavier tails. */
double bench_student_upper(double tail, double freedom)
{
    assert(tail > 0 && tail <= 0.5 && freedom >= 1);
    if (tail >= 0.5)
        return 0;
    double t = bench_normal_upper(tail);
    for (int i = 0; i < 200; i++) {
        double step = (bench_student_tail(t, freedom) - tail) / bench_student_density(t, freedom);
        t += step;
        if (fabs(step) <= 1e-12 * t)
            break;
    }
    return t;
}
