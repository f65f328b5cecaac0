#include <assert.h>
#include <math.h>

#include "bench/measure/student.h"

/* The grid of w in u = sinh(w), GRID_POINTS on either side of 0: dense there, and as far as
 * exp(12) / 2, beyond which even t with two degrees of freedom has less than 1e-9. */
#define GRID_STEP 0.04
#define GRID_POINTS 300

/* P(aT + bU > d) with a >= b: U is integrated out, since T's tail is smooth on the scale of U. */
static double upper_tail(double d, double a, double f, double b, double g)
{
    double sum = 0, weight = 0;
    for (int i = -GRID_POINTS; i <= GRID_POINTS; i++) {
        double w = i * GRID_STEP, u = sinh(w), t = (d - b * u) / a;
        double mass = bench_student_density(u, g) * cosh(w);
        sum += mass * (t >= 0 ? bench_student_tail(t, f) : 1 - bench_student_tail(-t, f));
        weight += mass;
    }
    return sum / weight;
}

double bench_behrens_fisher_tail(double d, double a, double f, double b, double g)
{
    assert(d >= 0 && a >= 0 && b >= 0 && a + b > 0);
    double tail = a >= b ? upper_tail(d, a, f, b, g) : upper_tail(d, b, g, a, f);
    return fmin(1, 2 * tail);
}
