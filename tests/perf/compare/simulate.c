#include "simulate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/compare.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/rng.h"

#define ROLES 3
#define DRIFT_NS 110
#define DRIFT_SHARE 0.0005
#define STUDENT_FREEDOM 4
#define JITTER 0.3
/* Of so many cases of an operator one is slower, where single cases are. */
#define ONE_OF 18

const double compare_class_below_us[COMPARE_CLASSES] = {4, 10, 20, 100, INFINITY};

const char *compare_noise_name(enum compare_noise noise)
{
    return noise == COMPARE_RECORDED ? "recorded" : "student";
}

/* ---- what was recorded ---- */

struct recorded_case {
    double log_ns[ROLES];
    double *left[ROLES]; /* after the drift, in each process */
};

struct recorded_operator {
    struct recorded_case *cases;
    size_t count;
};

struct compare_recording {
    struct recorded_operator *operators;
    size_t count, processes;
    struct bench_arena *arena;
};

static int read_case(const struct bench_json *v, struct compare_recording *r,
                     struct recorded_case *c, struct bench_err *err)
{
    size_t role = 0;
    for (const struct bench_json *times = bench_json_first(v); times && role < ROLES;
         times = bench_json_next(times), role++) {
        size_t p = 0;
        r->processes = r->processes ? r->processes : bench_json_size(times);
        c->left[role] = bench_arena_alloc(r->arena, (r->processes + 1) * sizeof(double));
        for (const struct bench_json *t = bench_json_first(times); t && p < r->processes;
             t = bench_json_next(t), p++) {
            int rc = bench_json_expect(t, BENCH_JSON_NUMBER, err);
            if (rc != BENCH_OK)
                return rc;
            c->left[role][p] = log(bench_json_number(t));
        }
        if (p != r->processes)
            return bench_json_error(times, err, "expected %zu times", r->processes);
    }
    return role == ROLES ? BENCH_OK : bench_json_error(v, err, "expected three roles");
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* The mean of n takes 1 / n of the variance with it, which is given back. */
static void centre(const struct compare_recording *r, const struct bench_drift *drift,
                   struct recorded_case *c, size_t role)
{
    double *left = c->left[role];
    const double n = (double)r->processes, log_ns = mean_of(left, r->processes);
    for (size_t p = 0; p < r->processes; p++)
        left[p] -= bench_drift_at(drift, p, exp(-log_ns));
    const double middle = mean_of(left, r->processes);
    for (size_t p = 0; p < r->processes; p++)
        left[p] = (left[p] - middle) * sqrt(n / (n - 1));
    c->log_ns[role] = log_ns;
}

/* From logs of times to what the drift of their processes leaves of them. */
static void take_drift_off(struct compare_recording *r)
{
    struct bench_noise noise;
    struct bench_drift drift;
    size_t items = 0, count = 0;
    bench_noise_of("cuda", &noise);
    for (size_t o = 0; o < r->count; o++)
        items += r->operators[o].count * ROLES;
    struct bench_drift_time *times = bench_xmalloc(items * r->processes * sizeof *times);
    for (size_t o = 0, item = 0; o < r->count; o++)
        for (size_t k = 0; k < r->operators[o].count * ROLES; k++, item++)
            for (size_t p = 0; p < r->processes; p++)
                times[count++] = (struct bench_drift_time){
                    item, p, r->operators[o].cases[k / ROLES].left[k % ROLES][p]};
    bench_drift_fit(&noise, times, count, items, r->processes, 0, &drift);
    for (size_t o = 0; o < r->count; o++)
        for (size_t k = 0; k < r->operators[o].count * ROLES; k++)
            centre(r, &drift, &r->operators[o].cases[k / ROLES], k % ROLES);
    bench_drift_fini(&drift);
    free(times);
}

int compare_recording_read(const char *path, struct compare_recording **recording,
                           struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    int rc = bench_json_read(path, 0, &doc, err);
    if (rc != BENCH_OK)
        return rc;
    struct compare_recording *r = bench_xcalloc(1, sizeof *r);
    const struct bench_json *root = bench_json_root(doc);
    r->arena = bench_arena_new();
    r->operators = bench_arena_alloc(r->arena, (bench_json_size(root) + 1) * sizeof *r->operators);
    for (const struct bench_json *op = bench_json_first(root); op && rc == 0;
         op = bench_json_next(op)) {
        struct recorded_operator *o = &r->operators[r->count++];
        o->cases = bench_arena_alloc(r->arena, (bench_json_size(op) + 1) * sizeof *o->cases);
        for (const struct bench_json *c = bench_json_first(op); c && rc == 0;
             c = bench_json_next(c))
            rc = read_case(c, r, &o->cases[o->count++], err);
    }
    bench_json_free(doc);
    if (rc != BENCH_OK) {
        compare_recording_free(r);
        return rc;
    }
    take_drift_off(r);
    *recording = r;
    return BENCH_OK;
}

void compare_recording_free(struct compare_recording *recording)
{
    if (recording == NULL)
        return;
    bench_arena_free(recording->arena);
    free(recording);
}

/* ---- two runs ---- */

static const struct recorded_operator *block_of(const struct compare_recording *r, size_t op)
{
    return &r->operators[op % r->count];
}

static void put_times(struct bench_json_writer *w, const char *role, size_t processes)
{
    bench_json_put_key(w, role);
    bench_json_open_object(w);
    bench_json_put_key_double(w, "median_ms", 1);
    bench_json_put_key_int(w, "rounds", 64);
    bench_json_put_key_double(w, "q25_ms", 1);
    bench_json_put_key_double(w, "q75_ms", 1);
    bench_json_put_key(w, "process_ms");
    bench_json_open_array(w);
    for (size_t p = 1; p < processes; p++)
        bench_json_put_double(w, 1);
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void put_case(struct bench_json_writer *w, const struct compare_plan *plan, size_t number,
                     const char *hash)
{
    bench_json_open_object(w);
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    bench_json_put_int(w, (int64_t)number + 1);
    bench_json_close_array(w);
    bench_json_put_key_string(w, "dtype", "float32");
    bench_json_put_key_double(w, "your_time", 1);
    bench_json_put_key_double(w, "cuda_time", 1);
    bench_json_put_key_string(w, "implementation", "candidate");
    bench_json_put_key_string(w, "reference_implementation", plan->no_anchors ? hash : "reference");
    bench_json_put_key_string(w, "baseline_implementation", plan->no_anchors ? hash : "plain");
    bench_json_put_key(w, "stats");
    bench_json_open_object(w);
    put_times(w, "candidate", plan->processes);
    put_times(w, "reference", plan->processes);
    put_times(w, "baseline", plan->processes);
    bench_json_close_object(w);
    bench_json_close_object(w);
}

/* Performance data of the right form; the times are put in their places for each comparison. */
static int make_outcome(const struct compare_recording *r, const struct compare_plan *plan,
                        const char *name, const char *scratch, struct bench_outcome **outcome,
                        struct bench_err *err)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    for (size_t o = 0; o < plan->operators; o++) {
        char op[32];
        snprintf(op, sizeof op, "op%zu", o);
        bench_json_put_key(&w, op);
        bench_json_open_object(&w);
        bench_json_put_key_string(&w, "device_kind", "cuda");
        bench_json_put_key(&w, "configs");
        bench_json_open_array(&w);
        for (size_t k = 0; k < block_of(r, o)->count; k++)
            put_case(&w, plan, k, name);
        bench_json_close_array(&w);
        bench_json_close_object(&w);
    }
    bench_json_close_object(&w);
    int rc = bench_file_write_atomic(scratch, text.data, text.len, err);
    bench_str_fini(&text);
    if (rc == BENCH_OK)
        rc = bench_outcome_load(scratch, 0, outcome, err);
    remove(scratch);
    return rc;
}

/* Student's t by Bailey (1994), a polar method. */
static double draw_student(struct bench_rng *rng, double freedom)
{
    for (;;) {
        double u = 2 * bench_rng_double(rng) - 1, v = 2 * bench_rng_double(rng) - 1;
        double s = u * u + v * v;
        if (s > 0 && s < 1)
            return u * sqrt(freedom * (pow(s, -2 / freedom) - 1) / s);
    }
}

struct draw {
    const struct compare_recording *recording;
    const struct compare_plan *plan;
    struct bench_noise noise;
    struct bench_rng rng;
    double sign;
    long index; /* of the comparison */
};

/* What one process leaves on one role of an operator. */
struct spell {
    size_t process; /* recorded */
    double own;
};

static struct spell draw_spell(struct draw *d)
{
    return (struct spell){.process = (size_t)bench_rng_below(&d->rng, d->recording->processes),
                          .own = d->noise.operator_share * bench_rng_normal(&d->rng)};
}

static double error_of(struct draw *d, const struct recorded_case *c, int role,
                       const struct spell *spell)
{
    double size = sqrt(bench_noise_variance(&d->noise, exp(c->log_ns[role])));
    if (d->plan->noise == COMPARE_RECORDED)
        return d->sign * c->left[role][spell->process] + JITTER * size * bench_rng_normal(&d->rng);
    return spell->own + size * draw_student(&d->rng, STUDENT_FREEDOM);
}

/* Of the candidates in B: what was planted in comparison `index`. */
static double effect_of(const struct compare_plan *plan, long index, size_t op, size_t number)
{
    const bool slowed = op == (size_t)index % plan->operators;
    const bool one = number == (size_t)index % ONE_OF;
    return (slowed ? log1p(plan->slower) : 0) + (one ? log1p(plan->one_case) : 0);
}

/* All times of a run. They are the loader's own memory, which this test writes to. */
static void fill(struct draw *d, const struct bench_outcome *outcome, bool of_b)
{
    const double louder = d->plan->louder > 0 ? d->plan->louder : 1;
    for (size_t p = 0; p < d->plan->processes; p++) {
        const double ns = DRIFT_NS * bench_rng_normal(&d->rng);
        const double share = DRIFT_SHARE * bench_rng_normal(&d->rng);
        for (size_t o = 0; o < outcome->operator_count; o++) {
            const struct recorded_operator *block = block_of(d->recording, o);
            struct spell spells[ROLES] = {draw_spell(d), draw_spell(d), draw_spell(d)};
            for (size_t k = 0; k < block->count * ROLES; k++) {
                const int role = (int)(k % ROLES);
                const struct recorded_case *c = &block->cases[k / ROLES];
                const size_t at = outcome->operators[o].first_case + k / ROLES;
                struct bench_outcome_role *r =
                    (struct bench_outcome_role *)&outcome->cases[at].roles[role];
                double v =
                    c->log_ns[role] + share + ns * exp(-c->log_ns[role]) +
                    louder * error_of(d, c, role, &spells[role]) +
                    (of_b && role == BENCH_CANDIDATE ? effect_of(d->plan, d->index, o, k / ROLES)
                                                     : 0);
                ((double *)r->process_ms)[p] = exp(v) * 1e-6;
                if (p == 0)
                    r->time_ms = r->low_ms = r->high_ms = exp(v) * 1e-6;
            }
        }
    }
}

/* ---- what came of it ---- */

static bool is_called(const struct bench_change *t)
{
    return t->known && (t->verdict == BENCH_VERDICT_SLOWER || t->verdict == BENCH_VERDICT_FASTER);
}

static size_t class_of(double ms)
{
    size_t at = 0;
    while (ms * 1e3 >= compare_class_below_us[at])
        at++;
    return at;
}

static void count_case(const struct compare_plan *plan, long index,
                       const struct bench_compared_case *item, size_t op, size_t number,
                       struct compare_tally *t, bool *alarm, bool *regression)
{
    const bool called = is_called(&item->time);
    if (effect_of(plan, index, op, number) > 0) {
        size_t at = class_of(item->a->roles[BENCH_CANDIDATE].time_ms);
        t->class_seen[at]++;
        t->class_found[at] += called && item->time.verdict == BENCH_VERDICT_SLOWER;
        return;
    }
    t->cases_seen++;
    t->cases += called;
    t->same += item->time.verdict == BENCH_VERDICT_SAME;
    *alarm = *alarm || called;
    *regression = *regression || (called && item->time.verdict == BENCH_VERDICT_SLOWER);
}

static void count(const struct compare_plan *plan, long index, const struct bench_comparison *c,
                  struct compare_tally *t)
{
    bool alarm = false, regression = false;
    t->comparisons++;
    for (size_t o = 0; o < c->operator_count; o++) {
        const struct bench_compared_operator *op = &c->operators[o];
        const bool called = is_called(&op->time);
        for (size_t k = 0; k < op->case_count; k++)
            count_case(plan, index, &c->cases[op->first_case + k], o, k, t, &alarm, &regression);
        if (o == (size_t)index % plan->operators && plan->slower > 0) {
            t->found += called && op->time.verdict == BENCH_VERDICT_SLOWER;
            t->missed += op->time.verdict == BENCH_VERDICT_SAME;
        } else if (plan->one_case <= 0) {
            t->operators_seen++;
            t->operators += called;
            alarm = alarm || called;
            regression = regression || (called && op->time.verdict == BENCH_VERDICT_SLOWER);
        }
    }
    t->alarms += alarm;
    t->regressions += regression;
}

int compare_simulate(const struct compare_recording *recording, const struct compare_plan *plan,
                     uint64_t seed, long first, long step, long count_of, const char *scratch,
                     struct compare_tally *tally, struct bench_err *err)
{
    struct bench_outcome *a = NULL, *b = NULL;
    struct draw d = {.recording = recording, .plan = plan};
    bench_noise_of("cuda", &d.noise);
    int rc = make_outcome(recording, plan, "a", scratch, &a, err);
    if (rc == BENCH_OK)
        rc = make_outcome(recording, plan, "b", scratch, &b, err);
    for (long i = first; i < count_of && rc == BENCH_OK; i += step) {
        struct bench_comparison *c = NULL;
        bench_rng_init(&d.rng, seed + (uint64_t)i * 0x9E3779B97F4A7C15);
        d.index = i;
        d.sign = bench_rng_below(&d.rng, 2) ? 1 : -1;
        fill(&d, a, false);
        fill(&d, b, true);
        rc = bench_compare(a, b, &bench_compare_defaults, &c, err);
        if (rc == BENCH_OK)
            count(plan, i, c, tally);
        bench_comparison_free(c);
    }
    bench_outcome_free(a);
    bench_outcome_free(b);
    return rc;
}
