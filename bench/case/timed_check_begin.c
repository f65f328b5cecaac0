/* Before the rounds: memory, and the answers of every arm on every set of inputs. */
#include <inttypes.h>
#include <math.h>

#include "bench/case/support.h"
#include "bench/case/timed_check_impl.h"
#include "bench/case/verify.h"

#define HOLD_BYTES (256.0 * (1 << 20))
#define SLOTS_BYTES (sizeof(uint64_t) * (BENCH_TIMED_SLOTS + BENCH_TIMED_PLACES))
/* With a single set nothing changes between the rounds but by making it anew, so one of the first
 * eight rounds does. */
#define FIRST_RENEWAL 8

/* The same inputs once more: the same bits? */
static int try_again(struct bench_timed_check *t, struct bench_timed_state *arm, uint64_t answer,
                     struct bench_err *err)
{
    struct bench_verdict verdict;
    uint64_t again = 0;
    bench_position_variant(t->job->position, NULL, 0, 0);
    int rc = bench_verify_call(t->s, t->data, arm->callable, t->outputs, &verdict, err);
    if (rc == BENCH_OK && verdict.status != BENCH_STATUS_OK)
        bench_actor_fail(arm->actor, t->job->arena, verdict.status, "%s (launched once more)",
                         verdict.reason);
    else if (rc == BENCH_OK)
        rc = bench_timed_digest(t, &again, err);
    if (rc == BENCH_OK && again != answer)
        arm->repeats = false;
    return rc;
}

static int answer_set(struct bench_timed_check *t, struct bench_timed_state *arm, size_t set,
                      struct bench_err *err)
{
    struct bench_verdict verdict;
    const struct bench_actor *actor = arm->actor;
    if (!bench_actor_runs(actor))
        return BENCH_OK;
    bench_position_implementation(t->job->position, actor->impl_index, actor->record.roles);
    bench_position_variant(t->job->position, arm->callable->variant->label, 0, 0);
    int rc = bench_verify_call(t->s, t->data, arm->callable, t->outputs, &verdict, err);
    if (rc != BENCH_OK)
        return rc;
    if (verdict.status != BENCH_STATUS_OK) {
        bench_actor_fail(arm->actor, t->job->arena, verdict.status, "%s (before the rounds)",
                         verdict.reason);
        return BENCH_OK;
    }
    rc = bench_timed_digest(t, &arm->answer[set], err);
    return rc == BENCH_OK ? try_again(t, arm, arm->answer[set], err) : rc;
}

/* What the case, which needs one place itself, leaves of nine tenths of the memory. */
static size_t count_places(const struct bench_timed_check *t)
{
    double left = 0.9 * (double)t->s->info->memory_bytes -
                  bench_case_data_bytes(t->data->plan, BENCH_ROLE_COUNT, t->data->set_count);
    double bytes = fmin(HOLD_BYTES, fmax(left, 0)), each = fmax((double)t->place_bytes, 1);
    return (size_t)fmin(BENCH_TIMED_PLACES, 1 + floor(bytes / each));
}

static int take_memory(struct bench_timed_check *t, struct bench_err *err)
{
    const struct bench_case *c = t->data->plan;
    struct bench_arena *arena = t->job->arena;
    t->pending = bench_arena_alloc(arena, BENCH_TIMED_SLOTS * sizeof *t->pending);
    t->host_slots = bench_arena_alloc(arena, BENCH_TIMED_SLOTS * sizeof *t->host_slots);
    t->aside = bench_arena_alloc(arena, (t->output_count + 1) * sizeof *t->aside);
    for (size_t i = 0; i < t->output_count; i++) {
        size_t bytes = c->outputs[i].bytes;
        t->aside[i] = (struct bench_guarded){.name = c->outputs[i].name, .bytes = bytes};
        t->place_bytes += bench_timed_aligned(bytes);
    }
    t->places = count_places(t);
    int rc = bench_session_take(t->s, SLOTS_BYTES, (void **)&t->slots, err);
    if (rc == BENCH_OK)
        rc = bench_support_zero(t->s, t->slots, SLOTS_BYTES, err);
    if (rc == BENCH_OK)
        rc = bench_session_take(t->s, t->places * t->place_bytes, (void **)&t->hold, err);
    return rc;
}

/* What shows that two runs, on whatever devices, were timed on the same inputs: those of the first
 * set that the rounds have. */
static void record_digest(struct bench_timed_check *t)
{
    const char *text = bench_arena_printf(t->job->arena, "%016" PRIx64, t->data->set->digest);
    for (size_t i = 0; i < t->arm_count; i++)
        if (bench_actor_runs(t->arms[i].actor))
            t->arms[i].actor->record.inputs_digest = text;
}

static int answer_all(struct bench_timed_check *t, struct bench_err *err)
{
    int rc = BENCH_OK;
    bench_position_phase(t->job->position, BENCH_PHASE_VERIFY);
    for (size_t set = 0; rc == BENCH_OK && set < t->data->set_count; set++) {
        rc = bench_timed_renew(t, set, err);
        if (rc == BENCH_OK && set == 0)
            record_digest(t);
        for (size_t i = 0; rc == BENCH_OK && i < t->arm_count; i++)
            rc = answer_set(t, &t->arms[i], set, err);
    }
    return rc == BENCH_OK ? bench_verify_poison(t->s, t->data, t->outputs, err) : rc;
}

int bench_timed_check_new(struct bench_session *s, const struct bench_case_job *job,
                          struct bench_case_data *data, const struct bench_cast *cast,
                          const struct bench_oracle *oracle, const struct bench_timed_arm *arms,
                          size_t arm_count, struct bench_timed_check **check, struct bench_err *err)
{
    struct bench_timed_check *t = bench_arena_alloc(job->arena, sizeof *t);
    *t = (struct bench_timed_check){
        .s = s,
        .job = job,
        .data = data,
        .outputs = cast->outputs,
        .oracle = oracle,
        .arms = bench_arena_alloc(job->arena, (arm_count + 1) * sizeof *t->arms),
        .arm_count = arm_count,
        .output_count = data->plan->op->output_count,
    };
    for (size_t i = 0; i < arm_count; i++)
        t->arms[i] = (struct bench_timed_state){
            .actor = arms[i].actor, .callable = arms[i].callable, .repeats = true};
    t->sums_key = bench_check_seed(job->seed, data->plan->key, BENCH_CHECK_SUMS, 0);
    bench_rng_init(&t->rng, bench_check_seed(job->seed, data->plan->key, BENCH_CHECK_ROUNDS, 0));
    if (data->set_count == 1)
        t->first_renewal = 1 + (int)bench_rng_below(&t->rng, FIRST_RENEWAL);
    *check = t;
    int rc = take_memory(t, err);
    return rc == BENCH_OK ? answer_all(t, err) : rc;
}
