#include "bench/case/recheck.h"

#include <math.h>

#include "bench/case/check_seed.h"
#include "bench/case/format.h"
#include "bench/case/sample.h"
#include "bench/case/verify.h"
#include "bench/measure/stats.h"
#include "bench/util/clock.h"
#include "bench/util/rng.h"

#define UNREPEATING_LAUNCHES 4

/* Pairs of launches on unseen and seen inputs. A pair counts against the candidate if the unseen
 * one took a tenth longer (on devices that learn, a tenth longer than that explains) and more than
 * events are apart; two that do not acquit it, so that an
 * honest one costs two pairs, or three. Ten of eleven convict: with even odds for each pair chance
 * would do that in six of a thousand cases, with one in five in one of a million. */
#define MOST_PAIRS 11
#define ACQUITTED 2
#define CONVICTED 10
#define SLOWER 1.1
#define SLOWER_NS 200.0
/* Of the time that a case's rounds may have, what a candidate may take to get used to inputs, a
 * pair; and how many launches it gets however long they take. */
#define REHEARSAL_SHARE 0.125
#define LEAST_REHEARSAL 8

static int fail(struct bench_session *s, const struct bench_case_job *job,
                const struct bench_case_data *data, struct bench_actor *actor, const char *when,
                struct bench_err *err)
{
    bench_actor_fail(actor, job->arena, bench_callable_status(err), "%s%s", err->message, when);
    return bench_case_data_restore(s, data, err);
}

typedef int (*sample_function)(struct bench_session *s, const struct bench_settings *settings,
                               struct bench_callable *callable, double *elapsed_ns,
                               struct bench_err *err);

static int sample_poisoned(struct bench_session *s, sample_function sample,
                           const struct bench_settings *settings,
                           const struct bench_case_data *data, const struct bench_cast *cast,
                           struct bench_callable *callable, double *ns, struct bench_err *err)
{
    int rc = bench_verify_poison(s, data, cast->outputs, err);
    if (rc == BENCH_OK)
        rc = bench_callable_poison(s, callable, err);
    if (rc == BENCH_OK)
        rc = sample(s, settings, callable, ns, err);
    return rc == BENCH_OK ? bench_callable_collect(s, callable, err) : rc;
}

/* ---- once more ---- */

static int recheck(struct bench_session *s, const struct bench_case_job *job,
                   const struct bench_case_data *data, const struct bench_cast *cast,
                   struct bench_actor *actor, struct bench_callable *callable, const char *when,
                   struct bench_err *err)
{
    struct bench_verdict verdict;
    double ns;
    bench_position_variant(job->position, callable->variant->label, 0, 0);
    int rc =
        sample_poisoned(s, bench_sample, &job->settings->suite, data, cast, callable, &ns, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK)
        return fail(s, job, data, actor, when, err);
    rc = bench_verify_outputs(s, data, callable, cast->outputs, &verdict, err);
    const char *label = callable->variant->label;
    if (rc == BENCH_OK && verdict.status != BENCH_STATUS_OK)
        bench_actor_fail(actor, job->arena, verdict.status, "%s%s%s%s%s", verdict.reason, when,
                         label[0] ? " [" : "", label, label[0] ? "]" : "");
    return rc;
}

static int recheck_arm(struct bench_session *s, const struct bench_case_job *job,
                       const struct bench_case_data *data, const struct bench_cast *cast,
                       struct bench_actor *actor, struct bench_callable *callable, const char *when,
                       struct bench_err *err)
{
    int times = actor->record.checks.repeats ? 1 : UNREPEATING_LAUNCHES;
    int rc = BENCH_OK;
    bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
    for (int i = 0; rc == BENCH_OK && i < times && bench_actor_runs(actor); i++)
        rc = recheck(s, job, data, cast, actor, callable, when, err);
    return rc;
}

int bench_recheck(struct bench_session *s, const struct bench_case_job *job,
                  const struct bench_case_data *data, struct bench_cast *cast,
                  struct bench_twin *twin, struct bench_err *err)
{
    int rc = BENCH_OK;
    bench_position_phase(job->position, BENCH_PHASE_RECHECK);
    for (size_t a = 0; rc == BENCH_OK && a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[a];
        if (bench_actor_runs(actor))
            rc = recheck_arm(s, job, data, cast, actor, &actor->callables[actor->chosen],
                             " (in the outputs of the timed launch)", err);
    }
    if (rc == BENCH_OK && twin->of != NULL && bench_actor_runs(twin->of))
        rc = recheck_arm(s, job, data, cast, twin->of, &twin->callable,
                         " (in the outputs of the timed launch, prepared once more)", err);
    return rc;
}

