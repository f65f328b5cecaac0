/* Private to bench/selftest: what can be learned of the timing itself, without any kernel of a
 * user: measured in a child, told in lines of the report. */
#ifndef BENCH_SELFTEST_PROBE_H
#define BENCH_SELFTEST_PROBE_H

#include "bench/case/cache_check.h"
#include "bench/case/floor.h"
#include "bench/case/roofline.h"
#include "bench/selftest/report.h"

/* Calibrations of the probe's own process, and those of other processes, one each. */
#define SELFTEST_OWN_FLOORS 2
#define SELFTEST_OTHER_FLOORS 6
#define SELFTEST_CLOCK_READINGS 60

struct selftest_gate {
    bool measured;
    double plain_ns;   /* an empty kernel behind the gate */
    double late_ns;    /* the same, the host busy for delay_ns between the first event and launch */
    double without_ns; /* the same without the gate: shows that the delay can be seen */
    double delay_ns;
};

/* Memory that is shared with the child. What its steps did not reach is zero. */
struct selftest_probe {
    struct bench_device_info info;
    struct bench_floor own[SELFTEST_OWN_FLOORS]; /* behind the gate, if there is one */
    size_t own_count;
    struct bench_floor others[SELFTEST_OTHER_FLOORS];
    size_t other_count;
    struct bench_floor ungated;
    struct selftest_gate gate;
    struct bench_cache_check cache;
    double clock_mhz[SELFTEST_CLOCK_READINGS];
    size_t clock_count;
    struct bench_device_fact facts[16]; /* after all of it */
    size_t fact_count;
    struct bench_roofline roofline;
    const char *device; /* to be opened: the parent's text, which the child has as well */
};

/* The child's body; `shared` is a struct selftest_probe with `device` set. */
int selftest_probe_main(void *shared, struct bench_err *err);

/* A worker's calibration, in kernel mode like the probe's own: that of operator mode is of another
 * time, the host's, and compares with none of these. Zeros (of a device without a floor) are left
 * out. */
void selftest_probe_add_floor(struct selftest_probe *probe, const struct bench_floor *floor);

/* `failure` is the message of a child that did not come to its end, else NULL: what it had not
 * measured by then has failed. */
void selftest_probe_report(const struct selftest_probe *probe, const char *failure,
                           struct bench_selftest_report *report);

/* `stream_bytes_s`: the best memory rate of a run's long stream cases; 0: none was measured. */
void selftest_roofline_report(const struct selftest_probe *probe, const char *failure,
                              double stream_bytes_s, struct bench_selftest_report *report);

#endif
