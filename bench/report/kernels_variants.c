/*
 * What choosing among variants gains. Rounds that choose a variant flatter it: it was the fastest
 * in them, by luck too. So one half of the rounds chooses, case by case, for each class of sizes,
 * and one variant for all cases; the other half says what each choice takes; and then the other way
 * round, the mean of both being told. Two runs of the same code are halves of each other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/kernels_impl.h"
#include "selector/index.h"

enum size_class { SMALL, MEDIUM, LARGE, ANY_SIZE, SIZE_CLASSES };
static const char *const class_names[SIZE_CLASSES] = {"small", "medium", "large", "all"};

/* The candidate of one name, in the run that the page is about. */
struct choice {
    const char *op_name, *implementation;
    const struct bench_tuning **cases; /* cases[case_count], of that run */
    enum size_class *classes;          /* of each case */
    size_t case_count;
    const char **labels; /* labels[label_count]: variants of any of its cases */
    size_t label_count;
    double **halves; /* halves[half_count][case_count * label_count] ns; NAN: cannot run it */
    size_t half_count;
    bool *covered; /* cases that the variants in question can run all of */
    size_t covered_count;
    struct bench_arena *arena;
};

/* Over all ways to have one half choose and another judge: mean of the logarithms. */
struct gain {
    double by_class, by_case;
    double apart; /* by how much the ways differ at most */
};

/* ---- who took part ---- */

static size_t label_at(struct choice *c, const char *label)
{
    size_t i = 0;
    while (i < c->label_count && strcmp(c->labels[i], label) != 0)
        i++;
    if (i == c->label_count)
        c->labels[c->label_count++] = label;
    return i;
}

static enum size_class class_of(const struct kernels_facts *f, const char *key)
{
    const double empty_ms = kernels_empty_ms(f->run);
    double least_ms = NAN;
    for (size_t i = f->op->first_case; i < f->op->first_case + f->op->case_count; i++)
        if (strcmp(f->run->cases[i].key, key) == 0)
            least_ms = f->run->cases[i].roofline_ms;
    if (!(least_ms > 0) || !(empty_ms > 0))
        return ANY_SIZE;
    return least_ms < empty_ms ? SMALL : least_ms < BENCH_LARGE_EMPTIES * empty_ms ? MEDIUM : LARGE;
}

static void take_cases(struct choice *c, const struct kernels_facts *f,
                       const struct bench_tunings *tunings)
{
    size_t labels = 0;
    c->cases = bench_arena_alloc(c->arena, (tunings->count + 1) * sizeof *c->cases);
    c->classes = bench_arena_alloc(c->arena, (tunings->count + 1) * sizeof *c->classes);
    for (size_t i = 0; i < tunings->count; i++) {
        const struct bench_tuning *t = &tunings->items[i];
        if (strcmp(t->op_name, c->op_name) != 0 ||
            strcmp(t->implementation, c->implementation) != 0)
            continue;
        c->classes[c->case_count] = class_of(f, t->key);
        c->cases[c->case_count++] = t;
        labels += t->variant_count;
    }
    c->labels = bench_arena_alloc(c->arena, (labels + 1) * sizeof *c->labels);
    for (size_t i = 0; i < c->case_count; i++)
        for (size_t v = 0; v < c->cases[i]->variant_count; v++)
            label_at(c, c->cases[i]->variants[v].label);
}

/* What a run has of each case. */
struct run_tunings {
    const struct bench_tunings *tunings;
    struct bench_index *by_key;
};

/* The same case, code and variants in another run. */
static const struct bench_tuning *same_in(const struct run_tunings *run,
                                          const struct bench_tuning *t)
{
    size_t at = bench_index_find(run->by_key, t->key);
    if (at == BENCH_INDEX_NONE)
        return NULL;
    const struct bench_tuning *o = &run->tunings->items[at];
    bool same = strcmp(o->implementation, t->implementation) == 0 &&
                strcmp(o->source_hash, t->source_hash) == 0 && o->variant_count == t->variant_count;
    for (size_t v = 0; same && v < t->variant_count; v++)
        same = strcmp(o->variants[v].label, t->variants[v].label) == 0;
    return same ? o : NULL;
}

