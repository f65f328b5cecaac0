#include "bench/cli/history_changes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/history_options.h"
#include "bench/util/mem.h"

#define LATEST_CHANGES 20

/* Steps that are one change: of one operator's cases, or of everything, in the same direction and
 * at places that overlap. Its place is that of the course that has it most exactly. */
struct changed {
    const char *operator_name; /* NULL: of the platform */
    const char *status;        /* what began to fail, and how; NULL: a step, as follows */
    enum bench_history_cause cause;
    bool is_slower;
    enum history_color color;
    int64_t started_s, earliest_s, latest_s;
    size_t courses;
    double least, most;  /* |ratio − 1| */
    const char *text;    /* of the first course alone: which case, and its step */
    const char *differs; /* "; driver 1 to 2" */
};

struct changes {
    struct changed *items;
    size_t count, capacity, courses;
    struct bench_arena *arena; /* of their texts */
};

/* Commits differ every night, and say nothing in a list. */
static const char *what_differs(struct changes *all, const struct bench_history_step *step)
{
    struct bench_str text;
    bench_str_init(&text);
    for (size_t i = 0; i < step->difference_count; i++) {
        const struct bench_history_difference *d = &step->differences[i];
        if (strcmp(d->what, "commit") == 0)
            continue;
        bench_str_addf(&text, "; %s ", d->what);
        history_value(d->before, &text);
        bench_str_add(&text, " to ");
        history_value(d->after, &text);
    }
    const char *kept = bench_arena_strdup(all->arena, text.data);
    bench_str_fini(&text);
    return kept;
}

static const char *text_of(struct changes *all, const struct bench_history_course *c,
                           const struct bench_history_analysis *a,
                           const struct bench_history_step *step)
{
    struct bench_str text;
    char *label = bench_history_course_label(c);
    bench_str_init(&text);
    bench_str_addf(&text, " %s: ", label);
    history_step_text(step, a, &text);
    const char *kept = bench_arena_strdup(all->arena, text.data);
    bench_str_fini(&text);
    free(label);
    return kept;
}

static bool is_same(const struct changed *a, const struct changed *b)
{
    if ((a->status == NULL) != (b->status == NULL) ||
        (a->status != NULL && strcmp(a->status, b->status) != 0))
        return false;
    if (a->cause != b->cause || a->earliest_s > b->latest_s || b->earliest_s > a->latest_s)
        return false;
    if (a->operator_name == NULL || b->operator_name == NULL)
        return a->operator_name == b->operator_name;
    return a->is_slower == b->is_slower && strcmp(a->operator_name, b->operator_name) == 0;
}

/* `known` and one step more. */
static void join(struct changes *all, struct changed *known, const struct changed *found,
                 const struct bench_history_step *step)
{
    known->courses++;
    known->least = fmin(known->least, found->least);
    known->most = fmax(known->most, found->most);
    if (found->latest_s - found->earliest_s >= known->latest_s - known->earliest_s)
        return;
    known->started_s = found->started_s;
    known->earliest_s = found->earliest_s;
    known->latest_s = found->latest_s;
    known->differs = what_differs(all, step);
}

static void append(struct changes *all, const struct changed *found)
{
    if (all->count == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 32;
        all->items = bench_xrealloc(all->items, all->capacity * sizeof *all->items);
    }
    all->items[all->count++] = *found;
}

static void add_step(struct changes *all, const struct bench_history_course *c,
                     const struct bench_history_analysis *a, const struct bench_history_step *step)
{
    bool is_platform = step->cause == BENCH_HISTORY_MOVED_PLATFORM;
    struct changed found = {
        .operator_name = is_platform ? NULL : bench_arena_strdup(all->arena, c->operator_name),
        .cause = step->cause,
        .is_slower = step->ratio > 1,
        .color = history_step_color(step),
        .started_s = c->nights[step->at].run->started_s,
        .earliest_s = c->nights[step->earliest].run->started_s,
        .latest_s = c->nights[step->latest].run->started_s,
        .courses = 1,
        .least = fabs(step->ratio - 1),
        .most = fabs(step->ratio - 1),
    };
    for (size_t i = 0; i < all->count; i++)
        if (is_same(&all->items[i], &found)) {
            join(all, &all->items[i], &found, step);
            return;
        }
    found.text = text_of(all, c, a, step);
    found.differs = what_differs(all, step);
    append(all, &found);
}

