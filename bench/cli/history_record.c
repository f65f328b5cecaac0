#include "bench/cli/history_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/history_options.h"
#include "bench/cli/run_arguments.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* ---- texts ---- */

/* A member of run.json as text: a string as it is, anything else as JSON; "" if it is not there. */
static const char *member(const struct bench_outcome *o, const char *key, struct bench_arena *arena)
{
    const struct bench_json *v = o->environment ? bench_json_get(o->environment, key) : NULL;
    if (v == NULL || bench_json_type(v) == BENCH_JSON_NULL)
        return "";
    if (bench_json_type(v) == BENCH_JSON_STRING)
        return bench_arena_strdup(arena, bench_json_string(v));
    if (bench_json_size(v) == 0 && bench_json_type(v) >= BENCH_JSON_ARRAY)
        return "";
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, v);
    const char *kept = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return kept;
}

static const char *shape_text(const struct bench_outcome_case *c, struct bench_arena *arena)
{
    struct bench_str text;
    bench_str_init(&text);
    for (size_t i = 0; i < c->ndim; i++)
        bench_str_addf(&text, "%s%lld", i ? ", " : "", (long long)c->shape[i]);
    const char *kept = bench_arena_printf(arena, "[%s]", text.data);
    bench_str_fini(&text);
    return kept;
}

/* ---- from an outcome ---- */

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void fill_role(const struct bench_outcome_role *from,
                      const struct bench_history_device *device, struct bench_history_result *to)
{
    bool is_ok = from->standing == BENCH_OUTCOME_OK;
    /* A role for which the suite names nobody is none; a course of times has no place for those
     * that are right where there is nothing to time. */
    bool is_there = from->standing != BENCH_OUTCOME_ABSENT &&
                    strcmp(from->status, "unavailable") != 0 &&
                    strcmp(from->status, "checked") != 0;
    *to = (struct bench_history_result){
        .implementation = or_null(from->implementation),
        .variant = from->variant,
        .library = from->library,
        .source_hash = from->source_hash,
        .binary_hash = from->binary_hash,
        .status = is_there ? from->status : NULL,
        .reason = from->reason,
        .time_ms = is_ok ? from->time_ms : NAN,
        .low_ms = is_ok ? from->low_ms : NAN,
        .high_ms = is_ok ? from->high_ms : NAN,
        .notes = (from->near_floor ? BENCH_HISTORY_NEAR_FLOOR : 0u) |
                 (from->throttled ? BENCH_HISTORY_THROTTLED : 0u),
        .device = device,
    };
}

static struct bench_history_device device_of(const struct bench_outcome_device *d)
{
    return (struct bench_history_device){d->kind, d->name, d->id, d->arch};
}

static void fill_cases(const struct bench_outcome *o, struct bench_arena *arena,
                       struct bench_history_run *run)
{
    struct bench_history_case *cases =
        bench_arena_alloc(arena, (o->case_count + 1) * sizeof *cases);
    struct bench_history_device *devices =
        bench_arena_alloc(arena, (o->device_count + 1) * sizeof *devices);
    for (size_t i = 0; i < o->device_count; i++)
        devices[i] = device_of(&o->devices[i]);
    for (size_t i = 0; i < o->case_count; i++) {
        const struct bench_outcome_case *c = &o->cases[i];
        cases[i].operator_name = c->op_name;
        cases[i].dtype = c->dtype;
        cases[i].shape = shape_text(c, arena);
        cases[i].params = c->params;
        const struct bench_history_device *device =
            c->device != NULL ? &devices[c->device - o->devices] : NULL;
        for (int role = 0; role < BENCH_HISTORY_ROLES; role++)
            fill_role(&c->roles[role], device, &cases[i].roles[role]);
    }
    run->cases = cases;
    run->case_count = o->case_count;
}

static void fill_decisions(const struct bench_outcome *o, struct bench_arena *arena,
                           struct bench_history_run *run)
{
    struct bench_history_decision *decisions =
        bench_arena_alloc(arena, (o->operator_count * BENCH_OUTCOME_RULES + 1) * sizeof *decisions);
    for (size_t i = 0; i < o->operator_count; i++)
        for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
            const struct bench_outcome_decision *d = &o->operators[i].decisions[rule];
            if (!d->known)
                continue;
            decisions[run->decision_count++] = (struct bench_history_decision){
                .operator_name = o->operators[i].name,
                .criterion = bench_outcome_rule_key((enum bench_outcome_rule)rule),
                .answer = bench_answer_name(d->answer),
                .reason = d->reason,
                .estimate = d->ratio.estimate,
                .low = d->ratio.low,
                .high = d->ratio.high,
                .threshold = d->threshold,
                .processes = (int)d->processes,
            };
        }
    run->decisions = decisions;
}

static void fill_run(const struct bench_outcome *o, struct bench_arena *arena,
                     struct bench_history_run *run)
{
    char *folder = realpath(o->folder, NULL);
    *run = (struct bench_history_run){
        .name = o->id,
        .folder = bench_arena_strdup(arena, folder ? folder : o->folder),
        .suite = o->suite,
        .commit = o->git_commit,
        .command = o->command,
        .mode = o->mode,
        .cache = o->cache,
        .settings = member(o, "settings", arena),
        .started_s = o->started_s,
        .duration_s = o->duration_s,
        .noise_floor = o->noise_floor,
        .seed = o->seed >= 0 ? (uint64_t)o->seed : 0,
        .dirty = o->git_dirty,
        .exit_code = o->exit_code,
        .confirmations = (int)o->confirmations,
        .device = device_of(&o->device),
        .environment = {.driver = o->device.driver,
                        .compiler = o->compiler,
                        .libraries = member(o, "libraries", arena),
                        .python = member(o, "python", arena),
                        .bench_version = o->bench_version,
                        .host = o->host,
                        .system = member(o, "system", arena)},
    };
    free(folder);
}

