#include "bench/run/recheck.h"

#include <math.h>

#include "bench/run/check_seed.h"
#include "bench/run/format.h"
#include "bench/run/sample.h"
#include "bench/run/verify.h"

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

struct tally {
    int slower, as_fast;
    double unseen_ns, seen_ns; /* of the last pair */
};

static int try_pair(struct bench_session *s, const struct bench_case_job *job,
                    struct bench_case_data *data, const struct bench_cast *cast,
                    struct bench_actor *actor, struct tally *t, struct bench_err *err)
{
    struct bench_callable *callable = &actor->callables[actor->chosen];
    const struct bench_settings *settings = &job->settings->suite;
    uint64_t number = (uint64_t)actor->impl_index << 32 | (unsigned)(t->slower + t->as_fast);
    uint64_t seed = bench_check_seed(job->seed, data->plan->key, BENCH_CHECK_UNSEEN, number);
    bench_position_variant(job->position, callable->variant->label, 0, 0);
    int rc = sample_filled(s, settings, data, cast, callable, seed, &t->unseen_ns, err);
    bench_position_variant(job->position, NULL, 0, 0);
    if (rc == BENCH_OK)
        rc = sample_filled(s, settings, data, cast, callable, seed, &t->seen_ns, err);
    double honest_ns = fmax(s->info->learns, 1) * t->seen_ns;
    if (rc == BENCH_OK && t->unseen_ns > SLOWER * honest_ns + SLOWER_NS)
        t->slower++;
    else
        t->as_fast++;
    return rc;
}

static int try_actor(struct bench_session *s, const struct bench_case_job *job,
                     struct bench_case_data *data, const struct bench_cast *cast,
                     struct bench_actor *actor, struct bench_err *err)
{
    struct tally t = {0};
    char unseen[32], seen[32];
    int rc = BENCH_OK;
    bench_position_implementation(job->position, actor->impl_index, actor->record.roles);
    while (rc == BENCH_OK && t.as_fast < ACQUITTED && t.slower + t.as_fast < MOST_PAIRS)
        rc = try_pair(s, job, data, cast, actor, &t, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK)
        return fail(s, job, data, actor, " (on inputs that it had not seen)", err);
    if (t.slower < CONVICTED)
        return BENCH_OK;
    bench_format_time(t.unseen_ns, unseen);
    bench_format_time(t.seen_ns, seen);
    bench_actor_fail(actor, job->arena, BENCH_STATUS_CACHED,
                     "it was slower on inputs that it had not seen than on the same ones once more "
                     "in %d of %d pairs (%s and %s in the last): it keeps answers",
                     t.slower, t.slower + t.as_fast, unseen, seen);
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
