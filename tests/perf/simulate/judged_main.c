/*
 * simulate_judge [--cases N] [--seed N] [--threads N] [--only NAME] [--output FILE.json]
 *
 * Prints, for every simulation of judged.h and every distribution, how often the judge's last
 * interval holds the true ratio, how often answers are wrong, and the same without what is
 * simulated. Exit code 0: all as promised (promises() below); 1: not so; 2: bad usage; 4: the file
 * was not written.
 */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "tests/perf/simulate/judged.h"
#include "tests/perf/simulate/program.h"

#define MOST_THREADS 64

struct request {
    long cases, seed, threads;
    int only; /* an enum judged_kind, or JUDGED_COUNT for all */
    const char *output;
    char command[256];
};

struct results {
    struct judged_tally of[JUDGED_COUNT][SIM_COUNT];
};

struct worker {
    pthread_t thread;
    const struct request *request;
    long number;
    struct results results;
};

static void *work(void *data)
{
    struct worker *w = data;
    const struct request *r = w->request;
    for (int what = 0; what < JUDGED_COUNT; what++)
        for (int kind = 0; kind < SIM_COUNT; kind++)
            if (kind != SIM_FLOOR && (r->only == what || r->only == JUDGED_COUNT))
                judged_simulate((enum judged_kind)what, (enum simulation)kind, (uint64_t)r->seed,
                                w->number, r->threads, r->cases, &w->results.of[what][kind]);
    return NULL;
}

static int run_threads(const struct request *request, struct results *sum)
{
    static struct worker workers[MOST_THREADS];
    for (long i = 0; i < request->threads; i++) {
        workers[i].request = request;
        workers[i].number = i;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            fprintf(stderr, "simulate_judge: no thread could be started: give a smaller "
                            "--threads\n");
            return 4;
        }
    }
    for (long i = 0; i < request->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        for (int what = 0; what < JUDGED_COUNT; what++)
            for (int kind = 0; kind < SIM_COUNT; kind++)
                judged_add(&sum->of[what][kind], &workers[i].results.of[what][kind]);
    }
    return 0;
}

/* ---- figures ---- */

static double share(long part, long whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

/* Half of Wald's 95 % interval of a share. */
static double uncertainty(double p, long whole)
{
    return whole > 0 ? 1.96 * sqrt(p * (1 - p) / (double)whole) : 0;
}

struct figures {
    double holds, wrong, wrong_passes, at_threshold, decided;
};

static struct figures figures_of(const struct simulation_tally *t, long wrong_passes, long all)
{
    return (struct figures){share(t->held, t->cases), share(t->wrong, t->cases - t->at_threshold),
                            share(wrong_passes, all),
                            share(t->decided_at_threshold, t->at_threshold),
                            share(t->passed + t->failed, t->cases)};
}

/* Relative, and half of its 95 % interval. */
static double bias(double sum, double squares, long number, double *half)
{
    double n = (double)number, mean = number > 0 ? sum / n : 0;
    *half = number > 1 ? 1.96 * sqrt(fmax(squares / n - mean * mean, 0) / (n - 1)) : 0;
    return mean;
}

/* What is claimed for this simulation, within what so many cases can tell: intervals hold, answers
 * are not wrong, nor given at the threshold itself, more often than the error probability. Noise
 * that a run's kernels have and its samples do not show is no part of an interval, so there only
 * answers count. */
static bool promises(enum judged_kind what, const struct judged_tally *t)
{
    double error = 1 - simulation_defaults.confidence;
    struct figures f = figures_of(&t->claim, t->wrong_passes, t->plain.cases);
    double few = uncertainty(error, t->claim.at_threshold);
    bool holds = f.holds + uncertainty(f.holds, t->claim.cases) >= 1 - error;
    bool right = f.wrong <= error && f.wrong_passes <= error;
    bool open = f.at_threshold <= error + few;
    if (what == JUDGED_NOISE)
        return right && open;
    return holds && right && open;
}

/* ---- the table ---- */

static bool print_tables(const struct results *results, int only)
{
    bool all = true;
    for (int what = 0; what < JUDGED_COUNT; what++) {
        if (only != what && only != JUDGED_COUNT)
            continue;
        printf("\n%-15s %6s %6s  %-7s %-7s %-7s %-7s  %-17s  without: %-7s %-7s %-7s %-7s %-8s\n",
               judged_name((enum judged_kind)what), "number", "used", "holds", "wrong", "at 1.30",
               "decided", "bias", "holds", "wrong", "at 1.30", "decided", "bias");
        for (int kind = 0; kind < SIM_COUNT; kind++) {
            const struct judged_tally *t = &results->of[what][kind];
            if (t->claim.cases == 0)
                continue;
            long whole = t->plain.cases > 0 ? t->plain.cases : t->claim.cases;
            struct figures f = figures_of(&t->claim, t->wrong_passes, whole);
            struct figures p = figures_of(&t->plain, t->plain_passes, whole);
            double half, plain_half, by = bias(t->bias, t->squares, t->number, &half);
            double plain_by = bias(t->plain_bias, t->plain_squares, t->number, &plain_half);
            bool good = promises((enum judged_kind)what, t);
            printf("%-15s %6ld %6ld  %5.2f %% %5.2f %% %5.2f %% %5.1f %%  %+.3f +- %.3f %%  "
                   "         %5.2f %% %5.2f %% %5.2f %% %5.1f %% %+.3f %%%s\n",
                   simulation_name((enum simulation)kind), t->claim.cases, t->used, 100 * f.holds,
                   100 * f.wrong, 100 * f.at_threshold, 100 * f.decided, 100 * by, 100 * half,
                   100 * p.holds, 100 * p.wrong, 100 * p.at_threshold, 100 * p.decided,
                   100 * plain_by, good ? "" : "  NOT AS PROMISED");
            all = all && good;
        }
    }
    return all;
}

/* ---- the file ---- */

static void put_tally(struct bench_json_writer *w, const char *key,
                      const struct simulation_tally *t, long wrong_passes)
{
    struct figures f = figures_of(t, wrong_passes, t->cases);
    if (t->cases == 0)
        return;
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_int(w, "number", t->cases);
    bench_json_put_key_int(w, "interval_holds_truth", t->held);
    bench_json_put_key_double(w, "coverage", f.holds);
    bench_json_put_key_double(w, "coverage_uncertainty", uncertainty(f.holds, t->cases));
    bench_json_put_key_int(w, "pass", t->passed);
    bench_json_put_key_int(w, "fail", t->failed);
    bench_json_put_key_int(w, "wrong", t->wrong);
    bench_json_put_key_int(w, "wrong_passes", wrong_passes);
    bench_json_put_key_int(w, "at_threshold", t->at_threshold);
    bench_json_put_key_int(w, "decided_at_threshold", t->decided_at_threshold);
    bench_json_close_object(w);
}

/* Means of log(claimed ratio / true ratio); of choice, also of the time lost to the best variant.
 */
static void put_biases(struct bench_json_writer *w, const struct judged_tally *t)
{
    double half;
    bench_json_put_key_double(w, "bias", bias(t->bias, t->squares, t->number, &half));
    bench_json_put_key_double(w, "bias_uncertainty", half);
    bench_json_put_key_double(w, "bias_without",
                              bias(t->plain_bias, t->plain_squares, t->number, &half));
    bench_json_put_key_double(w, "bias_without_uncertainty", half);
    if (t->regret > 0)
        bench_json_put_key_double(w, "lost_to_the_best_variant", t->regret / (double)t->number);
}

static void put_distribution(struct bench_json_writer *w, enum simulation kind,
                             const struct judged_tally *t)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "name", simulation_name(kind));
    bench_json_put_key_int(w, "used", t->used);
    bench_json_put_key_int(w, "estimates_disagree", t->disagree);
    put_tally(w, "claim", &t->claim, t->wrong_passes);
    put_tally(w, "without", &t->plain, t->plain_passes);
    if (t->number > 0)
        put_biases(w, t);
    bench_json_close_object(w);
}

