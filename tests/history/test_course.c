/* Courses as they are read, and what is said of their steps: who moved, and what differs there. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/history/analysis.h"
#include "bench/util/rng.h"
#include "support.h"

TestSuite(history_course, .init = history_enter_folder, .fini = history_leave_folder,
          .timeout = 300);

/* ---- reading ---- */

static size_t read_all(struct bench_history *history, const struct bench_history_filter *filter,
                       size_t *nights)
{
    struct bench_history_view *view;
    const struct bench_history_course *course;
    struct bench_err err = {0};
    size_t count = 0;
    *nights = 0;
    cr_assert_eq(bench_history_view_open(history, filter, &view, &err), 0, "%s", err.message);
    while (bench_history_view_next(view, &course, &err) == BENCH_OK && course != NULL) {
        cr_assert_gt(course->count, 0);
        for (size_t i = 1; i < course->count; i++)
            cr_assert_lt(course->nights[i - 1].run->started_s, course->nights[i].run->started_s);
        *nights += course->count;
        count++;
    }
    cr_assert_eq(err.code, 0, "%s", err.message);
    bench_history_view_close(view);
    return count;
}

Test(history_course, filters)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_err err = {0};
    struct bench_history_view *view;
    size_t nights;
    history_add_nights(history, 0, 10);
    const struct {
        struct bench_history_filter filter;
        size_t courses, nights;
    } cases[] = {
        {{0}, 4, 40},
        {{.operator_name = "op001"}, 2, 20},
        {{.dtype = "float16"}, 2, 20},
        {{.shape = "[64, 1024]"}, 4, 40},
        {{.shape = "[1, 1024]"}, 0, 0},
        {{.device = "h100"}, 4, 40},
        {{.device = "cuda"}, 4, 40},
        {{.device = "A100"}, 0, 0},
        {{.suite = "nightly"}, 4, 40},
        {{.suite = "quick"}, 0, 0},
        {{.since_s = history_few.first_s + 7 * 86400}, 4, 12},
        {{.last = 2}, 4, 8},
        {{.last = 50}, 4, 40},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(read_all(history, &cases[i].filter, &nights), cases[i].courses, "filter %zu",
                     i);
        cr_expect_eq(nights, cases[i].nights, "filter %zu: %zu nights", i, nights);
    }
    struct bench_history_filter wrong = {.operator_name = "op011"};
    cr_assert_eq(bench_history_view_open(history, &wrong, &view, &err), BENCH_ENOTFOUND);
    cr_assert_null(view);
    history_expect_in(err.message, "did you mean 'op001'?");
    bench_history_close(history);
}

Test(history_course, everything_comes_back_as_it_was_recorded)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_history_filter filter = {.operator_name = "op001", .dtype = "float32"};
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_view *view;
    const struct bench_history_course *course;
    const struct bench_history_past_decision *decisions;
    struct bench_history_run run;
    size_t count;
    history_add_nights(history, 3, 4);
    nights_make(&history_few, 3, arena, &run);
    cr_assert_eq(bench_history_view_open(history, &filter, &view, NULL), 0);
    cr_assert_eq(bench_history_view_next(view, &course, NULL), 0);
    const struct bench_history_run *back = course->nights[0].run;
    cr_assert_str_eq(back->uid, run.uid);
    cr_assert_str_eq(back->name, run.name);
    cr_assert_str_eq(back->folder, run.folder);
    cr_assert_str_eq(back->commit, run.commit);
    cr_assert_str_eq(back->command, run.command);
    cr_assert_str_eq(back->settings, run.settings);
    cr_assert_eq(back->started_s, run.started_s);
    cr_assert_eq(back->noise_floor, run.noise_floor);
    cr_assert_eq(back->result_count, 12);
    cr_assert_str_eq(back->environment.driver, run.environment.driver);
    cr_assert_str_eq(back->device.uuid, run.device.uuid);
    cr_assert_str_eq(course->params, "");
    for (int role = 0; role < BENCH_HISTORY_ROLES; role++) {
        const struct bench_history_result *a = &run.cases[2].roles[role];
        const struct bench_history_result *b = &course->nights[0].roles[role];
        cr_assert_str_eq(a->implementation, b->implementation);
        cr_assert_str_eq(a->source_hash, b->source_hash);
        cr_assert_str_eq(a->variant, b->variant);
        cr_assert_str_eq(a->status, b->status);
        cr_assert_eq(a->time_ms, b->time_ms);
        cr_assert_eq(a->low_ms, b->low_ms);
        cr_assert_eq(a->high_ms, b->high_ms);
    }
    cr_assert_eq(bench_history_view_decisions(view, &decisions, &count, NULL), 0);
    cr_assert_eq(count, 1);
    cr_assert_str_eq(decisions[0].decision.answer, "pass");
    cr_assert_eq(decisions[0].decision.estimate, 1.45);
    cr_assert_str_eq(decisions[0].run->uid, run.uid);
    bench_history_view_close(view);
    bench_history_close(history);
    bench_arena_free(arena);
}

