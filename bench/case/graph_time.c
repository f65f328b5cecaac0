#include "bench/case/graph_time.h"

#include <math.h>

#include "bench/case/graph_copies.h"
#include "bench/case/sample.h"
#include "bench/case/support.h"
#include "bench/case/verify.h"
#include "bench/measure/stats.h"
#include "bench/util/clock.h"
#include "bench/util/rng.h"

/* ---- the floor ---- */

/* Rounds that calibrate it, after two that warm up. */
#define FLOOR_ROUNDS 32
#define FLOOR_WARMUP 2
/* Further empty kernels in the second graph: as many as a graph may have calls, so that what one
 * adds is told from a difference far above the clock's steps. */
#define FLOOR_EXTRA 64

static int launch_graph(struct bench_session *s, const void *what, struct bench_err *err)
{
    /* bench_sample_launch hands on what it was given; the graph itself is not changed. */
    struct bench_graph *const *graph = what;
    return bench_device_graph_launch(s->device, *graph, err);
}

/* Flushed, gated and timed like every other sample. */
static int time_graph(struct bench_session *s, struct bench_graph *graph, double *elapsed_ns,
                      bool *was_late, struct bench_err *err)
{
    int rc = bench_device_flush(s->device, err);
    if (rc == BENCH_OK)
        rc =
            bench_sample_launch(s, s->info->gates, launch_graph, &graph, elapsed_ns, was_late, err);
    return rc;
}

static int record_empty(struct bench_session *s, int kernels, struct bench_graph **graph,
                        struct bench_err *err)
{
    int rc = bench_device_graph_begin(s->device, err);
    if (rc != BENCH_OK)
        return rc;
    for (int i = 0; rc == BENCH_OK && i < kernels; i++)
        rc = bench_support_empty(s, err);
    if (rc == BENCH_OK)
        return bench_device_graph_end(s->device, graph, err);
    bench_device_graph_end(s->device, NULL, NULL);
    return rc;
}

static int sample_floor(struct bench_session *s, struct bench_graph *const graphs[2],
                        struct bench_graph_floor *floor, struct bench_err *err)
{
    double elapsed_ns[2][FLOOR_ROUNDS];
    int rc = BENCH_OK;
    for (int round = -FLOOR_WARMUP; round < FLOOR_ROUNDS; round++)
        for (int g = 0; rc == BENCH_OK && g < 2; g++) {
            bool was_late; /* once in a while; a median does not mind */
            rc = time_graph(s, graphs[g], &elapsed_ns[g][round < 0 ? 0 : round], &was_late, err);
        }
    if (rc != BENCH_OK)
        return rc;
    double one_ns = bench_median(elapsed_ns[0], FLOOR_ROUNDS);
    double more_ns = bench_median(elapsed_ns[1], FLOOR_ROUNDS);
    floor->kernel_ns = fmax(0, (more_ns - one_ns) / FLOOR_EXTRA);
    floor->start_ns = fmax(0, one_ns - floor->kernel_ns);
    return BENCH_OK;
}

int bench_graph_floor_measure(struct bench_session *s, struct bench_graph_floor *floor,
                              struct bench_err *err)
{
    struct bench_graph *graphs[2] = {NULL, NULL};
    *floor = (struct bench_graph_floor){0};
    if (!s->info->graphs || !s->info->computes)
        return BENCH_OK;
    int rc = bench_support_empty(s, err); /* loads it: nothing can be loaded while recording */
    if (rc == BENCH_OK)
        rc = record_empty(s, 1, &graphs[0], err);
    if (rc == BENCH_OK)
        rc = record_empty(s, 1 + FLOOR_EXTRA, &graphs[1], err);
    if (rc == BENCH_OK)
        rc = sample_floor(s, graphs, floor, err);
    bench_device_graph_free(s->device, graphs[0]);
    bench_device_graph_free(s->device, graphs[1]);
    return rc == BENCH_OK ? rc : bench_err_prefix(err, "timing a graph of empty kernels: ");
}

