/* The members of run.json that only runs have which are a part of something, or consist of parts:
 * `shard`, `devices`, `merged`. */
#ifndef BENCH_RUN_RUN_JSON_PARTS_H
#define BENCH_RUN_RUN_JSON_PARTS_H

#include "bench/run/judge.h"
#include "bench/run/run.h"

/* `judge` NULL: nothing is judged yet. Writes nothing for a whole run on one device. */
void bench_run_json_write_parts(const struct bench_run *run, const struct bench_judge *judge,
                                struct bench_json_writer *w);

/* Of what kernels against themselves showed: the members of an object that is open. */
void bench_run_json_write_noise(size_t aa_cases, size_t aa_outside, double aa_worst,
                                double noise_floor, struct bench_json_writer *w);

/* What was calibrated on a device: from the members `floor`, `graph_floor`, `cache_check`,
 * `roofline` and `facts` of an object, run.json itself or one of its `devices`. */
int bench_run_json_read_calibration(const struct bench_json *object,
                                    struct bench_run_device *device, struct bench_err *err);
/* `devices`, where run.json has it: into *list, of *count, which the caller frees.
 * Else leaves both as they are. */
int bench_run_json_read_devices(const struct bench_json *root, struct bench_run_device **list,
                                size_t *count, struct bench_err *err);

#endif
