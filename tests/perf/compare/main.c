/* The figures of docs/compare.md:  compare_simulate alarms|power|louder RECORDED [COMPARISONS
 * [THREADS]] > FIGURES. `louder` is the last lines of the other two. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "simulate.h"

#define SEED 20261122
#define THREADS_MOST 64

struct job {
    const struct compare_recording *recording;
    const struct compare_plan *plan;
    long first, step, count;
    struct compare_tally tally;
    struct bench_err err;
    int rc;
};

static void *work(void *data)
{
    struct job *job = data;
    char scratch[64];
    snprintf(scratch, sizeof scratch, "/tmp/compare-simulate-%ld-%ld.json", (long)getpid(),
             job->first);
    job->rc = compare_simulate(job->recording, job->plan, SEED, job->first, job->step, job->count,
                               scratch, &job->tally, &job->err);
    return NULL;
}

static void add(struct compare_tally *sum, const struct compare_tally *t)
{
    const long *from = (const long *)t;
    long *to = (long *)sum;
    for (size_t i = 0; i < sizeof *t / sizeof(long); i++)
        to[i] += from[i];
}

static struct compare_tally run(const struct compare_recording *recording,
                                const struct compare_plan *plan, long count, long threads)
{
    struct job jobs[THREADS_MOST] = {0};
    pthread_t ids[THREADS_MOST];
    struct compare_tally sum = {0};
    for (long i = 0; i < threads; i++) {
        jobs[i] = (struct job){recording, plan, .first = i, .step = threads, .count = count};
        if (pthread_create(&ids[i], NULL, work, &jobs[i]) != 0)
            exit(4);
    }
    for (long i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        if (jobs[i].rc != BENCH_OK) {
            fprintf(stderr, "%s\n", jobs[i].err.message);
            exit(4);
        }
        add(&sum, &jobs[i].tally);
    }
    return sum;
}

static void put_classes(struct bench_json_writer *w, const struct compare_tally *t)
{
    bench_json_put_key(w, "cases_found");
    bench_json_open_array(w);
    for (int i = 0; i < COMPARE_CLASSES; i++) {
        bench_json_open_object(w);
        bench_json_put_key(w, "below_us");
        if (isfinite(compare_class_below_us[i]))
            bench_json_put_double(w, compare_class_below_us[i]);
        else
            bench_json_put_null(w);
        bench_json_put_key_int(w, "cases", t->class_seen[i]);
        bench_json_put_key_int(w, "found", t->class_found[i]);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put(struct bench_json_writer *w, const struct compare_plan *plan,
                const struct compare_tally *t)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "noise", compare_noise_name(plan->noise));
    bench_json_put_key_int(w, "operators", (int64_t)plan->operators);
    bench_json_put_key_int(w, "processes", (int64_t)plan->processes);
    bench_json_put_key_double(w, "slower", plan->slower);
    bench_json_put_key_double(w, "first_cases_slower", plan->one_case);
    bench_json_put_key_double(w, "louder", plan->louder > 0 ? plan->louder : 1);
    bench_json_put_key_bool(w, "unchanged_code", !plan->no_anchors);
    bench_json_put_key_int(w, "comparisons", t->comparisons);
    bench_json_put_key_int(w, "alarms", t->alarms);
    bench_json_put_key_int(w, "regressions", t->regressions);
    bench_json_put_key_int(w, "operators_called_wrongly", t->operators);
    bench_json_put_key_int(w, "cases_called_wrongly", t->cases);
    bench_json_put_key_int(w, "unchanged_cases", t->cases_seen);
    bench_json_put_key_int(w, "unchanged_cases_same", t->same);
    if (plan->slower > 0) {
        bench_json_put_key_int(w, "operator_found", t->found);
        bench_json_put_key_int(w, "operator_called_same", t->missed);
    }
    if (plan->slower > 0 || plan->one_case > 0)
        put_classes(w, t);
    bench_json_close_object(w);
}

static const size_t processes[] = {1, 3, 4, 6};
/* So much more did unchanged code differ between two nights (docs/measurements,
 * 2026-11-23-h100-night), for which whole comparisons are widened. */
#define LOUDER 1.6
static const size_t louder_suites[] = {2, 7, 35};

