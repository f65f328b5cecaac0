/* bench history: how times went over all runs that were recorded, and when they changed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/history_draw.h"
#include "bench/cli/history_json.h"
#include "bench/cli/history_options.h"
#include "bench/cli/history_overview.h"

static const char command_name[] = "history";

struct asked {
    struct history_choice choice;
    const char *role_name, *format;
    double least; /* per cent */
    bool ascii, steps_only;
    const char *operator_name;
    enum bench_history_role role;
};

static int check(struct asked *a, struct bench_err *err)
{
    int role = 0;
    while (role + 1 < BENCH_HISTORY_ROLES &&
           strcmp(a->role_name, bench_history_role_names[role]) != 0)
        role++;
    a->role = (enum bench_history_role)role;
    if (!(a->least > 0 && a->least < 100))
        return bench_err_set(err, BENCH_EINPUT,
                             "--least is in per cent, above 0 and below 100 (1 is usual), not %g",
                             a->least);
    return BENCH_OK;
}

/* ---- the courses of an operator ---- */

struct heading {
    const char *device, *mode, *cache;
    size_t runs;
    int64_t first_s, last_s;
};

/* Courses on one device follow each other as a rule, and were in the same runs. */
static void add_heading(struct heading *heading, bool is_apart,
                        const struct bench_history_course *c,
                        const struct bench_history_analysis *a, struct bench_str *out)
{
    const struct heading now = {.device = c->device_name,
                                .mode = c->mode,
                                .cache = c->cache,
                                .runs = c->count,
                                .first_s = c->nights[0].run->started_s,
                                .last_s = c->nights[c->count - 1].run->started_s};
    const bool is_same = heading->device != NULL && strcmp(heading->device, now.device) == 0 &&
                         strcmp(heading->mode, now.mode) == 0 &&
                         strcmp(heading->cache, now.cache) == 0;
    if (is_same && heading->runs == now.runs && heading->first_s == now.first_s &&
        heading->last_s == now.last_s)
        return;
    *heading = now;
    bench_str_add(out, is_apart ? "" : "\n");
    if (!is_same)
        bench_str_addf(out, "%s, %s, on %s (%s), %s mode, %s cache%s\n", c->operator_name,
                       bench_history_role_names[a->role], c->device_name, c->device_kind, c->mode,
                       c->cache, a->partner >= 0 ? "; steps are of the ratio to another role" : "");
    char first[32], last[32];
    history_format_day(now.first_s, first);
    history_format_day(now.last_s, last);
    bench_str_addf(out, "%zu run%s from %s to %s\n\n", c->count, c->count == 1 ? "" : "s", first,
                   last);
}

static int print_courses(const struct asked *a, struct bench_history_view *view,
                         struct bench_err *err)
{
    const struct bench_history_course *course;
    struct history_style style;
    struct heading heading = {0};
    struct bench_str out;
    size_t courses = 0, steps = 0;
    bool is_apart = true; /* a blank line was the last, or nothing */
    int rc;
    history_style_init(&style, a->ascii);
    while ((rc = bench_history_view_next(view, &course, err)) == BENCH_OK && course != NULL) {
        struct bench_arena *arena = bench_arena_new();
        struct bench_history_analysis analysis;
        bench_str_init(&out);
        bench_history_analyse(course, a->role, a->least / 100, arena, &analysis);
        if (!a->steps_only || analysis.step_count > 0) {
            add_heading(&heading, is_apart, course, &analysis, &out);
            history_draw(course, &analysis, &style, &out);
            is_apart = analysis.step_count > 0;
        }
        fputs(out.data, stdout);
        courses++;
        steps += analysis.step_count;
        bench_str_fini(&out);
        bench_arena_free(arena);
    }
    if (rc == BENCH_OK && courses == 0)
        rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "no result of '%s' is left by the options (dtype, shape, device, suite, "
                           "since)",
                           a->operator_name);
    else if (rc == BENCH_OK)
        printf("%s%zu course%s, %zu step%s of %g %% or more\n", is_apart ? "" : "\n", courses,
               courses == 1 ? "" : "s", steps, steps == 1 ? "" : "s", a->least);
    return rc;
}

