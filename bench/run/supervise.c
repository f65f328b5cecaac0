/* bench_run_cases: starts workers, takes their results, and finds out who is to blame when one
 * ends before its work is done. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/blame.h"
#include "bench/run/child.h"
#include "bench/run/message.h"
#include "bench/run/progress.h"
#include "bench/run/python_worker.h"
#include "bench/run/results.h"
#include "bench/run/run.h"
#include "bench/run/sandbox.h"
#include "bench/run/supervise_impl.h"
#include "bench/run/watch.h"
#include "bench/run/worker.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

#define TICK_MS 100
#define BYTES_PER_GIB 1073741824.0
/* Compiling what was not compiled ahead, and opening the device, may take longer than a launch. */
#define SLOW_PHASE_S 300.0
/* Workers that die before they have begun a case, one after the other: then none ever will. */
#define MAX_FALSE_STARTS 2

/* Only the supervisor knows which of several devices it gave to the worker. */
static void name_device(const struct bench_supervisor *v, struct bench_record *record)
{
    const struct bench_device_info *info = &v->run->info;
    bool several = v->run->device_count > 0 || v->run->options.shard_count > 0;
    record->device_id = several ? info->id : NULL;
    record->device_name = several ? info->name : NULL;
    record->device_index = several ? info->index : 0;
}

/* Into the journal first; then it counts. */
static int take_record(struct bench_supervisor *v, struct bench_record *record,
                       struct bench_err *err)
{
    record->process = v->run->process;
    record->session = v->run->session;
    name_device(v, record);
    int rc = bench_results_append(v->results, v->run, record, err);
    if (rc != BENCH_OK)
        return rc;
    bench_run_add(v->run, record);
    bench_progress_record(v->progress, v->run, record);
    return BENCH_OK;
}

/* The first case from `index` on that this process measures, and has not yet. */
static size_t next_case(const struct bench_run *run, size_t index)
{
    while (index < run->suite->case_count &&
           (!bench_run_wants(run, index) || bench_run_is_done(run, run->process, index)))
        index++;
    return index;
}

static void finish_case(struct bench_supervisor *v)
{
    struct bench_run *run = v->run;
    size_t index = run->case_due;
    bench_run_mark_done(run, run->process, index);
    run->case_due = next_case(run, index + 1);
    bench_progress_case(v->progress, run, index);
    bench_run_let_go(run, v->kept);
    v->kept = run->record_count;
    bench_arena_free(v->arena);
    v->arena = NULL;
}

/* All records of the case, or none: of a part of them, a run that is resumed could make nothing. */
static int read_records(struct bench_supervisor *v, const struct bench_json *array,
                        struct bench_record *records, struct bench_err *err)
{
    const struct bench_run *run = v->run;
    const struct bench_record *before = NULL;
    unsigned roles = 0;
    size_t count = 0;
    if (v->arena == NULL)
        v->arena = bench_arena_new();
    for (const struct bench_json *o = bench_json_first(array); o; o = bench_json_next(o)) {
        struct bench_record *r = &records[count++];
        int rc = bench_record_read(o, v->arena, r, err);
        if (rc == BENCH_OK && r->case_index != run->case_due)
            rc = bench_json_error(o, err, "a record of another case");
        if (rc != BENCH_OK)
            return rc;
        roles |= r->roles;
    }
    while ((before = bench_run_next_of_case(run, before, run->case_due, run->process)) != NULL)
        roles |= before->roles;
    if (roles != (1u << BENCH_ROLE_COUNT) - 1)
        return bench_json_error(array, err, "the records of case %zu leave a role out",
                                run->case_due);
    return BENCH_OK;
}

