#include "bench/cli/history_json.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cli/history_options.h"

void history_json_text(struct bench_json_writer *w, const char *key, const char *text)
{
    bench_json_put_key_string(w, key, text != NULL && text[0] != '\0' ? text : NULL);
}

void history_json_number(struct bench_json_writer *w, const char *key, double value)
{
    bench_json_put_key(w, key);
    if (isfinite(value))
        bench_json_put_double(w, value);
    else
        bench_json_put_null(w);
}

void history_json_time(struct bench_json_writer *w, const char *key, int64_t time_s)
{
    char text[32];
    history_format_iso(time_s, text);
    bench_json_put_key_string(w, key, text);
}

void history_json_shape(struct bench_json_writer *w, const char *shape)
{
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    for (const char *c = shape; *c;) {
        char *end = NULL;
        if (!isdigit((unsigned char)*c)) {
            c++;
            continue;
        }
        bench_json_put_int(w, strtoll(c, &end, 10));
        c = end;
    }
    bench_json_close_array(w);
}

void history_json_run(struct bench_json_writer *w, const struct bench_history_run *run)
{
    const struct bench_history_environment *e = &run->environment;
    history_json_text(w, "uid", run->uid);
    history_json_text(w, "run", run->name);
    history_json_text(w, "folder", run->folder);
    history_json_text(w, "suite", run->suite);
    history_json_time(w, "started", run->started_s);
    history_json_number(w, "duration_s", run->duration_s);
    history_json_text(w, "device_kind", run->device.kind);
    history_json_text(w, "device", run->device.name);
    history_json_text(w, "device_id", run->device.uuid);
    history_json_text(w, "arch", run->device.arch);
    bench_json_put_key(w, "devices");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->device_count; i++) {
        bench_json_open_object(w);
        history_json_text(w, "device_kind", run->devices[i]->kind);
        history_json_text(w, "device", run->devices[i]->name);
        history_json_text(w, "device_id", run->devices[i]->uuid);
        history_json_text(w, "arch", run->devices[i]->arch);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
    history_json_text(w, "driver", e->driver);
    history_json_text(w, "compiler", e->compiler);
    history_json_text(w, "libraries", e->libraries);
    history_json_text(w, "python", e->python);
    history_json_text(w, "bench_version", e->bench_version);
    history_json_text(w, "host", e->host);
    history_json_text(w, "system", e->system);
    history_json_text(w, "git_commit", run->commit);
    bench_json_put_key_bool(w, "git_dirty", run->dirty);
    history_json_text(w, "mode", run->mode);
    history_json_text(w, "cache", run->cache);
    bench_json_put_key_int(w, "seed", (int64_t)run->seed);
    history_json_text(w, "command", run->command);
    bench_json_put_key_int(w, "exit_code", run->exit_code);
    bench_json_put_key_int(w, "confirmations", run->confirmations);
    history_json_number(w, "noise_floor", run->noise_floor);
    bench_json_put_key_int(w, "results", (int64_t)run->result_count);
}

void history_json_course(struct bench_json_writer *w, const struct bench_history_course *c)
{
    history_json_text(w, "operator", c->operator_name);
    history_json_text(w, "dtype", c->dtype);
    history_json_shape(w, c->shape);
    history_json_text(w, "params", c->params);
    history_json_text(w, "device_kind", c->device_kind);
    history_json_text(w, "device", c->device_name);
    history_json_text(w, "mode", c->mode);
    history_json_text(w, "cache", c->cache);
}

void history_json_result(struct bench_json_writer *w, const struct bench_history_result *r)
{
    history_json_text(w, "implementation", r->implementation);
    history_json_text(w, "variant", r->variant);
    history_json_text(w, "library", r->library);
    history_json_text(w, "source_hash", r->source_hash);
    history_json_text(w, "binary_hash", r->binary_hash);
    history_json_text(w, "status", r->status);
    history_json_text(w, "reason", r->reason);
    history_json_number(w, "time_ms", r->time_ms);
    history_json_number(w, "low_ms", r->low_ms);
    history_json_number(w, "high_ms", r->high_ms);
    bench_json_put_key_bool(w, "near_floor", (r->notes & BENCH_HISTORY_NEAR_FLOOR) != 0);
    bench_json_put_key_bool(w, "throttled", (r->notes & BENCH_HISTORY_THROTTLED) != 0);
}

