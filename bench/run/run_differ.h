/* What makes two runs, by their run.json, another measurement: version, compiler, device, suite,
 * sources and settings. For a run that is to go on, and for runs that are to be put together. */
#ifndef BENCH_RUN_RUN_DIFFER_H
#define BENCH_RUN_RUN_DIFFER_H

#include "bench/perf/json.h"
#include "bench/spec/suite.h"
#include "bench/util/str.h"

struct bench_run_difference {
    struct bench_str text; /* a line for each, each begun by a newline and two blanks */
    size_t count;
    const char *before, *after; /* how a value of either is announced: "it was", "and is" */
    bool together;   /* of two hosts: one model of device will do, and a device's `id` and a shard's
                        number may differ; else `shard` and `devices` are compared, too */
    bool any_device; /* no device is compared but for its kind */
};

void bench_run_difference_init(struct bench_run_difference *d, const char *before,
                               const char *after);
void bench_run_difference_fini(struct bench_run_difference *d);

/* Adds what differs; `suite` is what both measured. */
void bench_run_difference_find(struct bench_run_difference *d, const struct bench_json *then,
                               const struct bench_json *now, const struct bench_suite *suite);

#endif
