#include "bench/case/timed_check_impl.h"

#include <inttypes.h>
#include <stdio.h>

#include "bench/case/support.h"
#include "bench/case/verify.h"

/* After how many rounds checksums are fetched, but for the first ones, of which a candidate should
 * hear soon. */
#define FETCH_ROUNDS 16
/* One round in 32 gets new inputs, which costs an oracle and a comparison of every arm; four times
 * a case at most. One in 8 is compared in full where somebody does not repeat to the bit. */
#define RENEW_ODDS 32
#define MOST_RENEWALS 4
#define FULL_ODDS 8

#define INPUTS (-1) /* in place of an arm */

static uint64_t *kept_slot(const struct bench_timed_check *t, size_t place)
{
    return t->slots + BENCH_TIMED_SLOTS + place;
}

size_t bench_timed_aligned(size_t bytes)
{
    const size_t alignment = 256;
    return (bytes + alignment - 1) / alignment * alignment;
}

/* Points t->aside at a place. */
static void look_aside(struct bench_timed_check *t, size_t place)
{
    unsigned char *at = t->hold + place * t->place_bytes;
    for (size_t i = 0; i < t->output_count; i++) {
        t->aside[i].data = at;
        at += bench_timed_aligned(t->aside[i].bytes);
    }
}

/* ---- verdicts ---- */

static void blame(struct bench_timed_check *t, struct bench_timed_state *arm,
                  const struct bench_verdict *verdict, int round)
{
    char when[64] = " (in the outputs of a timed launch, in warming up)";
    const char *label = arm->callable->variant->label;
    if (round > 0)
        snprintf(when, sizeof when, " (in the outputs of the timed launch of round %d)", round);
    bench_actor_fail(arm->actor, t->job->arena, verdict->status, "%s%s%s%s%s", verdict->reason,
                     when, label[0] ? " [" : "", label, label[0] ? "]" : "");
}

/* Whose deed it is that something was changed in some round: nobody knows, but the candidate is the
 * one that nobody vouches for. */
static struct bench_timed_state *suspect(struct bench_timed_check *t)
{
    for (size_t i = 0; i < t->arm_count; i++)
        if (bench_actor_runs(t->arms[i].actor) &&
            t->arms[i].actor->record.roles & 1u << BENCH_CANDIDATE)
            return &t->arms[i];
    for (size_t i = 0; i < t->arm_count; i++)
        if (bench_actor_runs(t->arms[i].actor))
            return &t->arms[i];
    return NULL;
}

/* Guard zones and inputs, before a round that is compared in full: what is found was done in an
 * earlier one. */
static int look_around(struct bench_timed_check *t, struct bench_err *err)
{
    struct bench_verdict verdict;
    struct bench_timed_state *arm = suspect(t);
    if (arm == NULL)
        return BENCH_OK;
    int rc = bench_verify_surroundings(t->s, t->data, arm->callable, t->outputs, &verdict, err);
    if (rc == BENCH_OK && verdict.status != BENCH_STATUS_OK)
        bench_actor_fail(arm->actor, t->job->arena, verdict.status,
                         "%s (in some timed launch before round %d)", verdict.reason, t->rounds);
    return rc;
}

/* ---- checksums ---- */

int bench_timed_digest(struct bench_timed_check *t, uint64_t *digest, struct bench_err *err)
{
    int rc = BENCH_OK;
    *digest = 0;
    for (size_t i = 0; rc == BENCH_OK && i < t->output_count; i++) {
        uint64_t one = 0;
        rc = bench_support_digest(t->s, t->outputs[i].data, t->outputs[i].bytes, (uint32_t)i,
                                  t->sums_key, &one, err);
        *digest += one;
    }
    return rc;
}

/* What was put away, against the oracle. The set in use stays. */
static int judge_kept(struct bench_timed_check *t, const struct bench_timed_pending *p,
                      struct bench_err *err)
{
    struct bench_timed_state *arm = &t->arms[p->arm];
    struct bench_input_set *in_use = t->data->set;
    struct bench_verdict verdict;
    t->data->set = &t->data->sets[p->set];
    look_aside(t, p->place);
    int rc = bench_verify_values(t->s, t->data, t->aside, &verdict, err);
    t->data->set = in_use;
    if (rc != BENCH_OK)
        return rc;
    arm->counts.in_full++;
    if (verdict.status != BENCH_STATUS_OK)
        blame(t, arm, &verdict, p->round);
    else
        arm->repeats = false;
    return BENCH_OK;
}

/* Inputs that were changed spoil the outputs of others; those say nothing then. */
static bool inputs_were_changed(struct bench_timed_check *t)
{
    for (size_t i = 0; i < t->pending_count; i++) {
        const struct bench_timed_pending *p = &t->pending[i];
        struct bench_timed_state *arm = suspect(t);
        if (p->arm != INPUTS || t->host_slots[i] == p->expected)
            continue;
        if (arm != NULL)
            bench_actor_fail(arm->actor, t->job->arena, BENCH_STATUS_INPUT_MODIFIED,
                             "changed its inputs in a timed launch, in round %d or just before it",
                             p->round);
        return true;
    }
    return false;
}

