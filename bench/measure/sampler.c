#include "bench/measure/sampler.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/rng.h"

struct arm {
    struct bench_sampler_arm timing;
    double *samples; /* samples[most_rounds] */
    int count;
    bool dropped;
};

struct question {
    struct bench_question asked;
    struct bench_resampled *resampled; /* of the look that is being taken; else NULL */
    struct bench_ratio ratio;          /* at the last look */
    enum bench_answer answer;
};

struct bench_sampler {
    struct bench_sampler_config config;
    struct bench_rng rng;
    struct arm *arms;
    struct question *questions;
    int *order;   /* of this round: the arms not dropped, shuffled */
    int in_order; /* how many */
    int at;       /* position in the order of the arm to run next */
    int round;    /* from -warmup_rounds to most_rounds */
    int current;  /* arm that _next named and whose time is awaited, or -1 */
    bool started; /* an arm of this round was named */
    bool first;   /* the arm that _next named last was the first of its round */

    int look_at;       /* rounds at which the next look is due */
    double alpha_left; /* of the error probability: not spent yet */
    double alpha;      /* that the last look had */
    enum bench_stop stop;
};

const char *bench_stop_name(enum bench_stop stop)
{
    static const char *const names[] = {
        [BENCH_STOP_RUNNING] = "running", [BENCH_STOP_PRECISE] = "precise",
        [BENCH_STOP_DECIDED] = "decided", [BENCH_STOP_BUDGET] = "budget",
        [BENCH_STOP_FIXED] = "fixed",     [BENCH_STOP_NO_ARMS] = "no_arms"};
    return names[stop];
}

/* ---- rounds ---- */

static void start_round(struct bench_sampler *s)
{
    s->in_order = 0;
    for (int i = 0; i < s->config.arms; i++)
        if (!s->arms[i].dropped)
            s->order[s->in_order++] = i;
    bench_rng_shuffle(&s->rng, s->order, (size_t)s->in_order);
    s->at = 0;
    s->started = false;
    s->current = -1;
}

static bool any_arm(const struct bench_sampler *s)
{
    for (int i = 0; i < s->config.arms; i++)
        if (!s->arms[i].dropped)
            return true;
    return false;
}

/* Skips arms that were dropped after the order was drawn. */
static bool round_is_over(struct bench_sampler *s)
{
    while (s->at < s->in_order && s->arms[s->order[s->at]].dropped)
        s->at++;
    return s->at == s->in_order && s->current < 0;
}

/* Samples of a round that is thrown away. */
static void forget_round(struct bench_sampler *s)
{
    int keep = s->round > 0 ? s->round : 0;
    for (int i = 0; i < s->config.arms; i++)
        if (s->arms[i].count > keep)
            s->arms[i].count = keep;
}

static size_t complete_rounds(const struct bench_sampler *s, const struct arm *arm)
{
    bool over = s->stop == BENCH_STOP_RUNNING && s->at == s->in_order && s->current < 0;
    int rounds = s->round + (over ? 1 : 0);
    int count = arm->count < rounds ? arm->count : rounds;
    return count > 0 ? (size_t)count : 0;
}

/* ---- looks ---- */

static double half_width(const struct bench_ratio *ratio)
{
    return (ratio->stat_high - ratio->stat_low) / 2 / ratio->estimate;
}

static int next_look(const struct bench_sampler *s, int rounds)
{
    int next = s->config.least_rounds;
    while (next <= rounds && next < s->config.most_rounds)
        next *= 2;
    return next < s->config.most_rounds ? next : s->config.most_rounds;
}

static bool is_asked(const struct bench_sampler *s, const struct question *q)
{
    return !s->arms[q->asked.above].dropped && !s->arms[q->asked.below].dropped;
}

static bool any_asked(const struct bench_sampler *s)
{
    for (size_t i = 0; i < s->config.question_count; i++)
        if (is_asked(s, &s->questions[i]))
            return true;
    return false;
}

static struct bench_side side_of(const struct arm *arm)
{
    return (struct bench_side){
        .elapsed_ns = arm->samples,
        .floor = arm->timing.floor,
        .gated = arm->timing.gated,
        .unsure_ns = arm->timing.unsure_ns,
    };
}

static struct bench_resampled *resample(const struct bench_sampler *s, const struct question *q)
{
    struct bench_side a = side_of(&s->arms[q->asked.above]);
    struct bench_side b = side_of(&s->arms[q->asked.below]);
    struct bench_ratio_options options = {s->alpha, s->config.resamples, s->config.resolution_ns,
                                          s->config.seed};
    return bench_resampled_new(&a, &b, (size_t)s->round, &options);
}

static void forget_resamples(struct bench_sampler *s)
{
    for (size_t i = 0; i < s->config.question_count; i++) {
        bench_resampled_free(s->questions[i].resampled);
        s->questions[i].resampled = NULL;
    }
}

/* All questions, at an error probability; returns the relative half-width of the widest sampling
 * interval. A look may ask more than once: the bootstrap is the same. */