/* Times on different devices are different courses, and so are modes and caches. */
Test(history_course, one_for_each_device_and_mode)
{
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_arena *arena = bench_arena_new();
    size_t nights;
    for (size_t i = 0; i < 12; i++) {
        struct bench_history_run run;
        bool added;
        nights_make(&history_few, i, arena, &run);
        if (i % 3 == 1)
            run.device.name = "NVIDIA A100";
        if (i % 3 == 2)
            run.mode = "operator";
        run.device.uuid = i % 2 ? "GPU-1" : "GPU-2"; /* the same model: the same course */
        cr_assert_eq(bench_history_add(history, &run, &added, NULL), 0);
    }
    struct bench_history_filter all = {0}, one = {.device = "a100"};
    cr_assert_eq(read_all(history, &all, &nights), 12);
    cr_assert_eq(nights, 48);
    cr_assert_eq(read_all(history, &one, &nights), 4);
    bench_history_close(history);
    bench_arena_free(arena);
}

/* A run on two models has its cases in the courses of either. */
Test(history_course, one_for_each_device_of_a_run)
{
    static const struct bench_history_device other = {"cuda", "NVIDIA A100", "GPU-9", "sm_80"};
    struct bench_history *history = history_file("h.db", BENCH_HISTORY_WRITE);
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_view *view;
    size_t nights, count;
    for (size_t i = 0; i < 6; i++) {
        struct bench_history_run run;
        bool added;
        nights_make(&history_few, i, arena, &run);
        struct bench_history_case *cases = bench_arena_alloc(arena, run.case_count * sizeof *cases);
        memcpy(cases, run.cases, run.case_count * sizeof *cases);
        run.cases = cases;
        for (int role = 0; i % 2 == 1 && role < BENCH_HISTORY_ROLES; role++)
            cases[0].roles[role].device = &other;
        cr_assert_eq(bench_history_add(history, &run, &added, NULL), 0);
    }
    history_expect_whole(history);
    struct bench_history_filter all = {0}, one = {.device = "a100"}, first = {.device = "H100"};
    cr_assert_eq(read_all(history, &all, &nights), 5);
    cr_assert_eq(nights, 24);
    cr_assert_eq(read_all(history, &one, &nights), 1);
    cr_assert_eq(nights, 3);
    cr_assert_eq(read_all(history, &first, &nights), 4);
    cr_assert_eq(nights, 21);
    cr_assert_eq(bench_history_view_open(history, &one, &view, NULL), 0);
    const struct bench_history_run *runs = bench_history_view_runs(view, &count);
    cr_assert_eq(count, 3);
    cr_assert_eq(runs[2].device_count, 2);
    cr_assert_str_eq(runs[2].devices[0]->uuid, "GPU-0");
    cr_assert_str_eq(runs[2].devices[1]->uuid, "GPU-9");
    bench_history_view_close(view);
    bench_history_close(history);
    bench_arena_free(arena);
}

/* ---- steps ---- */

enum { NIGHTS = 80, STEP = 50 };

struct scene {
    struct bench_history_run runs[NIGHTS];
    struct bench_history_night nights[NIGHTS];
    struct bench_history_course course;
    char commits[NIGHTS][8];
    char names[NIGHTS][8];
};

/* Times of 10, 14 and 8 µs with noise that all share (2 %) and noise of their own (0.3 %). From
 * STEP on they are multiplied by `after`. */
