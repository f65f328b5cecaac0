/* What is worth a sentence. Changes of one kind, in one operator, are one sentence. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/compare_impl.h"

/* As much of a reason as fits a sentence. */
#define REASON_MAX 160

const char *bench_news_kind_name(enum bench_news_kind kind)
{
    static const char *const names[] = {"broke",   "slower",   "vanished",        "faster",
                                        "mended",  "appeared", "fails otherwise", "partner lost",
                                        "partner", "code",     "variant"};
    return names[kind];
}

const char *bench_compare_count(struct bench_arena *arena, size_t count, const char *one,
                                const char *many)
{
    return bench_arena_printf(arena, "%zu %s", count, count == 1 ? one : many);
}

const char *bench_compare_percent(struct bench_arena *arena, double change)
{
    double slower = (change - 1) * 100, faster = (1 - change) * 100;
    if (change >= 2)
        return bench_arena_printf(arena, "%.2f times slower", change);
    return slower >= 0 ? bench_arena_printf(arena, "%.1f %% slower", slower)
                       : bench_arena_printf(arena, "%.1f %% faster", faster);
}

/* The first line of a reason, cut where a character ends. */
static const char *brief(struct bench_arena *arena, const char *reason)
{
    size_t n = strcspn(reason, "\n");
    bool cut = n > REASON_MAX;
    if (cut)
        for (n = REASON_MAX; n > 0 && ((unsigned char)reason[n] & 0xc0) == 0x80;)
            n--;
    return bench_arena_printf(arena, "%.*s%s", (int)n, reason, cut ? " …" : "");
}

static void add(struct bench_comparison *c, enum bench_news_kind kind, bool regression,
                const char *op, const char *label, size_t cases, const char *sentence)
{
    if ((c->news_count & (c->news_count - 1)) == 0)
        c->news =
            bench_xrealloc(c->news, (c->news_count ? c->news_count * 2 : 1) * sizeof *c->news);
    c->news[c->news_count++] = (struct bench_news){.kind = kind,
                                                   .regression = regression,
                                                   .operator_name = op,
                                                   .label = label,
                                                   .cases = cases,
                                                   .sentence = sentence};
    c->regressions += regression;
}

static const char *label_of(const struct bench_compared_case *item)
{
    return item->a != NULL ? item->a->label : item->b->label;
}

/* "; its source changed", or that nothing of it did; "" where nothing is told. */
static const char *code_of(struct bench_arena *arena, const struct bench_compared_operator *op,
                           const struct bench_compared_case *item)
{
    if (item != NULL)
        return item->variant ? "; another variant stands for it now"
               : item->code  ? "; its code changed"
               : item->told  ? "; its code is the same"
                             : "";
    if (op->code == 0)
        return op->told > 0 ? "; its code is the same" : "";
    return op->code == op->case_count
               ? "; its code changed"
               : bench_arena_printf(arena, "; its code changed in %zu of %s", op->code,
                                    bench_compare_count(arena, op->case_count, "case", "cases"));
}

/* "2.8 % slower to 3.4 % slower" is "2.8 to 3.4 %" where the sign is one. */
static const char *interval_of(struct bench_arena *arena, const struct bench_change *t)
{
    double low = (t->low - 1) * 100, high = (t->high - 1) * 100;
    if (t->change < 1)
        return bench_arena_printf(arena, "95 %%: %.1f to %.1f %%", -high, -low);
    return bench_arena_printf(arena, "95 %%: %.1f to %.1f %%", low, high);
}

/* ---- times ---- */

static void tell_operator(struct bench_comparison *c, const struct bench_compared_operator *op)
{
    const bool slower = op->time.verdict == BENCH_VERDICT_SLOWER;
    const size_t sure = op->verdicts[op->time.verdict];
    struct bench_arena *arena = c->arena;
    const char *each = sure > 0
                           ? bench_arena_printf(arena, ", %s %zu of them taken alone",
                                                sure == op->compared ? "as is" : "surely in", sure)
                           : "";
    if (sure == op->compared && sure > 1)
        each = ", and each of them taken alone";
    else if (op->compared == 1)
        each = "";
    add(c, slower ? BENCH_NEWS_SLOWER : BENCH_NEWS_FASTER, slower, op->name,
        op->compared == 1 && op->case_count == 1 ? label_of(&c->cases[op->first_case]) : "",
        op->compared,
        bench_arena_printf(
            arena, "%s is %s (%s) over %s%s, in %zu and %s%s", op->name,
            bench_compare_percent(arena, op->time.change), interval_of(arena, &op->time),
            bench_compare_count(arena, op->compared, "case", "cases"), each, op->processes_a,
            bench_compare_count(arena, op->processes_b, "process", "processes"),
            code_of(arena, op, NULL)));
}

