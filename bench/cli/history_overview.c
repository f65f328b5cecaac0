#include "bench/cli/history_overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/cli/history_changes.h"
#include "bench/cli/history_options.h"
#include "bench/util/mem.h"

#define LATEST_RUNS 10
/* Steps are looked for in so many runs: a quarter of a year of nights. */
#define RECENT_RUNS 90

/* ---- what there is ---- */

static void print_size(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        printf(", %.1f MB", (double)st.st_size / 1e6);
}

static void print_totals(const char *path, const struct bench_history_run *runs, size_t count)
{
    size_t results = 0;
    char first[32], last[32];
    for (size_t i = 0; i < count; i++)
        results += runs[i].result_count;
    printf("%s: %zu run%s, %zu result%s", path, count, count == 1 ? "" : "s", results,
           results == 1 ? "" : "s");
    if (count > 0) {
        history_format_day(runs[0].started_s, first);
        history_format_day(runs[count - 1].started_s, last);
        printf(", %s to %s", first, last);
    }
    print_size(path);
    printf("\n");
}

static bool is_same_device(const struct bench_history_run *a, const struct bench_history_run *b)
{
    return strcmp(a->device.name, b->device.name) == 0 &&
           strcmp(a->device.kind, b->device.kind) == 0;
}

/* There are few devices, and many runs on each. */
static void print_devices(const struct bench_history_run *runs, size_t count)
{
    bool *told = bench_xcalloc(count + 1, sizeof *told);
    printf("\n%-40s %6s  %-10s  %s\n", "device", "runs", "first", "last");
    for (size_t i = 0; i < count; i++) {
        size_t of_device = 0, latest = i;
        char first[32], last[32];
        for (size_t k = i; k < count && !told[i]; k++) {
            if (told[k] || !is_same_device(&runs[i], &runs[k]))
                continue;
            told[k] = k > i;
            latest = k;
            of_device++;
        }
        if (of_device == 0)
            continue;
        history_format_day(runs[i].started_s, first);
        history_format_day(runs[latest].started_s, last);
        char *name = bench_xprintf("%s (%s)", runs[i].device.name, runs[i].device.kind);
        printf("%-40s %6zu  %s  %s\n", name, of_device, first, last);
        free(name);
    }
    free(told);
}

static void print_runs(const struct bench_history_run *runs, size_t count)
{
    size_t first = count > LATEST_RUNS ? count - LATEST_RUNS : 0;
    printf("\n%-16s  %-32s %8s %5s  %s\n", first > 0 ? "latest runs" : "runs", "name", "results",
           "exit", "commit");
    for (size_t i = count; i-- > first;) {
        char minute[32];
        history_format_minute(runs[i].started_s, minute);
        printf("%-16s  %-32s %8zu %5d  %.10s%s\n", minute, runs[i].name, runs[i].result_count,
               runs[i].exit_code, runs[i].commit[0] ? runs[i].commit : "-",
               runs[i].dirty ? " (changed)" : "");
    }
}

int history_overview(struct bench_history *history, const struct bench_history_filter *filter,
                     enum bench_history_role role, double least, const struct history_style *style,
                     struct bench_err *err)
{
    struct bench_history_filter recent = *filter;
    struct bench_history_view *view;
    size_t count;
    int rc = bench_history_view_open(history, filter, &view, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_history_run *runs = bench_history_view_runs(view, &count);
    print_totals(bench_history_path(history), runs, count);
    if (count > 0) {
        print_devices(runs, count);
        print_runs(runs, count);
        if (filter->since_s == 0)
            recent.since_s = runs[count > RECENT_RUNS ? count - RECENT_RUNS : 0].started_s;
    }
    bench_history_view_close(view);
    if (count > 0)
        rc = history_changes(history, &recent, role, least, style, err);
    if (rc == BENCH_OK && count > 0)
        printf("\n'bench history OPERATOR' shows the courses of its cases.\n");
    return rc;
}
