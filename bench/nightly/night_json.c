/* night.json: docs/nightly.md has its keys. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/nightly/night.h"
#include "bench/perf/json.h"
#include "bench/util/file.h"

#define FILE_NAME "night.json"

/* ---- writing ---- */

static void put_number(struct bench_json_writer *w, const char *key, double value)
{
    bench_json_put_key(w, key);
    if (isfinite(value))
        bench_json_put_double(w, value);
    else
        bench_json_put_null(w);
}

static void put_text(struct bench_json_writer *w, const char *key, const char *text)
{
    bench_json_put_key_string(w, key, text[0] ? text : NULL);
}

static void put_steps(const struct bench_night *n, struct bench_json_writer *w)
{
    bench_json_put_key(w, "steps");
    bench_json_open_object(w);
    for (int i = 0; i < BENCH_NIGHT_STEPS; i++) {
        const struct bench_night_progress *p = &n->steps[i];
        bench_json_put_key(w, bench_night_step_name((enum bench_night_step)i));
        bench_json_open_object(w);
        bench_json_put_key_string(w, "state", bench_night_state_name(p->state));
        bench_json_put_key_int(w, "exit_code", p->exit_code);
        bench_json_put_key_double(w, "seconds", p->seconds);
        put_text(w, "note", p->note);
        bench_json_close_object(w);
    }
    bench_json_close_object(w);
}

static void put_operators(const struct bench_night *n, struct bench_json_writer *w)
{
    bench_json_put_key(w, "operators");
    bench_json_open_array(w);
    for (size_t i = 0; i < n->operator_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "name", n->operators[i].name);
        bench_json_put_key_int(w, "cases", (int64_t)n->operators[i].cases);
        put_number(w, "seconds", n->operators[i].seconds);
        bench_json_put_key_double(w, "nearness", n->operators[i].nearness);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "left_out");
    bench_json_open_array(w);
    for (size_t i = 0; i < n->left_out_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "name", n->left_out[i].name);
        bench_json_put_key_int(w, "cases", (int64_t)n->left_out[i].cases);
        put_number(w, "cost_s", n->left_out[i].cost_s);
        put_number(w, "age_days", n->left_out[i].age_days);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_alarms(const struct bench_night *n, struct bench_json_writer *w)
{
    bench_json_put_key(w, "alarms");
    bench_json_open_array(w);
    for (size_t i = 0; i < n->alarm_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "kind", n->alarms[i].kind);
        bench_json_put_key_string(w, "text", n->alarms[i].text);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_unsure(const struct bench_night *n, struct bench_json_writer *w)
{
    bench_json_put_key(w, "unsure");
    bench_json_open_array(w);
    for (size_t i = 0; i < n->unsure_count; i++)
        bench_json_put_string(w, n->unsure[i]);
    bench_json_close_array(w);
}

static void put_what(const struct bench_night *n, struct bench_json_writer *w)
{
    bench_json_put_key(w, "command");
    bench_json_open_array(w);
    for (size_t i = 0; i < n->command_count; i++)
        bench_json_put_string(w, n->command[i]);
    bench_json_close_array(w);
    put_text(w, "suite", n->suite);
    put_number(w, "budget_s", n->budget_s);
    bench_json_put_key(w, "device");
    bench_json_open_object(w);
    put_text(w, "asked_for", n->device_asked);
    put_text(w, "kind", n->device_kind);
    put_text(w, "name", n->device_name);
    put_text(w, "id", n->device_id);
    bench_json_close_object(w);
}

int bench_night_write(const struct bench_night *n, struct bench_err *err)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", 1);
    bench_json_put_key_string(&w, "night", n->id);
    bench_json_put_key_string(&w, "status", n->status);
    bench_json_put_key(&w, "exit_code");
    if (n->exit_code >= 0)
        bench_json_put_int(&w, n->exit_code);
    else
        bench_json_put_null(&w);
    bench_json_put_key_string(&w, "started", n->started);
    bench_json_put_key_int(&w, "started_s", n->started_s);
    put_text(&w, "finished", n->finished);
    bench_json_put_key_double(&w, "duration_s", n->duration_s);
    put_what(n, &w);
    put_text(&w, "compared_with", n->compared_with);
    bench_json_put_key_bool(&w, "regression", n->regression);
    put_alarms(n, &w);
    put_unsure(n, &w);
    put_steps(n, &w);
    put_operators(n, &w);
    bench_json_close_object(&w);
    bench_str_addc(&text, '\n');
    char *path = bench_path_join(n->folder, FILE_NAME);
    int rc = bench_file_write_atomic(path, text.data, text.len, err);
    free(path);
    bench_str_fini(&text);
    return rc;
}

