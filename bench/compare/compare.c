#include "bench/compare/compare.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/compare_impl.h"

const struct bench_compare_options bench_compare_defaults = {.minimum = 0.01, .family = 0.01};

const char *bench_fate_name(enum bench_fate fate)
{
    static const char *const names[] = {"ok",       "broke",    "mended", "failed",
                                        "vanished", "appeared", "nowhere"};
    return names[fate];
}

bool bench_compare_has_time(const struct bench_outcome_role *role)
{
    return role->standing == BENCH_OUTCOME_OK && role->time_ms > 0;
}

/* What one of the two does not tell is no difference. */
static bool differ(const char *a, const char *b)
{
    return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

bool bench_compare_same_code(const struct bench_outcome_role *a, const struct bench_outcome_role *b)
{
    return strcmp(a->implementation, b->implementation) == 0 &&
           !differ(a->source_hash, b->source_hash) && !differ(a->library, b->library) &&
           !differ(a->variant, b->variant) && !differ(a->binary_hash, b->binary_hash);
}

void bench_compare_note(struct bench_comparison *c, const char *format, ...)
{
    struct bench_str text;
    va_list args;
    bench_str_init(&text);
    va_start(args, format);
    bench_str_addv(&text, format, args);
    va_end(args);
    const char **notes = bench_arena_alloc(c->arena, (c->note_count + 1) * sizeof *notes);
    if (c->note_count > 0)
        memcpy(notes, c->notes, c->note_count * sizeof *notes);
    notes[c->note_count++] = bench_arena_strdup(c->arena, text.data);
    c->notes = notes;
    bench_str_fini(&text);
}

/* ---- which cases belong together ---- */

static bool tells_code(const struct bench_outcome_role *a, const struct bench_outcome_role *b)
{
    return (a->source_hash[0] != '\0' && b->source_hash[0] != '\0') ||
           (a->binary_hash[0] != '\0' && b->binary_hash[0] != '\0') ||
           (a->library[0] != '\0' && b->library[0] != '\0');
}

static enum bench_outcome_standing standing_of(const struct bench_outcome_case *c)
{
    return c == NULL ? BENCH_OUTCOME_ABSENT : c->roles[BENCH_CANDIDATE].standing;
}

static bool runs(enum bench_outcome_standing standing)
{
    return standing == BENCH_OUTCOME_OK || standing == BENCH_OUTCOME_FAILED;
}

static enum bench_fate fate_of(enum bench_outcome_standing a, enum bench_outcome_standing b)
{
    if (!runs(a) && !runs(b))
        return BENCH_FATE_NOWHERE;
    if (!runs(b))
        return BENCH_FATE_VANISHED;
    if (!runs(a))
        return BENCH_FATE_APPEARED;
    if (a == BENCH_OUTCOME_OK)
        return b == BENCH_OUTCOME_OK ? BENCH_FATE_OK : BENCH_FATE_BROKE;
    return b == BENCH_OUTCOME_OK ? BENCH_FATE_MENDED : BENCH_FATE_FAILED;
}

static void add_case(struct bench_comparison *c, struct bench_compared_operator *op,
                     const struct bench_outcome_case *a, const struct bench_outcome_case *b)
{
    struct bench_compared_case *item = &c->cases[c->case_count++];
    *item = (struct bench_compared_case){
        .a = a, .b = b, .fate = fate_of(standing_of(a), standing_of(b)), .time.reason = ""};
    if (a != NULL && b != NULL) {
        const struct bench_outcome_role *x = &a->roles[BENCH_CANDIDATE];
        const struct bench_outcome_role *y = &b->roles[BENCH_CANDIDATE];
        item->told = runs(x->standing) && runs(y->standing) && tells_code(x, y);
        item->code = runs(x->standing) && runs(y->standing) && !bench_compare_same_code(x, y);
        item->variant = item->code && differ(x->variant, y->variant) &&
                        strcmp(x->implementation, y->implementation) == 0 &&
                        !differ(x->source_hash, y->source_hash);
    }
    op->case_count++;
    op->fates[item->fate]++;
    op->code += item->code;
    op->told += item->told;
    c->fates[item->fate]++;
}

/* Of one operator: A's cases, then those that B alone has. */
static void add_operator(struct bench_comparison *c, const char *name)
{
    const struct bench_outcome_operator *a = bench_outcome_find_operator(c->a, name);
    const struct bench_outcome_operator *b = bench_outcome_find_operator(c->b, name);
    struct bench_compared_operator *op = &c->operators[c->operator_count++];
    *op = (struct bench_compared_operator){
        .name = name, .first_case = c->case_count, .time.reason = ""};
    for (size_t i = 0; a != NULL && i < a->case_count; i++) {
        const struct bench_outcome_case *one = &c->a->cases[a->first_case + i];
        add_case(c, op, one, bench_outcome_find(c->b, one->key));
    }
    for (size_t i = 0; b != NULL && i < b->case_count; i++) {
        const struct bench_outcome_case *one = &c->b->cases[b->first_case + i];
        if (bench_outcome_find(c->a, one->key) == NULL)
            add_case(c, op, NULL, one);
    }
}

static void match(struct bench_comparison *c)
{
    const struct bench_outcome *a = c->a, *b = c->b;
    c->operators = bench_arena_alloc(c->arena, (a->operator_count + b->operator_count + 1) *
                                                   sizeof *c->operators);
    c->cases = bench_xcalloc(a->case_count + b->case_count + 1, sizeof *c->cases);
    for (size_t i = 0; i < a->operator_count; i++)
        add_operator(c, a->operators[i].name);
    for (size_t i = 0; i < b->operator_count; i++)
        if (bench_outcome_find_operator(a, b->operators[i].name) == NULL)
            add_operator(c, b->operators[i].name);
}

static bool has_common_case(const struct bench_comparison *c)
{
    for (size_t i = 0; i < c->case_count; i++)
        if (c->cases[i].a != NULL && c->cases[i].b != NULL)
            return true;
    return false;
}

static bool same_time(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b;
}

/* Nothing can differ then, and the verdicts may surprise. */
static void note_same_run(struct bench_comparison *c)
{
    if (c->a->started[0] == '\0' || strcmp(c->a->started, c->b->started) != 0 ||
        strcmp(c->a->id, c->b->id) != 0)
        return;
    for (size_t i = 0; i < c->case_count; i++) {
        const struct bench_outcome_case *a = c->cases[i].a, *b = c->cases[i].b;
        if (a == NULL || b == NULL ||
            !same_time(a->roles[BENCH_CANDIDATE].time_ms, b->roles[BENCH_CANDIDATE].time_ms))
            return;
    }
    bench_compare_note(c, "A and B are one and the same run, in which nothing differs: what is "
                          "undetermined says how little two runs like it could have told apart");
}

int bench_compare(const struct bench_outcome *a, const struct bench_outcome *b,
                  const struct bench_compare_options *options, struct bench_comparison **comparison,
                  struct bench_err *err)
{
    struct bench_comparison *c = bench_xcalloc(1, sizeof *c);
    *comparison = NULL;
    c->a = a;
    c->b = b;
    c->options = *options;
    c->arena = bench_arena_new();
    int rc = bench_compare_check(c, err);
    if (rc == BENCH_OK) {
        match(c);
        if (!has_common_case(c))
            rc = bench_err_set(err, BENCH_EINPUT,
                               "%s and %s have no case in common (operator, dtype, shape and "
                               "params): compare runs of the same suite",
                               a->path, b->path);
    }
    if (rc != BENCH_OK) {
        bench_comparison_free(c);
        return rc;
    }
    bench_compare_environment(c);
    note_same_run(c);
    bench_compare_times(c);
    bench_compare_news(c);
    *comparison = c;
    return BENCH_OK;
}

void bench_comparison_free(struct bench_comparison *comparison)
{
    if (comparison == NULL)
        return;
    bench_drift_fini(&comparison->drift);
    free(comparison->cases);
    free(comparison->news);
    bench_arena_free(comparison->arena);
    free(comparison);
}