static void put_simulation(struct bench_json_writer *w, enum judged_kind what,
                           const struct judged_tally *tallies)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "name", judged_name(what));
    bench_json_put_key_string(w, "text", judged_text(what));
    bench_json_put_key(w, "distributions");
    bench_json_open_array(w);
    for (int kind = 0; kind < SIM_COUNT; kind++)
        if (kind != SIM_FLOOR)
            put_distribution(w, (enum simulation)kind, &tallies[kind]);
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static int write_file(const struct request *request, const struct results *results)
{
    struct bench_str text;
    struct bench_json_writer w;
    simulation_file_begin(&text, &w, request->command, request->seed);
    bench_json_put_key(&w, "simulations");
    bench_json_open_array(&w);
    for (int what = 0; what < JUDGED_COUNT; what++)
        if (request->only == what || request->only == JUDGED_COUNT)
            put_simulation(&w, (enum judged_kind)what, results->of[what]);
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    return simulation_file_end(&text, request->output, "simulate_judge");
}

/* ---- the command line ---- */

static bool parse_only(const char *text, int *only)
{
    for (*only = 0; *only < JUDGED_COUNT; ++*only)
        if (strcmp(text, judged_name((enum judged_kind) * only)) == 0)
            return true;
    return false;
}

static int parse(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {
        {"cases", required_argument, NULL, 'c'},   {"seed", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, 't'}, {"only", required_argument, NULL, 'n'},
        {"output", required_argument, NULL, 'o'},  {NULL, 0, NULL, 0}};
    bool good = true;
    int option;
    while (good && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            good = simulation_parse_count(optarg, 1, 100000000, &r->cases);
        else if (option == 's')
            good = simulation_parse_count(optarg, 0, 1000000000, &r->seed);
        else if (option == 't')
            good = simulation_parse_count(optarg, 1, MOST_THREADS, &r->threads);
        else if (option == 'n')
            good = parse_only(optarg, &r->only);
        else if (option == 'o')
            r->output = optarg;
        else
            good = false;
    }
    if (good && optind == argc)
        return 0;
    fprintf(stderr,
            "usage: simulate_judge [--cases N] [--seed N] [--threads N (at most %d)] "
            "[--only graph|disagree|confirm|choice|noise] [--output FILE.json]\n",
            MOST_THREADS);
    return 2;
}

int main(int argc, char **argv)
{
    struct request request = {.cases = 10000, .seed = 2026, .threads = 2, .only = JUDGED_COUNT};
    static struct results results;
    int rc = parse(argc, argv, &request);
    if (rc != 0)
        return rc;
    snprintf(request.command, sizeof request.command, "simulate_judge --cases %ld --seed %ld%s%s",
             request.cases, request.seed, request.only < JUDGED_COUNT ? " --only " : "",
             request.only < JUDGED_COUNT ? judged_name((enum judged_kind)request.only) : "");
    rc = run_threads(&request, &results);
    if (rc != 0)
        return rc;
    bool as_promised = print_tables(&results, request.only);
    if (request.output != NULL)
        rc = write_file(&request, &results);
    return rc != 0 ? rc : as_promised ? 0 : 1;
}
