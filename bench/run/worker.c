#include "bench/run/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/facts.h"
#include "bench/case/run_case.h"
#include "bench/run/message.h"

struct worker {
    const struct bench_worker_job *job;
    int line_fd;
    struct bench_session session;
    struct bench_session reversed; /* sanitize mode: threads of a block in descending order */
    struct bench_measure_settings settings;
    struct bench_cache_check cache_check;
    struct bench_graph_floor graph_floor;
    struct bench_roofline roofline;
    const struct bench_record **deaths;
    size_t death_count;
};

/* What Python launches goes to the device's stream. */
static int open_python(struct worker *w, struct bench_err *err)
{
    const struct bench_python_hooks *hooks = w->job->python;
    uint64_t stream = (uint64_t)(uintptr_t)bench_device_native_stream(w->session.device);
    if (hooks->set_stream(stream) != 0)
        return bench_err_set(err, BENCH_ERROR, "Python does not take the device's stream");
    w->session.python = hooks;
    w->session.python_versions = w->job->python_versions;
    return BENCH_OK;
}

/* When a GPU drops out, the numbers of those behind it change. */
static int check_device(const struct worker *w, struct bench_err *err)
{
    const struct bench_run_device *d = w->job->device;
    if (d == NULL || strcmp(d->info.id, w->session.info->id) == 0)
        return BENCH_OK;
    return bench_err_set(err, BENCH_ERROR,
                         "%s is now %s, and was %s when the run began: a device has dropped out",
                         d->spec, w->session.info->id, d->info.id);
}

static int open_sessions(struct worker *w, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    bool sanitize = run->options.sanitize;
    const char *spec = w->job->device ? w->job->device->spec : run->options.device;
    struct bench_cpu_options cpu = {.strict = sanitize,
                                    .memory_bytes = (size_t)w->job->memory_bytes};
    bench_device_cpu_options(&cpu);
    int rc = bench_session_open(&w->session, spec, run->settings.seed, sanitize, err);
    if (rc == BENCH_OK)
        rc = check_device(w, err);
    if (rc == BENCH_OK && w->job->python != NULL)
        rc = open_python(w, err);
    if (rc != BENCH_OK || !sanitize)
        return rc;
    cpu.reverse_threads = true;
    bench_device_cpu_options(&cpu);
    return bench_session_open(&w->reversed, spec, run->settings.seed, true, err);
}

static int measure_floors(struct worker *w, struct bench_err *err)
{
    enum bench_mode mode = w->settings.suite.mode;
    enum bench_cache_mode cache = w->settings.suite.cache;
    bool gates = w->session.info->gates && mode == BENCH_MODE_KERNEL;
    int rc = bench_floor_measure(&w->session, mode, cache, gates, &w->settings.gated, err);
    w->settings.ungated = w->settings.gated;
    if (rc == BENCH_OK && gates)
        rc = bench_floor_measure(&w->session, mode, cache, false, &w->settings.ungated, err);
    if (rc != BENCH_OK || mode != BENCH_MODE_KERNEL)
        return rc;
    rc = bench_graph_floor_measure(&w->session, &w->graph_floor, err);
    bench_floor_tighten(&w->settings.gated, &w->graph_floor);
    bench_floor_tighten(&w->settings.ungated, &w->graph_floor);
    return rc;
}

/* What timing costs here, whether the flush works, and what the device can do at most. The flush is
 * used with cold caches only. */
static int calibrate(struct worker *w, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    bool cold = run->settings.cache == BENCH_CACHE_COLD;
    w->settings = (struct bench_measure_settings){
        .suite = run->settings,
        .max_case_ns = run->options.max_case_ms * 1e6,
    };
    snprintf(w->roofline.why, sizeof w->roofline.why, "nothing is timed");
    if (run->options.sanitize)
        return BENCH_OK;
    int rc = measure_floors(w, err);
    if (rc == BENCH_OK && cold)
        rc = bench_cache_check(&w->session, &w->cache_check, err);
    if (rc == BENCH_OK)
        rc = bench_roofline_get(&w->session, &w->roofline, err);
    return rc;
}