static int check(const struct bench_outcome *o, struct bench_err *err)
{
    bool sanitized = false;
    if (o->folder == NULL || o->environment == NULL)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "%s: performance data alone do not say which run they are of; name "
                             "the run's folder",
                             o->path);
    if (o->settings != NULL)
        bench_json_get_bool(o->settings, "sanitize", false, &sanitized, NULL);
    if (sanitized)
        return bench_err_set(err, BENCH_EUNSUPPORTED, "%s: run with --sanitize: nothing was timed",
                             o->path);
    if (bench_json_get(o->environment, "shard") != NULL)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "%s: a shard; what `bench merge` makes of all of them is recorded",
                             o->path);
    if (o->started_s < 0)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "%s: run.json does not say when the run started", o->path);
    return BENCH_OK;
}

/* Texts and numbers of an object of "merged"; what is missing is "". */
static const char *text_in(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = object ? bench_json_get(object, key) : NULL;
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : "";
}

/* What `bench merge` put together is one run. Where its parts were recorded by themselves, it would
 * be the same times once more. */
static int check_parts(struct bench_history *history, const struct bench_outcome *o,
                       const struct bench_history_run *run, struct bench_err *err)
{
    const struct bench_json *merged = bench_json_get(o->environment, "merged");
    const struct bench_json *parts = merged ? bench_json_get(merged, "runs") : NULL;
    int rc = BENCH_OK;
    for (const struct bench_json *p = parts ? bench_json_first(parts) : NULL;
         p != NULL && rc == BENCH_OK; p = bench_json_next(p)) {
        const struct bench_json *device = bench_json_get(p, "device");
        struct bench_history_run part = *run;
        bool found = false;
        char uid[33];
        part.name = text_in(p, "run");
        part.environment.host = text_in(p, "host");
        part.device.name = text_in(device, "name");
        part.device.uuid = text_in(device, "id");
        if (history_parse_time(text_in(p, "started"), 0, &part.started_s, NULL) != BENCH_OK)
            continue;
        bench_history_uid(&part, uid);
        rc = bench_history_has(history, uid, &found, err);
        if (rc == BENCH_OK && found)
            rc = bench_err_set(err, BENCH_EUNSUPPORTED,
                               "%s: its part %s is in the history by itself", o->path, part.name);
    }
    return rc;
}

int bench_history_record(struct bench_history *history, const struct bench_outcome *outcome,
                         bool *added, struct bench_err *err)
{
    struct bench_history_run run;
    char uid[33];
    *added = false;
    int rc = check(outcome, err);
    if (rc != BENCH_OK)
        return rc;
    struct bench_arena *arena = bench_arena_new();
    fill_run(outcome, arena, &run);
    fill_cases(outcome, arena, &run);
    fill_decisions(outcome, arena, &run);
    bench_history_uid(&run, uid);
    run.uid = uid;
    rc = check_parts(history, outcome, &run, err);
    if (rc == BENCH_OK)
        rc = bench_history_add(history, &run, added, err);
    bench_arena_free(arena);
    return rc;
}

/* ---- at the end of a run ---- */

static int record(const char *folder, const char *path, bool quiet, struct bench_err *err)
{
    struct bench_history *history = NULL;
    struct bench_outcome *outcome = NULL;
    bool created = false, added;
    int rc = bench_outcome_load(folder, 0, &outcome, err);
    if (rc == BENCH_OK)
        rc = bench_history_open(path, BENCH_HISTORY_WRITE, &history, &created, err);
    if (rc == BENCH_OK)
        rc = bench_history_record(history, outcome, &added, err);
    if (rc == BENCH_OK && created && !quiet)
        fprintf(stderr,
                "runs are recorded in %s from now on ('bench history'; not with "
                "--no-history)\n",
                path);
    bench_history_close(history);
    bench_outcome_free(outcome);
    return rc;
}

bool bench_history_record_finished(const char *folder, const char *path, const char *device_kind,
                                   bool quiet)
{
    struct bench_err err = {0};
    char *place = path ? bench_xstrdup(path) : bench_history_default_path();
    bool is_scripted = path == NULL && strcmp(device_kind, "null") == 0;
    int rc = BENCH_OK;
    if (place != NULL && !is_scripted)
        rc = record(folder, place, quiet, &err);
    if (rc != BENCH_OK && rc != BENCH_EUNSUPPORTED) {
        struct bench_str command;
        bench_str_init(&command);
        bench_str_add(&command, "bench history import ");
        if (path != NULL) {
            bench_str_add(&command, "--db ");
            run_arguments_quote(path, &command);
            bench_str_addc(&command, ' ');
        }
        run_arguments_quote(folder, &command);
        fprintf(stderr,
                "bench: warning: the results are complete, but are not in the history: %s\n"
                "  when that is mended: %s\n",
                err.message, command.data);
        bench_str_fini(&command);
    }
    free(place);
    return rc == BENCH_OK || rc == BENCH_EUNSUPPORTED;
}