static void make_scene(struct scene *s, double candidate, double reference, double baseline)
{
    static const char *const names[] = {"fast", "flag_gems", "cublas"};
    const double base[] = {0.010, 0.014, 0.008}, after[] = {candidate, reference, baseline};
    struct bench_rng rng;
    bench_rng_init(&rng, 9);
    memset(s, 0, sizeof *s);
    for (int i = 0; i < NIGHTS; i++) {
        double shared = 0.02 * bench_rng_normal(&rng);
        snprintf(s->commits[i], sizeof s->commits[i], "c%d", i);
        snprintf(s->names[i], sizeof s->names[i], "n%d", i);
        s->runs[i] = (struct bench_history_run){
            .name = s->names[i],
            .commit = s->commits[i],
            .mode = "kernel",
            .cache = "cold",
            .started_s = 86400 * i,
            .device = {"cuda", "H100", "GPU-1", "sm_90"},
            .environment = {.driver = "580", .compiler = "NVRTC 13.0", .host = "gpu1"}};
        s->nights[i].run = &s->runs[i];
        for (int role = 0; role < BENCH_HISTORY_ROLES; role++) {
            double ms = base[role] * exp(shared + 0.003 * bench_rng_normal(&rng));
            ms *= i >= STEP ? after[role] : 1;
            s->nights[i].roles[role] = (struct bench_history_result){.implementation = names[role],
                                                                     .source_hash = "s1",
                                                                     .status = "ok",
                                                                     .time_ms = ms,
                                                                     .low_ms = ms * 0.999,
                                                                     .high_ms = ms * 1.001};
        }
    }
    s->course = (struct bench_history_course){"op",   "float32", "[64]", "",   "cuda",
                                              "H100", "kernel",  "cold", NULL, NIGHTS};
    s->course.nights = s->nights;
}

static struct scene scene;

static const struct bench_history_step *analyse(enum bench_history_role role,
                                                struct bench_arena *arena,
                                                struct bench_history_analysis *analysis,
                                                size_t expected)
{
    bench_history_analyse(&scene.course, role, 0.01, arena, analysis);
    cr_assert_eq(analysis->step_count, expected, "%zu steps, expected %zu", analysis->step_count,
                 expected);
    return analysis->steps;
}

static bool differs(const struct bench_history_step *step, const char *what, const char *before,
                    const char *after)
{
    for (size_t i = 0; i < step->difference_count; i++)
        if (strcmp(step->differences[i].what, what) == 0)
            return strcmp(step->differences[i].before, before) == 0 &&
                   strcmp(step->differences[i].after, after) == 0;
    return false;
}

/* A step of 3 % in times that all sway by 2 %: only the ratio shows it. */
Test(history_course, a_candidate_that_moved_is_seen_in_the_ratio)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_analysis a;
    make_scene(&scene, 1.03, 1, 1);
    for (int i = STEP; i < NIGHTS; i++)
        scene.nights[i].roles[0].source_hash = "s2";
    const struct bench_history_step *step = analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 1);
    cr_assert_eq(step->cause, BENCH_HISTORY_MOVED_CANDIDATE);
    cr_assert_neq(a.partner, -1);
    cr_assert_eq(step->at, STEP);
    cr_assert(step->low <= 1.03 && 1.03 <= step->high, "%g to %g", step->low, step->high);
    cr_assert(differs(step, "candidate source", "s1", "s2"));
    cr_assert(differs(step, "commit", scene.nights[step->earliest - 1].run->commit,
                      scene.nights[step->latest].run->commit));
    cr_assert_lt(a.noise, 0.01);
    bench_arena_free(arena);
}

Test(history_course, what_moves_all_is_the_platform)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_analysis a;
    make_scene(&scene, 1.10, 1.10, 1.10);
    for (int i = STEP; i < NIGHTS; i++) {
        scene.runs[i].environment.driver = "590";
        scene.runs[i].device.uuid = "GPU-2";
    }
    const struct bench_history_step *step = analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 1);
    cr_assert_eq(step->cause, BENCH_HISTORY_MOVED_PLATFORM);
    cr_assert(step->at + 2 > STEP && step->at < STEP + 2);
    cr_assert(differs(step, "driver", "580", "590"));
    cr_assert(differs(step, "device", "GPU-1", "GPU-2"));
    cr_assert_float_eq(step->after_ms / step->before_ms, 1.10, 0.02);
    bench_arena_free(arena);
}

