/* What timing itself costs, from an empty kernel that is timed like every other. */
#ifndef BENCH_RUN_FLOOR_H
#define BENCH_RUN_FLOOR_H

#include "bench/perf/json.h"
#include "bench/run/session.h"

struct bench_floor {
    double empty_ns; /* median elapsed time around one empty kernel */
    double own_ns;   /* of that, what one more empty kernel costs: the kernel's own part */
    double floor_ns; /* empty_ns - own_ns, at least 0: taken off every elapsed time */
};

/* Behind a gate or without one. Zeros on a device that computes nothing. */
int bench_floor_measure(struct bench_session *s, bool gated, struct bench_floor *floor,
                        struct bench_err *err);

/* A member `key`: an object of the three (docs/formats.md, "run.json"). */
void bench_floor_write(const struct bench_floor *floor, const char *key,
                       struct bench_json_writer *w);
int bench_floor_read(const struct bench_json *object, const char *key, struct bench_floor *floor,
                     struct bench_err *err);

#endif