static void tell_case(struct bench_comparison *c, const struct bench_compared_operator *op,
                      const struct bench_compared_case *item)
{
    const bool slower = item->time.verdict == BENCH_VERDICT_SLOWER;
    add(c, slower ? BENCH_NEWS_SLOWER : BENCH_NEWS_FASTER, slower, op->name, label_of(item), 1,
        bench_arena_printf(c->arena, "%s %s is %s (%s) in %zu and %s%s", op->name, label_of(item),
                           bench_compare_percent(c->arena, item->time.change),
                           interval_of(c->arena, &item->time), item->processes_a,
                           bench_compare_count(c->arena, item->processes_b, "process", "processes"),
                           code_of(c->arena, op, item)));
}

/* Cases that changed as their operator did are in its sentence. */
static void tell_times(struct bench_comparison *c, const struct bench_compared_operator *op)
{
    const enum bench_verdict whole = op->time.known ? op->time.verdict : BENCH_VERDICT_UNDETERMINED;
    if (whole == BENCH_VERDICT_SLOWER || whole == BENCH_VERDICT_FASTER)
        tell_operator(c, op);
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        const struct bench_change *t = &c->cases[i].time;
        if (t->known && t->verdict != whole &&
            (t->verdict == BENCH_VERDICT_SLOWER || t->verdict == BENCH_VERDICT_FASTER))
            tell_case(c, op, &c->cases[i]);
    }
}

/* ---- fates ---- */

/* What one sentence is about: cases of an operator with one fate and one status. */
struct group {
    const struct bench_compared_case *first;
    size_t cases, code, told;
};

static const struct bench_outcome_role *role_of(const struct bench_outcome_case *c,
                                                enum bench_role role)
{
    return c != NULL ? &c->roles[role] : NULL;
}

static const char *status_of(const struct bench_outcome_case *c, enum bench_role role)
{
    return c != NULL ? c->roles[role].status : "";
}

static bool is_of(const struct group *g, const struct bench_compared_case *item)
{
    return strcmp(status_of(g->first->a, BENCH_CANDIDATE), status_of(item->a, BENCH_CANDIDATE)) ==
               0 &&
           strcmp(status_of(g->first->b, BENCH_CANDIDATE), status_of(item->b, BENCH_CANDIDATE)) ==
               0;
}

/* The groups of one fate; statuses are few. The caller frees. */
static size_t find_groups(const struct bench_comparison *c,
                          const struct bench_compared_operator *op, enum bench_fate fate,
                          struct group **groups)
{
    size_t count = 0;
    *groups = NULL;
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        const struct bench_compared_case *item = &c->cases[i];
        size_t g = 0;
        if (item->fate != fate)
            continue;
        while (g < count && !is_of(&(*groups)[g], item))
            g++;
        if (g == count) {
            *groups = bench_xrealloc(*groups, ++count * sizeof **groups);
            (*groups)[g] = (struct group){.first = item};
        }
        (*groups)[g].cases++;
        (*groups)[g].code += item->code;
        (*groups)[g].told += item->told;
    }
    return count;
}

/* "gelu float32 [64]", or "gelu in 3 of 24 cases (float32 [64], …)". */
static const char *whom(struct bench_comparison *c, const struct bench_compared_operator *op,
                        const struct group *g)
{
    if (g->cases == 1)
        return bench_arena_printf(c->arena, "%s %s", op->name, label_of(g->first));
    if (g->cases == op->case_count)
        return bench_arena_printf(c->arena, "%s in all its %zu cases", op->name, g->cases);
    return bench_arena_printf(c->arena, "%s in %zu of %zu cases (%s, …)", op->name, g->cases,
                              op->case_count, label_of(g->first));
}