void bench_graph_floor_write(const struct bench_graph_floor *floor, const char *key,
                             struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_double(w, "start_ns", floor->start_ns);
    bench_json_put_key_double(w, "kernel_ns", floor->kernel_ns);
    bench_json_close_object(w);
}

int bench_graph_floor_read(const struct bench_json *object, const char *key,
                           struct bench_graph_floor *floor, struct bench_err *err)
{
    const struct bench_json *members = NULL;
    *floor = (struct bench_graph_floor){0};
    int rc = bench_json_get_object(object, key, true, &members, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "start_ns", true, &floor->start_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "kernel_ns", true, &floor->kernel_ns, err);
    return rc;
}

/* ---- graphs of calls ---- */

/* Fewer calls share the start among too few, and fewer rounds make no median. */
#define LEAST_CALLS 8
#define LEAST_ROUNDS 5
#define WARMUP_LAUNCHES 2

struct arm {
    const struct bench_callable *chosen;
    struct bench_callable *calls; /* calls[count of copies], each on its own copy */
    size_t call_count;            /* prepared so far */
    struct bench_graph *graph;
    double *elapsed_ns;
    const char *note; /* why it is out of the rounds; NULL: it is not */
};

struct timing {
    struct bench_session *s;
    const struct bench_case_data *data;
    const struct bench_graph_settings *settings;
    struct bench_arena *arena;
    struct bench_graph_copies copies;
    struct arm *arms;
    size_t arm_count;
    struct bench_rng rng;
    size_t rounds; /* done */
};

/* Losing the device ends everything; what else goes wrong is the arm's, with a note. */
static int drop(struct timing *t, struct arm *arm, const char *what, int rc,
                const struct bench_err *err)
{
    if (rc == BENCH_EPOISONED)
        return rc;
    arm->note = bench_arena_printf(t->arena, "%s: %s", what, err->message);
    return BENCH_OK;
}

static int prepare_calls(struct timing *t, struct arm *arm, struct bench_err *err)
{
    arm->calls = bench_arena_alloc(t->arena, t->copies.count * sizeof *arm->calls);
    for (size_t i = 0; i < t->copies.count; i++) {
        enum bench_status status;
        int rc =
            bench_callable_prepare(t->s, t->data->plan, arm->chosen->impl, arm->chosen->variant,
                                   t->copies.copies[i].bindings, t->copies.binding_count, t->arena,
                                   &arm->calls[i], &status, err);
        if (rc != BENCH_OK)
            return drop(t, arm, "preparing the calls of a graph", rc, err);
        arm->call_count = i + 1;
    }
    return BENCH_OK;
}

static int record_calls(struct timing *t, struct arm *arm, struct bench_err *err)
{
    struct bench_device *device = t->s->device;
    int rc = bench_device_graph_begin(device, err);
    if (rc != BENCH_OK)
        return drop(t, arm, "recording a graph", rc, err);
    for (size_t i = 0; rc == BENCH_OK && i < arm->call_count; i++)
        rc = bench_callable_launch(t->s, &arm->calls[i], err);
    if (rc == BENCH_OK) {
        rc = bench_device_graph_end(device, &arm->graph, err);
    } else {
        int dropped = bench_device_graph_end(device, NULL, NULL);
        rc = dropped == BENCH_EPOISONED ? dropped : rc;
    }
    return rc == BENCH_OK ? rc : drop(t, arm, "recording a graph", rc, err);
}

static int warm_up(struct timing *t, struct arm *arm, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < WARMUP_LAUNCHES; i++)
        rc = bench_device_graph_launch(t->s->device, arm->graph, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(t->s->device, err);
    return rc == BENCH_OK ? rc : drop(t, arm, "launching a graph", rc, err);
}

static int prepare_arm(struct timing *t, struct arm *arm, struct bench_err *err)
{
    if (arm->chosen->host_synchronises) {
        arm->note = "it waits for the device inside, which a graph cannot record";
        return BENCH_OK;
    }
    if (arm->chosen->python != NULL) {
        arm->note = "it is called in Python, whose allocations a graph cannot record";
        return BENCH_OK;
    }
    int rc = prepare_calls(t, arm, err);
    if (rc == BENCH_OK && arm->note == NULL)
        rc = record_calls(t, arm, err);
    if (rc == BENCH_OK && arm->note == NULL)
        rc = warm_up(t, arm, err);
    return rc;
}

