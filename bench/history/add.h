/* A run that is being recorded. Private to bench/history. */
#ifndef BENCH_HISTORY_ADD_H
#define BENCH_HISTORY_ADD_H

#include "bench/history/database.h"

struct bench_history_tally {
    int64_t device_id;
    size_t results;
};

struct bench_history_adding {
    struct bench_history *h;
    int64_t run_id, device_id;
    size_t results;                    /* that the run has */
    struct bench_history_tally *tally; /* tally[tally_count]: how many are on each device so far */
    size_t tally_count, tally_capacity;
    bool completed; /* it was there, and has its devices now */
    struct bench_err *err;
};

/* Runs a statement that gives no rows, and resets it. */
int bench_history_add_step(struct bench_history_adding *adding, sqlite3_stmt *statement);
/* The id of a device's row, which is added if there is none; of the run's device for NULL. */
int bench_history_add_device(struct bench_history_adding *adding,
                             const struct bench_history_device *device, int64_t *id);

/* One more result is on this device. */
void bench_history_add_tally(struct bench_history_adding *adding, int64_t device_id);
/* Writes the tally, with which the run is whole. */
int bench_history_add_devices(struct bench_history_adding *adding);
/* Of a run that is there already: if version 1 of the file recorded it, its results get the devices
 * that `run` says; they are counted as whole only if each of them was found. */
int bench_history_add_complete(struct bench_history_adding *adding,
                               const struct bench_history_run *run);

#endif