/* One half of a run, if it has all of the cases. */
static void take_half(struct choice *c, const struct run_tunings *run, int half)
{
    const size_t cells = c->case_count * c->label_count;
    double *times = bench_arena_alloc(c->arena, (cells + 1) * sizeof *times);
    for (size_t i = 0; i < cells; i++)
        times[i] = NAN;
    for (size_t i = 0; i < c->case_count; i++) {
        const struct bench_tuning *t = same_in(run, c->cases[i]);
        if (t == NULL || half >= t->halves)
            return;
        for (size_t v = 0; v < t->variant_count; v++)
            times[i * c->label_count + label_at(c, t->variants[v].label)] =
                t->variants[v].half_ns[half];
    }
    c->halves[c->half_count++] = times;
}

/* ---- which variants can run what ---- */

static bool runs(const struct choice *c, size_t variant, size_t i)
{
    return !isnan(c->halves[0][i * c->label_count + variant]);
}

static size_t cases_run(const struct choice *c, size_t variant)
{
    size_t count = 0;
    for (size_t i = 0; i < c->case_count; i++)
        count += runs(c, variant, i);
    return count;
}

/* The cases of the variant that can run the most: where none can run all, a single one is compared
 * on these. */
static void cover(struct choice *c)
{
    size_t best = 0;
    for (size_t v = 1; v < c->label_count; v++)
        if (cases_run(c, v) > cases_run(c, best))
            best = v;
    c->covered = bench_arena_alloc(c->arena, (c->case_count + 1) * sizeof *c->covered);
    for (size_t i = 0; i < c->case_count; i++)
        c->covered[i] = runs(c, best, i);
    c->covered_count = cases_run(c, best);
}

static bool is_in(const struct choice *c, size_t i, enum size_class size)
{
    return c->covered[i] && (size == ANY_SIZE || c->classes[i] == size);
}

/* ---- choosing and judging ---- */

/* Sum of the logarithms over the cases of a class; INFINITY where it cannot run one of them. */
static double log_time(const struct choice *c, const double *times, size_t variant,
                       enum size_class size)
{
    double sum = 0;
    for (size_t i = 0; i < c->case_count; i++) {
        double ns = times[i * c->label_count + variant];
        if (is_in(c, i, size))
            sum += isnan(ns) ? INFINITY : log(ns);
    }
    return sum;
}

/* Of equals the first: a difference of sums this small is what processors round differently, and
 * the page must be the same on all of them. */
#define EQUAL 1e-9

static size_t best_of_class(const struct choice *c, const double *times, enum size_class size)
{
    size_t best = 0;
    for (size_t v = 1; v < c->label_count; v++)
        if (log_time(c, times, v, size) < log_time(c, times, best, size) - EQUAL)
            best = v;
    return best;
}

static size_t best_of_case(const struct choice *c, const double *times, size_t i)
{
    const double *row = &times[i * c->label_count];
    size_t best = 0;
    for (size_t v = 1; v < c->label_count; v++)
        if (row[v] < row[best] || isnan(row[best]))
            best = v;
    return best;
}

static void judge(const struct choice *c, const double *choosing, const double *judging,
                  double *by_class, double *by_case)
{
    size_t of_class[SIZE_CLASSES];
    for (int s = 0; s < SIZE_CLASSES; s++)
        of_class[s] = best_of_class(c, choosing, (enum size_class)s);
    *by_class = *by_case = 0;
    for (size_t i = 0; i < c->case_count; i++) {
        const double *row = &judging[i * c->label_count];
        if (!c->covered[i])
            continue;
        *by_class += log(row[of_class[ANY_SIZE]] / row[of_class[c->classes[i]]]);
        *by_case += log(row[of_class[ANY_SIZE]] / row[best_of_case(c, choosing, i)]);
    }
    *by_class /= (double)c->covered_count;
    *by_case /= (double)c->covered_count;
}