/* A graph that skipped a call would look fast: one call's outputs, which one nobody can know
 * beforehand, are looked at after the last timed launch. */
static int check_outputs(struct timing *t, struct arm *arm, size_t call, struct bench_err *err)
{
    struct bench_verdict verdict;
    struct bench_graph_copy *copy = &t->copies.copies[call];
    struct bench_case_data data = *t->data;
    data.inputs = copy->inputs;
    int rc = bench_verify_outputs(t->s, &data, &arm->calls[call], copy->outputs, &verdict, err);
    if (rc == BENCH_OK && verdict.status != BENCH_STATUS_OK)
        arm->note = bench_arena_printf(t->arena, "call %zu of %zu in the graph: %s", call + 1,
                                       t->copies.count, verdict.reason);
    return rc;
}

/* Of all calls, before each launch: the arms share them, and what one finds must not be an answer
 * that it, or a partner, left there. The flush comes later. */
static int poison_calls(struct timing *t, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < t->copies.count; i++)
        rc = bench_verify_poison(t->s, t->data, t->copies.copies[i].outputs, err);
    return rc;
}

static int sample_arm(struct timing *t, struct arm *arm, bool is_last, struct bench_err *err)
{
    bool checks = is_last && t->s->info->computes, was_late = false;
    size_t call = (size_t)bench_rng_below(&t->rng, t->copies.count);
    int rc = BENCH_OK;
    if (t->s->info->computes)
        rc = poison_calls(t, err);
    if (rc == BENCH_OK)
        rc = time_graph(t->s, arm->graph, &arm->elapsed_ns[t->rounds], &was_late, err);
    if (rc == BENCH_OK && was_late) /* the host was busy elsewhere */
        rc = time_graph(t->s, arm->graph, &arm->elapsed_ns[t->rounds], &was_late, err);
    if (rc != BENCH_OK)
        return drop(t, arm, "launching a graph", rc, err);
    if (was_late)
        arm->note = "the gate opened before the graph was enqueued";
    return checks && arm->note == NULL ? check_outputs(t, arm, call, err) : BENCH_OK;
}

static int run_rounds(struct timing *t, int64_t start, struct bench_err *err)
{
    int *order = bench_arena_alloc(t->arena, t->arm_count * sizeof *order);
    bool is_last = false;
    for (size_t i = 0; i < t->arm_count; i++)
        order[i] = (int)i;
    while (!is_last) {
        bool is_late = (double)(bench_clock_ns() - start) > t->settings->max_ns;
        is_last = t->rounds + 1 >= (size_t)t->settings->rounds || is_late;
        bench_rng_shuffle(&t->rng, order, t->arm_count);
        for (size_t i = 0; i < t->arm_count; i++) {
            struct arm *arm = &t->arms[order[i]];
            int rc = arm->note == NULL ? sample_arm(t, arm, is_last, err) : BENCH_OK;
            if (rc != BENCH_OK)
                return rc;
        }
        t->rounds++;
    }
    return BENCH_OK;
}

/* ---- the whole ---- */

static void note_all(struct timing *t, const char *note)
{
    for (size_t i = 0; i < t->arm_count; i++)
        if (t->arms[i].note == NULL)
            t->arms[i].note = note;
}

