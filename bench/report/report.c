#include "bench/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_impl.h"

struct bench_report *bench_report_new(void)
{
    struct bench_report *report = bench_xcalloc(1, sizeof *report);
    report->arena = bench_arena_new();
    return report;
}

void bench_report_free(struct bench_report *report)
{
    if (report == NULL)
        return;
    bench_arena_free(report->arena);
    free(report->runs);
    free(report);
}

static void put_text(struct bench_json_writer *w, const char *key, const char *text)
{
    bench_json_put_key(w, key);
    bench_json_put_string(w, text[0] ? text : NULL);
}

static void put_number(struct bench_json_writer *w, const char *key, double v)
{
    bench_json_put_key(w, key);
    if (isfinite(v))
        bench_json_put_double(w, v);
    else
        bench_json_put_null(w);
}

/* run.json without its operators, of which the page tells by itself. */
static void put_environment(struct bench_json_writer *w, const struct bench_json *environment)
{
    bench_json_put_key(w, "environment");
    if (environment == NULL) {
        bench_json_put_null(w);
        return;
    }
    bench_json_open_object(w);
    for (const struct bench_json *v = bench_json_first(environment); v; v = bench_json_next(v)) {
        if (strcmp(bench_json_key(v), "operators") == 0)
            continue;
        bench_json_put_key(w, bench_json_key(v));
        bench_json_put_value(w, v);
    }
    bench_json_close_object(w);
}

static void put_run(struct bench_json_writer *w, const struct bench_outcome *o)
{
    bench_json_open_object(w);
    put_text(w, "name", o->id);
    put_text(w, "path", o->path);
    put_text(w, "suite", o->suite);
    put_text(w, "status", o->status);
    put_text(w, "started", o->started);
    put_number(w, "duration_s", o->duration_s);
    put_text(w, "device", o->device.name);
    put_text(w, "kind", o->device.kind);
    put_text(w, "driver", o->device.driver);
    put_text(w, "mode", o->mode);
    put_text(w, "cache", o->cache);
    put_number(w, "noise_floor", o->noise_floor);
    bench_json_put_key_int(w, "confirmations", (int64_t)o->confirmations);
    bench_json_put_key(w, "notes");
    bench_json_open_array(w);
    for (size_t i = 0; i < o->note_count; i++)
        bench_json_put_string(w, o->notes[i]);
    bench_json_close_array(w);
    put_environment(w, o->environment);
    bench_json_close_object(w);
}

static void keep_operators(struct bench_report *report, struct report_run *run,
                           const struct bench_outcome *o)
{
    run->operator_count = o->operator_count;
    run->operators =
        bench_arena_alloc(report->arena, (o->operator_count + 1) * sizeof *run->operators);
    for (size_t i = 0; i < o->operator_count; i++) {
        run->operators[i].name = bench_arena_strdup(report->arena, o->operators[i].name);
        run->operators[i].case_count = o->operators[i].case_count;
        for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
            struct bench_outcome_decision *d = &run->operators[i].decisions[rule];
            *d = o->operators[i].decisions[rule];
            d->reason = d->known ? bench_arena_strdup(report->arena, d->reason) : "";
            d->method = "";
        }
    }
}

static void keep_circumstances(struct bench_report *report, struct report_run *run,
                               const struct bench_outcome *o)
{
    const char *const now[REPORT_CIRCUMSTANCES] = {[REPORT_DEVICE] = o->device.name,
                                                   [REPORT_DRIVER] = o->device.driver,
                                                   [REPORT_COMPILER] = o->compiler,
                                                   [REPORT_COMMIT] = o->git_commit,
                                                   [REPORT_VERSION] = o->bench_version,
                                                   [REPORT_HOST] = o->host,
                                                   [REPORT_MODE] = o->mode,
                                                   [REPORT_CACHE] = o->cache};
    run->name = bench_arena_strdup(report->arena, o->id[0] ? o->id : o->path);
    for (int i = 0; i < REPORT_CIRCUMSTANCES; i++)
        run->circumstances[i] = bench_arena_strdup(report->arena, now[i]);
}

void bench_report_add(struct bench_report *report, const struct bench_outcome *outcome)
{
    if (report->run_count == report->run_capacity) {
        report->run_capacity = report->run_capacity ? report->run_capacity * 2 : 16;
        report->runs = bench_xrealloc(report->runs, report->run_capacity * sizeof *report->runs);
    }
    struct report_run *run = &report->runs[report->run_count++];
    struct bench_str facts;
    struct bench_json_writer w;
    bench_str_init(&facts);
    bench_json_writer_init(&w, &facts, BENCH_JSON_COMPACT);
    put_run(&w, outcome);
    run->facts = bench_arena_strdup(report->arena, facts.data);
    bench_str_fini(&facts);
    keep_operators(report, run, outcome);
    keep_circumstances(report, run, outcome);
}

void bench_report_set_changes(struct bench_report *report,
                              const struct bench_report_change *changes, size_t count)
{
    report->looked_for_changes = true;
    report->change_count = count;
    report->changes = bench_arena_alloc(report->arena, (count + 1) * sizeof *report->changes);
    for (size_t i = 0; i < count; i++) {
        report->changes[i] = changes[i];
        report->changes[i].op_name = bench_arena_strdup(report->arena, changes[i].op_name);
        report->changes[i].text = bench_arena_strdup(report->arena, changes[i].text);
    }
}

void bench_report_set_night(struct bench_report *report, const char *against,
                            const struct bench_report_finding *findings, size_t count)
{
    report->night_against = bench_arena_strdup(report->arena, against);
    report->finding_count = count;
    report->findings = bench_arena_alloc(report->arena, (count + 1) * sizeof *report->findings);
    for (size_t i = 0; i < count; i++)
        report->findings[i] = (struct bench_report_finding){
            .kind = bench_arena_strdup(report->arena, findings[i].kind),
            .text = bench_arena_strdup(report->arena, findings[i].text)};
}