/* What fails since some night, and did not before. */
static void add_failure(struct changes *all, const struct bench_history_course *c,
                        const struct bench_history_analysis *a)
{
    if (a->failing == 0 || a->timed == 0)
        return;
    const struct bench_history_night *night = &c->nights[a->failing_since];
    char *label = bench_history_course_label(c);
    struct changed found = {
        .operator_name = bench_arena_strdup(all->arena, c->operator_name),
        .status = bench_arena_strdup(all->arena, night->roles[a->role].status),
        .color = HISTORY_RED,
        .started_s = night->run->started_s,
        .earliest_s = night->run->started_s,
        .latest_s = night->run->started_s,
        .courses = 1,
        .text = bench_arena_printf(all->arena, " %s", label),
        .differs = "",
    };
    free(label);
    for (size_t i = 0; i < all->count; i++)
        if (is_same(&all->items[i], &found)) {
            all->items[i].courses++;
            return;
        }
    append(all, &found);
}

static int find(struct bench_history_view *view, enum bench_history_role role, double least,
                struct changes *all, struct bench_err *err)
{
    const struct bench_history_course *course;
    int rc;
    while ((rc = bench_history_view_next(view, &course, err)) == BENCH_OK && course != NULL) {
        struct bench_arena *arena = bench_arena_new();
        struct bench_history_analysis analysis;
        bench_history_analyse(course, role, least, arena, &analysis);
        for (size_t i = 0; i < analysis.step_count; i++)
            add_step(all, course, &analysis, &analysis.steps[i]);
        add_failure(all, course, &analysis);
        all->courses++;
        bench_arena_free(arena);
    }
    return rc;
}

/* ---- printing ---- */

static int latest_first(const void *a, const void *b)
{
    const struct changed *x = a, *y = b;
    if (x->started_s != y->started_s)
        return x->started_s < y->started_s ? 1 : -1;
    return (x->courses < y->courses) - (x->courses > y->courses);
}

static void add_sizes(const struct changed *c, struct bench_str *out)
{
    char least[16], most[16];
    snprintf(least, sizeof least, "%.1f", 100 * c->least);
    snprintf(most, sizeof most, "%.1f", 100 * c->most);
    if (strcmp(least, most) != 0)
        bench_str_addf(out, "%s to ", least);
    bench_str_addf(out, "%s %%", most);
}

static void print_change(const struct changed *c, enum bench_history_role role,
                         const struct history_style *style)
{
    struct bench_str text, line;
    char day[32];
    bench_str_init(&text);
    bench_str_init(&line);
    history_format_day(c->started_s, day);
    if (c->status != NULL) {
        char *cases = bench_xprintf(": %zu cases", c->courses);
        bench_str_addf(&text, "%s%s: failing since then, %s", c->operator_name,
                       c->courses == 1 ? c->text : cases, c->status);
        free(cases);
    } else if (c->operator_name == NULL) {
        bench_str_addf(&text, "%zu course%s moved by ", c->courses, c->courses == 1 ? "" : "s");
        add_sizes(c, &text);
        bench_str_addf(&text, " together with %s partner", c->courses == 1 ? "its" : "their");
    } else if (c->courses == 1) {
        bench_str_addf(&text, "%s%s", c->operator_name, c->text);
    } else {
        bench_str_addf(&text, "%s: %zu cases ", c->operator_name, c->courses);
        add_sizes(c, &text);
        bench_str_addf(&text, " %s", c->is_slower ? "slower" : "faster");
        if (c->cause == BENCH_HISTORY_MOVED_PARTNER)
            bench_str_addf(&text, " than a partner that moved, not the %s",
                           bench_history_role_names[role]);
    }
    bench_str_add(&text, c->differs);
    bench_str_addf(&line, "%s  ", day);
    history_paint(style, c->color, text.data, &line);
    puts(line.data);
    bench_str_fini(&line);
    bench_str_fini(&text);
}

static void print(struct changes *all, enum bench_history_role role,
                  const struct history_style *style)
{
    size_t shown = all->count < LATEST_CHANGES ? all->count : LATEST_CHANGES;
    if (all->count > 0)
        qsort(all->items, all->count, sizeof *all->items, latest_first);
    for (size_t i = 0; i < shown; i++)
        print_change(&all->items[i], role, style);
    if (all->count > shown)
        printf("and %zu more: bench history --format json\n", all->count - shown);
    if (all->count == 0)
        printf("none in %zu course%s\n", all->courses, all->courses == 1 ? "" : "s");
}

int history_changes(struct bench_history *history, const struct bench_history_filter *filter,
                    enum bench_history_role role, double least, const struct history_style *style,
                    struct bench_err *err)
{
    struct bench_history_view *view;
    char day[32];
    int rc = bench_history_view_open(history, filter, &view, err);
    if (rc != BENCH_OK)
        return rc;
    struct changes all = {.arena = bench_arena_new()};
    rc = find(view, role, least, &all, err);
    bench_history_view_close(view);
    if (rc == BENCH_OK) {
        history_format_day(filter->since_s, day);
        printf("\nchanges of %g %% or more since %s (%ss)\n", 100 * least, day,
               bench_history_role_names[role]);
        print(&all, role, style);
    }
    free(all.items);
    bench_arena_free(all.arena);
    return rc;
}
