#include "bench/run/fleet.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/affinity.h"
#include "bench/run/cost.h"
#include "bench/run/queue.h"
#include "bench/run/shard.h"
#include "bench/run/supervise_impl.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

/* How long nothing may happen before signals and deadlines are looked at. */
#define TICK_MS 100
/* Cases that a worker has at most, the one in hand included: two, so that it goes on while the
 * results of one are written. */
#define MOST_IN_HAND 2
/* What workers that were dismissed may take to close their devices, all at the same time. */
#define DISMISS_MS 2000
/* A case that took so many devices with it is not given to another. */
#define MOST_LOSSES 2

struct lane {
    struct bench_supervisor v;
    struct fleet *fleet;
    struct bench_affinity cpus;
    size_t in_hand[MOST_IN_HAND]; /* cases, the first is v.case_due */
    size_t count;
    size_t group; /* of the queue, that it is at */
    bool over;    /* lost, or stopped by a signal */
};

struct fleet {
    struct bench_run *run;
    struct lane *lanes;
    size_t lane_count;
    struct bench_supervisor **supervisors; /* of all lanes, see their `others` */
    struct bench_queue *queue;
    unsigned char *losses; /* losses[case]: devices that were lost with it in hand */
    char last_loss[512];
};

/* ---- the queue ---- */

static void fill_queue(struct fleet *f, const double *costs)
{
    const struct bench_run *run = f->run;
    const size_t cases = run->suite->case_count;
    size_t *order = bench_xmalloc((cases + 1) * sizeof *order);
    f->queue = bench_queue_new(run->suite, costs);
    bench_shard_order(run->suite, costs, order);
    for (size_t i = cases; i-- > 0;)
        if (bench_run_wants(run, order[i]) && !bench_run_is_done(run, run->process, order[i]))
            bench_queue_put(f->queue, order[i]);
    free(order);
}

static void set_due(struct lane *lane)
{
    lane->v.case_due = lane->count > 0 ? lane->in_hand[0] : lane->fleet->run->suite->case_count;
}

/* Near the end nobody takes a case that an idle device could have. */
static void hand_out(struct lane *lane)
{
    struct fleet *f = lane->fleet;
    while (!lane->v.stopping && lane->count < MOST_IN_HAND && bench_queue_count(f->queue) > 0 &&
           (lane->count == 0 || bench_queue_count(f->queue) > f->lane_count)) {
        size_t index = bench_queue_take(f->queue, &lane->group);
        lane->in_hand[lane->count++] = index;
        if (lane->v.pid > 0)
            bench_position_order(lane->v.position, (int32_t)index);
    }
    set_due(lane);
}

/* To the front: it was the turn of these. */
static void give_back(struct lane *lane)
{
    struct fleet *f = lane->fleet;
    while (lane->count > 0)
        bench_queue_put(f->queue, lane->in_hand[--lane->count]);
    bench_queue_leave(f->queue, &lane->group);
    set_due(lane);
}

/* The first in hand is done. */
static void next(struct bench_supervisor *v)
{
    struct lane *lane = v->owner;
    memmove(lane->in_hand, lane->in_hand + 1, (MOST_IN_HAND - 1) * sizeof *lane->in_hand);
    lane->count--;
    hand_out(lane);
}

/* ---- workers ---- */

static int start(struct lane *lane, struct bench_err *err)
{
    bench_position_recall(lane->v.position);
    hand_out(lane);
    for (size_t i = 0; i < lane->count; i++)
        bench_position_order(lane->v.position, (int32_t)lane->in_hand[i]);
    return bench_supervisor_start(&lane->v, err);
}

/* Everything that was handed out goes to the others. */
static void lose(struct lane *lane, const char *why)
{
    struct fleet *f = lane->fleet;
    struct bench_run_device *d = lane->v.device;
    snprintf(d->lost, sizeof d->lost, "%.*s", (int)sizeof d->lost - 1, why);
    snprintf(f->last_loss, sizeof f->last_loss, "%s", d->lost);
    bench_supervisor_forget(&lane->v);
    give_back(lane);
    lane->over = true;
    bench_progress_lost(lane->v.progress, d);
}

