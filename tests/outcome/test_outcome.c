/* What is read back from folders of runs and from files of performance data. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/run_support.h"
#include "bench/util/file.h"
#include "support.h"

TestSuite(outcome, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 300);

Test(outcome, the_folder_of_a_run)
{
    outcome_run("winner", "--confirm", "r");
    struct bench_outcome *o = outcome_load("r", 0);
    cr_expect_str_eq(o->id, "r");
    cr_expect_str_eq(o->suite, "winner");
    cr_expect_str_eq(o->status, "finished");
    cr_expect_eq(o->exit_code, 0);
    cr_expect_str_eq(o->device.kind, "null");
    cr_expect_str_eq(o->mode, "kernel");
    cr_expect_eq(o->seed, 5);
    cr_expect_eq(o->confirmations, 3);
    cr_expect_eq(o->thresholds[BENCH_OUTCOME_SPEEDUP], 1.3);
    cr_expect_gt(o->started_s, 1700000000);
    cli_expect_in(o->command, "bench run ");
    cr_expect_not_null(bench_json_get(o->environment, "sandbox"));
    cr_expect(o->has_journal);
    cr_expect_eq(o->note_count, 0, "%s", o->note_count ? o->notes[0] : "");
    cr_assert_eq(o->operator_count, 2);
    cr_expect_str_eq(o->operators[0].name, "paced");
    cr_expect_eq(strlen(o->operators[0].hash), 32);
    cr_expect_eq(o->operators[0].case_count, 2);
    cr_expect_eq(o->operators[1].first_case, 2);
    cr_expect_eq(bench_outcome_find_operator(o, "scripted"), &o->operators[1]);
    cr_expect_null(bench_outcome_find_operator(o, "gelu"));
    bench_outcome_free(o);
}

Test(outcome, decisions_are_those_of_the_run)
{
    outcome_run("winner", "--confirm", "r");
    struct bench_outcome *o = outcome_load("r", 0);
    const struct bench_outcome_decision *d = o->operators[0].decisions;
    cr_assert(d[BENCH_OUTCOME_SPEEDUP].known);
    cr_expect_eq(d[BENCH_OUTCOME_SPEEDUP].answer, BENCH_PASS);
    cr_expect_eq(d[BENCH_OUTCOME_SPEEDUP].processes, 3);
    cr_expect_eq(d[BENCH_OUTCOME_SPEEDUP].cases, 2);
    cr_expect_float_eq(d[BENCH_OUTCOME_SPEEDUP].ratio.estimate, sqrt(1.5 * 2), 0.02);
    cr_expect_not(d[BENCH_OUTCOME_RELATIVE].known);
    d = o->operators[1].decisions; /* 3000 ns against 2000 */
    cr_expect_eq(d[BENCH_OUTCOME_SPEEDUP].answer, BENCH_FAIL);
    cr_expect_eq(d[BENCH_OUTCOME_SPEEDUP].processes, 0);
    bench_outcome_free(o);
}

Test(outcome, cases_with_times_of_every_process)
{
    outcome_run("winner", "--confirm", "r");
    struct bench_outcome *o = outcome_load("r", 0);
    const struct bench_outcome_case *c = outcome_case(o, "paced", "case=1");
    const struct bench_outcome_role *role = &c->roles[BENCH_REFERENCE];
    cr_expect_str_eq(c->label, "float32 [64] case=1");
    cr_expect_str_eq(c->params, "{\"case\":1}");
    cr_expect_eq(c->number, 1);
    cr_expect_eq(c->bytes, 512);
    cr_expect_eq(c->decisions[BENCH_OUTCOME_SPEEDUP].answer, BENCH_PASS);
    cr_expect_eq(bench_outcome_find(o, c->key), c);
    cr_expect_eq(role->standing, BENCH_OUTCOME_OK);
    cr_expect_str_eq(role->implementation, "twice");
    cr_assert_eq(role->process_count, 4);
    cr_expect_eq(role->process_ms[0], role->time_ms);
    for (size_t p = 0; p < 4; p++) {
        cr_expect_float_eq(role->process_ms[p], 0.02, 0.0004);
        cr_expect_eq(role->processes[p], (int)p);
    }
    cr_expect_leq(role->low_ms, role->time_ms);
    cr_expect_geq(role->high_ms, role->time_ms);
    cr_expect_gt(role->high_ms - role->low_ms, 0);
    cr_expect_lt(role->high_ms - role->low_ms, 0.0006);
    cr_expect_eq(c->roles[BENCH_BASELINE].standing, BENCH_OUTCOME_UNFILLED);
    cr_expect_str_eq(c->roles[BENCH_BASELINE].status, "unavailable");
    cr_expect(isnan(c->roles[BENCH_BASELINE].time_ms));
    cr_expect_eq(outcome_case(o, "scripted", "float32")->roles[BENCH_CANDIDATE].process_count, 1);
    bench_outcome_free(o);
}

