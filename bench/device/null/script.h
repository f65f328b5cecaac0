/*
 * Scripted times: distributions of durations by name, for the null device.
 *
 *   constant(1000)              always 1000 ns
 *   normal(1000, 10)            mean and standard deviation in ns, never below 0
 *   lognormal(1000, 0.1)        median in ns, and the standard deviation of the logarithm
 *   bimodal(1000, 1500, 0.2)    1000 ns, but 1500 ns with probability 0.2
 *   drift(1000, 0.001)          1000 ns at the first call, growing by 0.1 % of that with each call
 *   … quantised(32)             after any of these: rounded to multiples of 32 ns
 *
 * and failures: fail_launch (an impossible configuration), poison (the device is lost from the next
 * synchronize on), crash (SIGSEGV), hang (never returns), exit (the process ends with code 3).
 */
#ifndef BENCH_DEVICE_NULL_SCRIPT_H
#define BENCH_DEVICE_NULL_SCRIPT_H

#include <stdint.h>

#include "bench/util/err.h"
#include "bench/util/rng.h"

enum bench_script_kind {
    BENCH_SCRIPT_CONSTANT,
    BENCH_SCRIPT_NORMAL,
    BENCH_SCRIPT_LOGNORMAL,
    BENCH_SCRIPT_BIMODAL,
    BENCH_SCRIPT_DRIFT,
    BENCH_SCRIPT_FAIL_LAUNCH,
    BENCH_SCRIPT_POISON,
    BENCH_SCRIPT_CRASH,
    BENCH_SCRIPT_HANG,
    BENCH_SCRIPT_EXIT
};

struct bench_script {
    enum bench_script_kind kind;
    double parameters[3];
    double quantum_ns; /* 0: none */
};

/* BENCH_ENOTFOUND with the list of what there is, for text that names none. */
int bench_script_parse(const char *text, struct bench_script *script, struct bench_err *err);

/* One duration in ns, for a kind that is a distribution. `call` counts from 0. */
double bench_script_draw(const struct bench_script *script, uint64_t call, struct bench_rng *rng);

#endif
