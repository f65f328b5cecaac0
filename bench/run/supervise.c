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

#include "bench/run/affinity.h"
#include "bench/run/blame.h"
#include "bench/run/child.h"
#include "bench/run/fleet.h"
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

/* The oracle, or the harness itself, died in this case: nobody's result can be verified. */
static int give_up_case(struct bench_supervisor *v, const struct bench_death *death,
                        struct bench_err *err)
{
    struct bench_run *run = v->run;
    size_t index = v->case_due;
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
        rc = bench_supervisor_take_record(v, &record, err);
    }
    bench_str_fini(&reason);
    if (rc == BENCH_OK)
        bench_supervisor_finish_case(v);
    return rc;
}

/* SIGKILL that we did not send came from the kernel, which was out of memory, or from a person:
 * nobody's fault, once a case, which is then measured anew as a whole. */
static bool was_killed_by_others(struct bench_supervisor *v, const struct bench_death *death)
{
    size_t due = v->case_due + 1;
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
    const struct bench_suite_case *sc = &run->suite->cases[v->case_due];
    const struct bench_role_choice *choice = &sc->roles[BENCH_CANDIDATE];
    const struct bench_operator *op = sc->plan.op;
    if (bench_run_find_process(run, v->case_due, BENCH_CANDIDATE, run->process) != NULL ||
        (v->position->implementation >= 0 && v->position->roles & 1u << BENCH_CANDIDATE))
        return;
    for (size_t i = 0; i < op->implementation_count; i++)
        if (choice->count > 0 && strcmp(op->implementations[i].name, choice->names[0]) == 0)
            bench_position_implementation(v->position, (int)i, 1u << BENCH_CANDIDATE);
}