static void stop(struct lane *lane)
{
    bench_supervisor_forget(&lane->v);
    give_back(lane);
    lane->over = true;
}

/* Whether the device can still be opened, and is the one that it was. */
static bool answers(const struct lane *lane, struct bench_err *err)
{
    const struct bench_run *run = lane->fleet->run;
    const struct bench_run_device *d = lane->v.device;
    struct bench_run probed = {.suite = run->suite, .settings = run->settings};
    probed.options = run->options;
    probed.options.device = d->spec;
    if (bench_run_probe(&probed, err) != BENCH_OK)
        return false;
    if (strcmp(probed.info.id, d->info.id) == 0)
        return true;
    bench_err_set(err, BENCH_ERROR, "%s is now another device, %s: one has dropped out", d->spec,
                  probed.info.id);
    return false;
}

/* The device does not answer. */
static int give_up_device(struct lane *lane, const char *why, struct bench_err *err)
{
    int rc = BENCH_OK;
    if (++lane->fleet->losses[lane->v.case_due] >= MOST_LOSSES)
        rc = bench_supervisor_bury(&lane->v, err);
    else
        lane->fleet->run->workers_lost++;
    lose(lane, why);
    return rc;
}

/* Its worker has ended, and it is not known yet whose fault that was. */
static int after_end(struct lane *lane, struct bench_err *err)
{
    struct bench_supervisor *v = &lane->v;
    struct bench_err why = {0};
    int rc = BENCH_OK;
    if (!v->started || v->position->phase == BENCH_PHASE_START) {
        if (bench_supervisor_bury(v, &why) != BENCH_OK) { /* a false start too many */
            lose(lane, why.message);
            return BENCH_OK;
        }
    } else if (lane->count == 0) {
        lane->fleet->run->workers_lost++;
    } else if (!answers(lane, &why)) {
        if (!bench_run_interrupted(lane->fleet->run))
            return give_up_device(lane, why.message, err);
        stop(lane); /* nobody knows whose fault it was: the case is measured when the run goes on */
        return BENCH_OK;
    } else {
        rc = bench_supervisor_bury(v, err);
    }
    bench_supervisor_forget(v);
    return rc == BENCH_OK ? start(lane, err) : rc;
}

/* Until nothing more is to be heard from it just now. */
static int look_after(struct lane *lane, bool *heard, struct bench_err *err)
{
    for (bool more = true; more && !lane->over;) {
        struct bench_err problem = {0};
        bool ended = false;
        int rc = bench_supervisor_step(&lane->v, 0, &ended, &more, &problem);
        *heard |= more;
        if (rc == BENCH_EINTERRUPTED) {
            stop(lane);
        } else if (rc != BENCH_OK && lane->v.fatal) {
            lane->v.fatal = false;
            lane->fleet->run->workers_lost++;
            lose(lane, problem.message);
        } else if (rc != BENCH_OK) {
            return bench_err_set(err, rc, "%s", problem.message);
        } else if (ended) {
            return after_end(lane, err);
        }
    }
    return BENCH_OK;
}

/* ---- all of them ---- */

static bool is_done(const struct fleet *f)
{
    size_t in_hand = 0;
    for (size_t i = 0; i < f->lane_count; i++)
        in_hand += f->lanes[i].count;
    return bench_queue_count(f->queue) + in_hand == 0;
}

static size_t still_there(const struct fleet *f)
{
    size_t count = 0;
    for (size_t i = 0; i < f->lane_count; i++)
        count += !f->lanes[i].over;
    return count;
}

