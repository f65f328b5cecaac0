#include "bench/run/worker.h"

#include <stdlib.h>
#include <string.h>

#include "bench/run/child.h"
#include "bench/run/run_case.h"

static void begin_line(struct bench_str *text, struct bench_json_writer *w, const char *event)
{
    bench_str_init(text);
    bench_json_writer_init(w, text, BENCH_JSON_COMPACT);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "event", event);
}

static int send_line(int line_fd, struct bench_str *text, struct bench_json_writer *w)
{
    bench_json_close_object(w);
    int rc = bench_child_send(line_fd, text);
    bench_str_fini(text);
    return rc;
}

static int send_message(int line_fd, const char *event, const struct bench_err *problem)
{
    struct bench_str text;
    struct bench_json_writer w;
    begin_line(&text, &w, event);
    bench_json_put_key_int(&w, "code", problem->code);
    bench_json_put_key_string(&w, "message", problem->message);
    return send_line(line_fd, &text, &w);
}

/* ---- the device's description ---- */

int bench_worker_probe(void *data, int line_fd)
{
    struct bench_run *run = data;
    struct bench_device *device = NULL;
    struct bench_err err = {0};
    struct bench_str text;
    struct bench_json_writer w;
    char why[256] = "";
    if (bench_device_open(run->options.device, run->settings.seed, &device, why, &err) != BENCH_OK)
        return send_message(line_fd, "fatal", &err) == BENCH_OK ? 0 : 1;
    const struct bench_device_info *info = bench_device_info(device);
    begin_line(&text, &w, "device");
    bench_json_put_key_string(&w, "why", why);
    bench_json_put_key_string(&w, "kind", info->kind);
    bench_json_put_key_string(&w, "name", info->name);
    bench_json_put_key_string(&w, "id", info->id);
    bench_json_put_key_string(&w, "arch", info->arch);
    bench_json_put_key_string(&w, "driver", info->driver);
    bench_json_put_key_int(&w, "index", info->index);
    bench_json_put_key_int(&w, "sm_count", info->sm_count);
    bench_json_put_key_int(&w, "max_threads_per_block", info->max_threads_per_block);
    bench_json_put_key_int(&w, "max_shared_bytes", (int64_t)info->max_shared_bytes);
    bench_json_put_key_int(&w, "memory_bytes", (int64_t)info->memory_bytes);
    bench_json_put_key_int(&w, "l2_bytes", (int64_t)info->l2_bytes);
    bench_json_put_key_bool(&w, "computes", info->computes);
    bench_json_put_key_bool(&w, "gates", info->gates);
    bench_json_put_key_bool(&w, "reports_clock", info->reports_clock);
    char *compiler = bench_compiler_version(info->arch, &err);
    bench_json_put_key_string(&w, "compiler", compiler ? compiler : err.message);
    free(compiler);
    int rc = send_line(line_fd, &text, &w);
    bench_device_close(device);
    return rc == BENCH_OK ? 0 : 1;
}

static int read_text(const struct bench_json *line, const char *key, char *to, size_t size,
                     struct bench_err *err)
{
    const char *text = NULL;
    int rc = bench_json_get_string(line, key, true, &text, err);
    if (rc == BENCH_OK) {
        strncpy(to, text, size - 1);
        to[size - 1] = '\0';
    }
    return rc;
}

static int read_int(const struct bench_json *line, const char *key, int *to, struct bench_err *err)
{
    int64_t value = 0;
    int rc = bench_json_get_int(line, key, true, 0, INT32_MAX, &value, err);
    *to = (int)value;
    return rc;
}

static int read_size(const struct bench_json *line, const char *key, size_t *to,
                     struct bench_err *err)
{
    int64_t value = 0;
    int rc = bench_json_get_int(line, key, true, 0, INT64_MAX, &value, err);
    *to = (size_t)value;
    return rc;
}