static void put_louder(const struct compare_recording *recording, double slower, long count,
                       long threads, struct bench_json_writer *w)
{
    const int noises = slower > 0 ? 1 : COMPARE_NOISES;
    for (int noise = 0; noise < noises; noise++)
        for (size_t s = 0; s < sizeof louder_suites / sizeof louder_suites[0]; s++) {
            const struct compare_plan plan = {.noise = (enum compare_noise)noise,
                                              .operators = louder_suites[s],
                                              .processes = 4,
                                              .slower = slower,
                                              .louder = LOUDER};
            const long n = plan.operators > 7 ? (count + 4) / 5 : count;
            struct compare_tally t = run(recording, &plan, n, threads);
            put(w, &plan, &t);
            fprintf(stderr,
                    "%s, %g times as large: %zu operators, 4 processes: %ld alarms, slower by "
                    "%g %% found in %ld of %ld\n",
                    compare_noise_name(plan.noise), LOUDER, plan.operators, t.alarms, 100 * slower,
                    t.found, t.comparisons);
        }
}

/* How often anything is called faster or slower where nothing changed. */
static void put_alarms(const struct compare_recording *recording, long count, long threads,
                       struct bench_json_writer *w)
{
    static const struct {
        size_t operators;
        bool no_anchors;
    } suites[] = {{1, false}, {7, false}, {7, true}, {35, false}};
    for (int noise = 0; noise < COMPARE_NOISES; noise++)
        for (size_t s = 0; s < sizeof suites / sizeof suites[0]; s++)
            for (size_t p = 0; p < sizeof processes / sizeof processes[0]; p++) {
                /* A large suite stands for five of the others, and takes as long. */
                const long n = suites[s].operators > 7 ? (count + 4) / 5 : count;
                const struct compare_plan plan = {.noise = (enum compare_noise)noise,
                                                  .operators = suites[s].operators,
                                                  .processes = processes[p],
                                                  .no_anchors = suites[s].no_anchors};
                if (plan.no_anchors && processes[p] != 1 && processes[p] != 4)
                    continue;
                struct compare_tally t = run(recording, &plan, n, threads);
                put(w, &plan, &t);
                fprintf(stderr, "%s: %zu operators, %zu processes%s: %ld alarms of %ld\n",
                        compare_noise_name(plan.noise), plan.operators, plan.processes,
                        plan.no_anchors ? ", no unchanged code" : "", t.alarms, t.comparisons);
            }
    put_louder(recording, 0, count, threads, w);
}

/* How often what did change is found. */
static void put_power(const struct compare_recording *recording, long count, long threads,
                      struct bench_json_writer *w)
{
    static const double slowdowns[] = {0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1};
    for (size_t p = 0; p < sizeof processes / sizeof processes[0]; p++)
        for (size_t k = 0; k < sizeof slowdowns / sizeof slowdowns[0]; k++)
            for (int single = 0; single < 2; single++) {
                struct compare_plan plan = {.operators = 7, .processes = processes[p]};
                *(single ? &plan.one_case : &plan.slower) = slowdowns[k];
                struct compare_tally t = run(recording, &plan, count, threads);
                put(w, &plan, &t);
                fprintf(stderr, "%g %% slower %s, %zu processes: done\n", 100 * slowdowns[k],
                        single ? "cases" : "operator", plan.processes);
            }
    put_louder(recording, 0.03, count, threads, w);
}

int main(int argc, char **argv)
{
    struct compare_recording *recording = NULL;
    struct bench_err err = {0};
    const char *what = argc > 1 ? argv[1] : "";
    const bool alarms = strcmp(what, "alarms") == 0, power = strcmp(what, "power") == 0;
    const bool louder = strcmp(what, "louder") == 0;
    const long count = argc > 3 ? strtol(argv[3], NULL, 10) : 1000;
    const long threads = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
    if (argc < 3 || (!alarms && !power && !louder) || count < 1 || threads < 1 ||
        threads > THREADS_MOST) {
        fprintf(stderr, "compare_simulate alarms|power|louder RECORDED [COMPARISONS [THREADS]]\n");
        return 2;
    }
    if (compare_recording_read(argv[2], &recording, &err) != BENCH_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    struct bench_str out;
    struct bench_json_writer w;
    bench_str_init(&out);
    bench_json_writer_init(&w, &out, BENCH_JSON_PRETTY);
    bench_json_open_array(&w);
    if (alarms)
        put_alarms(recording, count, threads, &w);
    else if (power)
        put_power(recording, count, threads, &w);
    else {
        put_louder(recording, 0, count, threads, &w);
        put_louder(recording, 0.03, count, threads, &w);
    }
    bench_json_close_array(&w);
    printf("%s\n", out.data);
    bench_str_fini(&out);
    compare_recording_free(recording);
    return 0;
}