/* ---- reading ---- */

/* A text that may be null; in the arena. */
static const char *get_text(struct bench_night *n, const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING
               ? bench_arena_strdup(n->arena, bench_json_string(v))
               : "";
}

static double get_number(const struct bench_json *object, const char *key, double otherwise)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_NUMBER ? bench_json_number(v) : otherwise;
}

/* Whole and within limits; else as if it were missing. */
static int64_t get_whole(const struct bench_json *object, const char *key, int64_t most,
                         int64_t otherwise)
{
    double number = get_number(object, key, NAN);
    return number >= 0 && number <= (double)most ? (int64_t)number : otherwise;
}

static size_t get_cases(const struct bench_json *object)
{
    return (size_t)get_whole(object, "cases", INT32_MAX, 0);
}

static int read_steps(struct bench_night *n, const struct bench_json *root, struct bench_err *err)
{
    const struct bench_json *steps = NULL, *step = NULL;
    int rc = bench_json_get_object(root, "steps", true, &steps, err);
    for (int i = 0; rc == BENCH_OK && i < BENCH_NIGHT_STEPS; i++) {
        struct bench_night_progress *p = &n->steps[i];
        const char *state = NULL;
        rc = bench_json_get_object(steps, bench_night_step_name((enum bench_night_step)i), true,
                                   &step, err);
        rc = rc == BENCH_OK ? bench_json_get_string(step, "state", true, &state, err) : rc;
        if (rc != BENCH_OK)
            break;
        *p = (struct bench_night_progress){.exit_code =
                                               (int)get_whole(step, "exit_code", INT_MAX, -1),
                                           .seconds = get_number(step, "seconds", 0),
                                           .note = get_text(n, step, "note")};
        for (int s = BENCH_NIGHT_DUE; s <= BENCH_NIGHT_FAILED; s++)
            if (strcmp(state, bench_night_state_name((enum bench_night_state)s)) == 0)
                p->state = (enum bench_night_state)s;
    }
    return rc;
}

static size_t size_of(const struct bench_json *array)
{
    return array != NULL && bench_json_type(array) == BENCH_JSON_ARRAY ? bench_json_size(array) : 0;
}

static void read_operators(struct bench_night *n, const struct bench_json *root)
{
    const struct bench_json *measured = bench_json_get(root, "operators");
    const struct bench_json *left_out = bench_json_get(root, "left_out");
    n->operators = bench_arena_alloc(n->arena, (size_of(measured) + 1) * sizeof *n->operators);
    n->left_out = bench_arena_alloc(n->arena, (size_of(left_out) + 1) * sizeof *n->left_out);
    for (const struct bench_json *o = size_of(measured) ? bench_json_first(measured) : NULL; o;
         o = bench_json_next(o))
        n->operators[n->operator_count++] =
            (struct bench_night_operator){.name = get_text(n, o, "name"),
                                          .cases = get_cases(o),
                                          .seconds = get_number(o, "seconds", NAN),
                                          .nearness = get_number(o, "nearness", 0)};
    for (const struct bench_json *o = size_of(left_out) ? bench_json_first(left_out) : NULL; o;
         o = bench_json_next(o))
        n->left_out[n->left_out_count++] =
            (struct bench_night_left_out){.name = get_text(n, o, "name"),
                                          .cases = get_cases(o),
                                          .cost_s = get_number(o, "cost_s", NAN),
                                          .age_days = get_number(o, "age_days", INFINITY)};
}

