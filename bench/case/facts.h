/* The state of the device at the start and at the end of a run: temperature, power, clocks and what
 * else it tells (docs/formats.md, "run.json"). */
#ifndef BENCH_CASE_FACTS_H
#define BENCH_CASE_FACTS_H

#include "bench/device/device.h"
#include "bench/perf/json.h"

#define BENCH_FACTS_MAX 16

struct bench_facts {
    struct bench_device_fact items[BENCH_FACTS_MAX];
    size_t count; /* 0: the device tells nothing, or was not asked yet */
};

void bench_facts_read_device(struct bench_device *device, struct bench_facts *facts);

/* A member `key`: an object of the facts by name. Values that are numbers become numbers. */
void bench_facts_write(const struct bench_facts *facts, const char *key,
                       struct bench_json_writer *w);
/* Reads the member back; more than BENCH_FACTS_MAX are cut off. */
int bench_facts_read(const struct bench_json *object, const char *key, struct bench_facts *facts,
                     struct bench_err *err);

#endif
