#include "bench/run/timed_check.h"

#include <inttypes.h>
#include <stdio.h>

#include "bench/run/support.h"
#include "bench/run/verify.h"
#include "bench/util/rng.h"

/* Launches whose checksums may wait for us; and after how many rounds they are fetched, but for the
 * first ones, of which a candidate should hear soon. */
#define MOST_PENDING 4096
#define FETCH_ROUNDS 16
#define SLOTS (MOST_PENDING + 1) /* the last one: the inputs, when they are fetched */
/* One round in 32 gets new inputs, which costs an oracle and a comparison of every arm; four times
 * a case at most. One in 8 is compared in full where somebody does not repeat to the bit. */
#define RENEW_ODDS 32
#define MOST_RENEWALS 4
#define FULL_ODDS 8
/* With a single set nothing changes between the rounds but by making it anew, so one of the first
 * eight rounds does. */
#define FIRST_RENEWAL 8

#define INPUTS (-1) /* in place of an arm */

struct pending {
    int arm;
    size_t set;
    int round;
    uint64_t expected;
};

struct arm {
    struct bench_actor *actor;
    struct bench_callable *callable;
    uint64_t answer[BENCH_INPUT_SETS]; /* digest of its verified outputs */
    bool repeats;
    struct bench_checks counts;
};

struct bench_timed_check {
    struct bench_session *s;
    const struct bench_case_job *job;
    struct bench_case_data *data;
    struct bench_guarded *outputs, *hold; /* hold: outputs put away */
    const struct bench_oracle *oracle;
    struct arm *arms;
    size_t arm_count, output_count;
    struct bench_rng rng;
    uint64_t sets_made;
    int rounds, renewals;
    int first_renewal; /* a round; 0: as it is drawn */
    bool in_full;      /* this round: everything is compared */
    bool renewed;      /* and its answers are new */
    uint64_t *slots;   /* on the device: slots[SLOTS]; then: number of what lies in hold */
    uint64_t *host_slots;
    struct pending *pending; /* pending[SLOTS] */
    size_t pending_count;
};

static uint64_t *kept_slot(const struct bench_timed_check *t)
{
    return t->slots + SLOTS;
}

/* ---- verdicts ---- */

static void blame(struct bench_timed_check *t, struct arm *arm, const struct bench_verdict *verdict,
                  int round)
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
static struct arm *suspect(struct bench_timed_check *t)
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
    struct arm *arm = suspect(t);
    if (arm == NULL)
        return BENCH_OK;
    int rc = bench_verify_surroundings(t->s, t->data, arm->callable, t->outputs, &verdict, err);
    if (rc == BENCH_OK && verdict.status != BENCH_STATUS_OK)
        bench_actor_fail(arm->actor, t->job->arena, verdict.status,
                         "%s (in some timed launch before round %d)", verdict.reason, t->rounds);
    return rc;
}

/* ---- checksums ---- */

static int digest_outputs(struct bench_timed_check *t, uint64_t *digest, struct bench_err *err)
{
    int rc = BENCH_OK;
    *digest = 0;
    for (size_t i = 0; rc == BENCH_OK && i < t->output_count; i++) {
        uint64_t one = 0;
        rc = bench_support_digest(t->s, t->outputs[i].data, t->outputs[i].bytes, (uint32_t)i, &one,
                                  err);
        *digest += one;
    }
    return rc;
}

/* What was put away, against the oracle. The set in use stays. */
static int judge_kept(struct bench_timed_check *t, const struct pending *p, struct bench_err *err)
{
    struct arm *arm = &t->arms[p->arm];
    struct bench_input_set *in_use = t->data->set;
    struct bench_verdict verdict;
    t->data->set = &t->data->sets[p->set];
    int rc = bench_verify_values(t->s, t->data, t->hold, &verdict, err);
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
        const struct pending *p = &t->pending[i];
        struct arm *arm = suspect(t);
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

static uint64_t *take_slot(struct bench_timed_check *t, int arm, int round, uint64_t expected)
{
    size_t set = (size_t)(t->data->set - t->data->sets);
    t->pending[t->pending_count] = (struct pending){arm, set, round, expected};
    return &t->slots[t->pending_count++];
}

static int add_inputs(struct bench_timed_check *t, uint64_t *slot, struct bench_err *err)
{
    const struct bench_case *c = t->data->plan;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < c->op->input_count; i++)
        rc = bench_support_digest_add(t->s, t->data->inputs[i].data, c->inputs[i].bytes,
                                      (uint32_t)i, slot, err);
    return rc;
}

/* Fetches what has come together and judges it. The inputs are among it: whoever's outputs are
 * wrong because of what was done to them is not to be blamed. */