/* ---- unseen inputs ---- */

/* Both launches find the machine in the same state: the inputs were just written. With a cold cache
 * it is flushed then. With a hot one it cannot be a launch on these inputs that warms it; on a GPU
 * both are cold instead. A CPU's caches stay as the fill has left them: flushing them takes ten
 * times as long as all else, so that whoever else wants the processor gets it just before the
 * launch. */
static int sample_filled(struct bench_session *s, const struct bench_settings *settings,
                         struct bench_case_data *data, const struct bench_cast *cast,
                         struct bench_callable *callable, uint64_t seed, double *ns,
                         struct bench_err *err)
{
    struct bench_settings cold = *settings;
    bool as_found = settings->cache == BENCH_CACHE_HOT && !s->info->gates;
    cold.cache = BENCH_CACHE_COLD;
    int rc = bench_case_data_fill(s, data, seed, err);
    return rc == BENCH_OK ? sample_poisoned(s, as_found ? bench_sample_as_found : bench_sample,
                                            &cold, data, cast, callable, ns, err)
                          : rc;
}

struct suspicion {
    struct bench_session *s;
    const struct bench_case_job *job;
    struct bench_case_data *data;
    const struct bench_cast *cast;
    struct bench_actor *actor;
    struct bench_callable *callable;
    bool rehearses; /* between the two launches of a pair it gets used to the inputs */
    int slower, as_fast, above_claim;
    double unseen_ns, seen_ns; /* of the last pair */
};

/* What learns from a single launch may learn more from many. */
static double honest_factor(const struct suspicion *c, bool often)
{
    double learns = fmax(c->s->info->learns, 1);
    return often ? learns * learns : learns;
}

static bool is_slower(double unseen_ns, double honest_ns)
{
    return unseen_ns > SLOWER * honest_ns + SLOWER_NS;
}

/* Launches as those of the rounds, until it has seen the inputs as often as it had seen those of a
 * round that is half way to the middle of all: who keeps answers only of what it sees often must do
 * so by then, or its median would not show it. As in the rounds, two sets take turns at random,
 * where there are two. */
static int rehearse(struct suspicion *c, uint64_t seed, struct bench_err *err)
{
    struct bench_case_data *data = c->data;
    const struct bench_measure_settings *settings = c->job->settings;
    const size_t unseen = (size_t)(data->set - data->sets);
    const int most = (int)(c->actor->record.round_count / 2);
    const int64_t begin_ns = bench_clock_ns();
    struct bench_rng rng;
    double ns;
    int rc = BENCH_OK;
    bench_rng_init(&rng, seed);
    for (int i = 0; rc == BENCH_OK && i < (most > LEAST_REHEARSAL ? most : LEAST_REHEARSAL); i++) {
        double spent_ns = (double)(bench_clock_ns() - begin_ns);
        if (i >= LEAST_REHEARSAL && spent_ns > REHEARSAL_SHARE * settings->max_case_ns)
            break;
        size_t set = bench_rng_below(&rng, data->set_count);
        bench_position_variant(c->job->position, c->callable->variant->label, 0, 0);
        if (set != (size_t)(data->set - data->sets))
            rc = bench_case_data_use(c->s, data, set, err);
        if (rc == BENCH_OK)
            rc = sample_poisoned(c->s, bench_sample, &settings->suite, data, c->cast, c->callable,
                                 &ns, err);
    }
    data->set = &data->sets[unseen];
    return rc;
}

