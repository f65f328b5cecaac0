/* What the devices of a fleet are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/child.h"
#include "bench/run/fleet.h"
#include "bench/run/message.h"
#include "bench/run/probe_line.h"
#include "bench/run/sandbox.h"
#include "bench/util/mem.h"

/* As for the probe of a single one (probe.c). */
#define TICK_MS 100
#define PROBE_TICKS (60 * 1000 / TICK_MS)

/* ---- how many there are ---- */

struct count {
    const char *kind;
    const struct bench_sandbox *sandbox;
};

/* The body of a child: counting GPUs begins to use them. */
static int count_devices(void *data, int line_fd)
{
    const struct count *c = data;
    struct bench_str text;
    struct bench_json_writer w;
    char why[256] = "";
    struct bench_err err = {0};
    if (bench_sandbox_enter(c->sandbox, getppid(), &err) != BENCH_OK)
        return bench_message_send_error(line_fd, "fatal", &err) == BENCH_OK ? 0 : 1;
    int count = bench_device_count(c->kind, why);
    bench_message_begin(&text, &w, "count");
    bench_json_put_key_int(&w, "count", count);
    bench_json_put_key_string(&w, "message", why);
    return bench_message_send(line_fd, &text, &w) == BENCH_OK ? 0 : 1;
}

static int read_count(const char *line, int *count, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    const char *why = "";
    int64_t n = 0;
    int rc = bench_json_parse("device count", line, strlen(line), &doc, err);
    if (rc != BENCH_OK)
        return rc;
    bench_json_get_int(bench_json_root(doc), "count", false, 0, 1 << 20, &n, NULL);
    bench_json_get_string(bench_json_root(doc), "message", false, &why, NULL);
    *count = (int)n;
    if (n == 0)
        rc = bench_err_set(err, BENCH_ENOTFOUND, "%s", why[0] ? why : "there is no such device");
    bench_json_free(doc);
    return rc;
}

static int find_count(struct bench_run *run, int *count, struct bench_err *err)
{
    char kind[16];
    struct count data = {kind, run->options.sandbox};
    struct bench_child child;
    const char *line;
    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(run->options.device, ":"),
             run->options.device);
    int rc = bench_child_start(&child, count_devices, &data, err);
    if (rc != BENCH_OK)
        return rc;
    rc = bench_err_set(err, BENCH_ENOTFOUND, "device %s: nobody can tell how many there are",
                       run->options.device);
    for (int tick = 0; tick < PROBE_TICKS; tick++) {
        enum bench_child_event event = bench_child_wait(&child, TICK_MS, &line);
        if (event == BENCH_CHILD_LINE)
            rc = read_count(line, count, err);
        if (bench_run_interrupted(run))
            rc = bench_err_set(err, BENCH_EINTERRUPTED, "interrupted");
        if (event != BENCH_CHILD_QUIET || run->was_interrupted)
            break;
    }
    bench_child_fini(&child);
    return rc;
}

/* ---- what they are ---- */

/* One device, while it is looked at. */
struct probe {
    struct bench_run run;
    struct bench_child child;
};

static int start(const struct bench_run *run, const char *spec, struct probe *p,
                 struct bench_err *err)
{
    memset(p, 0, sizeof *p);
    p->run.suite = run->suite;
    p->run.settings = run->settings;
    p->run.options = run->options;
    p->run.options.device = spec;
    return bench_run_probe_start(&p->run, &p->child, err);
}

static int finish(struct bench_run *run, struct probe *p, struct bench_err *err)
{
    int rc = bench_run_probe_finish(&p->run, &p->child, err);
    run->was_interrupted |= p->run.was_interrupted;
    return rc;
}

static bool same_model(const struct bench_device_info *a, const struct bench_device_info *b)
{
    return strcmp(a->kind, b->kind) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->arch, b->arch) == 0 && strcmp(a->driver, b->driver) == 0 &&
           a->sm_count == b->sm_count && bench_fleet_same_memory(a->memory_bytes, b->memory_bytes);
}

bool bench_fleet_same_memory(size_t a, size_t b)
{
    return (a > b ? a - b : b - a) <= (a > b ? a : b) / 100;
}