static const char *sentence_of(struct bench_comparison *c, const struct bench_compared_operator *op,
                               enum bench_fate fate, const struct group *g)
{
    struct bench_arena *arena = c->arena;
    const struct bench_outcome_role *a = role_of(g->first->a, BENCH_CANDIDATE);
    const struct bench_outcome_role *b = role_of(g->first->b, BENCH_CANDIDATE);
    const char *who = whom(c, op, g);
    const char *code = g->code == g->cases ? "; its code changed"
                       : g->code > 0       ? "; its code changed in some of them"
                       : g->told > 0       ? "; its code is the same"
                                           : "";
    switch (fate) {
    case BENCH_FATE_BROKE:
        return bench_arena_printf(arena, "%s was ok and is %s now: %s%s", who, b->status,
                                  brief(arena, b->reason), code);
    case BENCH_FATE_MENDED:
        return bench_arena_printf(arena, "%s was %s and is ok now%s", who, a->status, code);
    case BENCH_FATE_FAILED:
        return bench_arena_printf(arena, "%s was %s and is %s now: %s%s", who, a->status, b->status,
                                  brief(arena, b->reason), code);
    case BENCH_FATE_VANISHED:
        return b == NULL || b->standing == BENCH_OUTCOME_ABSENT
                   ? bench_arena_printf(arena, "%s was measured in A and is not in B", who)
                   : bench_arena_printf(arena, "%s ran in A and is %s in B: %s", who, b->status,
                                        brief(arena, b->reason));
    case BENCH_FATE_APPEARED:
        return bench_arena_printf(arena, "%s is new in B (%s)", who, b->status);
    default:
        return "";
    }
}

static void tell_group(struct bench_comparison *c, const struct bench_compared_operator *op,
                       enum bench_fate fate, enum bench_news_kind kind, const struct group *g)
{
    const bool vanished = fate == BENCH_FATE_VANISHED && !c->options.allow_vanished;
    if (fate == BENCH_FATE_FAILED && strcmp(status_of(g->first->a, BENCH_CANDIDATE),
                                            status_of(g->first->b, BENCH_CANDIDATE)) == 0)
        return;
    add(c, kind, fate == BENCH_FATE_BROKE || vanished, op->name,
        g->cases == 1 ? label_of(g->first) : "", g->cases, sentence_of(c, op, fate, g));
}

static void tell_fates(struct bench_comparison *c, const struct bench_compared_operator *op)
{
    static const struct {
        enum bench_fate fate;
        enum bench_news_kind kind;
    } kinds[] = {{BENCH_FATE_BROKE, BENCH_NEWS_BROKE},
                 {BENCH_FATE_VANISHED, BENCH_NEWS_VANISHED},
                 {BENCH_FATE_MENDED, BENCH_NEWS_MENDED},
                 {BENCH_FATE_APPEARED, BENCH_NEWS_APPEARED},
                 {BENCH_FATE_FAILED, BENCH_NEWS_FAILS_OTHERWISE}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct group *groups;
        size_t count = find_groups(c, op, kinds[i].fate, &groups);
        for (size_t g = 0; g < count; g++)
            tell_group(c, op, kinds[i].fate, kinds[i].kind, &groups[g]);
        free(groups);
    }
}

/* ---- partners and code ---- */

/* Of a reference or baseline: what is not as it was, or NULL. *lost becomes true if it is gone. */
static const char *partner_change(struct bench_arena *arena, const struct bench_outcome_role *a,
                                  const struct bench_outcome_role *b, bool *lost)
{
    const bool ran = a->standing == BENCH_OUTCOME_OK, runs = b->standing == BENCH_OUTCOME_OK;
    if (ran && !runs && b->standing != BENCH_OUTCOME_ABSENT) {
        *lost = true;
        return bench_arena_printf(arena, "was ok and is %s now: %s", b->status,
                                  brief(arena, b->reason));
    }
    if (runs && !ran && a->standing != BENCH_OUTCOME_ABSENT)
        return bench_arena_printf(arena, "was %s and is ok now", a->status);
    if (ran && runs && strcmp(a->implementation, b->implementation) != 0)
        return bench_arena_printf(arena, "was %s and is %s now", a->implementation,
                                  b->implementation);
    return ran && runs && !bench_compare_same_code(a, b) ? "is other code than it was" : NULL;
}

static void tell_partners(struct bench_comparison *c, const struct bench_compared_operator *op)
{
    for (int r = BENCH_REFERENCE; r <= BENCH_BASELINE; r++) {
        const char *what = NULL;
        size_t cases = 0;
        bool lost = false;
        for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
            const struct bench_outcome_case *a = c->cases[i].a, *b = c->cases[i].b;
            const char *change = a != NULL && b != NULL
                                     ? partner_change(c->arena, &a->roles[r], &b->roles[r], &lost)
                                     : NULL;
            cases += change != NULL;
            what = what != NULL ? what : change;
        }
        if (what != NULL)
            add(c, lost ? BENCH_NEWS_PARTNER_LOST : BENCH_NEWS_PARTNER, false, op->name, "", cases,
                bench_arena_printf(c->arena, "%s: in %s its %s %s", op->name,
                                   bench_compare_count(c->arena, cases, "case", "cases"),
                                   bench_role_name((enum bench_role)r), what));
    }
}

