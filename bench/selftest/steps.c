#include "bench/selftest/steps.h"

#include <math.h>

#include "bench/measure/stats.h"

double selftest_spread_ns(const double *samples, size_t count)
{
    return count > 0 ? bench_quantile(samples, count, 0.9) - bench_quantile(samples, count, 0.1)
                     : 0;
}

double selftest_step_ns(const double *spreads_ns, size_t count, double empty_ns)
{
    return count > 0 ? fmin(bench_median(spreads_ns, count), SELFTEST_PROCESS_SHARE * empty_ns) : 0;
}