static void wait_for_any(const struct fleet *f)
{
    struct pollfd fds[2 * BENCH_RUN_DEVICES_MOST];
    nfds_t count = 0;
    for (size_t i = 0; i < f->lane_count; i++) {
        const struct bench_child *child = &f->lanes[i].v.child;
        if (f->lanes[i].over || f->lanes[i].v.pid == 0)
            continue;
        fds[count++] = (struct pollfd){.fd = child->line_fd, .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = child->err_fd, .events = POLLIN};
    }
    poll(fds, count, TICK_MS);
}

/* Records of cases that are finished are let go by whichever lane finished one: what stays is
 * everybody's. */
static void share_kept(struct fleet *f)
{
    for (size_t i = 0; i < f->lane_count; i++)
        f->lanes[i].v.kept = f->run->record_count;
}

static int nobody_left(const struct fleet *f, struct bench_err *err)
{
    if (f->run->was_interrupted)
        return bench_err_set(err, BENCH_EINTERRUPTED, "interrupted");
    return bench_err_set(err, BENCH_ERROR, "all %zu devices are lost; the last one: %s",
                         f->lane_count, f->last_loss);
}

/* A lane begins when there is a case for it: more workers than cases would calibrate for nothing.
 */
static int go_on_with(struct lane *lane, bool *heard, struct bench_err *err)
{
    struct fleet *f = lane->fleet;
    int rc = BENCH_OK;
    if (lane->v.pid == 0 && bench_queue_count(f->queue) > 0)
        rc = bench_run_interrupted(f->run) ? (stop(lane), BENCH_OK) : start(lane, err);
    if (rc == BENCH_OK && lane->v.pid > 0)
        rc = look_after(lane, heard, err);
    share_kept(f);
    if (rc == BENCH_OK && lane->v.pid > 0)
        hand_out(lane); /* what a lost device has given back */
    return rc;
}

static int go_on(struct fleet *f, struct bench_err *err)
{
    int rc = BENCH_OK;
    while (rc == BENCH_OK && !is_done(f)) {
        bool heard = false;
        if (still_there(f) == 0)
            return nobody_left(f, err);
        for (size_t i = 0; i < f->lane_count && rc == BENCH_OK; i++)
            if (!f->lanes[i].over)
                rc = go_on_with(&f->lanes[i], &heard, err);
        if (rc == BENCH_OK && !heard)
            wait_for_any(f);
    }
    return rc;
}

/* Where workers may run, and what compiles meanwhile. */
static void place(const struct bench_run *run, struct bench_affinity *own,
                  struct bench_affinity *beside)
{
    struct bench_affinity here;
    struct bench_affinity *near = bench_xcalloc(run->device_count + 1, sizeof *near);
    bench_affinity_here(&here);
    for (size_t i = 0; i < run->device_count; i++)
        bench_affinity_near(run->devices[i].info.pci, &near[i]);
    bench_affinity_divide(&here, near, run->device_count, own, beside);
    free(near);
}

static void open_lanes(struct fleet *f, struct bench_results *results,
                       struct bench_progress *progress)
{
    struct bench_run *run = f->run;
    struct bench_affinity *own = bench_xcalloc(run->device_count + 1, sizeof *own), beside;
    f->lanes = bench_xcalloc(run->device_count + 1, sizeof *f->lanes);
    f->supervisors = bench_xcalloc(run->device_count + 1, sizeof *f->supervisors);
    place(run, own, &beside);
    for (size_t i = 0; i < run->device_count; i++) {
        struct bench_run_device *d = &run->devices[i];
        if (d->spec[0] == '\0' || d->lost[0] != '\0')
            continue;
        struct lane *lane = &f->lanes[f->lane_count];
        lane->fleet = f;
        lane->cpus = own[i];
        lane->group = BENCH_QUEUE_NOWHERE;
        lane->v = (struct bench_supervisor){.run = run,
                                            .results = results,
                                            .progress = progress,
                                            .position = bench_position_new(),
                                            .device = d,
                                            .cpus = own[i].count > 0 ? &lane->cpus : NULL,
                                            .next = next,
                                            .owner = lane,
                                            .others = f->supervisors,
                                            .kept = run->record_count};
        set_due(lane);
        f->supervisors[f->lane_count++] = &lane->v;
    }
    for (size_t i = 0; i < f->lane_count; i++)
        f->lanes[i].v.other_count = f->lane_count;
    free(own);
}