static void count_checksums(struct bench_timed_check *t)
{
    for (size_t i = 0; i < t->pending_count; i++)
        if (t->pending[i].arm != INPUTS && t->host_slots[i] == t->pending[i].expected)
            t->arms[t->pending[i].arm].counts.by_checksum++;
}

/* The same bits from the same inputs have the verdict that they had. */
static bool was_judged(const struct bench_timed_check *t, size_t index)
{
    const struct bench_timed_pending *p = &t->pending[index];
    for (size_t i = 0; i < index; i++)
        if (t->pending[i].arm == p->arm && t->pending[i].set == p->set &&
            t->host_slots[i] == t->host_slots[index])
            return true;
    return false;
}

/* All outputs that were put away, of implementations that still run. */
static int judge_all_kept(struct bench_timed_check *t, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < t->pending_count; i++) {
        const struct bench_timed_pending *p = &t->pending[i];
        if (p->arm != INPUTS && t->host_slots[i] != p->expected && !was_judged(t, i) &&
            bench_actor_runs(t->arms[p->arm].actor))
            rc = judge_kept(t, p, err);
    }
    return rc;
}

static uint64_t *take_slot(struct bench_timed_check *t, int arm, int round, uint64_t expected)
{
    size_t set = (size_t)(t->data->set - t->data->sets);
    size_t place = arm != INPUTS ? t->places_taken++ : 0;
    t->pending[t->pending_count] = (struct bench_timed_pending){arm, set, round, expected, place};
    return &t->slots[t->pending_count++];
}

static int add_inputs(struct bench_timed_check *t, uint64_t *slot, struct bench_err *err)
{
    const struct bench_case *c = t->data->plan;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < c->op->input_count; i++)
        rc = bench_support_digest_add(t->s, t->data->inputs[i].data, c->inputs[i].bytes,
                                      (uint32_t)i, t->sums_key, slot, err);
    return rc;
}

/* Fetches what has come together and judges it. The inputs are among it: whoever's outputs are
 * wrong because of what was done to them is not to be blamed. */
