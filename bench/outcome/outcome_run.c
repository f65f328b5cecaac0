/* run.json: what a run was. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/outcome/outcome_impl.h"
#include "bench/util/file.h"
#include "bench/util/str.h"

/* "2026-11-22T10:26:00Z"; -1 for other texts. */
static int64_t read_time(const char *text)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return rest != NULL && *rest == '\0' ? (int64_t)timegm(&tm) : -1;
}

/* "580.159.04, CUDA 13.0 (runtime 13.0)" -> "13.0"; "" if there is none. */
static const char *read_cuda(struct bench_outcome_store *s, const char *driver)
{
    char version[16] = "";
    const char *at = strstr(driver, "CUDA ");
    if (at != NULL)
        sscanf(at, "CUDA %15[0-9.]", version);
    return bench_outcome_intern(s, version);
}

/* "running" is also what a run says that was killed. */
static int check_finished(const struct bench_outcome *o, const char *path,
                          const struct bench_json *root, unsigned flags, struct bench_err *err)
{
    const struct bench_json *totals = NULL;
    int64_t done = -1, cases = -1;
    if (strcmp(o->status, "finished") == 0)
        return BENCH_OK;
    int rc = bench_outcome_object(root, "totals", &totals, err);
    if (rc == BENCH_OK && totals != NULL &&
        (rc = bench_json_get_int(totals, "cases_done", false, 0, INT64_MAX, &done, err)) == 0)
        rc = bench_json_get_int(totals, "cases", false, 0, INT64_MAX, &cases, err);
    if (rc != BENCH_OK)
        return rc;
    char *after = done >= 0 && cases >= 0 ? bench_xprintf(" after %lld of %lld cases",
                                                          (long long)done, (long long)cases)
                                          : bench_xstrdup("");
    const char *what = strcmp(o->status, "running") == 0  ? "is still running or was killed"
                       : strcmp(o->status, "failed") == 0 ? "failed"
                                                          : "was interrupted";
    if (flags & BENCH_OUTCOME_UNFINISHED)
        bench_outcome_note(o->store, "the run %s %s%s: other cases are missing", o->path, what,
                           after);
    else
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: the run %s%s, so nobody knows what its other cases would show; go "
                           "on with `bench run --resume %s`, or run it again; `bench report "
                           "--unfinished %s` shows what it has",
                           path, what, after, o->folder, o->folder);
    free(after);
    return rc;
}

static int read_command(struct bench_outcome *o, const struct bench_json *root,
                        struct bench_err *err)
{
    const struct bench_json *command = NULL;
    struct bench_str text;
    int rc = bench_json_get_array(root, "command", false, &command, err);
    if (rc != BENCH_OK || command == NULL)
        return rc;
    bench_str_init(&text);
    bench_str_add(&text, "bench");
    for (const struct bench_json *w = bench_json_first(command); w && rc == 0;
         w = bench_json_next(w))
        if ((rc = bench_json_expect(w, BENCH_JSON_STRING, err)) == BENCH_OK)
            bench_str_addf(&text, " %s", bench_json_string(w));
    o->command = bench_arena_strdup(o->store->arena, text.data);
    bench_str_fini(&text);
    return rc;
}

static int read_origin(struct bench_outcome *o, const struct bench_json *root,
                       struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(root, "exit_code");
    int64_t code = -1;
    int rc;
    if (v != NULL && bench_json_type(v) != BENCH_JSON_NULL &&
        (rc = bench_json_get_int(root, "exit_code", true, 0, 255, &code, err)) != 0)
        return rc;
    o->exit_code = (int)code;
    if ((rc = bench_json_get_string(root, "run", true, &o->id, err)) != 0 ||
        (rc = bench_outcome_text(root, "started", &o->started, err)) != 0 ||
        (rc = bench_outcome_number(root, "duration_s", &o->duration_s, err)) != 0 ||
        (rc = bench_outcome_text(root, "bench_version", &o->bench_version, err)) != 0 ||
        (rc = bench_outcome_text(root, "git_commit", &o->git_commit, err)) != 0 ||
        (rc = bench_json_get_bool(root, "git_dirty", false, &o->git_dirty, err)) != 0 ||
        (rc = bench_outcome_text(root, "host", &o->host, err)) != 0 ||
        (rc = bench_outcome_text(root, "compiler", &o->compiler, err)) != 0)
        return rc;
    o->started_s = read_time(o->started);
    return read_command(o, root, err);
}

static int read_device(struct bench_outcome *o, const struct bench_json *device,
                       struct bench_outcome_device *d, struct bench_err *err)
{
    int rc;
    if ((rc = bench_outcome_text(device, "name", &d->name, err)) != 0 ||
        (rc = bench_outcome_text(device, "kind", &d->kind, err)) != 0 ||
        (rc = bench_outcome_text(device, "id", &d->id, err)) != 0 ||
        (rc = bench_outcome_text(device, "arch", &d->arch, err)) != 0 ||
        (rc = bench_outcome_text(device, "driver", &d->driver, err)) != 0)
        return rc;
    d->cuda = read_cuda(o->store, d->driver);
    return BENCH_OK;
}