/* ---- courses with their steps ---- */

static void put_nights(struct bench_json_writer *w, const struct bench_history_course *c,
                       enum bench_history_role role)
{
    bench_json_put_key(w, "nights");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->count; i++) {
        const struct bench_history_result *r = &c->nights[i].roles[role];
        if (r->status == NULL)
            continue;
        bench_json_open_object(w);
        history_json_text(w, "run", c->nights[i].run->name);
        history_json_time(w, "started", c->nights[i].run->started_s);
        history_json_text(w, "status", r->status);
        history_json_number(w, "time_ms", r->time_ms);
        history_json_number(w, "low_ms", r->low_ms);
        history_json_number(w, "high_ms", r->high_ms);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_differences(struct bench_json_writer *w, const struct bench_history_step *step)
{
    bench_json_put_key(w, "differences");
    bench_json_open_array(w);
    for (size_t i = 0; i < step->difference_count; i++) {
        bench_json_open_object(w);
        history_json_text(w, "what", step->differences[i].what);
        history_json_text(w, "before", step->differences[i].before);
        history_json_text(w, "after", step->differences[i].after);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_step(struct bench_json_writer *w, const struct bench_history_course *c,
                     const struct bench_history_step *step)
{
    bench_json_open_object(w);
    history_json_text(w, "moved", bench_history_cause_name(step->cause));
    history_json_text(w, "run", c->nights[step->at].run->name);
    history_json_time(w, "started", c->nights[step->at].run->started_s);
    history_json_text(w, "last_run_before", c->nights[step->earliest - 1].run->name);
    history_json_text(w, "first_run_after", c->nights[step->latest].run->name);
    history_json_number(w, "ratio", step->ratio);
    history_json_number(w, "low", step->low);
    history_json_number(w, "high", step->high);
    history_json_number(w, "before_ms", step->before_ms);
    history_json_number(w, "after_ms", step->after_ms);
    put_differences(w, step);
    bench_json_close_object(w);
}

static void put_course(struct bench_json_writer *w, const struct bench_history_course *c,
                       const struct bench_history_analysis *a)
{
    bench_json_open_object(w);
    history_json_course(w, c);
    history_json_text(w, "role", bench_history_role_names[a->role]);
    history_json_text(w, "partner", a->partner >= 0 ? bench_history_role_names[a->partner] : NULL);
    history_json_number(w, "noise", a->noise);
    history_json_number(w, "last_ms", a->last_ms);
    history_json_number(w, "before_ms", a->before_ms);
    bench_json_put_key(w, "steps");
    bench_json_open_array(w);
    for (size_t i = 0; i < a->step_count; i++)
        put_step(w, c, &a->steps[i]);
    bench_json_close_array(w);
    put_nights(w, c, a->role);
    bench_json_close_object(w);
}

int history_json(struct bench_history_view *view, enum bench_history_role role, double least,
                 struct bench_err *err)
{
    const struct bench_history_course *course;
    struct bench_json_writer w;
    struct bench_str out;
    int rc;
    bench_str_init(&out);
    bench_json_writer_init(&w, &out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", 1);
    bench_json_put_key_double(&w, "least", least);
    bench_json_put_key(&w, "courses");
    bench_json_open_array(&w);
    while ((rc = bench_history_view_next(view, &course, err)) == BENCH_OK && course != NULL) {
        struct bench_arena *arena = bench_arena_new();
        struct bench_history_analysis analysis;
        bench_history_analyse(course, role, least, arena, &analysis);
        put_course(&w, course, &analysis);
        bench_arena_free(arena);
        fputs(out.data, stdout);
        bench_str_clear(&out);
    }
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    puts(out.data);
    bench_str_fini(&out);
    return rc;
}
