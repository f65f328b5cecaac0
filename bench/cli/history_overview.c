#include "bench/cli/history_overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/cli/history_options.h"
#include "bench/util/mem.h"

#define LATEST_RUNS 10
#define LATEST_CHANGES 20
/* Steps are looked for in so many runs: a quarter of a year of nights. */
#define RECENT_RUNS 90

/* ---- what there is ---- */

static void print_size(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        printf(", %.1f MB", (double)st.st_size / 1e6);
}

static void print_totals(const char *path, const struct bench_history_run *runs, size_t count)
{
    size_t results = 0;
    char first[32], last[32];
    for (size_t i = 0; i < count; i++)
        results += runs[i].result_count;
    printf("%s: %zu run%s, %zu result%s", path, count, count == 1 ? "" : "s", results,
           results == 1 ? "" : "s");
    if (count > 0) {
        history_format_day(runs[0].started_s, first);
        history_format_day(runs[count - 1].started_s, last);
        printf(", %s to %s", first, last);
    }
    print_size(path);
    printf("\n");
}

static bool is_same_device(const struct bench_history_run *a, const struct bench_history_run *b)
{
    return strcmp(a->device.name, b->device.name) == 0 &&
           strcmp(a->device.kind, b->device.kind) == 0;
}

/* There are few devices, and many runs on each. */
static void print_devices(const struct bench_history_run *runs, size_t count)
{
    bool *told = bench_xcalloc(count + 1, sizeof *told);
    printf("\n%-40s %6s  %-10s  %s\n", "device", "runs", "first", "last");
    for (size_t i = 0; i < count; i++) {
        size_t of_device = 0, latest = i;
        char first[32], last[32];
        for (size_t k = i; k < count && !told[i]; k++) {
            if (told[k] || !is_same_device(&runs[i], &runs[k]))
                continue;
            told[k] = k > i;
            latest = k;
            of_device++;
        }
        if (of_device == 0)
            continue;
        history_format_day(runs[i].started_s, first);
        history_format_day(runs[latest].started_s, last);
        char *name = bench_xprintf("%s (%s)", runs[i].device.name, runs[i].device.kind);
        printf("%-40s %6zu  %s  %s\n", name, of_device, first, last);
        free(name);
    }
    free(told);
}

static void print_runs(const struct bench_history_run *runs, size_t count)
{
    size_t first = count > LATEST_RUNS ? count - LATEST_RUNS : 0;
    printf("\n%-16s  %-32s %8s %5s  %s\n", first > 0 ? "latest runs" : "runs", "name", "results",
           "exit", "commit");
    for (size_t i = count; i-- > first;) {
        char minute[32];
        history_format_minute(runs[i].started_s, minute);
        printf("%-16s  %-32s %8zu %5d  %.10s%s\n", minute, runs[i].name, runs[i].result_count,
               runs[i].exit_code, runs[i].commit[0] ? runs[i].commit : "-",
               runs[i].dirty ? " (changed)" : "");
    }
}

/* ---- what changed ---- */

struct changed {
    int64_t started_s;
    enum history_color color;
    const char *label, *text;           /* label NULL: of the platform, and text is what differs */
    int64_t earliest_s, latest_s; /* of the platform: where it may lie, by the surest course */
    size_t courses;
};

struct changes {
    struct changed *items;
    size_t count, capacity, courses;
    struct bench_arena *arena; /* of their texts */
};

static void add_change(struct changes *all, struct changed change)
{
    if (all->count == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 32;
        all->items = bench_xrealloc(all->items, all->capacity * sizeof *all->items);
    }
    all->items[all->count++] = change;
}

static const char *what_differs(struct changes *all, const struct bench_history_step *step)
{
    struct bench_str text;
    bench_str_init(&text);
    for (size_t i = 0; i < step->difference_count; i++) {
        const struct bench_history_difference *d = &step->differences[i];
        if (strcmp(d->what, "commit") != 0)
            bench_str_addf(&text, "; %s %s to %s", d->what, d->before, d->after);
    }
    const char *kept = bench_arena_strdup(all->arena, text.data);
    bench_str_fini(&text);
    return kept;
}

/* What moves all operators is told once, where the course with the least noise has it. */
static void add_platform(struct changes *all, const struct bench_history_course *c,
                         const struct bench_history_step *step)
{
    struct changed found = {.started_s = c->nights[step->at].run->started_s,
                            .color = HISTORY_YELLOW,
                            .earliest_s = c->nights[step->earliest].run->started_s,
                            .latest_s = c->nights[step->latest].run->started_s,
                            .courses = 1};
    for (size_t i = 0; i < all->count; i++) {
        struct changed *known = &all->items[i];
        if (known->label != NULL || found.earliest_s > known->latest_s ||
            found.latest_s < known->earliest_s)
            continue;
        found.courses += known->courses;
        known->courses = found.courses;
        if (found.latest_s - found.earliest_s < known->latest_s - known->earliest_s) {
            found.text = what_differs(all, step);
            *known = found;
        }
        return;
    }
    found.text = what_differs(all, step);
    add_change(all, found);
}