/* The worker has ended before all cases were done. */
int bench_supervisor_bury(struct bench_supervisor *v, struct bench_err *err)
{
    struct bench_run *run = v->run;
    struct bench_record record;
    struct bench_death death = {
        .fault = v->fault,
        .fault_status = v->fault_status,
        .killed_why = v->killed_why,
        .forged = bench_blame_forgery(v->forged, v->child.closed_lines, v->child.wait_status,
                                      v->position),
        .timed_out = v->timed_out,
        .after_s = v->after_s,
        .wait_status = v->child.wait_status,
        .stderr_text = v->child.err.data,
    };
    run->workers_lost++;
    if (!v->started || v->position->phase == BENCH_PHASE_START) {
        if (++v->false_starts < BENCH_SUPERVISOR_FALSE_STARTS)
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
    if (bench_blame_implementation(run, v->position, v->case_due, &death, &record))
        return bench_supervisor_take_record(v, &record, err);
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
        v->last_case = v->case_due;
        bool idle = v->next != NULL && v->case_due == run->suite->case_count;
        if (!v->started || idle || bench_run_stops_at_once(run))
            return true;
        bench_progress_stopping(v->progress);
    }
    /* When the last one is done, the worker ends by itself, and so does the process. */
    bool done =
        v->case_due != v->last_case && (v->next != NULL || v->case_due < run->suite->case_count);
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

/* The children that are not its worker: those of other devices, and one that compiles ahead. */
static const pid_t *spared(const struct bench_supervisor *v, pid_t pids[BENCH_RUN_DEVICES_MOST + 2])
{
    size_t count = 0;
    for (size_t i = 0; i < v->other_count; i++)
        if (v->others[i] != v && v->others[i]->child.pid > 0)
            pids[count++] = v->others[i]->child.pid;
    if (v->run->beside > 0)
        pids[count++] = v->run->beside;
    pids[count] = 0;
    return pids;
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
    pid_t others[BENCH_RUN_DEVICES_MOST + 2];
    v->watched_ns = now_ns;
    bench_watch_descendants(false, spared(v, others), &seen);
    if (limits->memory_bytes > 0 && seen.memory_bytes > limits->memory_bytes)
        bench_watch_descendants(true, spared(v, others), &seen);
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

/* Who looks ten times a second and has not looked for so long was kept from it: by a machine that
 * stood still, or a disk that took its time. */
#define STOOD_STILL_NS 1000000000

/* Of one silence. More often it may be the worker's own doing, with thousands of processes. */
#define MOST_STALLS 64

static bool may_be_forgiven(struct bench_supervisor *v, int64_t since_ns)
{
    v->stalls = v->stalled_at_ns == since_ns ? v->stalls + 1 : 1;
    v->stalled_at_ns = since_ns;
    return v->stalls <= MOST_STALLS;
}

/* A worker that waits to be given a case is silent with good reason. What kept its supervisor has
 * probably kept it, too, so that patience begins anew. */
static void look_at_clock(struct bench_supervisor *v)
{
    int64_t now_ns = bench_clock_ns(), since_ns = v->position->since_ns;
    if (now_ns - v->looked_ns > STOOD_STILL_NS && may_be_forgiven(v, since_ns))
        v->patient_ns = now_ns;
    v->looked_ns = now_ns;
    since_ns = since_ns > v->patient_ns ? since_ns : v->patient_ns;
    double silent_s = (double)(now_ns - since_ns) * 1e-9;
    if (v->timed_out || v->killed_why != NULL || silent_s <= patience_s(v) ||
        (v->started && v->case_due == v->run->suite->case_count))
        return;
    v->timed_out = true;
    v->after_s = patience_s(v);
    bench_child_kill(&v->child);
}

int bench_supervisor_step(struct bench_supervisor *v, int timeout_ms, bool *ended, bool *heard,
                          struct bench_err *err)
{
    const char *line;
    enum bench_child_event event = bench_child_wait(&v->child, timeout_ms, &line);
    *ended = event == BENCH_CHILD_ENDED;
    *heard = event != BENCH_CHILD_QUIET;
    if (*ended) {
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
    bench_progress_tick(v->progress, v->run, v->case_due, v->position);
    watch(v);
    look_at_clock(v);
    return BENCH_OK;
}

/* What the parent has of the workers of other devices: their pipes and positions are none of this
 * one's business, nor of the code that it runs. */
static void leave_others(const struct bench_supervisor *v)
{
    for (size_t i = 0; i < v->other_count; i++) {
        const struct bench_supervisor *other = v->others[i];
        if (other == v)
            continue;
        if (other->child.pid > 0 && other->child.line_fd >= 0)
            close(other->child.line_fd);
        if (other->child.pid > 0 && other->child.err_fd >= 0)
            close(other->child.err_fd);
        bench_position_free(other->position);
    }
}

/* In the child: from the first line on within the sandbox. */
static int work(void *data, int line_fd)
{
    const struct bench_worker_job *job = data;
    struct bench_err err = {0};
    if (job->supervisor != NULL)
        leave_others(job->supervisor);
    if (job->supervisor != NULL && job->supervisor->results != NULL)
        bench_results_leave(job->supervisor->results);
    if (job->cpus != NULL)
        bench_affinity_enter(job->cpus);
    if (bench_sandbox_enter(job->run->options.sandbox, getppid(), &err) == BENCH_OK)
        return bench_worker_main(data, line_fd);
    bench_message_send_error(line_fd, "fatal", &err);
    return 1;
}

void bench_supervisor_forget(struct bench_supervisor *v)
{
    const struct bench_sandbox *sandbox = v->run->options.sandbox;
    pid_t pid = v->pid, others[BENCH_RUN_DEVICES_MOST + 2];
    bench_child_fini(&v->child);
    bench_watch_kill_descendants(spared(v, others));
    if (sandbox != NULL && pid > 0)
        bench_sandbox_clean(sandbox, pid);
    v->pid = 0;
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

int bench_supervisor_start(struct bench_supervisor *v, struct bench_err *err)
{
    const struct bench_sandbox *sandbox = v->run->options.sandbox;
    struct bench_worker_job job = {
        .run = v->run,
        .token = draw_token(),
        .first_case = v->case_due,
        .position = v->position,
        .ordered = v->next != NULL,
        .memory_bytes = sandbox != NULL ? bench_sandbox_limits_of(sandbox)->memory_bytes : 0,
        .device = v->device,
        .cpus = v->cpus,
        .supervisor = v,
    };
    v->started = v->forged = v->timed_out = false;
    v->token = job.token;
    v->watched_ns = bench_clock_ns();
    bench_position_case(v->position, v->case_due);
    bench_position_phase(v->position, BENCH_PHASE_START);
    int rc = bench_run_needs_python(v->run) ? bench_python_worker_start(&v->child, &job, err)
                                            : bench_child_start(&v->child, work, &job, err);
    v->pid = v->child.pid;
    return rc;
}

static int run_worker(struct bench_supervisor *v, struct bench_err *err)
{
    bool ended = false, heard;
    int rc = bench_supervisor_start(v, err);
    while (rc == BENCH_OK && !ended)
        rc = bench_supervisor_step(v, TICK_MS, &ended, &heard, err);
    if (rc == BENCH_OK && v->case_due < v->run->suite->case_count)
        rc = bench_supervisor_bury(v, err);
    bench_supervisor_forget(v);
    return rc;
}

static int run_in_order(struct bench_run *run, struct bench_results *results,
                        struct bench_progress *progress, struct bench_err *err)
{
    struct bench_supervisor v = {.run = run, .results = results, .progress = progress};
    int rc = BENCH_OK;
    v.position = bench_position_new();
    v.case_due = bench_run_first_due(run);
    v.kept = run->record_count;
    while (rc == BENCH_OK && v.case_due < run->suite->case_count)
        rc = bench_run_interrupted(run) ? bench_err_set(err, BENCH_EINTERRUPTED, "interrupted")
                                        : run_worker(&v, err);
    bench_position_free(v.position);
    if (v.arena != NULL) /* of a case that was not finished: its records may be there in part */
        bench_run_let_go(run, v.kept);
    bench_arena_free(v.arena);
    return rc;
}

int bench_run_cases(struct bench_run *run, struct bench_results *results,
                    struct bench_progress *progress, struct bench_err *err)
{
    run->measuring_since_ns = bench_clock_ns();
    int rc = run->device_count > 0 ? bench_fleet_run(run, results, progress, err)
                                   : run_in_order(run, results, progress, err);
    run->measuring_s += (double)(bench_clock_ns() - run->measuring_since_ns) * 1e-9;
    run->measuring_since_ns = 0;
    int reloaded = bench_results_reload(results, run, rc == BENCH_OK ? err : NULL);
    if (run->device_count > 0)
        bench_fleet_count(run);
    return rc == BENCH_OK ? reloaded : rc;
}