static struct gain judge_all(const struct choice *c)
{
    struct gain g = {0};
    double least = INFINITY, most = -INFINITY;
    size_t ways = 0;
    for (size_t i = 0; i < c->half_count; i++)
        for (size_t k = 0; k < c->half_count; k++) {
            double by_class, by_case;
            if (i == k)
                continue;
            judge(c, c->halves[i], c->halves[k], &by_class, &by_case);
            g.by_class += by_class;
            g.by_case += by_case;
            least = fmin(least, by_case);
            most = fmax(most, by_case);
            ways++;
        }
    g.by_class /= (double)ways;
    g.by_case /= (double)ways;
    g.apart = most - least;
    return g;
}

/* All halves together, for the names that the table tells. */
static const double *all_halves(const struct choice *c)
{
    const size_t cells = c->case_count * c->label_count;
    double *times = bench_arena_alloc(c->arena, (cells + 1) * sizeof *times);
    for (size_t i = 0; i < cells; i++) {
        double sum = 0;
        for (size_t h = 0; h < c->half_count; h++)
            sum += log(c->halves[h][i]);
        times[i] = exp(sum / (double)c->half_count);
    }
    return times;
}

/* ---- the table ---- */

static void add_gain(struct bench_str *out, double log_ratio)
{
    double percent = 100 * (exp(log_ratio) - 1);
    bench_str_addf(out, " %+.1f %% |", fabs(percent) < 0.05 ? 0.0 : percent);
}

static void add_classes(struct bench_str *out, const struct choice *c, const double *times)
{
    size_t classes = 0;
    const size_t single = best_of_class(c, times, ANY_SIZE);
    for (int s = SMALL; s <= LARGE; s++) {
        size_t count = 0;
        for (size_t i = 0; i < c->case_count; i++)
            count += c->covered[i] && c->classes[i] == (enum size_class)s;
        if (count == 0)
            continue;
        size_t best = best_of_class(c, times, (enum size_class)s);
        bench_str_addf(out, "%s%s ", classes++ > 0 ? "; " : " ", class_names[s]);
        if (best == single)
            bench_str_add(out, "the same");
        else
            kernels_add_code(out, c->labels[best]);
    }
    bench_str_add(out, classes > 0 ? " |" : " – |");
}

static void add_row(struct bench_str *out, const struct choice *c, struct gain *g)
{
    const double *times = all_halves(c);
    bench_str_add(out, "| ");
    kernels_add_text(out, c->op_name);
    bench_str_add(out, " | ");
    kernels_add_code(out, c->implementation);
    bench_str_addf(out, " | %zu | ", c->label_count);
    if (c->covered_count < c->case_count)
        bench_str_addf(out, "%zu of %zu | ", c->covered_count, c->case_count);
    else
        bench_str_addf(out, "%zu | ", c->case_count);
    kernels_add_code(out, c->labels[best_of_class(c, times, ANY_SIZE)]);
    bench_str_add(out, " |");
    add_classes(out, c, times);
    if (c->half_count < 2) {
        bench_str_add(out, " – | – |\n");
        return;
    }
    *g = judge_all(c);
    add_gain(out, g->by_class);
    add_gain(out, g->by_case);
    bench_str_addc(out, '\n');
}

struct table {
    struct run_tunings *runs;
    struct bench_str rows;
    size_t count, judged, cases;
    double by_class, by_case, apart; /* sums over cases; the most */
};

static void add_choice(struct table *t, const struct bench_kernels *k,
                       const struct kernels_facts *f, const char *implementation)
{
    struct choice c = {
        .op_name = f->op->name, .implementation = implementation, .arena = bench_arena_new()};
    struct gain g = {0};
    take_cases(&c, f, k->tunings[f->run_index]);
    c.halves = bench_arena_alloc(c.arena, (2 * k->run_count + 1) * sizeof *c.halves);
    for (size_t r = 0; r < k->run_count; r++)
        for (int half = 0; half < 2; half++)
            take_half(&c, &t->runs[r], half);
    cover(&c);
    add_row(&t->rows, &c, &g);
    t->count++;
    if (c.half_count >= 2) {
        t->judged++;
        t->cases += c.covered_count;
        t->by_class += g.by_class * (double)c.covered_count;
        t->by_case += g.by_case * (double)c.covered_count;
        t->apart = fmax(t->apart, g.apart);
    }
    bench_arena_free(c.arena);
}