/* Until it ends, or its time is over: one that goes on talking, which none has a reason to, gets no
 * more of it. */
static void see_off(struct bench_supervisor *v, int64_t deadline_ns)
{
    enum bench_child_event event = BENCH_CHILD_LINE;
    const char *line;
    while (v->pid > 0 && event == BENCH_CHILD_LINE) {
        int64_t left_ms = (deadline_ns - bench_clock_ns()) / 1000000;
        event = left_ms >= 0 ? bench_child_wait(&v->child, (int)left_ms, &line) : BENCH_CHILD_QUIET;
    }
}

/* Workers end by themselves when there is nothing more; those that do not are killed. */
static void dismiss(struct fleet *f)
{
    for (size_t i = 0; i < f->lane_count; i++)
        if (f->lanes[i].v.pid > 0)
            bench_position_order(f->lanes[i].v.position, BENCH_POSITION_END);
    const int64_t deadline_ns = bench_clock_ns() + (int64_t)DISMISS_MS * 1000000;
    for (size_t i = 0; i < f->lane_count; i++)
        see_off(&f->lanes[i].v, deadline_ns);
}

static void close_lanes(struct fleet *f)
{
    for (size_t i = 0; i < f->lane_count; i++) {
        struct lane *lane = &f->lanes[i];
        bench_supervisor_forget(&lane->v);
        if (lane->v.arena != NULL) /* of a case that was taken in part */
            bench_run_let_go(f->run, lane->v.kept);
        share_kept(f);
        bench_arena_free(lane->v.arena);
        bench_position_free(lane->v.position);
    }
    free(f->lanes);
    free(f->supervisors);
}

/* As of the run's only device, where readers know no others. */
static void take_first(struct bench_run *run)
{
    const struct bench_run_device *d = &run->devices[0];
    run->gated = d->gated;
    run->ungated = d->ungated;
    run->graph_floor = d->graph_floor;
    run->cache_check = d->cache_check;
    run->roofline = d->roofline;
    run->facts_at_start = d->facts_at_start;
    run->facts_at_end = d->facts_at_end;
}

int bench_fleet_run(struct bench_run *run, struct bench_results *results,
                    struct bench_progress *progress, struct bench_err *err)
{
    struct fleet f = {.run = run, .losses = bench_xcalloc(run->suite->case_count + 1, 1)};
    double *costs = bench_xmalloc((run->suite->case_count + 1) * sizeof *costs);
    int rc = bench_costs_find(run->suite, run->options.costs, run->options.max_case_ms,
                              run->settings.rounds, costs, err);
    if (rc == BENCH_OK) {
        fill_queue(&f, costs);
        open_lanes(&f, results, progress);
        rc = go_on(&f, err);
        if (rc == BENCH_OK)
            dismiss(&f);
        close_lanes(&f);
        take_first(run);
    }
    bench_queue_free(f.queue);
    free(f.losses);
    free(costs);
    return rc;
}

void bench_fleet_count(struct bench_run *run)
{
    for (size_t i = 0; i < run->device_count; i++) {
        struct bench_run_device *d = &run->devices[i];
        d->cases = 0;
        for (size_t k = 0; k < run->record_count; k++) {
            const struct bench_record *r = &run->records[k];
            d->cases += r->roles & 1u << BENCH_CANDIDATE && r->device_id != NULL &&
                        r->device_index == d->info.index && strcmp(r->device_id, d->info.id) == 0;
        }
    }
}

void bench_fleet_place_beside(const struct bench_run *run)
{
    struct bench_affinity *own = bench_xcalloc(run->device_count + 1, sizeof *own), beside;
    place(run, own, &beside);
    bench_affinity_move((int)run->beside, &beside);
    free(own);
}