static void expect_same_role(const struct bench_outcome_role *a, const struct bench_outcome_role *b)
{
    cr_expect_eq(a->standing, b->standing);
    cr_expect_str_eq(a->implementation, b->implementation);
    cr_expect_str_eq(a->source_hash, b->source_hash);
    cr_expect_float_eq(a->time_ms, b->time_ms, 1e-12);
    cr_assert_eq(a->process_count, b->process_count);
    for (size_t i = 0; i < a->process_count; i++) {
        cr_expect_float_eq(a->process_ms[i], b->process_ms[i], 1e-12);
        cr_expect_eq(a->processes[i], b->processes[i]);
    }
    cr_expect_eq(a->rounds, b->rounds);
    cr_expect_float_eq(a->q25_ms, b->q25_ms, 1e-12);
    cr_expect_leq(b->low_ms, b->time_ms);
    cr_expect_geq(b->high_ms, b->time_ms);
}

Test(outcome, journal_and_performance_data_tell_the_same)
{
    outcome_run("winner", "--confirm", "r");
    struct bench_outcome *whole = outcome_load("r", 0);
    struct bench_outcome *light = outcome_load("r", BENCH_OUTCOME_NO_JOURNAL);
    cr_expect_not(light->has_journal);
    cr_expect(outcome_has_note(light, "was not read"));
    cr_assert_eq(light->case_count, whole->case_count);
    for (size_t i = 0; i < whole->case_count; i++) {
        const struct bench_outcome_case *c = &whole->cases[i];
        const struct bench_outcome_case *other = bench_outcome_find(light, c->key);
        cr_assert_not_null(other);
        cr_expect_str_eq(other->label, c->label);
        expect_same_role(&c->roles[BENCH_CANDIDATE], &other->roles[BENCH_CANDIDATE]);
        expect_same_role(&c->roles[BENCH_REFERENCE], &other->roles[BENCH_REFERENCE]);
        cr_expect(isnan(other->roles[BENCH_CANDIDATE].floor_high_ms));
    }
    bench_outcome_free(whole);
    bench_outcome_free(light);
}

Test(outcome, a_file_alone)
{
    outcome_run("winner", "--confirm", "r");
    struct bench_outcome *o = outcome_load("r/your_perf_data.json", 0);
    cr_expect_null(o->folder);
    cr_expect_null(o->environment);
    cr_expect_str_eq(o->id, "r");
    cr_expect_str_eq(o->device.kind, "null");
    cr_expect_str_eq(o->cache, "cold");
    cr_expect_eq(o->started_s, -1);
    cr_expect_eq(o->thresholds[BENCH_OUTCOME_SPEEDUP], 1.3);
    cr_expect(outcome_has_note(o, "is a file of performance data"));
    cr_expect_eq(o->case_count, 3);
    cr_expect_eq(outcome_case(o, "paced", "case=0")->roles[BENCH_REFERENCE].process_count, 4);
    bench_outcome_free(o);

    o = outcome_load("r/flaggems_perf_data.json", 0);
    cr_expect_eq(o->case_count, 3);
    const struct bench_outcome_case *c = outcome_case(o, "paced", "case=0");
    cr_expect_str_eq(c->roles[BENCH_REFERENCE].implementation, "half_more");
    cr_expect_str_eq(c->roles[BENCH_CANDIDATE].implementation, "base");
    bench_outcome_free(o);
}

Test(outcome, data_of_other_origin)
{
    struct bench_outcome *o;
    cli_write("plain.json",
              "{\"aten::gelu\": {\"configs\": [{\"shape\": [2, 3], \"dtype\": \"fp16\","
              "\"your_time\": 0.5, \"cuda_time\": 0.25}]}}");
    o = outcome_load("plain.json", 0);
    cr_assert_eq(o->case_count, 1);
    const int64_t shape[] = {2, 3};
    char key[BENCH_OUTCOME_KEY];
    cr_assert_eq(bench_outcome_key("gelu", "torch.float16", shape, 2, NULL, key, NULL), 0);
    const struct bench_outcome_case *c = bench_outcome_find(o, key);
    cr_assert_not_null(c);
    cr_expect_str_eq(c->op_name, "gelu");
    cr_expect_str_eq(c->label, "float16 [2, 3]");
    cr_expect_eq(c->roles[BENCH_CANDIDATE].time_ms, 0.5);
    cr_expect_eq(c->roles[BENCH_CANDIDATE].process_count, 1);
    cr_expect_eq(c->roles[BENCH_BASELINE].time_ms, 0.25);
    cr_expect_eq(c->roles[BENCH_REFERENCE].standing, BENCH_OUTCOME_ABSENT);
    cr_expect_eq(c->roles[BENCH_REFERENCE].process_count, 0);
    cr_expect(isnan(c->roles[BENCH_CANDIDATE].low_ms));
    cr_expect(isnan(o->noise_floor));
    bench_outcome_free(o);
}

