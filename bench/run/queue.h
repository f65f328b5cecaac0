/*
 * The cases of a run that several devices share (bench/run/fleet.h), and who takes which next.
 *
 * The first case of an operator and dtype costs a worker more than those that follow: it loads the
 * kernels of all variants and the oracle, 75 to 230 ms a device (docs/many-gpus.md). So the cases
 * of an operator and dtype are a *group*, and a worker stays with one while it has any. Then it
 * goes to a group that no worker is at, the one with the highest expected cost; if there is none,
 * it helps with the group that has the most cost left for each who is at it. Within a group the
 * case that is expected to cost most is first (longest processing time first, bench/run/shard.h),
 * so that short ones are left for the end, where an idle device would wait.
 *
 * Which device measures a case follows from how long the cases before it took. No result depends on
 * it: a case is measured whole, by one worker.
 */
#ifndef BENCH_RUN_QUEUE_H
#define BENCH_RUN_QUEUE_H

#include <stddef.h>

#include "bench/spec/suite.h"

struct bench_queue;

/* Where a worker is that has not taken a case yet. */
#define BENCH_QUEUE_NOWHERE ((size_t)-1)

/* Empty; for the cases of `suite`, with costs[case_count], all above 0. Both stay the caller's and
 * must outlive it. */
struct bench_queue *bench_queue_new(const struct bench_suite *suite, const double *costs);
void bench_queue_free(struct bench_queue *q);

/* At the front of its group: it is the group's next. So a queue is filled with the cheapest first.
 */
void bench_queue_put(struct bench_queue *q, size_t case_index);

/* Of all groups. */
size_t bench_queue_count(const struct bench_queue *q);

/* The next case for a worker that is at *group, where it then is. There must be one. */
size_t bench_queue_take(struct bench_queue *q, size_t *group);

/* The worker that is at *group takes no more: it is nowhere then. */
void bench_queue_leave(struct bench_queue *q, size_t *group);

#endif