static void add_steps(struct changes *all, const struct bench_history_course *c,
                      const struct bench_history_analysis *a)
{
    for (size_t i = 0; i < a->step_count; i++) {
        const struct bench_history_step *step = &a->steps[i];
        if (step->cause == BENCH_HISTORY_MOVED_PLATFORM) {
            add_platform(all, c, step);
            continue;
        }
        struct bench_str text;
        char *label = bench_history_course_label(c);
        bench_str_init(&text);
        history_step_text(step, a, &text);
        add_change(all, (struct changed){.started_s = c->nights[step->at].run->started_s,
                                         .color = history_step_color(step),
                                         .label = bench_arena_printf(all->arena, "%s %s",
                                                                     c->operator_name, label),
                                         .text = bench_arena_strdup(all->arena, text.data)});
        bench_str_fini(&text);
        free(label);
    }
}

static int latest_first(const void *a, const void *b)
{
    const struct changed *x = a, *y = b;
    return (x->started_s < y->started_s) - (x->started_s > y->started_s);
}

static void print_changes(struct changes *all, const struct history_style *style)
{
    size_t shown = all->count < LATEST_CHANGES ? all->count : LATEST_CHANGES;
    if (all->count > 0)
        qsort(all->items, all->count, sizeof *all->items, latest_first);
    for (size_t i = 0; i < shown; i++) {
        const struct changed *c = &all->items[i];
        struct bench_str line;
        char day[32];
        bench_str_init(&line);
        history_format_day(c->started_s, day);
        bench_str_addf(&line, "%s  ", day);
        if (c->label == NULL) {
            char *text = bench_xprintf("%zu course%s moved together with %s partner%s", c->courses,
                                       c->courses == 1 ? "" : "s",
                                       c->courses == 1 ? "its" : "their", c->text);
            history_paint(style, c->color, text, &line);
            free(text);
        } else {
            bench_str_addf(&line, "%s: ", c->label);
            history_paint(style, c->color, c->text, &line);
        }
        puts(line.data);
        bench_str_fini(&line);
    }
    if (all->count > shown)
        printf("and %zu more: bench history --format json\n", all->count - shown);
    if (all->count == 0)
        printf("none in %zu course%s\n", all->courses, all->courses == 1 ? "" : "s");
}

static int find_changes(struct bench_history_view *view, enum bench_history_role role, double least,
                        struct changes *all, struct bench_err *err)
{
    const struct bench_history_course *course;
    int rc;
    while ((rc = bench_history_view_next(view, &course, err)) == BENCH_OK && course != NULL) {
        struct bench_arena *arena = bench_arena_new();
        struct bench_history_analysis analysis;
        bench_history_analyse(course, role, least, arena, &analysis);
        add_steps(all, course, &analysis);
        all->courses++;
        bench_arena_free(arena);
    }
    return rc;
}

static int changes_since(struct bench_history *history, const struct bench_history_filter *filter,
                         enum bench_history_role role, double least,
                         const struct history_style *style, struct bench_err *err)
{
    struct bench_history_view *view;
    char day[32];
    int rc = bench_history_view_open(history, filter, &view, err);
    if (rc != BENCH_OK)
        return rc;
    struct changes all = {.arena = bench_arena_new()};
    rc = find_changes(view, role, least, &all, err);
    bench_history_view_close(view);
    if (rc == BENCH_OK) {
        history_format_day(filter->since_s, day);
        printf("\nchanges of %g %% or more since %s (%ss)\n", 100 * least, day,
               bench_history_role_names[role]);
        print_changes(&all, style);
    }
    free(all.items);
    bench_arena_free(all.arena);
    return rc;
}

int history_overview(struct bench_history *history, const struct bench_history_filter *filter,
                     enum bench_history_role role, double least, const struct history_style *style,
                     struct bench_err *err)
{
    struct bench_history_filter recent = *filter;
    struct bench_history_view *view;
    size_t count;
    int rc = bench_history_view_open(history, filter, &view, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_history_run *runs = bench_history_view_runs(view, &count);
    print_totals(bench_history_path(history), runs, count);
    if (count > 0) {
        print_devices(runs, count);
        print_runs(runs, count);
        if (filter->since_s == 0)
            recent.since_s = runs[count > RECENT_RUNS ? count - RECENT_RUNS : 0].started_s;
    }
    bench_history_view_close(view);
    if (count > 0)
        rc = changes_since(history, &recent, role, least, style, err);
    if (rc == BENCH_OK && count > 0)
        printf("\n'bench history OPERATOR' shows the courses of its cases.\n");
    return rc;
}