static int check_model(const struct bench_run *run, const struct bench_device_info *info,
                       bool mixed, struct bench_err *err)
{
    const struct bench_device_info *first = &run->devices[0].info;
    if (same_model(first, info) || (mixed && strcmp(first->kind, info->kind) == 0))
        return BENCH_OK;
    if (strcmp(first->kind, info->kind) != 0)
        return bench_err_set(err, BENCH_EINPUT,
                             "device %s: a run is on devices of one kind, and these are %s and %s",
                             run->options.device, first->kind, info->kind);
    return bench_err_set(err, BENCH_EINPUT,
                         "device %s: device %d is %s (%d multiprocessors, %.1f GiB) and device %d "
                         "is %s (%d, %.1f GiB): times of different models are no one run. Name "
                         "those of one model, or add --allow-mixed-devices",
                         run->options.device, first->index, first->name, first->sm_count,
                         (double)first->memory_bytes / (1 << 30), info->index, info->name,
                         info->sm_count, (double)info->memory_bytes / (1 << 30));
}

/* What is no hardware has no number of its own but that in the list. */
static void add_device(struct bench_run *run, const char *spec, const struct bench_run *probed)
{
    struct bench_run_device *d = &run->devices[run->device_count];
    memset(d, 0, sizeof *d);
    snprintf(d->spec, sizeof d->spec, "%s", spec);
    d->info = probed->info;
    if (strcmp(d->info.kind, "cpu") == 0)
        d->info.index = (int)run->device_count;
    if (run->device_count == 0) {
        run->info = probed->info;
        snprintf(run->compiler, sizeof run->compiler, "%s", probed->compiler);
    }
    run->device_count++;
}

/* What a probe told: the device joins the others, or is left out, or the run ends. */
static int take(struct bench_run *run, const char *spec, struct probe *p, bool mixed, bool tolerant,
                struct bench_str *note, struct bench_err *err)
{
    struct bench_err problem = {0};
    int rc = finish(run, p, &problem);
    if (rc != BENCH_OK && (rc == BENCH_EINTERRUPTED || !tolerant))
        return bench_err_set(err, rc, "%s", problem.message);
    if (rc != BENCH_OK) {
        bench_str_addf(note, "%s%s is left out: %s", note->len ? "; " : "", spec, problem.message);
        return BENCH_OK;
    }
    rc = run->device_count > 0 ? check_model(run, &p->run.info, mixed, err) : BENCH_OK;
    if (rc == BENCH_OK)
        add_device(run, spec, &p->run);
    return rc;
}

/* All at once, then one after the other in their order. */
static int probe_all(struct bench_run *run, char (*specs)[128], size_t count, bool mixed,
                     bool tolerant, struct bench_str *note, struct bench_err *err)
{
    struct probe *probes = bench_xcalloc(count + 1, sizeof *probes);
    size_t started = 0;
    int rc = BENCH_OK;
    for (; started < count && rc == BENCH_OK; started += rc == BENCH_OK)
        rc = start(run, specs[started], &probes[started], err);
    for (size_t i = 0; i < started; i++) {
        if (rc == BENCH_OK)
            rc = take(run, specs[i], &probes[i], mixed, tolerant, note, err);
        bench_child_fini(&probes[i].child);
    }
    free(probes);
    if (rc == BENCH_OK && run->device_count == 0)
        rc = bench_err_set(err, BENCH_ENOTFOUND, "device %s: none can be opened: %s",
                           run->options.device, note->data);
    return rc;
}

int bench_fleet_reopen(struct bench_run *run, struct bench_err *err)
{
    struct probe p;
    size_t i = 0;
    while (i < run->device_count && run->devices[i].spec[0] == '\0')
        i++;
    if (i == run->device_count)
        return BENCH_OK;
    int rc = start(run, run->devices[i].spec, &p, err);
    return rc == BENCH_OK ? finish(run, &p, err) : rc;
}

int bench_fleet_probe(struct bench_run *run, bool mixed, bool tolerant, struct bench_str *note,
                      struct bench_err *err)
{
    char(*specs)[128] = NULL;
    size_t count = 0;
    int available = 0;
    int rc = bench_str_ends(run->options.device, "cuda:all") ? find_count(run, &available, err)
                                                             : BENCH_OK;
    if (rc == BENCH_OK)
        rc = bench_fleet_expand(run->options.device, available, &specs, &count, err);
    if (rc != BENCH_OK)
        return rc;
    free(run->devices);
    run->devices = bench_xcalloc(count + 1, sizeof *run->devices);
    run->device_count = 0;
    tolerant |= bench_str_ends(run->options.device, ":all");
    rc = probe_all(run, specs, count, mixed, tolerant, note, err);
    free(specs);
    if (rc == BENCH_OK)
        snprintf(run->why, sizeof run->why, "%.60s: %zu x %.120s, as asked for",
                 run->options.device, run->device_count, run->info.name);
    run->unordered = true;
    run->parts =
        (int)run->device_count * (run->options.shard_count > 0 ? run->options.shard_count : 1);
    return rc;
}