int bench_worker_read_probe(const struct bench_json *line, struct bench_run *run,
                            struct bench_err *err)
{
    struct bench_device_info *i = &run->info;
    int rc;
    if ((rc = read_text(line, "why", run->why, sizeof run->why, err)) != 0 ||
        (rc = read_text(line, "kind", i->kind, sizeof i->kind, err)) != 0 ||
        (rc = read_text(line, "name", i->name, sizeof i->name, err)) != 0 ||
        (rc = read_text(line, "id", i->id, sizeof i->id, err)) != 0 ||
        (rc = read_text(line, "arch", i->arch, sizeof i->arch, err)) != 0 ||
        (rc = read_text(line, "driver", i->driver, sizeof i->driver, err)) != 0 ||
        (rc = read_text(line, "compiler", run->compiler, sizeof run->compiler, err)) != 0 ||
        (rc = read_int(line, "index", &i->index, err)) != 0 ||
        (rc = read_int(line, "sm_count", &i->sm_count, err)) != 0 ||
        (rc = read_int(line, "max_threads_per_block", &i->max_threads_per_block, err)) != 0 ||
        (rc = read_size(line, "max_shared_bytes", &i->max_shared_bytes, err)) != 0 ||
        (rc = read_size(line, "memory_bytes", &i->memory_bytes, err)) != 0 ||
        (rc = read_size(line, "l2_bytes", &i->l2_bytes, err)) != 0 ||
        (rc = bench_json_get_bool(line, "computes", true, &i->computes, err)) != 0 ||
        (rc = bench_json_get_bool(line, "gates", true, &i->gates, err)) != 0)
        return rc;
    return bench_json_get_bool(line, "reports_clock", true, &i->reports_clock, err);
}

/* ---- cases ---- */

struct worker {
    const struct bench_worker_job *job;
    int line_fd;
    struct bench_session session;
    struct bench_session reversed; /* sanitize mode: threads of a block in descending order */
    struct bench_measure_settings settings;
};

static int open_sessions(struct worker *w, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    bool sanitize = run->options.sanitize;
    struct bench_cpu_options cpu = {.strict = sanitize};
    if (sanitize)
        bench_device_cpu_options(&cpu);
    int rc =
        bench_session_open(&w->session, run->options.device, run->settings.seed, sanitize, err);
    if (rc != BENCH_OK || !sanitize)
        return rc;
    cpu.reverse_threads = true;
    bench_device_cpu_options(&cpu);
    return bench_session_open(&w->reversed, run->options.device, run->settings.seed, true, err);
}

static void put_floor(struct bench_json_writer *w, const char *key, const struct bench_floor *floor)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_double(w, "empty_ns", floor->empty_ns);
    bench_json_put_key_double(w, "own_ns", floor->own_ns);
    bench_json_put_key_double(w, "floor_ns", floor->floor_ns);
    bench_json_close_object(w);
}

static int prepare_measuring(struct worker *w, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    w->settings = (struct bench_measure_settings){
        .suite = run->settings,
        .max_case_ns = run->options.max_case_ms * 1e6,
    };
    if (run->options.sanitize)
        return BENCH_OK;
    int rc = bench_measure_floor(&w->session, w->session.info->gates, &w->settings.gated, err);
    w->settings.ungated = w->settings.gated;
    if (rc == BENCH_OK && w->session.info->gates)
        rc = bench_measure_floor(&w->session, false, &w->settings.ungated, err);
    return rc;
}

/* Right in one order of threads and not in the other: the threads race. */
static void merge_orders(struct bench_record *record, const struct bench_record *reversed,
                         struct bench_arena *arena)
{
    bool wrong = record->status == BENCH_STATUS_WRONG || record->status == BENCH_STATUS_NAN;
    bool reversed_wrong =
        reversed->status == BENCH_STATUS_WRONG || reversed->status == BENCH_STATUS_NAN;
    bool ok = record->status == BENCH_STATUS_OK, reversed_ok = reversed->status == BENCH_STATUS_OK;
    if (wrong && reversed_ok)
        record->reason = bench_arena_printf(
            arena,
            "wrong when threads run in ascending order, right in descending order: a missing "
            "barrier? %s",
            record->reason);
    else if (ok && reversed_wrong)
        record->reason = bench_arena_printf(
            arena,
            "right when threads run in ascending order, wrong in descending order: a missing "
            "barrier? %s",
            reversed->reason);
    else if (ok && !reversed_ok) {
        record->status = reversed->status;
        record->reason =
            bench_arena_printf(arena, "%s (threads in descending order)", reversed->reason);
        return;
    } else {
        return;
    }
    record->status = BENCH_STATUS_RACE;
    record->verified = false;
}