static int take_case(struct bench_supervisor *v, const struct bench_json *line,
                     struct bench_err *err)
{
    struct bench_run *run = v->run;
    const struct bench_json *array = NULL;
    int64_t index = 0;
    int rc = bench_json_get_int(line, "index", true, 0, INT32_MAX, &index, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_array(line, "records", true, &array, err);
    if (rc == BENCH_OK && (size_t)index != run->case_due)
        rc = bench_json_error(line, err, "case %lld is reported; case %zu was due",
                              (long long)index, run->case_due);
    if (rc == BENCH_OK)
        rc = bench_facts_read(line, "facts", &run->facts_at_end, err);
    if (rc != BENCH_OK)
        return rc;
    const size_t count = bench_json_size(array);
    struct bench_record *records = bench_xcalloc(count + 1, sizeof *records);
    rc = read_records(v, array, records, err);
    for (size_t i = 0; i < count && rc == BENCH_OK; i++)
        rc = take_record(v, &records[i], err);
    free(records);
    if (rc == BENCH_OK)
        finish_case(v);
    return rc;
}

/* The cache check of the process that is the worst counts: answers rest on all of them. */
static int take_calibration(struct bench_run *run, const struct bench_json *line,
                            struct bench_err *err)
{
    struct bench_cache_check check = {0};
    int rc = bench_cache_check_read(line, "cache_check", &check, err);
    bool failed_before =
        run->cache_check.checked && !(run->cache_check.evicts && run->cache_check.clean);
    if (rc == BENCH_OK && !failed_before)
        run->cache_check = check;
    if (rc == BENCH_OK)
        rc = bench_roofline_read(line, "roofline", &run->roofline, err);
    return rc;
}

/* Those of the main run, whose times are shown; each record has its own, too. */
static int take_floors(struct bench_run *run, const struct bench_json *line, struct bench_err *err)
{
    int rc = bench_floor_read(line, "gated", &run->gated, err);
    if (rc == BENCH_OK)
        rc = bench_floor_read(line, "ungated", &run->ungated, err);
    if (rc == BENCH_OK)
        rc = bench_graph_floor_read(line, "graph_floor", &run->graph_floor, err);
    return rc;
}

static int take_ready(struct bench_supervisor *v, const struct bench_json *line,
                      struct bench_err *err)
{
    struct bench_run *run = v->run;
    v->started = true;
    int rc = run->process == 0 ? take_floors(run, line, err) : BENCH_OK;
    if (rc == BENCH_OK)
        rc = take_calibration(run, line, err);
    if (rc == BENCH_OK && run->facts_at_start.count == 0)
        rc = bench_facts_read(line, "facts", &run->facts_at_start, err);
    /* What the answers of its cases will rest on must outlive us as its records do. */
    if (rc == BENCH_OK)
        rc = bench_results_update(v->results, run, err);
    return rc;
}

/* Lines without the token are not the worker's, unless it says that it cannot even begin: nothing
 * but our own code has run by then. */
static bool is_ours(const struct bench_supervisor *v, const struct bench_json *line)
{
    char want[17];
    const char *token = "", *event = "";
    snprintf(want, sizeof want, "%016" PRIx64, v->token);
    if (bench_json_type(line) != BENCH_JSON_OBJECT ||
        bench_json_get_string(line, "event", true, &event, NULL) != BENCH_OK ||
        bench_json_get_string(line, "token", false, &token, NULL) != BENCH_OK)
        return false;
    return strcmp(token, want) == 0 || (!v->started && strcmp(event, "fatal") == 0);
}

int bench_supervisor_take_line(struct bench_supervisor *v, const char *text, struct bench_err *err)
{
    struct bench_json_doc *doc;
    const char *event = "", *message = "";
    int rc = bench_json_parse("worker", text, strlen(text), &doc, NULL);
    if (rc != BENCH_OK || (v->token != 0 && !is_ours(v, bench_json_root(doc)))) {
        if (rc == BENCH_OK)
            bench_json_free(doc);
        v->forged = true;
        bench_child_kill(&v->child);
        return BENCH_OK;
    }
    const struct bench_json *line = bench_json_root(doc);
    rc = bench_json_get_string(line, "event", true, &event, err);
    if (rc == BENCH_OK && strcmp(event, "case") == 0) {
        rc = take_case(v, line, err);
    } else if (rc == BENCH_OK && strcmp(event, "ready") == 0) {
        rc = take_ready(v, line, err);
    } else if (rc == BENCH_OK) {
        rc = bench_json_get_string(line, "message", true, &message, err);
        if (rc == BENCH_OK && strcmp(event, "fault") == 0) {
            free(v->fault);
            v->fault = bench_xstrdup(message);
        } else if (rc == BENCH_OK) {
            v->fatal = true;
            rc = bench_err_set(err, BENCH_ERROR, "%s",
                               message[0] != '\0' ? message : "the worker did not say why");
        }
    }
    bench_json_free(doc);
    return rc;
}

/* The oracle, or the harness itself, died in this case: nobody's result can be verified. */
static int give_up_case(struct bench_supervisor *v, const struct bench_death *death,
                        struct bench_err *err)
{
    struct bench_run *run = v->run;
    size_t index = run->case_due;
    const struct bench_suite_case *sc = &run->suite->cases[index];
    struct bench_str reason;
    int rc = BENCH_OK;
    bench_str_init(&reason);
    bench_blame_reason(death, &reason);
    for (int role = 0; rc == BENCH_OK && role < BENCH_ROLE_COUNT; role++) {
        struct bench_record record;
        if (bench_run_find_process(run, index, (enum bench_role)role, run->process) != NULL)
            continue;
        bench_record_init(&record);
        record.case_index = index;
        record.roles = 1u << role;
        record.status = BENCH_STATUS_UNAVAILABLE;
        if (sc->roles[role].count > 0) {
            record.implementation = sc->roles[role].names[0];
            record.status = BENCH_STATUS_ORACLE_FAILED;
        }
        record.reason = bench_arena_printf(run->arena, "%s%s",
                                           sc->roles[role].count ? "outside any implementation "
                                                                   "(oracle or harness): "
                                                                 : "the case was given up: ",
                                           reason.data);
        rc = take_record(v, &record, err);
    }
    bench_str_fini(&reason);
    if (rc == BENCH_OK)
        finish_case(v);
    return rc;
}

/* SIGKILL that we did not send came from the kernel, which was out of memory, or from a person:
 * nobody's fault, once a case, which is then measured anew as a whole. */
static bool was_killed_by_others(struct bench_supervisor *v, const struct bench_death *death)
{
    size_t due = v->run->case_due + 1;
    bool killed = !death->timed_out && death->killed_why == NULL && death->fault == NULL &&
                  death->forged == NULL && WIFSIGNALED(death->wait_status) &&
                  WTERMSIG(death->wait_status) == SIGKILL;
    if (!killed || v->forgiven == due)
        return false;
    v->forgiven = due;
    return true;
}

/* A line arrives a little after it was written: of those in the case, the candidate is the one that
 * nobody vouches for, unless it is out of it already. */
static void suspect_candidate(struct bench_supervisor *v)
{
    struct bench_run *run = v->run;
    const struct bench_suite_case *sc = &run->suite->cases[run->case_due];
    const struct bench_role_choice *choice = &sc->roles[BENCH_CANDIDATE];
    const struct bench_operator *op = sc->plan.op;
    if (bench_run_find_process(run, run->case_due, BENCH_CANDIDATE, run->process) != NULL ||
        (v->position->implementation >= 0 && v->position->roles & 1u << BENCH_CANDIDATE))
        return;
    for (size_t i = 0; i < op->implementation_count; i++)
        if (choice->count > 0 && strcmp(op->implementations[i].name, choice->names[0]) == 0)
            bench_position_implementation(v->position, (int)i, 1u << BENCH_CANDIDATE);
}

/* The worker has ended before all cases were done. */
static int bury(struct bench_supervisor *v, bool timed_out, double after_s, struct bench_err *err)
{
    struct bench_run *run = v->run;
    struct bench_record record;
    struct bench_death death = {
        .fault = v->fault,
        .killed_why = v->killed_why,
        .forged = v->forged ? "it wrote into the channels of bench itself (results, position)"
                  : v->child.closed_lines ? "it closed, or flooded, the pipe that results come from"
                                          : NULL,
        .timed_out = timed_out,
        .after_s = after_s,
        .wait_status = v->child.wait_status,
        .stderr_text = v->child.err.data,
    };
    run->workers_lost++;
    if (!v->started || v->position->phase == BENCH_PHASE_START) {
        if (++v->false_starts < MAX_FALSE_STARTS)
            return BENCH_OK;
        struct bench_str reason;
        bench_str_init(&reason);
        bench_blame_reason(&death, &reason);
        int rc = bench_err_set(err, BENCH_ERROR, "worker processes end before they begin: %s",
                               reason.data);
        bench_str_fini(&reason);
        return rc;
    }
    v->false_starts = 0;
    if (was_killed_by_others(v, &death))
        return BENCH_OK;
    if (death.forged != NULL)
        suspect_candidate(v);
    if (bench_blame_implementation(run, v->position, run->case_due, &death, &record))
        return take_record(v, &record, err);
    return give_up_case(v, &death, err);
}

static double patience_s(const struct bench_supervisor *v)
{
    const struct bench_run_options *o = &v->run->options;
    double slow_s = SLOW_PHASE_S;
    if (v->position->phase == BENCH_PHASE_PREPARE && o->compile_timeout_s > 0)
        slow_s = o->compile_timeout_s;
    bool slow =
        v->position->phase == BENCH_PHASE_START || v->position->phase == BENCH_PHASE_PREPARE;
    return slow && o->timeout_s < slow_s ? slow_s : o->timeout_s;
}

/* After a signal: whether there is nothing to wait for, or no more. A second signal finds nothing
 * that cannot be lost. */
static bool must_stop(struct bench_supervisor *v)
{
    struct bench_run *run = v->run;
    if (!bench_run_interrupted(run))
        return false;
    bool first = !v->stopping;
    v->stopping = true;
    if (first) {
        v->last_case = run->case_due;
        if (!v->started || bench_run_stops_at_once(run))
            return true;
        bench_progress_stopping(v->progress);
    }
    /* When the last one is done, the worker ends by itself, and so does the process. */
    bool done = run->case_due != v->last_case && run->case_due < run->suite->case_count;
    return done || bench_run_stops_at_once(run);
}

/* Its memory and processes are looked at no more often: it costs a few files of /proc. */
#define WATCH_NS 500000000

/* Takes `why`. */
static void kill_worker(struct bench_supervisor *v, char *why)
{
    free(v->killed_why);
    v->killed_why = why;
    bench_child_kill(&v->child);
}

/* The worker, with all that it started, within the limits that the kernel does not hold it to. */
static void watch(struct bench_supervisor *v)
{
    const struct bench_sandbox *sandbox = v->run->options.sandbox;
    int64_t now_ns = bench_clock_ns();
    if (sandbox == NULL || v->killed_why != NULL || now_ns - v->watched_ns < WATCH_NS)
        return;
    const struct bench_sandbox_limits *limits = bench_sandbox_limits_of(sandbox);
    struct bench_watch seen;
    v->watched_ns = now_ns;
    bench_watch_descendants(false, v->run->beside, &seen);
    if (limits->memory_bytes > 0 && seen.memory_bytes > limits->memory_bytes)
        bench_watch_descendants(true, v->run->beside, &seen);
    if (limits->memory_bytes > 0 && seen.memory_bytes > limits->memory_bytes)
        kill_worker(v, bench_xprintf("it held %.1f GiB of memory, and %.1f are allowed "
                                     "(--max-memory)",
                                     (double)seen.memory_bytes / BYTES_PER_GIB,
                                     (double)limits->memory_bytes / BYTES_PER_GIB));
    else if (limits->processes > 0 && seen.processes > (size_t)limits->processes)
        kill_worker(v, bench_xprintf("it had started %zu processes, and %d are allowed "
                                     "(--max-processes)",
                                     seen.processes, limits->processes));
}

/* A line that no worker sends was sent by the code that it runs. */
static int take_or_kill(struct bench_supervisor *v, const char *line, struct bench_err *err)
{
    struct bench_err problem = {0};
    if (v->killed_why != NULL)
        return BENCH_OK;
    int rc = bench_supervisor_take_line(v, line, &problem);
    if (rc == BENCH_EINPUT) {
        kill_worker(v, bench_xprintf("its process said what no worker says: %s", problem.message));
        return BENCH_OK;
    }
    if (rc != BENCH_OK)
        *err = problem;
    return rc;
}

/* Where it is lies in memory that it can write to, and so can what it runs. */
static void check_position(struct bench_supervisor *v)
{
    if (bench_position_check(v->position))
        return;
    v->forged = true;
    bench_child_kill(&v->child);
}

/* Until the worker has ended, for whatever reason. */
static int follow_worker(struct bench_supervisor *v, bool *timed_out, double *after_s,
                         struct bench_err *err)
{
    const char *line;
    *timed_out = false;
    *after_s = 0;
    for (;;) {
        enum bench_child_event event = bench_child_wait(&v->child, TICK_MS, &line);
        if (event == BENCH_CHILD_ENDED) {
            check_position(v);
            return BENCH_OK;
        }
        if (event == BENCH_CHILD_LINE && !v->forged) {
            int rc = take_or_kill(v, line, err);
            if (rc != BENCH_OK)
                return rc;
        }
        if (must_stop(v))
            return bench_err_set(err, BENCH_EINTERRUPTED, "interrupted");
        check_position(v);
        bench_progress_tick(v->progress, v->run, v->position);
        watch(v);
        double silent_s = (double)(bench_clock_ns() - v->position->since_ns) * 1e-9;
        if (!*timed_out && v->killed_why == NULL && silent_s > patience_s(v)) {
            *timed_out = true;
            *after_s = patience_s(v);
            bench_child_kill(&v->child);
        }
    }
}

/* In the child: from the first line on within the sandbox. */
static int work(void *data, int line_fd)
{
    const struct bench_worker_job *job = data;
    struct bench_err err = {0};
    if (bench_sandbox_enter(job->run->options.sandbox, getppid(), &err) == BENCH_OK)
        return bench_worker_main(data, line_fd);
    bench_message_send_error(line_fd, "fatal", &err);
    return 1;
}

static void forget_worker(struct bench_supervisor *v)
{
    const struct bench_sandbox *sandbox = v->run->options.sandbox;
    pid_t pid = v->pid;
    bench_child_fini(&v->child);
    bench_watch_kill_descendants(v->run->beside);
    if (sandbox != NULL)
        bench_sandbox_clean(sandbox, pid);
    free(v->fault);
    free(v->killed_why);
    v->fault = v->killed_why = NULL;
}

static uint64_t draw_token(void)
{
    uint64_t token = 0;
    if (getrandom(&token, sizeof token, 0) != (ssize_t)sizeof token)
        token = (uint64_t)bench_clock_ns(); /* a system that has just been started */
    return token != 0 ? token : 1;
}

static int run_worker(struct bench_supervisor *v, struct bench_err *err)
{
    struct bench_worker_job job = {
        .run = v->run,
        .token = draw_token(),
        .first_case = v->run->case_due,
        .position = v->position,
    };
    bool timed_out = false;
    double after_s = 0;
    v->started = v->forged = false;
    v->token = job.token;
    v->watched_ns = bench_clock_ns();
    bench_position_case(v->position, v->run->case_due);
    bench_position_phase(v->position, BENCH_PHASE_START);
    int rc = bench_run_needs_python(v->run) ? bench_python_worker_start(&v->child, &job, err)
                                            : bench_child_start(&v->child, work, &job, err);
    v->pid = v->child.pid;
    if (rc == BENCH_OK)
        rc = follow_worker(v, &timed_out, &after_s, err);
    if (rc == BENCH_OK && v->run->case_due < v->run->suite->case_count)
        rc = bury(v, timed_out, after_s, err);
    forget_worker(v);
    return rc;
}

int bench_run_cases(struct bench_run *run, struct bench_results *results,
                    struct bench_progress *progress, struct bench_err *err)
{
    struct bench_supervisor v = {.run = run, .results = results, .progress = progress};
    int rc = BENCH_OK;
    v.position = bench_position_new();
    run->measuring_since_ns = bench_clock_ns();
    run->case_due = bench_run_first_due(run);
    v.kept = run->record_count;
    while (rc == BENCH_OK && run->case_due < run->suite->case_count)
        rc = bench_run_interrupted(run) ? bench_err_set(err, BENCH_EINTERRUPTED, "interrupted")
                                        : run_worker(&v, err);
    run->measuring_s += (double)(bench_clock_ns() - run->measuring_since_ns) * 1e-9;
    run->measuring_since_ns = 0;
    bench_position_free(v.position);
    if (v.arena != NULL) /* of a case that was not finished: its records may be there in part */
        bench_run_let_go(run, v.kept);
    int reloaded = bench_results_reload(results, run, rc == BENCH_OK ? err : NULL);
    bench_arena_free(v.arena);
    return rc == BENCH_OK ? reloaded : rc;
}
