/*
 * history_changes [--courses N] [--noise PERCENT] [--seed N]
 *
 * How often steps are told where there are none, and how soon and how well those that are there are
 * found: bench/history/change.h and three other methods on the same simulated courses. Prints the
 * tables of docs/history.md. Courses have 200 nights; --noise is the standard deviation from night
 * to night of each kind of noise (0.5).
 *
 *   bench        bench_change_find, steps of 1 % and more
 *   biweight     bench_segment with bench's penalty and bound, steps of 1 % and more, and nothing
 *                else (R-FPOP; Fearnhead and Rigaill 2019)
 *   squares      the same with the least-squares loss, penalty 2 log n and the scale of the median
 *                absolute difference: what PELT (Killick et al. 2012) finds
 *   e-divisive   E-divisive means with 99 permutations at 5 % (Matteson and James 2014; as in Daly
 *                et al. 2020), steps of 1 % and more
 */
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/history/change.h"
#include "bench/history/segment.h"
#include "bench/measure/stats.h"
#include "bench/util/mem.h"
#include "bench/util/rng.h"

enum { NIGHTS = 200, MOST = 320, DAYS = 40, PERMUTATIONS = 99 };

/* ---- courses ---- */

enum kind { NORMAL, HEAVY, OUTLIERS, NEIGHBOURS, CLOCK, DRIFT, SEASON, WANDER, KINDS };
static const char *const kind_names[KINDS] = {
    "normal",           "Student's t, 3 degrees", "5 % outliers, upwards", "AR(1), 0.4",
    "steps of a clock", "drift of 6 sd",          "season of ±3 sd",       "wandering level"};

static double student(struct bench_rng *r)
{
    double z = bench_rng_normal(r), squares = 0;
    for (int i = 0; i < 3; i++) {
        double d = bench_rng_normal(r);
        squares += d * d;
    }
    return z / sqrt(squares / 3) / 1.2; /* so that its middle is that of a standard normal one */
}

static void draw(enum kind kind, double sd, struct bench_rng *r, double *y, size_t n)
{
    double state = 0;
    for (size_t t = 0; t < n; t++) {
        double z = bench_rng_normal(r);
        switch (kind) {
        case HEAVY:
            z = student(r);
            break;
        case OUTLIERS:
            if (bench_rng_double(r) < 0.05)
                z += 10 * fabs(bench_rng_normal(r));
            break;
        case NEIGHBOURS:
            state = 0.4 * state + sqrt(1 - 0.16) * z;
            z = state;
            break;
        case CLOCK:
            z = floor(z * 0.6 + 0.5) / 0.6; /* nine of ten nights have one of three values */
            break;
        case DRIFT:
            z += 6 * (double)t / (double)n;
            break;
        case SEASON:
            z += 3 * sin(2 * 3.14159265358979 * (double)t / 365);
            break;
        case WANDER:
            state += 0.1 * z;
            z = state + bench_rng_normal(r);
            break;
        case NORMAL:
        case KINDS:
            break;
        }
        y[t] = sd * z;
    }
}

/* ---- methods ---- */

static const struct bench_change_settings settings = {.least = 0.00995, .noise = 0.0005};

/* Where segments begin that differ by 1 % from the one before. */
static size_t keep_large(const double *y, size_t n, size_t *starts, size_t count, size_t *found)
{
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        size_t end = i + 1 < count ? starts[i + 1] : n;
        double before = bench_median(y + starts[i - 1], starts[i] - starts[i - 1]);
        double after = bench_median(y + starts[i], end - starts[i]);
        if (fabs(after - before) >= settings.least)
            found[kept++] = starts[i];
    }
    return kept;
}

static size_t by_bench(const double *y, size_t n, size_t *found)
{
    struct bench_change *changes;
    size_t count = bench_change_find(y, n, &settings, &changes, NULL);
    for (size_t i = 0; i < count; i++)
        found[i] = changes[i].at;
    free(changes);
    return count;
}

static size_t by_biweight(const double *y, size_t n, size_t *found)
{
    size_t starts[MOST];
    double scale = fmax(bench_segment_scale(y, n), settings.noise);
    size_t count =
        bench_segment(y, n, scale, BENCH_CHANGE_BOUND, BENCH_CHANGE_PENALTY, starts, NULL);
    return keep_large(y, n, starts, count, found);
}

static size_t by_squares(const double *y, size_t n, size_t *found)
{
    size_t starts[MOST];
    double steps[MOST];
    for (size_t t = 1; t < n; t++)
        steps[t - 1] = fabs(y[t] - y[t - 1]);
    double scale = fmax(bench_median(steps, n - 1) / 0.67449 / sqrt(2), settings.noise);
    size_t count = bench_segment(y, n, scale, INFINITY, 2 * log((double)n), starts, NULL);
    return keep_large(y, n, starts, count, found);
}

/* The best place to cut y[n] in two, and the energy statistic there: means of the distances between
 * the sides, less those within, weighted by the sizes. */