/* Each candidate that was tuned, in the run that the operator's numbers are of. */
static void add_operator(struct table *t, const struct bench_kernels *k,
                         const struct bench_operator *op)
{
    struct kernels_facts f;
    kernels_facts_init(&f, k, op);
    const struct bench_tunings *tunings = f.run ? k->tunings[f.run_index] : NULL;
    struct bench_index *seen = bench_index_new();
    for (size_t i = 0; tunings != NULL && i < tunings->count; i++)
        if (strcmp(tunings->items[i].op_name, op->name) == 0 &&
            bench_index_add(seen, tunings->items[i].implementation, i) == BENCH_INDEX_NONE)
            add_choice(t, k, &f, tunings->items[i].implementation);
    bench_index_free(seen);
    kernels_facts_fini(&f);
}

static struct run_tunings *index_runs(const struct bench_kernels *k)
{
    struct run_tunings *runs = bench_xcalloc(k->run_count + 1, sizeof *runs);
    for (size_t r = 0; r < k->run_count; r++) {
        runs[r] = (struct run_tunings){k->tunings[r], bench_index_new()};
        for (size_t i = 0; i < k->tunings[r]->count; i++)
            bench_index_add(runs[r].by_key, k->tunings[r]->items[i].key, i);
    }
    return runs;
}

static void add_head(struct bench_str *out, const struct table *t)
{
    bench_str_addf(
        out,
        "## Tuned variants\n\n"
        "An implementation with tunables is compiled for each of their values, and the fastest "
        "variant of a case stands for it. Does that pay? One half of the tuning rounds chooses, "
        "the other judges, and the other way round: two runs of the same code are halves of each "
        "other, and so are the even and the odd rounds of one. Gains are over the one variant that "
        "is best over all cases, in geometric means; 0 would be a choice that is worth nothing, "
        "and rounds that judged their own choice would always show more. A case is small if the "
        "device could do it within an empty kernel, and large if it takes %d of them by the "
        "limit.\n\n",
        BENCH_LARGE_EMPTIES);
    if (t->judged > 0) {
        bench_str_addf(out, "Over %zu cases of %zu implementation%s, choosing by size gains **",
                       t->cases, t->judged, t->judged == 1 ? "" : "s");
        bench_str_addf(out, "%.1f %%**, and case by case **%.1f %%**; ",
                       100 * (exp(t->by_class / (double)t->cases) - 1),
                       100 * (exp(t->by_case / (double)t->cases) - 1));
        bench_str_addf(out, "which half judges changes no line by more than %.1f %%.%s\n\n",
                       100 * (exp(t->apart) - 1),
                       t->judged < t->count ? " Where there is one half only, nothing can judge: –."
                                            : "");
    }
    bench_str_add(out, "| operator | implementation | variants | cases | best single variant | "
                       "best by size | by size | case by case |\n"
                       "|---|---|---:|---:|---|---|---:|---:|\n");
}

void kernels_add_variants(struct bench_str *out, const struct bench_kernels *k)
{
    struct table t = {.runs = index_runs(k)};
    bench_str_init(&t.rows);
    for (size_t i = 0; i < k->operator_count; i++)
        add_operator(&t, k, k->operators[i]);
    if (t.count > 0) {
        add_head(out, &t);
        bench_str_addn(out, t.rows.data, t.rows.len);
        bench_str_add(out, "\nCases “9 of 16”: no variant can run all of them (`where` in the "
                           "description), so choosing is a must, and the gain is told over those "
                           "that one can run.\n");
    }
    bench_str_fini(&t.rows);
    for (size_t r = 0; r < k->run_count; r++)
        bench_index_free(t.runs[r].by_key);
    free(t.runs);
}