static int show(struct asked *a, struct bench_history *history, struct bench_err *err)
{
    struct bench_history_filter filter;
    struct bench_history_view *view = NULL;
    char *shape = NULL;
    int rc = history_filter(&a->choice, a->operator_name, &shape, &filter, err);
    bool is_json = strcmp(a->format, "json") == 0;
    if (rc == BENCH_OK && a->operator_name == NULL && !is_json) {
        struct history_style style;
        history_style_init(&style, a->ascii);
        rc = history_overview(history, &filter, a->role, a->least / 100, &style, err);
    } else if (rc == BENCH_OK) {
        rc = bench_history_view_open(history, &filter, &view, err);
        if (rc == BENCH_OK)
            rc = is_json ? history_json(view, a->role, a->least / 100, err)
                         : print_courses(a, view, err);
        bench_history_view_close(view);
    }
    free(shape);
    return rc;
}

/* ---- the command ---- */

static int run_history(const struct bench_command *self, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"import", history_import},
                    {"export", history_export},
                    {"check", history_check},
                    {"prune", history_prune}};
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);

    struct asked a = {.role_name = "candidate", .format = "text", .least = 1};
    const struct bench_option options[] = {
        HISTORY_CHOICE_OPTIONS(&a.choice),
        {"role", BENCH_OPTION_CHOICE, &a.role_name, "candidate|reference|baseline",
         "Whose times (default: candidate).", 0, 0},
        {"least", BENCH_OPTION_DOUBLE, &a.least, "PERCENT",
         "The smallest step that is told (default: 1).", 0, 0},
        {"steps", BENCH_OPTION_FLAG, &a.steps_only, NULL, "Only courses with a step.", 0, 0},
        {"format", BENCH_OPTION_CHOICE, &a.format, "text|json",
         "json: one document with every course and its steps.", 0, 0},
        {"ascii", BENCH_OPTION_FLAG, &a.ascii, NULL,
         "Letters in place of bars (default where the locale is not UTF-8).", 0, 0},
        {0}};
    struct bench_history *history = NULL;
    struct bench_err err = {0};
    size_t count;
    int exit_code;
    if (bench_options_parse(self, options, argc, argv, &a.operator_name, 1, &count, &exit_code) !=
        0)
        return exit_code;
    if (check(&a, &err) != BENCH_OK)
        return history_fail(command_name, &err);
    exit_code = history_open(command_name, a.choice.db, BENCH_HISTORY_READ, &history);
    if (exit_code != BENCH_EXIT_OK)
        return exit_code;
    if (show(&a, history, &err) != BENCH_OK)
        exit_code = history_fail(command_name, &err);
    bench_history_close(history);
    return exit_code;
}

static const char *const parts[] = {"import", "export", "check", "prune", NULL};

const struct bench_command bench_cmd_history;
const struct bench_command bench_cmd_history = {
    .name = "history",
    .summary = "Show how times went over all recorded runs, and when they changed.",
    .usage = "history [options] [OPERATOR]\n"
             "       bench history import|export|check|prune ...",
    .details =
        "Without OPERATOR: what there is, and the latest changes. With it: the course of each of "
        "its cases, a bar for a run or several, and under it the numbers of its steps: when, by "
        "how much, and what differs between the runs before and after.\n\n"
        "Every finished `bench run` is recorded. `bench history import FOLDER...` records earlier "
        "runs, `export csv|json` writes all of it, `check` says whether the file is whole, `prune` "
        "deletes runs; each has its own --help. docs/history.md says how steps are found.\n\n"
        "Exit codes: 0; 2 bad usage, no such file or operator, or a file that is no history; 4 the "
        "system failed.",
    .run = run_history,
    .parts = parts};