static int take_copies(struct timing *t, struct bench_err *err)
{
    const struct bench_session *s = t->s;
    double call_bytes = bench_graph_call_bytes(t->data->plan), all_bytes = call_bytes;
    double most = t->settings->most_calls;
    for (size_t i = 0; i < t->arm_count; i++)
        all_bytes += bench_graph_workspace_bytes(t->arms[i].chosen);
    if (s->info->computes)
        most = fmin(most, floor((double)t->settings->memory_bytes / all_bytes));
    /* What the calls write should all stay in the cache: then none of them waits while an earlier
     * one's lines are written back, as none does in a sample of one call. */
    if (s->info->l2_bytes > 0)
        most = fmin(most, fmax(LEAST_CALLS, floor((double)s->info->l2_bytes / call_bytes)));
    if (most < LEAST_CALLS) {
        note_all(t, bench_arena_printf(t->arena,
                                       "a graph needs at least %d calls on data of their own; %.0f "
                                       "MB of memory are too little",
                                       LEAST_CALLS, (double)t->settings->memory_bytes * 1e-6));
        return BENCH_OK;
    }
    int rc = bench_graph_copies_take(t->s, t->data, (size_t)most, t->arena, &t->copies, err);
    if (rc == BENCH_OK || rc == BENCH_EPOISONED)
        return rc;
    note_all(t, bench_arena_printf(t->arena, "copies of the tensors: %s", err->message));
    return BENCH_OK;
}

static bool any_left(const struct timing *t)
{
    for (size_t i = 0; i < t->arm_count; i++)
        if (t->arms[i].note == NULL)
            return true;
    return false;
}

static bool has_too_few_rounds(const struct timing *t)
{
    return t->rounds < LEAST_ROUNDS && t->rounds < (size_t)t->settings->rounds;
}

static int time_arms(struct timing *t, struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    if (!t->s->info->graphs) {
        note_all(t, bench_arena_printf(t->arena, "the %s device has no graphs", t->s->info->kind));
        return BENCH_OK;
    }
    int rc = take_copies(t, err);
    for (size_t i = 0; rc == BENCH_OK && i < t->arm_count; i++)
        if (t->arms[i].note == NULL)
            rc = prepare_arm(t, &t->arms[i], err);
    if (rc == BENCH_OK && any_left(t))
        rc = run_rounds(t, start, err);
    if (rc == BENCH_OK && has_too_few_rounds(t))
        note_all(t, bench_arena_printf(t->arena, "only %zu rounds of graphs in %.0f ms", t->rounds,
                                       t->settings->max_ns * 1e-6));
    return rc;
}

static void report(const struct timing *t, const struct bench_graph_floor *floor,
                   struct bench_graph_timing *timings)
{
    for (size_t i = 0; i < t->arm_count; i++) {
        const struct arm *arm = &t->arms[i];
        double kernels = (double)(t->copies.count * arm->chosen->launch_count);
        timings[i] = (struct bench_graph_timing){.note = arm->note ? arm->note : ""};
        if (arm->note != NULL)
            continue;
        timings[i].launches = (int)t->copies.count;
        timings[i].elapsed_ns = arm->elapsed_ns;
        timings[i].round_count = t->rounds;
        timings[i].floor_low_ns = floor->start_ns;
        timings[i].floor_high_ns = floor->start_ns + kernels * floor->kernel_ns;
    }
}

int bench_graph_time(struct bench_session *s, const struct bench_case_data *data,
                     const struct bench_callable *const *chosen, size_t arm_count,
                     const struct bench_graph_floor *floor,
                     const struct bench_graph_settings *settings, struct bench_arena *arena,
                     struct bench_graph_timing *timings, struct bench_err *err)
{
    struct timing t = {.s = s, .data = data, .settings = settings, .arena = arena};
    t.arms = bench_arena_alloc(arena, (arm_count + 1) * sizeof *t.arms);
    t.arm_count = arm_count;
    bench_rng_init(&t.rng, settings->seed);
    for (size_t i = 0; i < arm_count; i++)
        t.arms[i] = (struct arm){.chosen = chosen[i],
                                 .elapsed_ns = bench_arena_alloc(
                                     arena, ((size_t)settings->rounds + 1) * sizeof(double))};
    int rc = time_arms(&t, err);
    if (rc == BENCH_OK)
        report(&t, floor, timings);
    for (size_t i = 0; i < arm_count; i++) {
        bench_device_graph_free(s->device, t.arms[i].graph);
        /* A lost device does not answer the libraries any more. */
        for (size_t c = 0; rc != BENCH_EPOISONED && c < t.arms[i].call_count; c++)
            bench_callable_fini(&t.arms[i].calls[c]);
    }
    return rc;
}
