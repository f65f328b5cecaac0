/*
 * simulate [--cases N] [--operators N] [--operator-cases N] [--seed N] [--threads N] [--output
 * FILE.json]
 *
 * Prints, for every distribution, how often the sampler's final interval holds the true ratio, how
 * often a decision is wrong and how many rounds it takes, for single cases and for operators of
 * --operator-cases cases (8). Exit code 0: at least the nominal coverage and at most the nominal
 * rate of wrong decisions for every distribution; 1: not so; 2: bad usage; 4: the file was not
 * written.
 */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "tests/perf/simulate/program.h"
#include "tests/perf/simulate/simulate.h"

#define MOST_THREADS 64

struct request {
    long cases, operators, operator_cases, seed, threads;
    const char *output;
    char command[512];
};

struct results {
    struct simulation_tally cases[SIM_COUNT][SIM_DISTANCES];
    struct simulation_tally operators[SIM_COUNT][SIM_DISTANCES];
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
    struct simulation_settings of_operators = simulation_defaults;
    of_operators.operator_cases = (int)r->operator_cases;
    for (int kind = 0; kind < SIM_COUNT; kind++) {
        simulate_cases((enum simulation)kind, &simulation_defaults, (uint64_t)r->seed, w->number,
                       r->threads, r->cases, w->results.cases[kind]);
        simulate_operators((enum simulation)kind, &of_operators, (uint64_t)r->seed, w->number,
                           r->threads, r->operators, w->results.operators[kind]);
    }
    return NULL;
}

static int run_threads(const struct request *request, struct results *sum)
{
    static struct worker workers[MOST_THREADS];
    for (long i = 0; i < request->threads; i++) {
        workers[i].request = request;
        workers[i].number = i;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            fprintf(stderr, "simulate: no thread could be started: give a smaller --threads\n");
            return 4;
        }
    }
    for (long i = 0; i < request->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        for (int kind = 0; kind < SIM_COUNT; kind++) {
            for (int d = 0; d < SIM_DISTANCES; d++) {
                simulation_add(&sum->cases[kind][d], &workers[i].results.cases[kind][d]);
                simulation_add(&sum->operators[kind][d], &workers[i].results.operators[kind][d]);
            }
        }
    }
    return 0;
}

/* ---- the table ---- */