static void read_lists(struct bench_night *n, const struct bench_json *root)
{
    const struct bench_json *alarms = bench_json_get(root, "alarms");
    const struct bench_json *unsure = bench_json_get(root, "unsure");
    const struct bench_json *command = bench_json_get(root, "command");
    const char **words = bench_arena_alloc(n->arena, (size_of(command) + 1) * sizeof *words);
    n->alarms = bench_arena_alloc(n->arena, (size_of(alarms) + 1) * sizeof *n->alarms);
    for (const struct bench_json *a = size_of(alarms) ? bench_json_first(alarms) : NULL; a;
         a = bench_json_next(a))
        n->alarms[n->alarm_count++] = (struct bench_night_alarm){.kind = get_text(n, a, "kind"),
                                                                 .text = get_text(n, a, "text")};
    for (const struct bench_json *v = size_of(unsure) ? bench_json_first(unsure) : NULL; v;
         v = bench_json_next(v))
        if (bench_json_type(v) == BENCH_JSON_STRING)
            bench_night_add_unsure(n, bench_json_string(v));
    for (const struct bench_json *v = size_of(command) ? bench_json_first(command) : NULL; v;
         v = bench_json_next(v))
        if (bench_json_type(v) == BENCH_JSON_STRING)
            words[n->command_count++] = bench_arena_strdup(n->arena, bench_json_string(v));
    n->command = words;
    read_operators(n, root);
}

static int read_root(struct bench_night *n, const struct bench_json *root, struct bench_err *err)
{
    const struct bench_json *device = NULL;
    const char *status = NULL, *started = NULL;
    int64_t format = 1;
    int rc = bench_json_expect(root, BENCH_JSON_OBJECT, err);
    rc = rc == BENCH_OK ? bench_json_get_int(root, "format", true, 1, 1, &format, err) : rc;
    rc = rc == BENCH_OK ? bench_json_get_string(root, "status", true, &status, err) : rc;
    rc = rc == BENCH_OK ? bench_json_get_string(root, "started", true, &started, err) : rc;
    rc = rc == BENCH_OK
             ? bench_json_get_int(root, "started_s", true, 0, INT64_MAX, &n->started_s, err)
             : rc;
    rc = rc == BENCH_OK ? bench_json_get_bool(root, "regression", true, &n->regression, err) : rc;
    rc = rc == BENCH_OK ? bench_json_get_object(root, "device", true, &device, err) : rc;
    rc = rc == BENCH_OK ? read_steps(n, root, err) : rc;
    if (rc != BENCH_OK)
        return rc;
    if (get_text(n, root, "night")[0]) /* the folder may be named by a link */
        n->id = get_text(n, root, "night");
    n->status = bench_arena_strdup(n->arena, status);
    n->started = bench_arena_strdup(n->arena, started);
    n->finished = get_text(n, root, "finished");
    n->suite = get_text(n, root, "suite");
    n->compared_with = get_text(n, root, "compared_with");
    n->exit_code = (int)get_whole(root, "exit_code", INT_MAX, -1);
    n->duration_s = get_number(root, "duration_s", 0);
    n->budget_s = get_number(root, "budget_s", INFINITY);
    n->device_asked = get_text(n, device, "asked_for");
    n->device_kind = get_text(n, device, "kind");
    n->device_name = get_text(n, device, "name");
    n->device_id = get_text(n, device, "id");
    read_lists(n, root);
    return BENCH_OK;
}

int bench_night_read(const char *folder, struct bench_night *night, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    char *path = bench_path_join(folder, FILE_NAME);
    memset(night, 0, sizeof *night);
    night->arena = bench_arena_new();
    night->folder = bench_arena_strdup(night->arena, folder);
    night->id = bench_path_basename(night->folder);
    int rc = bench_json_read(path, 0, &doc, err);
    if (rc == BENCH_OK)
        rc = read_root(night, bench_json_root(doc), err);
    bench_json_free(doc);
    free(path);
    if (rc != BENCH_OK)
        bench_night_fini(night);
    return rc;
}
