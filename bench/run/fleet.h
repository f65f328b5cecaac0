/*
 * A run on several devices of one host: `bench run --device cuda:all`. Each device has a worker
 * process of its own; all take cases from one queue, so that who is idle gets the next one
 * (bench/run/queue.h). A case is measured by one worker: its implementations meet on one device, on
 * the same memory.
 *
 * Everything that a single device has, each of these has: floors, cache check, roofline, facts, a
 * noise floor (struct bench_run_device). What ends a worker costs its device a new one, and the
 * others nothing. A device that does not answer any more is lost: the case that its worker had in
 * hand, and those before it, go back to the queue, and nobody is blamed. A case that takes two
 * devices with it is blamed after all.
 *
 * A worker has at most one case before it besides the one in hand, so that it never waits for the
 * supervisor's disk. Lines come into the journal as cases are finished: of several devices in any
 * order.
 */
#ifndef BENCH_RUN_FLEET_H
#define BENCH_RUN_FLEET_H

#include "bench/run/progress.h"
#include "bench/run/results.h"
#include "bench/run/run.h"

/* True if the text names several devices, or may: "cuda:all", "cuda:0,2", "null*4", "cpu:2*3",
 * "cuda:0+cuda:2". */
bool bench_fleet_is_meant(const char *device);

/* The texts for bench_device_open of what `device` names, in *specs, an array of *count texts that
 * the caller frees with free(). `available` is how many there are of the kind: for "all". In
 * "null*4" each has its number, "null:index=2"; a device that is no hardware may be there as often
 * as one likes, one that is may not. BENCH_EINPUT. */
int bench_fleet_expand(const char *device, int available, char (**specs)[128], size_t *count,
                       struct bench_err *err);

/* Fills run->devices, run->info, run->why and run->compiler: opens every device in a child. A model
 * that differs from the first's is BENCH_EINPUT unless `mixed`; a device that cannot be opened is
 * left out where all that are there were asked for ("cuda:all"), or `tolerant`, with a note for
 * people in `note`. */
int bench_fleet_probe(struct bench_run *run, bool mixed, bool tolerant, struct bench_str *note,
                      struct bench_err *err);
/* Opens a device once more, within the sandbox that the run has now: what that allows of one, it
 * allows of all. */
int bench_fleet_reopen(struct bench_run *run, struct bench_err *err);
/* The first of the devices that `device` names, for who needs one of them. */
void bench_fleet_first(const char *device, char spec[128]);

/* Of one model: what a driver or retired pages keep for themselves varies by less than a hundredth.
 */
bool bench_fleet_same_memory(size_t a, size_t b);

/* bench_run_cases, where run->device_count > 0: the cases of run->process.
 * Fails with the last device's reason when all are lost. */
int bench_fleet_run(struct bench_run *run, struct bench_results *results,
                    struct bench_progress *progress, struct bench_err *err);

/* Counts the cases of each device from the records. */
void bench_fleet_count(struct bench_run *run);

/* Moves what compiles beside the workers (run->beside) to CPUs that none of them has
 * (bench/run/affinity.h). */
void bench_fleet_place_beside(const struct bench_run *run);

#endif
