/*
 * Does the flush do what it promises? Measured in every worker, on the device that it is about to
 * use: a buffer is read with its data in the cache (hot), after a flush (flushed), after evicting
 * it by much more traffic than the cache holds (evicted), and after a flush that follows writes
 * which filled the cache with dirty lines (after_writes).
 */
#ifndef BENCH_CASE_CACHE_CHECK_H
#define BENCH_CASE_CACHE_CHECK_H

#include "bench/case/session.h"
#include "bench/perf/json.h"

struct bench_cache_check {
    bool checked; /* false: the device has no cache to flush, computes nothing, or cannot be timed
                     apart from the host (info.gates): then the cache is not its own, either */
    double hot_ns, flushed_ns, evicted_ns, after_writes_ns; /* medians, elapsed */
    bool evicts;   /* flushed is as slow as evicted, and slower than hot */
    bool clean;    /* after_writes is as fast as flushed: nothing is written back meanwhile */
    char why[160]; /* what failed, in numbers, or that hot and evicted cannot be told apart here
                      (then only flushed against evicted counts); "" if there is nothing to say */
};

/* Takes and frees memory of about five times the cache; some ten milliseconds. */
int bench_cache_check(struct bench_session *s, struct bench_cache_check *check,
                      struct bench_err *err);
/* Sets evicts, clean and why from the four medians. */
void bench_cache_check_judge(struct bench_cache_check *check);

/* A member `key`: an object; only "checked" if it is false. */
void bench_cache_check_write(const struct bench_cache_check *check, const char *key,
                             struct bench_json_writer *w);
int bench_cache_check_read(const struct bench_json *object, const char *key,
                           struct bench_cache_check *check, struct bench_err *err);

#endif
