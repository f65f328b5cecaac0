/*
 * Gives the recorded samples of a run to the sampler again, to see after how many rounds other
 * rules of stopping would have ended it. Nothing is timed.
 *
 *     extract.py RUN [RUN…] | replay NS WORST PRECISION
 *
 * A decided question must be known to NS of the shorter of its two times, at most WORST of it, or
 * to PRECISION (sampler.h: decided_ns, decided_worst, decided_precision). For each case a line:
 *
 *     NAME ROUNDS stopped RECORDED_ROUNDS, and for each question: ANSWER ESTIMATE HALF_WIDTH
 *
 * "stopped" is "short" where the samples ended before the sampler did.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/case/floor.h"
#include "bench/measure/sampler.h"
#include "bench/util/mem.h"

#define MOST_ARMS 8
#define WARM_ROUNDS 3 /* of the first rounds, for want of the warm-up's own times */

struct recorded {
    char name[256];
    int arms, rounds, questions;
    struct bench_sampler_arm arm[MOST_ARMS];
    struct bench_question question[2];
    double *samples; /* samples[arm][round] */
};

static double number(void)
{
    char text[64] = "", *end = text;
    double value = scanf("%63s", text) == 1 ? strtod(text, &end) : 0;
    if (end == text || *end != '\0' || !isfinite(value)) {
        fprintf(stderr,
                "replay: found '%s', expected a number: the input is to be what extract.py "
                "writes\n",
                text);
        exit(2);
    }
    return value;
}

static int whole(int most)
{
    double value = number();
    if (!(value >= 0 && value <= most)) {
        fprintf(stderr, "replay: found %g, expected a number from 0 to %d\n", value, most);
        exit(2);
    }
    return (int)value;
}

static bool read_case(struct recorded *r)
{
    *r = (struct recorded){.arms = 0};
    if (scanf("%255s", r->name) != 1)
        return false;
    r->arms = whole(MOST_ARMS);
    r->rounds = whole(1 << 20);
    r->questions = whole(2);
    for (int i = 0; i < r->arms; i++) {
        double low_ns = number(), floor_ns = number(), high_ns = number(), own_ns = number();
        r->arm[i] =
            (struct bench_sampler_arm){.floor = {low_ns, high_ns, own_ns, floor_ns},
                                       .gated = true,
                                       .unsure_ns = bench_floor_unsure_ns(floor_ns + own_ns)};
    }
    for (int i = 0; i < r->questions; i++) {
        r->question[i].above = whole(r->arms - 1);
        r->question[i].below = whole(r->arms - 1);
        r->question[i].criterion.threshold = number();
        r->question[i].criterion.at_least = whole(1) == 1;
    }
    r->samples = bench_xcalloc((size_t)r->arms * (size_t)r->rounds + 1, sizeof *r->samples);
    for (int i = 0; i < r->arms * r->rounds; i++)
        r->samples[i] = number();
    for (int i = 0; i < r->arms; i++)
        for (int k = 0; k < r->rounds && k < WARM_ROUNDS; k++) {
            double net = fmax(r->samples[i * r->rounds + k] - r->arm[i].floor.best_ns,
                              fmax(r->arm[i].floor.least_ns, 1));
            r->arm[i].about_ns = k == 0 ? net : fmin(r->arm[i].about_ns, net);
        }
    return true;
}

static void replay(const struct recorded *r, const double rule[3])
{
    struct bench_sampler_config config = {
        .arms = r->arms,
        .arm = r->arm,
        .least_rounds = 16,
        .most_rounds = 1024,
        .questions = r->question,
        .question_count = (size_t)r->questions,
        .confidence = 0.95,
        .precision = 0.005,
        .decided_ns = rule[0],
        .decided_worst = rule[1],
        .decided_precision = rule[2],
        .resolution_ns = 32,
        .resamples = 1000,
        .seed = 1,
    };
    struct bench_sampler *s = bench_sampler_new(&config);
    bool is_short = false;
    for (int arm; !is_short && (arm = bench_sampler_next(s)) >= 0;) {
        int round = bench_sampler_round(s);
        is_short = round >= r->rounds;
        if (!is_short)
            bench_sampler_add(s, r->samples[arm * r->rounds + round]);
    }
    printf("%s %d %s %d", r->name, bench_sampler_round(s),
           is_short ? "short" : bench_stop_name(bench_sampler_stopped(s)), r->rounds);
    for (int i = 0; i < r->questions; i++) {
        struct bench_ratio ratio;
        enum bench_answer answer = bench_sampler_answer(s, (size_t)i, &ratio);
        printf("  %s %.5f %.5f", bench_answer_name(answer), ratio.estimate,
               (ratio.stat_high - ratio.stat_low) / 2 / ratio.estimate);
    }
    printf("\n");
    bench_sampler_free(s);
}

int main(int argc, char **argv)
{
    struct recorded r;
    double rule[3];
    if (argc != 4) {
        fprintf(stderr, "usage: extract.py RUN [RUN...] | replay NS WORST PRECISION\n");
        return 2;
    }
    for (int i = 0; i < 3; i++) {
        char *end;
        rule[i] = strtod(argv[i + 1], &end);
        if (*end != '\0' || !(rule[i] >= 0)) {
            fprintf(stderr, "replay: '%s' is not a number from 0 on\n", argv[i + 1]);
            return 2;
        }
    }
    while (read_case(&r)) {
        replay(&r, rule);
        free(r.samples);
    }
    return 0;
}
