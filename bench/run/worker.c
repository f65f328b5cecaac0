#include "bench/run/worker.h"

#include "bench/run/facts.h"
#include "bench/run/message.h"
#include "bench/run/run_case.h"

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

static int prepare_measuring(struct worker *w, struct bench_err *err)
{
    const struct bench_run *run = w->job->run;
    w->settings = (struct bench_measure_settings){
        .suite = run->settings,
        .max_case_ns = run->options.max_case_ms * 1e6,
    };
    if (run->options.sanitize)
        return BENCH_OK;
    int rc = bench_floor_measure(&w->session, w->session.info->gates, &w->settings.gated, err);
    w->settings.ungated = w->settings.gated;
    if (rc == BENCH_OK && w->session.info->gates)
        rc = bench_floor_measure(&w->session, false, &w->settings.ungated, err);
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

/* How the device is at this moment. */
static void put_facts(struct worker *w, struct bench_json_writer *json)
{
    struct bench_facts facts;
    bench_facts_read_device(w->session.device, &facts);
    bench_facts_write(&facts, "facts", json);
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
    bench_message_begin(&text, &json, "case");
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
    struct bench_record *earlier =
        bench_arena_alloc(arena, (run->record_count + 1) * sizeof *earlier);
    struct bench_case_job job = {
        .suite_case = &run->suite->cases[index],
        .index = index,
        .seed = run->settings.seed,
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
    bench_message_begin(&text, &json, "ready");
    bench_floor_write(&w->settings.gated, "gated", &json);
    bench_floor_write(&w->settings.ungated, "ungated", &json);
    put_facts(w, &json);
    rc = bench_message_send(w->line_fd, &text, &json);
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
        return bench_message_send_error(line_fd, "fault", &err) == BENCH_OK ? 0 : 1;
    if (rc != BENCH_OK)
        bench_message_send_error(line_fd, "fatal", &err);
    bench_session_close(&w.reversed);
    bench_session_close(&w.session);
    return 0;
}