static double share(long part, long whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static struct simulation_tally total(const struct simulation_tally *tallies)
{
    struct simulation_tally sum = {0};
    for (int d = 0; d < SIM_DISTANCES; d++)
        simulation_add(&sum, &tallies[d]);
    return sum;
}

/* Half of Wald's 95 % interval of a share. */
static double uncertainty(long part, long whole)
{
    double p = share(part, whole);
    return whole > 0 ? 1.96 * sqrt(p * (1 - p) / (double)whole) : 0;
}

/* Of the few cases at the threshold, within what so many can tell. */
static bool holds(const struct simulation_tally *t)
{
    double error = 1 - simulation_defaults.confidence;
    double few = 1.96 * sqrt(error * (1 - error) / (double)(t->at_threshold + 1));
    return share(t->held, t->cases) >= simulation_defaults.confidence &&
           share(t->wrong, t->cases - t->at_threshold) <= error &&
           share(t->decided_at_threshold, t->at_threshold) <= error + few;
}

static bool print_table(const char *title, struct simulation_tally (*tallies)[SIM_DISTANCES])
{
    bool all = true;
    printf("\n%-16s %6s  %-15s  %-9s  %-9s  %-7s  %-6s\n", title, "number", "interval holds",
           "wrong", "decided", "decided", "rounds");
    printf("%-16s %6s  %-15s  %-9s  %-9s\n", "", "", "the truth", "decisions", "at 1.30");
    for (int kind = 0; kind < SIM_COUNT; kind++) {
        struct simulation_tally t = total(tallies[kind]);
        printf("%-16s %6ld  %6.2f +- %.2f %%  %7.2f %%  %7.2f %%  %5.1f %%  %6.1f%s\n",
               simulation_name((enum simulation)kind), t.cases, 100 * share(t.held, t.cases),
               100 * uncertainty(t.held, t.cases), 100 * share(t.wrong, t.cases - t.at_threshold),
               100 * share(t.decided_at_threshold, t.at_threshold),
               100 * share(t.passed + t.failed, t.cases), share(t.rounds, t.cases),
               t.cases == 0 || holds(&t) ? "" : "  NOT AS PROMISED");
        all = all && (t.cases == 0 || holds(&t));
    }
    return all;
}

/* ---- the file ---- */

static void put_tally(struct bench_json_writer *w, const struct simulation_tally *t)
{
    bench_json_put_key_int(w, "number", t->cases);
    bench_json_put_key_int(w, "interval_holds_truth", t->held);
    bench_json_put_key_double(w, "coverage", share(t->held, t->cases));
    bench_json_put_key_double(w, "coverage_uncertainty", uncertainty(t->held, t->cases));
    bench_json_put_key_int(w, "pass", t->passed);
    bench_json_put_key_int(w, "fail", t->failed);
    bench_json_put_key_int(w, "wrong", t->wrong);
    bench_json_put_key_int(w, "at_threshold", t->at_threshold);
    bench_json_put_key_int(w, "decided_at_threshold", t->decided_at_threshold);
    bench_json_put_key_double(w, "rounds", share(t->rounds, t->cases));
}

static void put_tallies(struct bench_json_writer *w, const char *key,
                        const struct simulation_tally *tallies)
{
    struct simulation_tally sum = total(tallies);
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    put_tally(w, &sum);
    bench_json_put_key_double(w, "wrong_share", share(sum.wrong, sum.cases - sum.at_threshold));
    if (strcmp(key, "cases") == 0) {
        bench_json_put_key_int(w, "stopped_precise", sum.stopped[BENCH_STOP_PRECISE]);
        bench_json_put_key_int(w, "stopped_decided", sum.stopped[BENCH_STOP_DECIDED]);
        bench_json_put_key_int(w, "stopped_budget", sum.stopped[BENCH_STOP_BUDGET]);
    }
    bench_json_put_key(w, "by_true_ratio");
    bench_json_open_array(w);
    for (int d = 0; d < SIM_DISTANCES; d++) {
        bench_json_open_object(w);
        bench_json_put_key_double(w, "true_ratio",
                                  simulation_defaults.threshold * (1 + simulation_distances[d]));
        put_tally(w, &tallies[d]);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void put_settings(const struct request *r, struct bench_json_writer *w)
{
    const struct simulation_settings *s = &simulation_defaults;
    bench_json_put_key(w, "settings");
    bench_json_open_object(w);
    bench_json_put_key_double(w, "threshold", s->threshold);
    bench_json_put_key_double(w, "confidence", s->confidence);
    bench_json_put_key_double(w, "precision", s->precision);
    bench_json_put_key_double(w, "decided_precision", s->decided_precision);
    bench_json_put_key_double(w, "decided_ns", s->decided_ns);
    bench_json_put_key_double(w, "decided_worst", s->decided_worst);
    bench_json_put_key_int(w, "least_rounds", s->least_rounds);
    bench_json_put_key_int(w, "most_rounds", s->most_rounds);
    bench_json_put_key_int(w, "resamples", s->resamples);
    bench_json_put_key_int(w, "cases_of_an_operator", r->operator_cases);
    bench_json_close_object(w);
}

static int write_file(const struct request *request, struct results *results)
{
    struct bench_str text;
    struct bench_json_writer w;
    simulation_file_begin(&text, &w, request->command, request->seed);
    put_settings(request, &w);
    bench_json_put_key(&w, "distributions");
    bench_json_open_array(&w);
    for (int kind = 0; kind < SIM_COUNT; kind++) {
        bench_json_open_object(&w);
        bench_json_put_key_string(&w, "name", simulation_name((enum simulation)kind));
        bench_json_put_key_string(&w, "text", simulation_text((enum simulation)kind));
        put_tallies(&w, "cases", results->cases[kind]);
        put_tallies(&w, "operators", results->operators[kind]);
        bench_json_close_object(&w);
    }
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    return simulation_file_end(&text, request->output, "simulate");
}

/* ---- the command line ---- */

static int parse(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {{"cases", required_argument, NULL, 'c'},
                                            {"operators", required_argument, NULL, 'p'},
                                            {"operator-cases", required_argument, NULL, 'n'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"threads", required_argument, NULL, 't'},
                                            {"output", required_argument, NULL, 'o'},
                                            {NULL, 0, NULL, 0}};
    bool good = true;
    int option;
    while (good && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            good = simulation_parse_count(optarg, 0, 100000000, &r->cases);
        else if (option == 'p')
            good = simulation_parse_count(optarg, 0, 100000000, &r->operators);
        else if (option == 'n')
            good = simulation_parse_count(optarg, 1, 100000, &r->operator_cases);
        else if (option == 's')
            good = simulation_parse_count(optarg, 0, 1000000000, &r->seed);
        else if (option == 't')
            good = simulation_parse_count(optarg, 1, MOST_THREADS, &r->threads);
        else if (option == 'o')
            r->output = optarg;
        else
            good = false;
    }
    if (good && optind == argc)
        return 0;
    fprintf(stderr,
            "usage: simulate [--cases N] [--operators N] [--operator-cases N] [--seed N] "
            "[--threads N (at most "
            "%d)] [--output FILE.json]\n",
            MOST_THREADS);
    return 2;
}

int main(int argc, char **argv)
{
    struct request request = {
        .cases = 10000, .operators = 1250, .operator_cases = 8, .seed = 2026, .threads = 2};
    static struct results results;
    int rc = parse(argc, argv, &request);
    if (rc != 0)
        return rc;
    snprintf(request.command, sizeof request.command,
             "simulate --cases %ld --operators %ld --operator-cases %ld --seed %ld", request.cases,
             request.operators, request.operator_cases, request.seed);
    rc = run_threads(&request, &results);
    if (rc != 0)
        return rc;
    bool as_promised = print_table("cases", results.cases);
    as_promised = print_table("operators", results.operators) && as_promised;
    if (request.output != NULL)
        rc = write_file(&request, &results);
    return rc != 0 ? rc : as_promised ? 0 : 1;
}
