/*
 * The sampler: decides which arm (implementation) runs next and when there is enough, and keeps
 * every sample. It is handed times and says "more" or "done"; it knows nothing of devices, files or
 * progress bars. A round runs every arm once, in an order drawn anew for each round.
 *
 * After 16, 32, 64, … rounds it looks: the interval of every ratio that it is asked for, at the
 * part of the error probability that this look may spend, so that all looks together err no more
 * often than 1 - confidence. It is done when every question is answered, or precise enough, or open
 * for its floor alone, which no further round would change; or when the rounds are used up.
 */
#ifndef BENCH_MEASURE_SAMPLER_H
#define BENCH_MEASURE_SAMPLER_H

#include "bench/measure/decide.h"

#define BENCH_SAMPLER_MAX_ARMS 1024 /* variants of an implementation are arms while tuning */

/* Arm `above` against arm `below`: the ratio of their times, against a criterion. */
struct bench_question {
    int above, below;
    struct bench_criterion criterion;
};

struct bench_sampler_arm {
    struct bench_floor_range floor;
    bool gated;
    double unsure_ns; /* of bench_side */
    double about_ns;  /* how long it takes about, the floor taken off, known before the rounds (so
                         that when they end does not hang on what they find); 0: not known */
};

/* No defaults: every field must be set. */
struct bench_sampler_config {
    int arms;                               /* 1 … BENCH_SAMPLER_MAX_ARMS */
    const struct bench_sampler_arm *arm;    /* arm[arms], copied; NULL: no floors, all gated */
    int warmup_rounds;                      /* run and not counted */
    int least_rounds;                       /* the first look; 16 */
    int most_rounds;                        /* counted rounds at most; >= 1 */
    const struct bench_question *questions; /* copied; NULL with question_count 0: no looks, it
                                               takes most_rounds */
    size_t question_count;
    double confidence; /* of each question's interval over all looks: 0.95 */
    double precision;  /* enough: relative half-width of the sampling interval; 0.005 */
    /* A decided question must be so precise, too, for what is reported is a number: to
     * decided_precision (0.02), or to decided_ns of the shorter of its two times if that is more,
     * but never worse than decided_worst. decided_ns 0: decided_precision alone. */
    double decided_precision, decided_ns, decided_worst;
    double resolution_ns; /* of the clock; 0: found from the samples */
    int resamples;        /* of the bootstrap at each look */
    uint64_t seed;        /* of the orders and the bootstrap */
};

enum bench_stop {
    BENCH_STOP_RUNNING,
    BENCH_STOP_PRECISE, /* every question is precise enough (some perhaps decided as well) */
    BENCH_STOP_DECIDED, /* every question is decided or precise, and at least one only decided */
    BENCH_STOP_BUDGET,  /* most_rounds, or bench_sampler_finish */
    BENCH_STOP_FIXED,   /* no questions: most_rounds were asked for */
    BENCH_STOP_NO_ARMS  /* all arms were dropped */
};
/* "running", "precise", "decided", "budget", "fixed", "no_arms" */
const char *bench_stop_name(enum bench_stop stop);

struct bench_sampler;
struct bench_sampler *bench_sampler_new(const struct bench_sampler_config *config);
void bench_sampler_free(struct bench_sampler *s);

/* The next arm to run, or -1 when the sampler is done. */
int bench_sampler_next(struct bench_sampler *s);
/* The time of the arm that _next named last, in ns; finite and >= 0. */
void bench_sampler_add(struct bench_sampler *s, double ns);
/* The counted round now running, from 0; negative during warm-up. */
int bench_sampler_round(const struct bench_sampler *s);
/* True if the arm that _next named last is the first of its round. */
bool bench_sampler_starts_round(const struct bench_sampler *s);
/* Throws the round now running away, for all arms (a throttled clock, an interruption): it is run
 * again, with a new order. The caller bounds how often. */
void bench_sampler_discard_round(struct bench_sampler *s);
/* An arm failed: it is dropped, its samples so far are kept but the arm is not run again. Questions
 * about it are no longer asked. */
void bench_sampler_drop(struct bench_sampler *s, int arm);
/* Time is up: ends with the rounds that are complete; a last look is taken on them. */
void bench_sampler_finish(struct bench_sampler *s);

/* Samples of an arm by round; *count complete rounds (discarded ones are not among them). */
const double *bench_sampler_samples(const struct bench_sampler *s, int arm, size_t *count);

enum bench_stop bench_sampler_stopped(const struct bench_sampler *s);
/* The error probability that the last look had: intervals that are computed again from the samples
 * use it (bench_ratio_options.alpha). 1 - confidence if there was no look. */
double bench_sampler_alpha(const struct bench_sampler *s);
/* The answer to a question at the last look; estimate NAN before any. */
enum bench_answer bench_sampler_answer(const struct bench_sampler *s, size_t question,
                                       struct bench_ratio *ratio);

#endif