static int fetch(struct bench_timed_check *t, struct bench_err *err)
{
    int rc = add_inputs(t, take_slot(t, INPUTS, t->rounds, t->data->set->sum), err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(t->s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_download(t->s->device, t->host_slots, t->slots,
                                   t->pending_count * sizeof *t->slots, err);
    if (rc != BENCH_OK)
        return rc;
    count_checksums(t);
    if (inputs_were_changed(t))
        rc = bench_case_data_restore(t->s, t->data, err);
    else
        rc = judge_all_kept(t, err);
    if (rc == BENCH_OK)
        rc = bench_support_zero(t->s, t->slots,
                                sizeof(uint64_t) * (BENCH_TIMED_SLOTS + BENCH_TIMED_PLACES), err);
    t->pending_count = t->places_taken = 0;
    return rc;
}

static int next_slot(struct bench_timed_check *t, int arm, int round, uint64_t expected,
                     uint64_t **slot, struct bench_err *err)
{
    bool is_full = t->pending_count == BENCH_TIMED_SLOTS - 1 ||
                   (arm != INPUTS && t->places_taken == t->places);
    int rc = is_full ? fetch(t, err) : BENCH_OK;
    if (rc == BENCH_OK)
        *slot = take_slot(t, arm, round, expected);
    return rc;
}

/* The inputs as the last rounds left them, before they are overwritten. */
static int check_inputs(struct bench_timed_check *t, struct bench_err *err)
{
    uint64_t *slot = NULL;
    int rc = next_slot(t, INPUTS, t->rounds, t->data->set->sum, &slot, err);
    return rc == BENCH_OK ? add_inputs(t, slot, err) : rc;
}

/* In stream order, without a wait: checksum, put away if it is not the one expected, poison. */
static int check_by_sum(struct bench_timed_check *t, size_t number, int round,
                        struct bench_err *err)
{
    struct bench_timed_state *arm = &t->arms[number];
    const struct bench_case *c = t->data->plan;
    uint64_t expected = arm->answer[t->data->set - t->data->sets], *slot = NULL;
    int rc = next_slot(t, (int)number, round, expected, &slot, err);
    const size_t place = t->places_taken - 1;
    look_aside(t, place);
    for (size_t i = 0; rc == BENCH_OK && i < t->output_count; i++)
        rc = bench_support_digest_add(t->s, t->outputs[i].data, t->outputs[i].bytes, (uint32_t)i,
                                      t->sums_key, slot, err);
    for (size_t i = 0; rc == BENCH_OK && i < t->output_count; i++)
        rc = bench_support_settle(t->s, t->outputs[i].data, t->aside[i].data, c->outputs[i].dtype,
                                  t->outputs[i].bytes, slot, expected, kept_slot(t, place), 1, err);
    return rc;
}

static int check_in_full(struct bench_timed_check *t, size_t number, int round,
                         struct bench_err *err)
{
    struct bench_timed_state *arm = &t->arms[number];
    struct bench_verdict verdict;
    int rc = bench_verify_outputs(t->s, t->data, arm->callable, t->outputs, &verdict, err);
    if (rc != BENCH_OK)
        return rc;
    arm->counts.in_full++;
    if (verdict.status != BENCH_STATUS_OK)
        blame(t, arm, &verdict, round);
    else if (t->renewed)
        rc = bench_timed_digest(t, &arm->answer[t->data->set - t->data->sets], err);
    return rc == BENCH_OK ? bench_verify_poison(t->s, t->data, t->outputs, err) : rc;
}

/* What differs in its last bits is put away and compared in full. References and baselines mean
 * well: of those one round in FULL_ODDS will do. A candidate might differ on purpose, and work in
 * few. */
static bool is_summed(const struct bench_timed_state *arm)
{
    return arm->repeats || (arm->actor->record.roles & 1u << BENCH_CANDIDATE) != 0;
}

int bench_timed_check_sample(struct bench_timed_check *t, size_t number, int round,
                             struct bench_err *err)
{
    struct bench_timed_state *arm = &t->arms[number];
    int rc = bench_callable_collect(t->s, arm->callable, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK) {
        bench_actor_fail(arm->actor, t->job->arena, bench_callable_status(err),
                         "%s (in a timed launch)", err->message);
        return bench_case_data_restore(t->s, t->data, err);
    }
    arm->counts.launches++;
    if (t->in_full && round > 0)
        return check_in_full(t, number, round, err);
    if (is_summed(arm))
        return check_by_sum(t, number, round, err);
    return bench_verify_poison(t->s, t->data, t->outputs, err);
}

/* ---- rounds ---- */

static bool somebody_does_not_repeat(const struct bench_timed_check *t)
{
    for (size_t i = 0; i < t->arm_count; i++)
        if (!t->arms[i].repeats && bench_actor_runs(t->arms[i].actor))
            return true;
    return false;
}

int bench_timed_renew(struct bench_timed_check *t, size_t set, struct bench_err *err)
{
    int phase = t->job->position->phase;
    bench_position_phase(t->job->position, BENCH_PHASE_ORACLE);
    int rc = bench_oracle_ask(t->s, t->data, t->oracle, set, t->job->seed, BENCH_CHECK_TIMED,
                              t->sets_made++, err);
    bench_position_phase(t->job->position, (enum bench_phase)phase);
    return rc;
}

int bench_timed_check_round(struct bench_timed_check *t, struct bench_err *err)
{
    uint64_t draw = bench_rng_u64(&t->rng);
    size_t set = bench_rng_below(&t->rng, (uint32_t)t->data->set_count);
    int rc = BENCH_OK;
    t->rounds++;
    t->renewed =
        t->rounds == t->first_renewal || (draw % RENEW_ODDS == 0 && t->renewals < MOST_RENEWALS);
    t->in_full = t->renewed || (draw / RENEW_ODDS % FULL_ODDS == 0 && somebody_does_not_repeat(t));
    bool other = set != (size_t)(t->data->set - t->data->sets);
    bool soon = (t->rounds & (t->rounds - 1)) == 0 || t->rounds % FETCH_ROUNDS == 0;
    if (t->in_full || soon)
        rc = fetch(t, err);
    else if (other)
        rc = check_inputs(t, err);
    if (rc == BENCH_OK && t->in_full)
        rc = look_around(t, err);
    if (rc == BENCH_OK && t->renewed) {
        t->renewals++;
        return bench_timed_renew(t, set, err);
    }
    return rc == BENCH_OK && other ? bench_case_data_use(t->s, t->data, set, err) : rc;
}

static void add_counts(struct bench_checks *to, const struct bench_timed_state *arm, uint64_t sets,
                       size_t sets_at_once)
{
    to->repeats = arm->repeats && (to->launches == 0 || to->repeats);
    to->launches += arm->counts.launches;
    to->by_checksum += arm->counts.by_checksum;
    to->in_full += arm->counts.in_full;
    to->input_sets = (int64_t)sets;
    to->sets_at_once = (int64_t)sets_at_once;
}

int bench_timed_check_finish(struct bench_timed_check *t, struct bench_err *err)
{
    int rc = fetch(t, err);
    if (rc == BENCH_OK)
        rc = look_around(t, err);
    for (size_t i = 0; i < t->arm_count; i++)
        add_counts(&t->arms[i].actor->record.checks, &t->arms[i], t->sets_made, t->data->set_count);
    return rc;
}