static int run_both_orders(struct worker *w, const struct bench_case_job *job,
                           struct bench_record **records, size_t *count, struct bench_err *err)
{
    struct bench_record *reversed;
    size_t reversed_count;
    int rc = bench_case_run(&w->session, job, records, count, err);
    if (rc == BENCH_OK)
        rc = bench_case_run(&w->reversed, job, &reversed, &reversed_count, err);
    if (rc != BENCH_OK)
        return rc;
    if (*count != reversed_count)
        return bench_err_set(err, BENCH_ERROR, "the two thread orders ran different kernels");
    for (size_t i = 0; i < *count; i++)
        merge_orders(&(*records)[i], &reversed[i], job->arena);
    return BENCH_OK;
}

static size_t earlier_records(const struct bench_run *run, size_t case_index,
                              struct bench_record *earlier)
{
    size_t count = 0;
    for (size_t i = 0; i < run->record_count; i++)
        if (run->records[i].case_index == case_index)
            earlier[count++] = run->records[i];
    return count;
}

static int send_case(struct worker *w, const struct bench_case_job *job,
                     const struct bench_record *records, size_t count)
{
    struct bench_str text;
    struct bench_json_writer json;
    begin_line(&text, &json, "case");
    bench_json_put_key_int(&json, "index", (int64_t)job->index);
    bench_json_put_key(&json, "records");
    bench_json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        bench_record_write(&records[i], &job->suite_case->plan, &json);
    bench_json_close_array(&json);
    return send_line(w->line_fd, &text, &json);
}

static int run_case(struct worker *w, size_t index, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    struct bench_arena *arena = bench_arena_new();
    struct bench_record *earlier =
        bench_arena_alloc(arena, (run->record_count + 1) * sizeof *earlier);
    struct bench_case_job job = {
        .suite_case = &run->suite->cases[index],
        .index = index,
        .settings = run->options.sanitize ? NULL : &w->settings,
        .earlier = earlier,
        .earlier_count = earlier_records(run, index, earlier),
        .position = w->job->position,
        .arena = arena,
    };
    struct bench_record *records;
    size_t count;
    int rc = run->options.sanitize ? run_both_orders(w, &job, &records, &count, err)
                                   : bench_case_run(&w->session, &job, &records, &count, err);
    if (rc == BENCH_OK && send_case(w, &job, records, count) != BENCH_OK)
        rc = bench_err_set(err, BENCH_ERROR, "the supervisor is gone");
    bench_arena_free(arena);
    return rc;
}

static int run_cases(struct worker *w, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    struct bench_str text;
    struct bench_json_writer json;
    int rc = open_sessions(w, err);
    if (rc == BENCH_OK)
        rc = prepare_measuring(w, err);
    if (rc != BENCH_OK)
        return rc;
    begin_line(&text, &json, "ready");
    put_floor(&json, "gated", &w->settings.gated);
    put_floor(&json, "ungated", &w->settings.ungated);
    rc = send_line(w->line_fd, &text, &json);
    for (size_t i = w->job->first_case; rc == BENCH_OK && i < run->suite->case_count; i++)
        rc = run_case(w, i, err);
    return rc;
}

int bench_worker_main(void *data, int line_fd)
{
    struct worker w = {.job = data, .line_fd = line_fd};
    struct bench_err err = {0};
    int rc = run_cases(&w, &err);
    if (rc == BENCH_EPOISONED) /* no clean-up: the device would not answer */
        return send_message(line_fd, "fault", &err) == BENCH_OK ? 0 : 1;
    if (rc != BENCH_OK)
        send_message(line_fd, "fatal", &err);
    bench_session_close(&w.reversed);
    bench_session_close(&w.session);
    return 0;
}
