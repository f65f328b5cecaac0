/* Whole calls as their user feels them, of kernels whose ratio is known. */
#include <math.h>

#include "bench/selftest/suite_lines.h"

/* A call takes some 10 us of the host, and the shortest kernel of the suite some 400 us. */
#define OPERATOR_SHARE 0.05

void selftest_operator_report(const struct selftest_suite_run *run, const char *failure,
                              struct bench_selftest_report *report)
{
    const char *name = "operator mode";
    size_t cases = run->suite != NULL ? run->suite->case_count : 0, missing = 0, host = 0;
    double worst = 0;
    struct selftest_case c;
    struct selftest_values v;
    if (failure != NULL) {
        selftest_fail(report, name, "not measured: %s", failure);
        return;
    }
    for (size_t i = 0; i < cases; i++) {
        if (!selftest_case_get(run, i, &c)) {
            missing++;
            continue;
        }
        double truth = c.reference_passes / c.candidate_passes;
        worst = fmax(worst, fabs(c.judgement->ratio.estimate / truth - 1));
        host += c.candidate->operator_mode;
    }
    if (missing > 0) {
        selftest_fail(report, name, "%zu of %zu cases have no ratio: %s", missing, cases,
                      selftest_suite_fault(run, report));
        return;
    }
    struct bench_selftest_line *line = selftest_line(report, name);
    line->measured = selftest_text(
        report, "%zu whole calls of known ratio, host time included: worst %.2f %% off", cases,
        worst * 100);
    line->limit = selftest_text(report, "%.0f %%", OPERATOR_SHARE * 100);
    selftest_require(report, line, worst <= OPERATOR_SHARE, "host time swamps kernels of 400 us");
    selftest_require(report, line, host == cases, "some were not timed by the host's clock");
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cases", (int64_t)cases);
    selftest_put(&v, "worst", worst);
    selftest_values_close(&v, report, line);
}