/* The baseline's implementation changed, so the reference is the partner; where there is no
 * reference, the ratio moves, and it is said that the candidate did not. */
Test(history_course, a_partner_that_moved_is_not_the_candidate)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_analysis a;
    make_scene(&scene, 1, 1, 0.8);
    for (int i = STEP; i < NIGHTS; i++)
        scene.nights[i].roles[2].library = "cuBLAS 13.2";
    analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 0);
    cr_assert_eq(a.partner, BENCH_HISTORY_REFERENCE);
    for (int i = 0; i < NIGHTS; i++)
        scene.nights[i].roles[1].status = NULL;
    const struct bench_history_step *step = analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 1);
    cr_assert_eq(a.partner, BENCH_HISTORY_BASELINE);
    cr_assert_eq(step->cause, BENCH_HISTORY_MOVED_PARTNER);
    bench_arena_free(arena);
}

/* Both moved at once, the candidate by more: that is told, and once. */
Test(history_course, a_candidate_that_moved_with_the_platform)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_analysis a;
    make_scene(&scene, 1.30, 1.10, 1.10);
    const struct bench_history_step *step = analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 1);
    cr_assert_eq(step->cause, BENCH_HISTORY_MOVED_CANDIDATE);
    cr_assert_float_eq(step->ratio, 1.30 / 1.10, 0.01);
    bench_arena_free(arena);
}

Test(history_course, a_role_without_a_partner_is_judged_by_its_times)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_analysis a;
    make_scene(&scene, 1, 1, 1.2);
    const struct bench_history_step *step = analyse(BENCH_HISTORY_BASELINE, arena, &a, 1);
    cr_assert_eq(a.partner, -1);
    cr_assert_eq(step->cause, BENCH_HISTORY_MOVED_CANDIDATE);
    bench_arena_free(arena);
}

Test(history_course, nights_without_a_time_are_passed_over)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_analysis a;
    make_scene(&scene, 1.05, 1, 1);
    for (int i = 0; i < NIGHTS; i += 7) {
        scene.nights[i].roles[0].status = "wrong";
        scene.nights[i].roles[0].time_ms = NAN;
    }
    const struct bench_history_step *step = analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 1);
    cr_assert(step->at >= STEP - 1 && step->at <= STEP + 1);
    cr_assert_eq(a.failed, 12);
    cr_assert_eq(a.timed, NIGHTS - 12);
    cr_assert_eq(a.failing, 0);
    cr_assert_float_eq(a.last_ms, scene.nights[NIGHTS - 1].roles[0].time_ms, 1e-12);
    /* In the last night, too. */
    scene.nights[NIGHTS - 1].roles[0].time_ms = NAN;
    scene.nights[NIGHTS - 2].roles[0].time_ms = NAN;
    analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 1);
    cr_assert(isnan(a.last_ms));
    cr_assert_eq(a.failing, 3); /* with night 77, above */
    cr_assert_eq(a.failing_since, NIGHTS - 3);
    bench_arena_free(arena);
}

Test(history_course, no_nights_that_were_timed)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_history_analysis a;
    make_scene(&scene, 1, 1, 1);
    for (int i = 0; i < NIGHTS; i++)
        scene.nights[i].roles[0].status = NULL;
    analyse(BENCH_HISTORY_CANDIDATE, arena, &a, 0);
    cr_assert_eq(a.timed, 0);
    cr_assert(isnan(a.last_ms) && isnan(a.before_ms) && isnan(a.noise));
    scene.course.count = 1;
    analyse(BENCH_HISTORY_REFERENCE, arena, &a, 0);
    cr_assert(isnan(a.before_ms));
    bench_arena_free(arena);
}

Test(history_course, labels)
{
    struct bench_history_course c = {.dtype = "float16", .shape = "[2, 3]", .params = ""};
    const struct {
        const char *params, *label;
    } cases[] = {{"", "float16 [2, 3]"},
                 {"{\"dim\":1,\"mode\":\"row\"}", "float16 [2, 3] dim=1 mode=row"},
                 {"[[2,3]]", "float16 [2, 3] [[2,3]]"},
                 {"no json", "float16 [2, 3] no json"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        c.params = cases[i].params;
        char *label = bench_history_course_label(&c);
        cr_expect_str_eq(label, cases[i].label);
        free(label);
    }
}
