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

struct model {
    const struct bench_history_device *device;
    const struct bench_history_run *first, *latest;
    size_t runs;
};

/* models[*count] grows by those of the run's device that are new. A run on two devices of one model
 * is one run of it. */
static void take_device(struct model *models, size_t *count, const struct bench_history_run *run,
                        const struct bench_history_device *device)
{
    size_t i = 0;
    while (i < *count && (strcmp(models[i].device->name, device->name) != 0 ||
                          strcmp(models[i].device->kind, device->kind) != 0))
        i++;
    if (i == *count)
        models[(*count)++] = (struct model){.device = device, .first = run};
    models[i].runs += models[i].latest != run;
    models[i].latest = run;
}

/* There are few models, and many runs on each. */
static void print_devices(const struct bench_history_filter *filter,
                          const struct bench_history_run *runs, size_t count)
{
    size_t most = count, model_count = 0;
    for (size_t i = 0; i < count; i++)
        most += runs[i].device_count;
    struct model *models = bench_xcalloc(most + 1, sizeof *models);
    for (size_t i = 0; i < count; i++) {
        if (runs[i].device_count == 0)
            take_device(models, &model_count, &runs[i], &runs[i].device);
        for (size_t k = 0; k < runs[i].device_count; k++)
            if (bench_history_is_wanted_device(filter, runs[i].devices[k]))
                take_device(models, &model_count, &runs[i], runs[i].devices[k]);
    }
    printf("\n%-40s %6s  %-10s  %s\n", "device", "runs", "first", "last");
    for (size_t i = 0; i < model_count; i++) {
        char first[32], last[32];
        history_format_day(models[i].first->started_s, first);
        history_format_day(models[i].latest->started_s, last);
        char *name = bench_xprintf("%s (%s)", models[i].device->name, models[i].device->kind);
        printf("%-40s %6zu  %s  %s\n", name, models[i].runs, first, last);
        free(name);
    }
    free(models);
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
        print_devices(filter, runs, count);
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