static double ask_all(struct bench_sampler *s, double alpha)
{
    double widest = 0;
    s->alpha = alpha;
    for (size_t i = 0; i < s->config.question_count; i++) {
        struct question *q = &s->questions[i];
        if (!is_asked(s, q))
            continue;
        if (q->resampled == NULL)
            q->resampled = resample(s, q);
        bench_resampled_ratio(q->resampled, alpha, &q->ratio, NULL, NULL);
        q->answer = bench_decide(&q->ratio, &q->asked.criterion, 0);
        double half = half_width(&q->ratio);
        widest = isnan(half) ? INFINITY : fmax(widest, half);
    }
    return widest;
}

/* How precise a decided question must be. */
static double enough_for(const struct bench_sampler *s, const struct question *q)
{
    double above_ns = s->arms[q->asked.above].timing.about_ns;
    double below_ns = s->arms[q->asked.below].timing.about_ns, enough = 0;
    if (s->config.decided_ns > 0 && above_ns > 0 && below_ns > 0)
        enough = fmin(s->config.decided_ns / fmin(above_ns, below_ns), s->config.decided_worst);
    return fmax(enough, s->config.decided_precision);
}

static bool all_close(const struct bench_sampler *s)
{
    for (size_t i = 0; i < s->config.question_count; i++) {
        const struct question *q = &s->questions[i];
        if (is_asked(s, q) && !(half_width(&q->ratio) <= enough_for(s, q)))
            return false;
    }
    return true;
}

/* Sampling alone leaves no doubt, and floor and clock steps would even if there were no sampling
 * error at all: no further round would change that. */
static bool only_floor_open(const struct question *q)
{
    const struct bench_criterion *criterion = &q->asked.criterion;
    struct bench_ratio sampling = q->ratio, rest = q->ratio;
    sampling.low = sampling.stat_low;
    sampling.high = sampling.stat_high;
    rest.low *= rest.estimate / rest.stat_low;
    rest.high *= rest.estimate / rest.stat_high;
    return bench_decide(&sampling, criterion, 0) != BENCH_UNDETERMINED &&
           bench_decide(&rest, criterion, 0) == BENCH_UNDETERMINED;
}

static bool all_decided(const struct bench_sampler *s)
{
    for (size_t i = 0; i < s->config.question_count; i++) {
        const struct question *q = &s->questions[i];
        if (is_asked(s, q) && q->answer == BENCH_UNDETERMINED &&
            !(half_width(&q->ratio) <= s->config.precision) && !only_floor_open(q))
            return false;
    }
    return true;
}

/* How many looks lie ahead until the intervals are precise enough, as their width shrinks with the
 * root of the rounds; at least 1, at most those until most_rounds. */
static int looks_ahead(const struct bench_sampler *s, double widest)
{
    double needed = s->round * pow(widest / s->config.precision, 2);
    int looks = 0, rounds = s->round;
    while (looks == 0 || (rounds < needed && rounds < s->config.most_rounds)) {
        rounds = next_look(s, rounds);
        looks++;
    }
    return looks;
}

/*
 * The error probability is spent look by look, so that all looks together spend no more than
 * 1 - confidence, and err no more often (Boole's inequality, whatever the looks' dependence; a
 * spending rule in the sense of Lan and DeMets 1983). How much a look may spend hangs on widths
 * alone, as in designs that estimate a nuisance variance on the way (Stein 1945; Mehta and Tsiatis
 * 2001), and never on where the interval lies:
 *   - a look that is the last whatever it finds, because the intervals are precise enough or the
 *     rounds are used up, has all that is left;
 *   - any other shares what is left with the looks that are expected ahead, and has half as much
 *     as each of those: fewer rounds in the mean than with even shares (tests/perf/simulate);
 *   - one that is too imprecise to stop spends nothing.
 */
static enum bench_stop spend(struct bench_sampler *s, bool last)
{
    double widest = ask_all(s, s->alpha_left);
    if (widest <= s->config.precision)
        return BENCH_STOP_PRECISE;
    enum bench_stop otherwise = last ? BENCH_STOP_BUDGET : BENCH_STOP_RUNNING;
    double share = s->alpha_left / (1 + 2 * looks_ahead(s, widest));
    if (!last)
        ask_all(s, share);
    if (!all_close(s))
        return otherwise;
    s->alpha_left -= last ? s->alpha_left : share;
    return all_decided(s) ? BENCH_STOP_DECIDED : otherwise;
}

static enum bench_stop look(struct bench_sampler *s, bool last)
{
    enum bench_stop stop = spend(s, last);
    forget_resamples(s);
    return stop;
}

/* After a round that counts: look if it is time to. */
static void consider(struct bench_sampler *s)
{
    bool last = s->round == s->config.most_rounds;
    if (s->round <= 0 || s->round < s->look_at)
        return;
    s->look_at = next_look(s, s->round);
    if (any_asked(s))
        s->stop = look(s, last);
    else if (last)
        s->stop = BENCH_STOP_FIXED;
}