Test(outcome, failures_with_their_reasons)
{
    outcome_run("deaths", "--timeout 8", "r");
    for (unsigned flags = 0; flags <= BENCH_OUTCOME_NO_JOURNAL; flags += BENCH_OUTCOME_NO_JOURNAL) {
        struct bench_outcome *o = outcome_load("r", flags);
        const struct bench_outcome_case *c = outcome_case(o, "scripted", "fault=0");
        cr_expect_eq(o->exit_code, 1);
        cr_expect_eq(o->case_count, 6);
        cr_expect_eq(c->roles[BENCH_CANDIDATE].standing, BENCH_OUTCOME_FAILED);
        cr_expect_str_eq(c->roles[BENCH_CANDIDATE].status, "crashed");
        cr_expect_str_eq(c->roles[BENCH_CANDIDATE].implementation, "crash");
        cli_expect_in(c->roles[BENCH_CANDIDATE].reason, "signal 11");
        cr_expect_eq(c->roles[BENCH_CANDIDATE].process_count, 0);
        cr_expect_float_eq(c->roles[BENCH_REFERENCE].time_ms, 0.002, 1e-9);
        cr_expect_float_eq(c->roles[BENCH_BASELINE].time_ms, 0.001, 1e-9);
        bench_outcome_free(o);
    }
}

Test(outcome, keys_do_not_depend_on_spelling)
{
    const int64_t shape[] = {4};
    char a[BENCH_OUTCOME_KEY], b[BENCH_OUTCOME_KEY];
    struct bench_json_doc *one = NULL, *two = NULL;
    struct bench_err err = {0};
    const char x[] = "{\"a\": 1, \"b\": \"c\"}", y[] = "{\"b\": \"c\", \"a\": 1.0}";
    cr_assert_eq(bench_json_parse("x", x, strlen(x), &one, &err), 0);
    cr_assert_eq(bench_json_parse("y", y, strlen(y), &two, &err), 0);
    bench_outcome_key("aten::add", "half", shape, 1, bench_json_root(one), a, &err);
    bench_outcome_key("add", "float16", shape, 1, bench_json_root(two), b, &err);
    cr_expect_str_eq(a, b);
    bench_outcome_key("add", "float16", shape, 1, NULL, b, &err);
    cr_expect_str_neq(a, b);
    cr_expect_eq(bench_outcome_key("a b", "float16", shape, 1, NULL, b, &err), BENCH_EINPUT);
    cr_expect_eq(bench_outcome_key("add", "float15", shape, 1, NULL, b, &err), BENCH_EINPUT);
    cli_expect_in(err.message, "float15");
    bench_json_free(one);
    bench_json_free(two);
}

Test(outcome, what_there_is_not)
{
    outcome_refused("nowhere", 0, BENCH_ENOTFOUND, "nowhere");
    cr_assert_eq(bench_file_mkdirs("empty", NULL), 0);
    outcome_refused("empty", 0, BENCH_ENOTFOUND, "is no folder of a run");
}

Test(outcome, unfinished_runs_are_refused_with_what_to_do)
{
    outcome_run("winner", "", "r");
    outcome_edit("r/run.json", "\"finished\"", "\"interrupted\"");
    outcome_refused("r", 0, BENCH_EINPUT, "bench run --resume r");
    outcome_refused("r", 0, BENCH_EINPUT, "after 3 of 3 cases");
    struct bench_outcome *o = outcome_load("r", BENCH_OUTCOME_UNFINISHED);
    cr_expect_str_eq(o->status, "interrupted");
    cr_expect(outcome_has_note(o, "was interrupted"));
    bench_outcome_free(o);
}

Test(outcome, wrong_types_are_named_with_their_place)
{
    outcome_run("winner", "", "r");
    outcome_edit("r/run.json", "\"format\": 1", "\"format\": 2");
    outcome_refused("r", 0, BENCH_EINPUT, "/format");
    outcome_edit("r/run.json", "\"format\": 2", "\"format\": 1");
    outcome_edit("r/run.json", "\"cache\": \"cold\"", "\"cache\": 7");
    outcome_refused("r", 0, BENCH_EINPUT, "run.json:");
    outcome_edit("r/run.json", "\"cache\": 7", "\"cache\": \"cold\"");
    outcome_edit("r/your_perf_data.json", "\"rounds\": ", "\"rounds\": -");
    outcome_refused("r", 0, BENCH_EINPUT, "/paced/configs/0/stats/candidate/rounds");
    outcome_edit("r/your_perf_data.json", "\"rounds\": -", "\"rounds\": ");
    outcome_edit("r/your_perf_data.json", "\"your_time\": ", "\"your_time\": -");
    outcome_refused("r", 0, BENCH_EINPUT, "/paced/configs/0/your_time");
    outcome_edit("r/your_perf_data.json", "\"your_time\": -", "\"your_time\": ");
    bench_outcome_free(outcome_load("r", 0));
}