/* Right in one order of threads and not in the other: the threads race. */
static void merge_orders(struct bench_record *record, const struct bench_record *reversed,
                         struct bench_arena *arena)
{
    bool wrong = record->status == BENCH_STATUS_WRONG || record->status == BENCH_STATUS_NAN;
    bool reversed_wrong =
        reversed->status == BENCH_STATUS_WRONG || reversed->status == BENCH_STATUS_NAN;
    bool ok = bench_status_right(record->status);
    bool reversed_ok = bench_status_right(reversed->status);
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

/* How the device is at this moment. */
static void put_facts(struct worker *w, struct bench_json_writer *json)
{
    struct bench_facts facts;
    bench_facts_read_device(w->session.device, &facts);
    bench_facts_write(&facts, "facts", json);
}

static size_t take_records(const struct bench_run *run, size_t case_index, int process,
                           struct bench_arena *arena, const struct bench_record **records)
{
    const struct bench_record *r = NULL;
    size_t count = 0;
    while ((r = bench_run_next_of_case(run, r, case_index, process)) != NULL)
        count++;
    struct bench_record *found = bench_arena_alloc(arena, (count + 1) * sizeof *found);
    count = 0;
    while ((r = bench_run_next_of_case(run, r, case_index, process)) != NULL)
        found[count++] = *r;
    *records = found;
    return count;
}

/* All records of implementations that ended a worker, of all processes: once a worker, for a run
 * that is resumed may have a million records. */
static void find_deaths(struct worker *w)
{
    const struct bench_run *run = w->job->run;
    for (size_t i = 0; i < run->record_count; i++) {
        if (!bench_status_ends_worker(run->records[i].status) ||
            bench_str_starts(run->records[i].reason, BENCH_RUN_NOT_RUN))
            continue;
        w->deaths = bench_xrealloc(w->deaths, (w->death_count + 1) * sizeof *w->deaths);
        w->deaths[w->death_count++] = &run->records[i];
    }
}

/* Those in other cases of the operator. */
static size_t take_deaths(const struct worker *w, size_t case_index, struct bench_arena *arena,
                          const struct bench_record **deaths)
{
    const struct bench_suite *suite = w->job->run->suite;
    const struct bench_operator *op = suite->cases[case_index].plan.op;
    size_t count = 0;
    struct bench_record *found = bench_arena_alloc(arena, (w->death_count + 1) * sizeof *found);
    for (size_t i = 0; i < w->death_count; i++)
        if (w->deaths[i]->case_index != case_index &&
            suite->cases[w->deaths[i]->case_index].plan.op == op)
            found[count++] = *w->deaths[i];
    *deaths = found;
    return count;
}

static void begin_line(const struct worker *w, const char *event, struct bench_str *text,
                       struct bench_json_writer *json)
{
    char token[17];
    snprintf(token, sizeof token, "%016" PRIx64, w->job->token);
    bench_message_begin(text, json, event);
    bench_json_put_key_string(json, "token", token);
}

static int send_error(const struct worker *w, const char *event, const struct bench_err *problem)
{
    struct bench_str text;
    struct bench_json_writer json;
    begin_line(w, event, &text, &json);
    bench_json_put_key_int(&json, "code", problem->code);
    bench_json_put_key_string(&json, "message", problem->message);
    return bench_message_send(w->line_fd, &text, &json);
}

static int send_case(struct worker *w, const struct bench_case_job *job,
                     const struct bench_record *records, size_t count)
{
    struct bench_str text;
    struct bench_json_writer json;
    begin_line(w, "case", &text, &json);
    bench_json_put_key_int(&json, "index", (int64_t)job->index);
    bench_json_put_key(&json, "records");
    bench_json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        bench_record_write(&records[i], &job->suite_case->plan, &json);
    bench_json_close_array(&json);
    put_facts(w, &json);
    return bench_message_send(w->line_fd, &text, &json);
}

static int run_case(struct worker *w, size_t index, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    struct bench_arena *arena = bench_arena_new();
    struct bench_case_job job = {
        .suite_case = &run->suite->cases[index],
        .index = index,
        .seed = run->settings.seed,
        .process = run->process,
        .twin = bench_run_has_twin(run, index),
        .settings = run->options.sanitize ? NULL : &w->settings,
        .graph_floor = &w->graph_floor,
        .roofline = &w->roofline,
        .position = w->job->position,
        .arena = arena,
    };
    job.earlier_count = take_records(run, index, run->process, arena, &job.earlier);
    if (run->process > 0)
        job.fixed_count = take_records(run, index, 0, arena, &job.fixed);
    job.death_count = take_deaths(w, index, arena, &job.deaths);
    struct bench_record *records;
    size_t count;
    int rc = run->options.sanitize ? run_both_orders(w, &job, &records, &count, err)
                                   : bench_case_run(&w->session, &job, &records, &count, err);
    if (rc == BENCH_OK && send_case(w, &job, records, count) != BENCH_OK)
        rc = bench_err_set(err, BENCH_ERROR, "the supervisor is gone");
    bench_arena_free(arena);
    return rc;
}

static int send_ready(struct worker *w)
{
    struct bench_str text;
    struct bench_json_writer json;
    begin_line(w, "ready", &text, &json);
    bench_floor_write(&w->settings.gated, "gated", &json);
    bench_floor_write(&w->settings.ungated, "ungated", &json);
    bench_graph_floor_write(&w->graph_floor, "graph_floor", &json);
    bench_cache_check_write(&w->cache_check, "cache_check", &json);
    bench_roofline_write(&w->roofline, "roofline", &json);
    put_facts(w, &json);
    return bench_message_send(w->line_fd, &text, &json);
}

/* Until the supervisor says that there is no more, or ends us. What lies in that memory may have
 * been changed by what runs here; who measures another case than was asked for is ended. */
static int follow_orders(struct worker *w, struct bench_err *err)
{
    const size_t cases = w->job->run->suite->case_count;
    int rc = BENCH_OK;
    for (uint32_t k = 0; rc == BENCH_OK; k++) {
        int32_t index = bench_position_await(w->job->position, k);
        if (index < 0 || (size_t)index >= cases)
            break;
        bench_position_case(w->job->position, (size_t)index);
        rc = run_case(w, (size_t)index, err);
    }
    return rc;
}

static int run_cases(struct worker *w, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    int rc = open_sessions(w, err);
    if (rc == BENCH_OK)
        rc = calibrate(w, err);
    if (rc == BENCH_OK)
        rc = send_ready(w);
    if (rc == BENCH_OK && w->job->ordered)
        return follow_orders(w, err);
    for (size_t i = w->job->first_case; rc == BENCH_OK && i < run->suite->case_count; i++)
        if (bench_run_wants(run, i) && !bench_run_is_done(run, run->process, i))
            rc = run_case(w, i, err);
    return rc;
}

int bench_worker_main(void *data, int line_fd)
{
    struct worker w = {.job = data, .line_fd = line_fd};
    struct bench_err err = {0};
    find_deaths(&w);
    int rc = run_cases(&w, &err);
    free(w.deaths);
    /* No clean-up: the device would not answer, or what it would run is not what it was. */
    if (rc == BENCH_EPOISONED || rc == BENCH_PYTHON_CHANGED_GLOBALS)
        return send_error(&w, "fault", &err) == BENCH_OK ? 0 : BENCH_WORKER_UNHEARD;
    bool heard = rc == BENCH_OK || send_error(&w, "fatal", &err) == BENCH_OK;
    bench_session_close(&w.reversed);
    bench_session_close(&w.session);
    return heard ? 0 : BENCH_WORKER_UNHEARD;
}
