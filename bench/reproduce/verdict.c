#include "bench/reproduce/verdict.h"

#include <math.h>

const char *bench_claim_verdict_name(enum bench_claim_verdict verdict)
{
    static const char *const names[BENCH_CLAIM_VERDICTS] = {
        "reproduced", "better", "worse", "not reproduced", "undetermined", "cannot be run"};
    return names[verdict];
}

bool bench_speedup_has_interval(const struct bench_speedup *ratio)
{
    return !isnan(ratio->low) && !isnan(ratio->high);
}

struct bench_speedup bench_speedup_inverse(const struct bench_speedup *ratio)
{
    return (struct bench_speedup){.estimate = 1 / ratio->estimate,
                                  .low = isinf(ratio->high) ? 0 : 1 / ratio->high,
                                  .high = ratio->low > 0      ? 1 / ratio->low
                                          : isnan(ratio->low) ? (double)NAN
                                                              : (double)INFINITY};
}

enum bench_claim_verdict bench_claim_judge(const struct bench_speedup *claimed,
                                           const struct bench_speedup *measured, double bar,
                                           double tolerance, const char **why)
{
    bool interval = bench_speedup_has_interval(claimed);
    double from = (interval ? claimed->low : claimed->estimate) / (1 + tolerance);
    double to = (interval ? claimed->high : claimed->estimate) * (1 + tolerance);
    /* Below it a ratio contradicts the claim's side; agreement is never a contradiction. */
    bool open = interval && claimed->low < bar && claimed->estimate >= bar;
    double edge = claimed->estimate >= bar && !open ? fmin(bar, from) : 0;
    *why = "";
    if (measured->low > to)
        return BENCH_CLAIM_BETTER;
    if (measured->high < edge)
        return BENCH_CLAIM_NOT_REPRODUCED;
    if (measured->high < from) {
        if (measured->low < edge)
            *why = "on which side of the bar it lies is open";
        return BENCH_CLAIM_WORSE;
    }
    if (measured->low < edge) {
        *why = "the measured interval holds agreement and the other side of the bar";
        return BENCH_CLAIM_UNDETERMINED;
    }
    bool agrees = from <= measured->estimate && measured->estimate <= to;
    if (measured->low < from && (measured->high > to || open) && !agrees) {
        *why = "the measured interval is wider than what would agree, and the estimate does not";
        return BENCH_CLAIM_UNDETERMINED;
    }
    return BENCH_CLAIM_REPRODUCED;
}
