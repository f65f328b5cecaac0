/* A device's description in JSON: in run.json, and on its way from the process that looked at it.
 */
#ifndef BENCH_RUN_DEVICE_JSON_H
#define BENCH_RUN_DEVICE_JSON_H

#include "bench/device/device.h"
#include "bench/perf/json.h"

/* Members of the object that is open. */
void bench_device_json_write(const struct bench_device_info *info, struct bench_json_writer *w);
int bench_device_json_read(const struct bench_json *object, struct bench_device_info *info,
                           struct bench_err *err);

#endif