static int try_pair(struct suspicion *c, struct bench_err *err)
{
    const struct bench_settings *settings = &c->job->settings->suite;
    uint64_t number = (uint64_t)c->actor->impl_index << 32 | (uint64_t)c->rehearses << 16 |
                      (unsigned)(c->slower + c->as_fast);
    const char *key = c->data->plan->key;
    uint64_t seed = bench_check_seed(c->job->seed, key, BENCH_CHECK_UNSEEN, number);
    bench_position_variant(c->job->position, c->callable->variant->label, 0, 0);
    int rc = sample_filled(c->s, settings, c->data, c->cast, c->callable, seed, &c->unseen_ns, err);
    if (rc == BENCH_OK && c->rehearses)
        rc = rehearse(c, bench_check_seed(c->job->seed, key, BENCH_CHECK_REHEARSAL, number), err);
    bench_position_variant(c->job->position, NULL, 0, 0);
    if (rc == BENCH_OK)
        rc = sample_filled(c->s, settings, c->data, c->cast, c->callable, seed, &c->seen_ns, err);
    if (rc != BENCH_OK)
        return rc;
    if (is_slower(c->unseen_ns, honest_factor(c, c->rehearses) * c->seen_ns))
        c->slower++;
    else
        c->as_fast++;
    const struct bench_record *r = &c->actor->record;
    double claim_ns = bench_median(r->elapsed_ns, r->round_count);
    c->above_claim += is_slower(c->unseen_ns, honest_factor(c, true) * claim_ns);
    return BENCH_OK;
}

/* Until it is acquitted or convicted. */
static int try_pairs(struct suspicion *c, bool rehearses, struct bench_err *err)
{
    int rc = BENCH_OK;
    c->rehearses = rehearses;
    c->slower = c->as_fast = c->above_claim = 0;
    while (rc == BENCH_OK && c->as_fast < ACQUITTED && c->slower + c->as_fast < MOST_PAIRS)
        rc = try_pair(c, err);
    return rc;
}

/* Once more inputs, and where none of the unseen ones was as fast as the rounds: often. */
static int try_actor(struct bench_session *s, const struct bench_case_job *job,
                     struct bench_case_data *data, const struct bench_cast *cast,
                     struct bench_actor *actor, struct bench_err *err)
{
    struct suspicion c = {.s = s,
                          .job = job,
                          .data = data,
                          .cast = cast,
                          .actor = actor,
                          .callable = &actor->callables[actor->chosen]};
    char unseen[32], seen[32];
    bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
    int rc = try_pairs(&c, false, err);
    if (rc == BENCH_OK && c.slower < CONVICTED && c.above_claim == c.slower + c.as_fast)
        rc = try_pairs(&c, true, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK)
        return fail(s, job, data, actor, " (on inputs that it had not seen)", err);
    if (c.slower < CONVICTED)
        return BENCH_OK;
    bench_format_time(c.unseen_ns, unseen);
    bench_format_time(c.seen_ns, seen);
    bench_actor_fail(actor, job->arena, BENCH_STATUS_CACHED,
                     "it was slower on inputs that it had not seen than on the same ones %s in %d "
                     "of %d pairs (%s and %s in the last): it keeps answers",
                     c.rehearses ? "when it had seen them often" : "once more", c.slower,
                     c.slower + c.as_fast, unseen, seen);
    return BENCH_OK;
}

/* Inputs whose answer lies in memory: those of the first set, unless it is the only one and was
 * just overwritten. */
static int answered_inputs(struct bench_session *s, const struct bench_case_job *job,
                           struct bench_case_data *data, const struct bench_oracle *oracle,
                           struct bench_err *err)
{
    if (data->set_count > 1)
        return bench_case_data_use(s, data, 0, err);
    bench_position_phase(job->position, BENCH_PHASE_ORACLE);
    return bench_oracle_ask(s, data, oracle, 0, job->seed, BENCH_CHECK_UNSEEN, UINT32_MAX, err);
}

int bench_unseen_check(struct bench_session *s, const struct bench_case_job *job,
                       struct bench_case_data *data, const struct bench_oracle *oracle,
                       struct bench_cast *cast, struct bench_err *err)
{
    int rc = BENCH_OK;
    bench_position_phase(job->position, BENCH_PHASE_RECHECK);
    data->set = &data->sets[data->set_count - 1];
    for (size_t a = 0; rc == BENCH_OK && a < cast->actor_count; a++) {
        struct bench_actor *actor = &cast->actors[a];
        if (bench_actor_runs(actor) && actor->record.roles & 1u << BENCH_CANDIDATE)
            rc = try_actor(s, job, data, cast, actor, err);
    }
    return rc == BENCH_OK ? answered_inputs(s, job, data, oracle, err) : rc;
}