static double best_cut(const double *y, size_t n, size_t *cut)
{
    double between = 0, left = 0, right = 0, best = -INFINITY;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            right += fabs(y[i] - y[j]);
    for (size_t t = 0; t + 2 < n; t++) { /* y[t] goes from the right to the left */
        double to_left = 0, to_right = 0;
        for (size_t j = 0; j < t; j++)
            to_left += fabs(y[t] - y[j]);
        for (size_t j = t + 1; j < n; j++)
            to_right += fabs(y[t] - y[j]);
        between += to_right - to_left;
        left += to_left;
        right -= to_right;
        double a = (double)t + 1, b = (double)n - a;
        if (a < 2)
            continue;
        double q = a * b / (a + b) *
                   (2 * between / (a * b) - 2 * left / (a * (a - 1)) - 2 * right / (b * (b - 1)));
        if (q > best) {
            best = q;
            *cut = t + 1;
        }
    }
    return best;
}

static void divide(const double *y, size_t begin, size_t end, struct bench_rng *r, bool *is_start)
{
    double shuffled[MOST];
    size_t n = end - begin, cut = 0, other;
    int order[MOST], larger = 0;
    if (n < 8)
        return;
    double q = best_cut(y + begin, n, &cut);
    for (int p = 0; p < PERMUTATIONS && larger < 5; p++) {
        for (size_t i = 0; i < n; i++)
            order[i] = (int)i;
        bench_rng_shuffle(r, order, n);
        for (size_t i = 0; i < n; i++)
            shuffled[i] = y[begin + (size_t)order[i]];
        larger += best_cut(shuffled, n, &other) >= q;
    }
    if (larger + 1 > 0.05 * (PERMUTATIONS + 1))
        return;
    is_start[begin + cut] = true;
    divide(y, begin, begin + cut, r, is_start);
    divide(y, begin + cut, end, r, is_start);
}

static size_t by_energy(const double *y, size_t n, size_t *found)
{
    bool is_start[MOST] = {true};
    size_t starts[MOST], count = 0;
    struct bench_rng r;
    bench_rng_init(&r, n);
    divide(y, 0, n, &r, is_start);
    for (size_t t = 0; t < n; t++)
        if (is_start[t])
            starts[count++] = t;
    return keep_large(y, n, starts, count, found);
}

static const struct {
    const char *name;
    size_t (*find)(const double *y, size_t n, size_t *found);
} methods[] = {{"bench", by_bench},
               {"biweight", by_biweight},
               {"squares", by_squares},
               {"e-divisive", by_energy}};
enum { METHODS = sizeof methods / sizeof *methods };

/* ---- what is counted ---- */

struct request {
    long courses;
    double sd;
    uint64_t seed;
};

/* Steps that are told in 100 nights without one, of courses looked at once. */
static double false_steps(const struct request *q, enum kind kind, int method)
{
    struct bench_rng r;
    double y[MOST];
    size_t found[MOST], steps = 0;
    bench_rng_init(&r, q->seed);
    for (long i = 0; i < q->courses; i++) {
        draw(kind, q->sd, &r, y, NIGHTS);
        steps += methods[method].find(y, NIGHTS, found);
    }
    return 100.0 * (double)steps / (double)q->courses / NIGHTS;
}

/* Alarms in 100 nights of looking every night: steps that no earlier night told of. */
static double nightly_alarms(const struct request *q, enum kind kind)
{
    struct bench_rng r;
    double y[MOST];
    size_t found[MOST], alarms = 0, nights = 0;
    bench_rng_init(&r, q->seed + 1);
    for (long i = 0; i < q->courses; i++) {
        bool told[MOST] = {false};
        draw(kind, q->sd, &r, y, NIGHTS);
        for (size_t n = 20; n <= NIGHTS; n++, nights++) {
            size_t count = by_bench(y, n, found);
            for (size_t k = 0; k < count; k++) {
                alarms += !told[found[k]];
                for (size_t t = found[k] > 7 ? found[k] - 7 : 0; t < found[k] + 8; t++)
                    told[t] = true;
            }
        }
    }
    return 100.0 * (double)alarms / (double)nights;
}

struct power {
    double after_5, after_10, after_40; /* shares of steps that are found by then */
    int median;                         /* nights until half of them are; 0: never */
    double size_held, place_held; /* shares of intervals that hold the truth, after 40 nights */
};

static bool is_found(const size_t *found, size_t count, size_t at)
{
    for (size_t k = 0; k < count; k++)
        if (found[k] + 5 >= at && found[k] <= at + 5)
            return true;
    return false;
}

static void intervals(const double *y, size_t n, size_t at, double step, long *sizes, long *places,
                      long *steps)
{
    struct bench_change *changes;
    size_t count = bench_change_find(y, n, &settings, &changes, NULL);
    for (size_t k = 0; k < count; k++) {
        if (changes[k].at + 8 < at || changes[k].at > at + 8)
            continue;
        *sizes += changes[k].low <= step && step <= changes[k].high;
        *places += changes[k].earliest <= at && at <= changes[k].latest;
        ++*steps;
    }
    free(changes);
}

