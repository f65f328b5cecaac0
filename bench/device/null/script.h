/*
 * Scripted times: distributions of durations by name, for the null device and for simulations. Each
 * has a true median, known exactly, so that what is measured can be held against it.
 *
 *   text                              times                                    true median
 *   constant(1000)                    always 1000 ns                           1000
 *   normal(1000, 10)                  mean and standard deviation in ns        1000
 *   lognormal(1000, 0.1)              median; standard deviation of the        1000
 *                                     logarithm
 *   student(1000, 0.01, 3)            median; the logarithm is 0.01 times      1000
 *                                     Student's t with 3 (>= 1) degrees of
 *                                     freedom: heavy tails on both sides, cut
 *                                     at a thousandth and a thousand times
 *                                     the median
 *   ar1(1000, 0.01, 0.9)              median; standard deviation of the        1000
 *                                     logarithm; its correlation from one call
 *                                     to the next, in [0, 1): the logarithm is
 *                                     a stationary AR(1) process, and
 *                                     correlates by 0.9^k over k calls
 *   bimodal(1000, 1500, 0.2)          1000 ns, but 1500 ns with probability    1000 (1500 if the
 *                                     0.2                                      probability is
 *                                                                              over 1/2)
 *   spikes(1000, 10, 0.05, 3)         normal(1000, 10), but with probability   a little over 1000:
 *                                     0.05 three times as long                 bench_script_median
 *   drift(1000, 0.001)                1000 ns at the first call, growing by    1000 (1 + 0.001
 *                                     0.1 % of that with each call             (n - 1) / 2) of the
 *                                                                              first n calls
 *
 * None is ever below 0. After any of these one clock may follow, which shows durations in its steps
 * only:
 *   … quantised(32)   rounded to the nearest multiple of 32 ns, halves up: as if the first event
 *                     always fell in the middle of a step. The true median is the median above,
 *                     rounded in the same way.
 *   … phased(32)      as two time stamps show it that are cut off to multiples of 32 ns, the first
 *                     at a random place within its step: 1000 ns shows as 992 or 1024, with
 *                     probabilities 3/4 and 1/4. The mean is kept. Of plain samples the true median
 *                     is one of the multiples; the median above is what grouped data recover.
 *
 * lose(1, 1000) takes 1000 ns, but on the null device of number 1 (bench/device/null/options.h) it
 * takes the device away for good: neither this process nor another that its parent starts can open
 * it again.
 *
 * And failures: fail_launch (an impossible configuration), poison (the device is lost from the next
 * synchronize on), crash (SIGSEGV), hang (never returns), exit (the process ends with code 3).
 */
#ifndef BENCH_DEVICE_NULL_SCRIPT_H
#define BENCH_DEVICE_NULL_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/util/err.h"
#include "bench/util/rng.h"

enum bench_script_kind {
    BENCH_SCRIPT_CONSTANT,
    BENCH_SCRIPT_NORMAL,
    BENCH_SCRIPT_LOGNORMAL,
    BENCH_SCRIPT_STUDENT,
    BENCH_SCRIPT_AR1,
    BENCH_SCRIPT_BIMODAL,
    BENCH_SCRIPT_SPIKES,
    BENCH_SCRIPT_DRIFT,
    BENCH_SCRIPT_LOSE,
    BENCH_SCRIPT_FAIL_LAUNCH,
    BENCH_SCRIPT_POISON,
    BENCH_SCRIPT_CRASH,
    BENCH_SCRIPT_HANG,
    BENCH_SCRIPT_EXIT
};

#define BENCH_SCRIPT_PARAMETERS 4

struct bench_script {
    enum bench_script_kind kind;
    double parameters[BENCH_SCRIPT_PARAMETERS];
    double quantum_ns; /* step of the clock; 0: none */
    bool phased;       /* what the step does: phased(), not quantised() */
};

/* What a sequence of draws remembers; all zeros before the first. One for each function (or arm),
 * which then has its own process, whatever is drawn from others in between. */
struct bench_script_state {
    uint64_t calls;
    double previous; /* of ar1, in standard deviations */
};

/* BENCH_ENOTFOUND with the list of what there is, for text that names none. */
int bench_script_parse(const char *text, struct bench_script *script, struct bench_err *err);

/* The next duration in ns, of a kind that is a distribution. */
double bench_script_draw(const struct bench_script *script, struct bench_script_state *state,
                         struct bench_rng *rng);

/* The true median of the distribution before its clock (the table's last column); of drift, that of
 * the first call. NAN for failures. */
double bench_script_median(const struct bench_script *script);

#endif