/* ---- the interface ---- */

static void copy_arms(struct bench_sampler *s, const struct bench_sampler_config *config)
{
    s->config.arm = NULL;
    s->order = bench_xcalloc((size_t)config->arms, sizeof *s->order);
    s->arms = bench_xcalloc((size_t)config->arms, sizeof *s->arms);
    for (int i = 0; i < config->arms; i++) {
        s->arms[i].timing = (struct bench_sampler_arm){.gated = true};
        if (config->arm != NULL)
            s->arms[i].timing = config->arm[i];
        s->arms[i].samples = bench_xcalloc((size_t)config->most_rounds, sizeof(double));
    }
}

static void copy_questions(struct bench_sampler *s, const struct bench_sampler_config *config)
{
    s->config.questions = NULL;
    if (config->question_count == 0)
        return;
    assert(config->least_rounds >= 1 && config->resamples >= 2);
    assert(config->confidence > 0 && config->confidence < 1);
    s->questions = bench_xcalloc(config->question_count, sizeof *s->questions);
    for (size_t i = 0; i < config->question_count; i++) {
        const struct bench_question *q = &config->questions[i];
        assert(q->above >= 0 && q->above < config->arms && q->below >= 0 &&
               q->below < config->arms && q->above != q->below);
        s->questions[i] =
            (struct question){*q, NULL, {NAN, 0, INFINITY, 0, INFINITY}, BENCH_UNDETERMINED};
    }
}

struct bench_sampler *bench_sampler_new(const struct bench_sampler_config *config)
{
    assert(config->arms >= 1 && config->arms <= BENCH_SAMPLER_MAX_ARMS);
    assert(config->warmup_rounds >= 0 && config->most_rounds >= 1);
    struct bench_sampler *s = bench_xcalloc(1, sizeof *s);
    s->config = *config;
    copy_arms(s, config);
    copy_questions(s, config);
    s->alpha = s->alpha_left = 1 - config->confidence;
    s->look_at = config->question_count > 0 ? next_look(s, 0) : config->most_rounds;
    bench_rng_init(&s->rng, config->seed);
    s->round = -config->warmup_rounds;
    start_round(s);
    return s;
}

void bench_sampler_free(struct bench_sampler *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < s->config.arms; i++)
        free(s->arms[i].samples);
    free(s->arms);
    free(s->questions);
    free(s->order);
    free(s);
}

static void end_round(struct bench_sampler *s)
{
    s->round++;
    consider(s);
    start_round(s);
}

int bench_sampler_next(struct bench_sampler *s)
{
    assert(s->current < 0); /* the time of the arm before was not added */
    while (s->stop == BENCH_STOP_RUNNING) {
        if (!round_is_over(s)) {
            s->first = !s->started;
            s->started = true;
            return s->current = s->order[s->at++];
        }
        if (!any_arm(s))
            s->stop = BENCH_STOP_NO_ARMS;
        else
            end_round(s);
    }
    return -1;
}

void bench_sampler_add(struct bench_sampler *s, double ns)
{
    assert(s->current >= 0 && isfinite(ns) && ns >= 0);
    struct arm *arm = &s->arms[s->current];
    if (s->round >= 0)
        arm->samples[arm->count++] = ns;
    s->current = -1;
}

int bench_sampler_round(const struct bench_sampler *s)
{
    return s->round;
}

bool bench_sampler_starts_round(const struct bench_sampler *s)
{
    return s->first;
}

void bench_sampler_discard_round(struct bench_sampler *s)
{
    if (s->stop != BENCH_STOP_RUNNING)
        return;
    forget_round(s);
    start_round(s);
}

void bench_sampler_drop(struct bench_sampler *s, int arm)
{
    assert(arm >= 0 && arm < s->config.arms);
    s->arms[arm].dropped = true;
    if (s->current == arm)
        s->current = -1;
}

void bench_sampler_finish(struct bench_sampler *s)
{
    if (s->stop != BENCH_STOP_RUNNING)
        return;
    if (round_is_over(s) && any_arm(s))
        s->round++;
    else
        forget_round(s);
    if (s->round < 0)
        s->round = 0;
    s->current = -1;
    s->stop = any_asked(s) && s->round > 0 ? look(s, true) : BENCH_STOP_BUDGET;
}

const double *bench_sampler_samples(const struct bench_sampler *s, int arm, size_t *count)
{
    assert(arm >= 0 && arm < s->config.arms);
    *count = complete_rounds(s, &s->arms[arm]);
    return s->arms[arm].samples;
}

enum bench_stop bench_sampler_stopped(const struct bench_sampler *s)
{
    return s->stop;
}

double bench_sampler_alpha(const struct bench_sampler *s)
{
    return s->alpha;
}

enum bench_answer bench_sampler_answer(const struct bench_sampler *s, size_t question,
                                       struct bench_ratio *ratio)
{
    assert(question < s->config.question_count);
    *ratio = s->questions[question].ratio;
    return s->questions[question].answer;
}