/* A course with a step after 60 to 89 nights, and 40 nights more; returns where the step is. */
static size_t draw_step(enum kind kind, double sd, double step, struct bench_rng *r, double *y)
{
    size_t at = 60 + bench_rng_below(r, 30);
    draw(kind, sd, r, y, at + DAYS);
    for (size_t t = at; t < at + DAYS; t++)
        y[t] += step;
    return at;
}

static double found_after_ten(const struct request *q, enum kind kind, double step, int method)
{
    struct bench_rng r;
    double y[MOST];
    size_t found[MOST];
    long sum = 0;
    bench_rng_init(&r, q->seed + 2);
    for (long i = 0; i < q->courses; i++) {
        size_t at = draw_step(kind, q->sd, step, &r, y);
        sum += is_found(found, methods[method].find(y, at + 10, found), at);
    }
    return (double)sum / (double)q->courses;
}

static void find_power(const struct request *q, enum kind kind, double step, struct power *p)
{
    struct bench_rng r;
    double y[MOST];
    size_t found[MOST];
    long after[DAYS + 1] = {0}, sizes = 0, places = 0, steps = 0;
    bench_rng_init(&r, q->seed + 2);
    for (long i = 0; i < q->courses; i++) {
        size_t at = draw_step(kind, q->sd, step, &r, y), day = 1;
        while (day <= DAYS && !is_found(found, by_bench(y, at + day, found), at))
            day++;
        if (day <= DAYS)
            after[day]++;
        intervals(y, at + DAYS, at, step, &sizes, &places, &steps);
    }
    long sum = 0;
    *p = (struct power){0};
    for (int day = 1; day <= DAYS; day++) {
        sum += after[day];
        double share = (double)sum / (double)q->courses;
        p->after_5 = day == 5 ? share : p->after_5;
        p->after_10 = day == 10 ? share : p->after_10;
        p->after_40 = share;
        p->median = p->median == 0 && share >= 0.5 ? day : p->median;
    }
    p->size_held = steps > 0 ? (double)sizes / (double)steps : NAN;
    p->place_held = steps > 0 ? (double)places / (double)steps : NAN;
}

/* ---- tables ---- */

static void print_false(const struct request *q)
{
    printf(
        "Steps told in 100 nights without one, %ld courses of %d nights, noise %g %%\n\n| noise |",
        q->courses, NIGHTS, 100 * q->sd);
    for (int m = 0; m < METHODS; m++)
        printf(" %s |", methods[m].name);
    printf(" bench, looking every night |\n|---|");
    for (int m = 0; m <= METHODS; m++)
        printf("---|");
    printf("\n");
    for (int kind = 0; kind < KINDS; kind++) {
        printf("| %s |", kind_names[kind]);
        for (int m = 0; m < METHODS; m++)
            printf(" %.4f |", false_steps(q, (enum kind)kind, m));
        printf(" %.4f |\n", nightly_alarms(q, (enum kind)kind));
        fflush(stdout);
    }
}

static void print_power(const struct request *q)
{
    static const double steps[] = {0.02, 0.03, 0.05};
    printf(
        "\nSteps found by bench, noise %g %%: nights until half are told; share after 5, 10 and 40 "
        "nights; share of 95 %% intervals of the size and of the place that hold the "
        "truth\n\n| noise | step | nights | 5 | 10 | 40 | size | place |\n"
        "|---|---|---|---|---|---|---|---|\n",
        100 * q->sd);
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            struct power p;
            find_power(q, (enum kind)kind, log1p(steps[i]), &p);
            printf("| %s | %.0f %% | %d | %.0f %% | %.0f %% | %.0f %% | %.0f %% | %.0f %% |\n",
                   kind_names[kind], 100 * steps[i], p.median, 100 * p.after_5, 100 * p.after_10,
                   100 * p.after_40, 100 * p.size_held, 100 * p.place_held);
            fflush(stdout);
        }
}

static void print_compared(const struct request *q)
{
    printf("\nSteps of 2 %% found ten nights after, noise %g %%\n\n| noise |", 100 * q->sd);
    for (int m = 0; m < METHODS; m++)
        printf(" %s |", methods[m].name);
    printf("\n|---|");
    for (int m = 0; m < METHODS; m++)
        printf("---|");
    printf("\n");
    for (int kind = 0; kind < KINDS; kind++) {
        printf("| %s |", kind_names[kind]);
        for (int m = 0; m < METHODS; m++)
            printf(" %.0f %% |", 100 * found_after_ten(q, (enum kind)kind, log1p(0.02), m));
        printf("\n");
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"courses", required_argument, NULL, 'c'},
                                            {"noise", required_argument, NULL, 'n'},
                                            {"seed", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    struct request q = {.courses = 1000, .sd = 0.005, .seed = 1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            q.courses = strtol(optarg, NULL, 10);
        else if (option == 'n')
            q.sd = strtod(optarg, NULL) / 100;
        else if (option == 's')
            q.seed = strtoul(optarg, NULL, 10);
        else
            q.courses = 0;
    }
    if (q.courses <= 0 || !(q.sd > 0) || optind < argc) {
        fprintf(stderr, "usage: history_changes [--courses N] [--noise PERCENT] [--seed N]\n");
        return 2;
    }
    print_false(&q);
    print_power(&q);
    print_compared(&q);
    return 0;
}
