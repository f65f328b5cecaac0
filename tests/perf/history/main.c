/*
 * history_nights FILE [options]: records simulated nights in a history, through the library, as
 * `bench run` does, and prints a line for each night when it is on the disk: its number and how
 * many ms it took.
 *
 *   --first N, --nights N       which nights (0, 3652)
 *   --operators N, --cases N    of each operator (183, 10); a case has three results
 *   --seed N, --start S         of the simulation (1); of night 0, in seconds since 1970
 *   --together N                N nights in one transaction, one line after it: only for making
 *                               large files quickly
 *
 * Exit code: 0; 2 bad usage; 4 the history cannot be written.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/util/clock.h"
#include "tests/perf/history/nights.h"

/* 22 November 2016, 02:00 UTC: ten years before this was written. */
#define FIRST_S INT64_C(1479780000)

struct request {
    struct nights nights;
    size_t first, count, together;
    const char *path;
};

static bool parse(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {
        {"nights", required_argument, NULL, 'n'},    {"first", required_argument, NULL, 'f'},
        {"operators", required_argument, NULL, 'o'}, {"cases", required_argument, NULL, 'c'},
        {"seed", required_argument, NULL, 's'},      {"together", required_argument, NULL, 't'},
        {"start", required_argument, NULL, 'a'},     {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        unsigned long value = optarg ? strtoul(optarg, NULL, 10) : 0;
        switch (option) {
        case 'n':
            r->count = value;
            break;
        case 'f':
            r->first = value;
            break;
        case 'o':
            r->nights.operators = value;
            break;
        case 'c':
            r->nights.cases = value;
            break;
        case 's':
            r->nights.seed = value;
            break;
        case 'a':
            r->nights.first_s = (int64_t)value;
            break;
        case 't':
            r->together = value;
            break;
        default:
            return false;
        }
    }
    r->path = optind + 1 == argc ? argv[optind] : NULL;
    return r->path != NULL && r->nights.operators > 0 && r->nights.cases > 0;
}

static int add_night(struct bench_history *history, const struct request *r, size_t number,
                     struct bench_err *err)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_run run;
    bool added;
    nights_make(&r->nights, number, arena, &run);
    int64_t began = bench_clock_ns();
    int rc = bench_history_add(history, &run, &added, err);
    if (rc == BENCH_OK && r->together == 0) {
        printf("%zu %.1f\n", number, (double)(bench_clock_ns() - began) / 1e6);
        fflush(stdout);
    }
    bench_arena_free(arena);
    return rc;
}

static int add_together(struct bench_history *history, const struct request *r, size_t first,
                        size_t end, struct bench_err *err)
{
    int64_t began = bench_clock_ns();
    int rc = bench_history_begin(history, err);
    for (size_t i = first; rc == BENCH_OK && i < end; i++)
        rc = add_night(history, r, i, err);
    if (rc == BENCH_OK)
        rc = bench_history_commit(history, err);
    if (rc == BENCH_OK)
        printf("%zu %.1f\n", end - 1, (double)(bench_clock_ns() - began) / 1e6);
    fflush(stdout);
    return rc;
}

int main(int argc, char **argv)
{
    struct request r = {.nights = {.operators = 183, .cases = 10, .seed = 1, .first_s = FIRST_S},
                        .count = 3652};
    struct bench_history *history;
    struct bench_err err = {0};
    if (!parse(argc, argv, &r)) {
        fprintf(stderr, "usage: history_nights FILE [--first N] [--nights N] [--operators N] "
                        "[--cases N] [--seed N] [--start S] [--together N]\n");
        return 2;
    }
    int rc = bench_history_open(r.path, BENCH_HISTORY_WRITE, &history, NULL, &err);
    for (size_t i = r.first, end; rc == BENCH_OK && i < r.first + r.count; i = end) {
        end = r.together > 0 ? i + r.together : i + 1;
        end = end < r.first + r.count ? end : r.first + r.count;
        rc = r.together > 0 ? add_together(history, &r, i, end, &err)
                            : add_night(history, &r, i, &err);
    }
    bench_history_close(history);
    if (rc != BENCH_OK)
        fprintf(stderr, "history_nights: %s\n", err.message);
    return rc == BENCH_OK ? 0 : 4;
}