static int read_devices(struct bench_outcome *o, const struct bench_json *root,
                        struct bench_err *err)
{
    const struct bench_json *device = NULL, *all = NULL;
    int rc = bench_outcome_object(root, "device", &device, err);
    if (rc == BENCH_OK && device != NULL)
        rc = read_device(o, device, &o->device, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_array(root, "devices", false, &all, err);
    if (rc != BENCH_OK || all == NULL)
        return rc;
    struct bench_outcome_device *devices =
        bench_arena_alloc(o->store->arena, (bench_json_size(all) + 1) * sizeof *devices);
    o->devices = devices;
    for (const struct bench_json *v = bench_json_first(all); v && rc == BENCH_OK;
         v = bench_json_next(v)) {
        struct bench_outcome_device *d = &devices[o->device_count++];
        bench_outcome_device_init(d);
        rc = bench_json_expect(v, BENCH_JSON_OBJECT, err);
        if (rc == BENCH_OK)
            rc = read_device(o, v, d, err);
    }
    return rc;
}

static int read_clocks(struct bench_outcome *o, const struct bench_json *root,
                       struct bench_err *err)
{
    struct bench_outcome_device *d = &o->device;
    const struct bench_json *facts = NULL, *start = NULL, *end = NULL;
    int rc = bench_outcome_object(root, "facts", &facts, err);
    if (rc != BENCH_OK || facts == NULL ||
        (rc = bench_outcome_object(facts, "start", &start, err)) != 0 ||
        (rc = bench_outcome_object(facts, "end", &end, err)) != 0)
        return rc;
    if (start != NULL &&
        ((rc = bench_outcome_number(start, "sm_clock_mhz", &d->clock_mhz, err)) != 0 ||
         (rc = bench_outcome_number(start, "sm_clock_max_mhz", &d->clock_max_mhz, err)) != 0 ||
         (rc = bench_outcome_number(start, "memory_clock_mhz", &d->memory_clock_mhz, err)) != 0))
        return rc;
    if (end != NULL &&
        ((rc = bench_outcome_number(end, "sm_clock_mhz", &d->clock_end_mhz, err)) != 0 ||
         (rc = bench_outcome_text(end, "throttle", &d->throttle, err)) != 0))
        return rc;
    return BENCH_OK;
}

static int read_settings(struct bench_outcome *o, const struct bench_json *root,
                         struct bench_err *err)
{
    double *thresholds = o->thresholds;
    int rc = bench_outcome_object(root, "settings", &o->settings, err);
    if (rc != BENCH_OK || o->settings == NULL)
        return rc;
    if ((rc = bench_outcome_text(o->settings, "mode", &o->mode, err)) != 0 ||
        (rc = bench_outcome_text(o->settings, "cache", &o->cache, err)) != 0 ||
        (rc = bench_json_get_int(o->settings, "seed", false, 0, INT64_MAX, &o->seed, err)) != 0 ||
        (rc = bench_outcome_number(o->settings, "speedup_threshold",
                                   &thresholds[BENCH_OUTCOME_SPEEDUP], err)) != 0)
        return rc;
    return bench_outcome_number(o->settings, "relative_threshold",
                                &thresholds[BENCH_OUTCOME_RELATIVE], err);
}

/* Operators in the suite's order, before any data name them. */
static int read_operators(struct bench_outcome *o, const struct bench_json *root,
                          struct bench_err *err)
{
    const struct bench_json *operators = NULL;
    int rc = bench_json_get_array(root, "operators", false, &operators, err);
    if (rc != BENCH_OK || operators == NULL)
        return rc;
    for (const struct bench_json *v = bench_json_first(operators); v; v = bench_json_next(v)) {
        const char *name = NULL, *hash = "";
        if ((rc = bench_json_get_string(v, "name", true, &name, err)) != 0 ||
            (rc = bench_outcome_text(v, "hash", &hash, err)) != 0)
            return rc;
        size_t at = bench_outcome_operator_at(o->store, name);
        o->store->operators[at].hash = hash;
    }
    return BENCH_OK;
}

static int read_totals(struct bench_outcome *o, const struct bench_json *root,
                       struct bench_err *err)
{
    const struct bench_json *noise = NULL, *totals = NULL, *suite = NULL;
    int64_t confirmations = 0;
    int rc = bench_outcome_object(root, "noise_floor", &noise, err);
    if (rc == BENCH_OK && noise != NULL)
        rc = bench_outcome_number(noise, "noise_floor", &o->noise_floor, err);
    if (rc != BENCH_OK || (rc = bench_outcome_object(root, "totals", &totals, err)) != 0)
        return rc;
    if (totals != NULL && (rc = bench_json_get_int(totals, "confirmations", false, 0, INT32_MAX,
                                                   &confirmations, err)) != 0)
        return rc;
    o->confirmations = (size_t)confirmations;
    if ((rc = bench_outcome_object(root, "suite", &suite, err)) != 0 || suite == NULL)
        return rc;
    if ((rc = bench_outcome_text(suite, "name", &o->suite, err)) != 0)
        return rc;
    return bench_outcome_text(suite, "hash", &o->suite_hash, err);
}

int bench_outcome_read_run(struct bench_outcome *o, const char *path, unsigned flags,
                           struct bench_err *err)
{
    int64_t format = 1;
    int rc = bench_json_read(path, 0, &o->store->run_json, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = o->environment = bench_json_root(o->store->run_json);
    if ((rc = bench_json_expect(root, BENCH_JSON_OBJECT, err)) != 0 ||
        (rc = bench_json_get_int(root, "format", true, 1, 1, &format, err)) != 0 ||
        (rc = bench_json_get_string(root, "status", true, &o->status, err)) != 0 ||
        (rc = check_finished(o, path, root, flags, err)) != 0 ||
        (rc = read_origin(o, root, err)) != 0 || (rc = read_devices(o, root, err)) != 0 ||
        (rc = read_clocks(o, root, err)) != 0 || (rc = read_settings(o, root, err)) != 0 ||
        (rc = read_totals(o, root, err)) != 0)
        return rc;
    return read_operators(o, root, err);
}