/* "as fast as before", or how far that is known. */
static const char *how_fast(const struct bench_comparison *c, const struct bench_change *time)
{
    if (!time->known)
        return "and there are no two times of it to compare";
    if (time->verdict == BENCH_VERDICT_SAME)
        return "as fast as before";
    return bench_arena_printf(c->arena,
                              "and no change of its time is certain (%+.1f %%, 95 %%: %+.1f to "
                              "%+.1f %%)",
                              100 * (time->change - 1), 100 * (time->low - 1),
                              100 * (time->high - 1));
}

/* Its sources are the same, and tuning chose another variant wherever the code differs. */
static bool is_tuning(const struct bench_comparison *c, const struct bench_compared_operator *op)
{
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++)
        if (c->cases[i].code && !c->cases[i].variant)
            return false;
    return true;
}

/* Code that changed without anything else to tell of the candidate. */
static void tell_code(struct bench_comparison *c, const struct bench_compared_operator *op,
                      size_t told)
{
    if (op->code == 0 || c->news_count > told)
        return;
    const bool tuning = is_tuning(c, op);
    add(c, tuning ? BENCH_NEWS_VARIANT : BENCH_NEWS_CODE, false, op->name, "", op->code,
        bench_arena_printf(c->arena, "%s: %s stands for its candidate in %s, %s", op->name,
                           tuning ? "another variant of the same code" : "other code",
                           bench_compare_count(c->arena, op->code, "case", "cases"),
                           how_fast(c, &op->time)));
}

/* ---- all of it ---- */

static int compare_news(const void *a, const void *b)
{
    const struct bench_news *x = a, *y = b;
    if (x->regression != y->regression)
        return x->regression ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    int name = strcmp(x->operator_name, y->operator_name);
    return name != 0 ? name : strcmp(x->label, y->label);
}

/* Where no times were told apart, what may still be there. */
static const char *what_is_open(const struct bench_comparison *c)
{
    const struct bench_compared_operator *worst = NULL;
    if (c->verdicts[BENCH_VERDICT_SLOWER] + c->verdicts[BENCH_VERDICT_FASTER] > 0)
        return "";
    for (size_t i = 0; i < c->operator_count; i++) {
        const struct bench_change *time = &c->operators[i].time;
        if (!time->known)
            continue;
        if (time->verdict == BENCH_VERDICT_SLOWER || time->verdict == BENCH_VERDICT_FASTER)
            return "";
        if (time->verdict == BENCH_VERDICT_UNDETERMINED &&
            (worst == NULL || time->high > worst->time.high))
            worst = &c->operators[i];
    }
    if (worst == NULL || worst->time.high <= 1 + c->options.minimum)
        return "";
    return bench_arena_printf(c->arena,
                              "; no times were told apart, which is less than being the same: an "
                              "operator may be up to %.1f %% slower unseen (%s, 95 %%)",
                              100 * (worst->time.high - 1), worst->name);
}

static void summarize(struct bench_comparison *c)
{
    const size_t *v = c->verdicts;
    size_t kinds[BENCH_NEWS_VARIANT + 1] = {0};
    for (size_t i = 0; i < c->news_count; i++)
        kinds[c->news[i].kind]++;
    const char *head = c->regressions > 0 ? bench_compare_count(c->arena, c->regressions,
                                                                "regression", "regressions")
                                          : "no regression";
    c->summary = bench_arena_printf(
        c->arena,
        "%s: %zu broke, %zu slower, %zu vanished; %zu faster, %zu mended, %zu appeared (of cases "
        "with two times: %zu slower, %zu faster, %zu same, %zu undetermined)%s",
        head, kinds[BENCH_NEWS_BROKE], kinds[BENCH_NEWS_SLOWER], kinds[BENCH_NEWS_VANISHED],
        kinds[BENCH_NEWS_FASTER], kinds[BENCH_NEWS_MENDED], kinds[BENCH_NEWS_APPEARED],
        v[BENCH_VERDICT_SLOWER], v[BENCH_VERDICT_FASTER], v[BENCH_VERDICT_SAME],
        v[BENCH_VERDICT_UNDETERMINED], what_is_open(c));
}

void bench_compare_news(struct bench_comparison *c)
{
    for (size_t i = 0; i < c->operator_count; i++) {
        size_t told = c->news_count;
        tell_fates(c, &c->operators[i]);
        tell_times(c, &c->operators[i]);
        tell_code(c, &c->operators[i], told);
        tell_partners(c, &c->operators[i]);
    }
    if (c->news_count > 0)
        qsort(c->news, c->news_count, sizeof *c->news, compare_news);
    summarize(c);
}