static int fetch(struct bench_timed_check *t, struct bench_err *err)
{
    uint64_t kept = 0;
    int rc = add_inputs(t, take_slot(t, INPUTS, t->rounds, t->data->set->digest), err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(t->s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_download(t->s->device, t->host_slots, t->slots,
                                   t->pending_count * sizeof *t->slots, err);
    if (rc == BENCH_OK)
        rc = bench_device_download(t->s->device, &kept, kept_slot(t), sizeof kept, err);
    if (rc != BENCH_OK)
        return rc;
    count_checksums(t);
    if (inputs_were_changed(t))
        rc = bench_case_data_restore(t->s, t->data, err);
    else if (kept > 0 && kept <= t->pending_count)
        rc = judge_kept(t, &t->pending[kept - 1], err);
    if (rc == BENCH_OK)
        rc = bench_support_zero(t->s, t->slots, t->pending_count * sizeof *t->slots, err);
    if (rc == BENCH_OK)
        rc = bench_support_zero(t->s, kept_slot(t), sizeof kept, err);
    t->pending_count = 0;
    return rc;
}

static int next_slot(struct bench_timed_check *t, int arm, int round, uint64_t expected,
                     uint64_t **slot, struct bench_err *err)
{
    int rc = t->pending_count == MOST_PENDING ? fetch(t, err) : BENCH_OK;
    if (rc == BENCH_OK)
        *slot = take_slot(t, arm, round, expected);
    return rc;
}

/* The inputs as the last rounds left them, before they are overwritten. */
static int check_inputs(struct bench_timed_check *t, struct bench_err *err)
{
    uint64_t *slot = NULL;
    int rc = next_slot(t, INPUTS, t->rounds, t->data->set->digest, &slot, err);
    return rc == BENCH_OK ? add_inputs(t, slot, err) : rc;
}

/* In stream order, without a wait: checksum, put away if it is not the one expected, poison. */
static int check_by_sum(struct bench_timed_check *t, size_t number, int round,
                        struct bench_err *err)
{
    struct arm *arm = &t->arms[number];
    const struct bench_case *c = t->data->plan;
    uint64_t expected = arm->answer[t->data->set - t->data->sets], *slot = NULL;
    int rc = next_slot(t, (int)number, round, expected, &slot, err);
    uint64_t sample = t->pending_count;
    for (size_t i = 0; rc == BENCH_OK && i < t->output_count; i++)
        rc = bench_support_digest_add(t->s, t->outputs[i].data, t->outputs[i].bytes, (uint32_t)i,
                                      slot, err);
    for (size_t i = 0; rc == BENCH_OK && i < t->output_count; i++)
        rc = bench_support_settle(t->s, t->outputs[i].data, t->hold[i].data, c->outputs[i].dtype,
                                  t->outputs[i].bytes, slot, expected, kept_slot(t), sample, err);
    return rc;
}

static int check_in_full(struct bench_timed_check *t, size_t number, int round,
                         struct bench_err *err)
{
    struct arm *arm = &t->arms[number];
    struct bench_verdict verdict;
    int rc = bench_verify_outputs(t->s, t->data, arm->callable, t->outputs, &verdict, err);
    if (rc != BENCH_OK)
        return rc;
    arm->counts.in_full++;
    if (verdict.status != BENCH_STATUS_OK)
        blame(t, arm, &verdict, round);
    else if (t->renewed)
        rc = digest_outputs(t, &arm->answer[t->data->set - t->data->sets], err);
    return rc == BENCH_OK ? bench_verify_poison(t->s, t->data, t->outputs, err) : rc;
}

int bench_timed_check_sample(struct bench_timed_check *t, size_t number, int round,
                             struct bench_err *err)
{
    struct arm *arm = &t->arms[number];
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
    if (arm->repeats)
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

/* New inputs for a set. Whoever watches us sees an oracle for a while. */
static int renew(struct bench_timed_check *t, size_t set, struct bench_err *err)
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
        return renew(t, set, err);
    }
    return rc == BENCH_OK && other ? bench_case_data_use(t->s, t->data, set, err) : rc;
}

static void add_counts(struct bench_checks *to, const struct arm *arm, uint64_t sets,
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

/* ---- before the rounds ---- */

/* The same inputs once more: the same bits? */
static int try_again(struct bench_timed_check *t, struct arm *arm, uint64_t answer,
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
        rc = digest_outputs(t, &again, err);
    if (rc == BENCH_OK && again != answer)
        arm->repeats = false;
    return rc;
}

static int answer_set(struct bench_timed_check *t, struct arm *arm, size_t set,
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
    rc = digest_outputs(t, &arm->answer[set], err);
    return rc == BENCH_OK ? try_again(t, arm, arm->answer[set], err) : rc;
}

static int take_memory(struct bench_timed_check *t, struct bench_err *err)
{
    const struct bench_case *c = t->data->plan;
    struct bench_arena *arena = t->job->arena;
    const size_t slots = (SLOTS + 1) * sizeof *t->slots;
    t->pending = bench_arena_alloc(arena, SLOTS * sizeof *t->pending);
    t->host_slots = bench_arena_alloc(arena, SLOTS * sizeof *t->host_slots);
    t->hold = bench_arena_alloc(arena, (t->output_count + 1) * sizeof *t->hold);
    int rc = bench_session_take(t->s, slots, (void **)&t->slots, err);
    if (rc == BENCH_OK)
        rc = bench_support_zero(t->s, t->slots, slots, err);
    for (size_t i = 0; rc == BENCH_OK && i < t->output_count; i++) {
        t->hold[i] =
            (struct bench_guarded){.name = c->outputs[i].name, .bytes = c->outputs[i].bytes};
        rc = bench_session_take(t->s, c->outputs[i].bytes, (void **)&t->hold[i].data, err);
    }
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
        rc = renew(t, set, err);
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
        t->arms[i] =
            (struct arm){.actor = arms[i].actor, .callable = arms[i].callable, .repeats = true};
    bench_rng_init(&t->rng, bench_check_seed(job->seed, data->plan->key, BENCH_CHECK_ROUNDS, 0));
    if (data->set_count == 1)
        t->first_renewal = 1 + (int)bench_rng_below(&t->rng, FIRST_RENEWAL);
    *check = t;
    int rc = take_memory(t, err);
    return rc == BENCH_OK ? answer_all(t, err) : rc;
}
