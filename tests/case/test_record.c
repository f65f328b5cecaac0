/* Records survive the way through the pipe and the journal. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/case/format.h"
#include "bench/case/record.h"
#include "bench/measure/ratio.h"

static double samples[] = {1032.5, 1000, 0.1, 999999999.25};
static double twin_samples[] = {1030, 1001.5};
static double graph_samples[] = {64000, 64032, 63968.5};
static double tuning_samples[] = {1100, 999.5, 1132};
static struct bench_tuned tuned[] = {
    {"BLOCK=128", "{\"BLOCK\":128}", 1100, tuning_samples, 3},
    {"BLOCK=256", "{\"BLOCK\":256}", 1000, NULL, 0},
};

static struct bench_record full_record(void)
{
    struct bench_record r;
    bench_record_init(&r);
    r.case_index = 3;
    r.roles = 1u << BENCH_CANDIDATE | 1u << BENCH_BASELINE;
    r.implementation = "warp";
    r.reason = "line one\nline \"two\"";
    r.passed_over = "cublas: missing";
    r.variant = "BLOCK=256";
    r.variant_json = "{\"BLOCK\":256}";
    r.library = "cuBLAS 13.0.2";
    r.verified = true;
    r.errors = (struct bench_errors){65536, 1e-7, 0.25, 3e-8, 2e-8};
    r.checks = (struct bench_checks){true, 40, 38, 2, 5, 1, 3};
    r.inputs_digest = "0123456789abcdef";
    r.elapsed_ns = samples;
    r.round_count = 4;
    r.floor_ns = 640;
    r.own_ns = 850.5;
    r.floor_low_ns = 632.25;
    r.floor_high_ns = 1490;
    r.floor_taken_ns = 640;
    r.resolution_ns = 32;
    r.alpha = 0.0125;
    r.stopped = "decided";
    r.discarded_rounds = 5;
    r.throttled = true;
    r.operator_mode = true;
    r.process = 2;
    r.session = 3;
    r.twin_elapsed_ns = twin_samples;
    r.twin_round_count = 2;
    r.twin_note = "a note";
    r.graph_launches = 64;
    r.graph_elapsed_ns = graph_samples;
    r.graph_round_count = 3;
    r.graph_floor_low_ns = 1500;
    r.graph_floor_high_ns = 57000.5;
    r.graph_note = "another";
    r.do_bench_ns = 5120;
    r.roofline_ns = 812.5;
    r.roofline_bound = "memory";
    r.near_floor = true;
    r.host_synchronises = true;
    r.clock_median_mhz = 1980;
    r.clock_min_mhz = 1755;
    r.tuned = tuned;
    r.tuned_count = 2;
    r.source_hash = "00ff";
    r.binary_hash = "ff00";
    r.registers = 40;
    r.shared_bytes = 1024;
    r.spill_bytes = 8;
    return r;
}

static void write(const struct bench_record *r, struct bench_str *text)
{
    struct bench_operator op = {.name = "gelu"};
    struct bench_case c = {.op = &op,
                           .dtype = BENCH_FLOAT16,
                           .shape = {64, 128},
                           .ndim = 2,
                           .params_json = "{\"a\":1}"};
    struct bench_json_writer w;
    bench_str_init(text);
    bench_json_writer_init(&w, text, BENCH_JSON_COMPACT);
    bench_record_write(r, &c, &w);
}

static void read_line(const char *line, struct bench_arena *arena, struct bench_record *to)
{
    struct bench_json_doc *doc;
    struct bench_err err = {0};
    cr_assert_eq(bench_json_parse("test", line, strlen(line), &doc, &err), 0, "%s", err.message);
    cr_assert_eq(bench_record_read(bench_json_root(doc), arena, to, &err), 0, "%s", err.message);
    bench_json_free(doc);
}

static void write_and_read(const struct bench_record *from, struct bench_arena *arena,
                           struct bench_record *to)
{
    struct bench_str text;
    write(from, &text);
    cr_assert_null(strchr(text.data, '\n'), "a record is one line");
    read_line(text.data, arena, to);
    bench_str_fini(&text);
}

Test(record, what_is_written_is_read_back)
{
    struct bench_record from = full_record(), to;
    struct bench_arena *arena = bench_arena_new();
    write_and_read(&from, arena, &to);

    cr_assert_eq(to.case_index, 3);
    cr_assert_eq(to.session, 3);
    cr_assert_eq(to.roles, from.roles);
    cr_assert_str_eq(to.implementation, "warp");
    cr_assert_str_eq(to.reason, from.reason);
    cr_assert_str_eq(to.passed_over, from.passed_over);
    cr_assert_str_eq(to.variant, from.variant);
    cr_assert_str_eq(to.variant_json, from.variant_json);
    cr_assert_str_eq(to.library, from.library);
    cr_assert(to.verified && to.near_floor && to.host_synchronises);
    cr_assert_eq(to.errors.elements, 65536);
    cr_assert_eq(to.errors.rel_l2, 3e-8);
    cr_assert_str_eq(to.inputs_digest, "0123456789abcdef");
    cr_assert_eq(to.round_count, 4);
    cr_assert_eq(memcmp(to.elapsed_ns, samples, sizeof samples), 0, "samples are kept exactly");
    cr_assert_eq(to.floor_ns, 640);
    cr_assert_eq(to.own_ns, 850.5);
    cr_assert_eq(to.clock_min_mhz, 1755);
    cr_assert_eq(to.tuned_count, 2);
    cr_assert_str_eq(to.tuned[1].json, "{\"BLOCK\":256}");
    cr_assert_eq(to.tuned[0].median_ns, 1100);
    cr_assert_eq(to.tuned[0].round_count, 3);
    cr_assert_eq(memcmp(to.tuned[0].elapsed_ns, tuning_samples, sizeof tuning_samples), 0);
    cr_assert_null(to.tuned[1].elapsed_ns, "journals of before have medians alone");
    cr_assert_str_eq(to.binary_hash, "ff00");
    cr_assert_eq(to.registers, 40);
    cr_assert_eq(to.spill_bytes, 8);
    bench_arena_free(arena);
}

Test(record, texts_of_others_do_not_steer_a_terminal)
{
    struct bench_record from = full_record(), to;
    struct bench_arena *arena = bench_arena_new();
    from.reason = "RuntimeError: \x1b]0;passed\x07\n\tline 2";
    from.notes = "\x9b is no UTF-8, \xc2\x9b is";
    write_and_read(&from, arena, &to);
    cr_expect_str_eq(to.reason, "RuntimeError: ?]0;passed?\n\tline 2");
    cr_expect_str_eq(to.notes, "\xef\xbf\xbd is no UTF-8, ?? is");
    bench_arena_free(arena);
}

Test(record, what_decides_is_read_back)
{
    struct bench_record from = full_record(), to;
    struct bench_arena *arena = bench_arena_new();
    write_and_read(&from, arena, &to);
    cr_expect_eq(to.process, 2);
    cr_expect_eq(to.floor_low_ns, 632.25);
    cr_expect_eq(to.floor_taken_ns, 640);
    cr_expect_eq(to.floor_high_ns, 1490);
    cr_expect_eq(to.resolution_ns, 32);
    cr_expect_eq(to.alpha, 0.0125);
    cr_expect_str_eq(to.stopped, "decided");
    cr_expect_eq(to.discarded_rounds, 5);
    cr_expect(to.throttled && to.operator_mode);
    cr_expect_eq(bench_record_time_ns(&to), bench_record_time_ns(&from));
    bench_arena_free(arena);
}

Test(record, second_measurements_are_read_back)
{
    struct bench_record from = full_record(), to;
    struct bench_arena *arena = bench_arena_new();
    write_and_read(&from, arena, &to);
    cr_assert_eq(to.twin_round_count, 2);
    cr_expect_eq(memcmp(to.twin_elapsed_ns, twin_samples, sizeof twin_samples), 0);
    cr_expect_str_eq(to.twin_note, "a note");
    cr_expect(to.checks.repeats);
    cr_expect_eq(to.checks.launches, 40);
    cr_expect_eq(to.checks.by_checksum, 38);
    cr_expect_eq(to.checks.in_full, 2);
    cr_expect_eq(to.checks.input_sets, 5);
    cr_expect_eq(to.checks.sets_at_once, 1);
    cr_expect_eq(to.checks.hidden_cases, 3);
    cr_expect_eq(to.graph_launches, 64);
    cr_assert_eq(to.graph_round_count, 3);
    cr_expect_eq(memcmp(to.graph_elapsed_ns, graph_samples, sizeof graph_samples), 0);
    cr_expect_eq(to.graph_floor_low_ns, 1500);
    cr_expect_eq(to.graph_floor_high_ns, 57000.5);
    cr_expect_str_eq(to.graph_note, "another");
    cr_expect_eq(to.do_bench_ns, 5120);
    cr_expect_eq(to.roofline_ns, 812.5);
    cr_expect_str_eq(to.roofline_bound, "memory");
    bench_arena_free(arena);
}

/* Nothing was measured a second time: that is not the same as measured and found to be 0. */
Test(record, what_was_not_measured_stays_so)
{
    struct bench_record from, to;
    struct bench_arena *arena = bench_arena_new();
    bench_record_init(&from);
    from.roles = 1u << BENCH_CANDIDATE;
    from.implementation = "warp";
    from.elapsed_ns = samples;
    from.round_count = 4;
    write_and_read(&from, arena, &to);
    cr_expect_null(to.twin_elapsed_ns);
    cr_expect_null(to.graph_elapsed_ns);
    cr_expect_eq(to.graph_launches, 0);
    cr_expect_eq(to.do_bench_ns, 0);
    cr_expect_str_eq(to.twin_note, "");
    cr_expect_str_eq(to.graph_note, "");
    cr_expect_str_eq(to.stopped, "");
    cr_expect_str_eq(to.roofline_bound, "");
    bench_arena_free(arena);
}

Test(record, a_journal_with_one_number_for_the_floor_is_still_read)
{
    struct bench_record r;
    struct bench_arena *arena = bench_arena_new();
    read_line("{\"case\":0,\"roles\":[\"candidate\"],\"implementation\":\"a\",\"status\":\"ok\","
              "\"floor_ns\":640,\"own_ns\":850,\"elapsed_ns\":[3000,2000,2500]}",
              arena, &r);
    cr_expect_eq(r.process, 0);
    cr_expect_eq(r.floor_low_ns, 640);
    cr_expect_eq(r.floor_high_ns, 640 + 850); /* a whole empty kernel, as in run.json */
    cr_expect_eq(r.floor_taken_ns, 640);
    cr_expect_eq(bench_record_time_ns(&r), 1860);
    bench_arena_free(arena);
}

Test(record, every_status_has_a_name_that_is_read_back)
{
    for (int i = 0; i < BENCH_STATUS_COUNT; i++) {
        enum bench_status status;
        cr_assert_eq(bench_status_parse(bench_status_name((enum bench_status)i), &status), 0);
        cr_assert_eq((int)status, i);
    }
    cr_assert(bench_status_failed(BENCH_STATUS_WRONG));
    cr_assert_not(bench_status_failed(BENCH_STATUS_UNSUPPORTED));
}

Test(record, a_forged_or_broken_line_is_an_error_with_its_place)
{
    const char *lines[] = {"{\"case\":0,\"roles\":[],\"status\":\"splendid\"}",
                           "{\"case\":-1,\"roles\":[],\"status\":\"ok\"}",
                           "{\"case\":0,\"roles\":[1],\"status\":\"ok\"}",
                           "{\"case\":0,\"roles\":[],\"status\":\"ok\",\"elapsed_ns\":[\"1\"]}",
                           "{\"case\":0,\"roles\":[],\"status\":\"ok\",\"process\":-1}",
                           "{\"case\":0,\"roles\":[],\"status\":\"ok\",\"twin_elapsed_ns\":[null]}",
                           "{\"case\":0,\"roles\":[],\"status\":\"ok\",\"graph_launches\":1.5}",
                           "{\"case\":0,\"roles\":[],\"status\":\"ok\",\"throttled\":1}",
                           "[]"};
    struct bench_arena *arena = bench_arena_new();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct bench_json_doc *doc;
        struct bench_record record;
        struct bench_err err = {0};
        cr_assert_eq(bench_json_parse("line", lines[i], strlen(lines[i]), &doc, &err), 0);
        cr_assert_neq(bench_record_read(bench_json_root(doc), arena, &record, &err), 0);
        cr_assert_not_null(strstr(err.message, "line:1:"), "%s", err.message);
        bench_json_free(doc);
    }
    bench_arena_free(arena);
}

Test(record, the_floor_is_taken_off_and_no_time_is_below_an_empty_kernels)
{
    struct bench_record r = full_record();
    double elapsed[] = {3000, 2000, 1000};
    r.elapsed_ns = elapsed;
    r.round_count = 3;
    r.resolution_ns = 0;
    r.floor_ns = 660;
    r.floor_low_ns = 640;
    r.floor_taken_ns = 660;
    r.own_ns = 850;
    cr_assert_float_eq(bench_record_time_ns(&r), 1340, 1e-9);
    cr_assert_eq(bench_record_net(&r, 1510), 850);
    r.floor_taken_ns = 640;
    cr_assert_float_eq(bench_record_time_ns(&r), 1360, 1e-9);
    cr_assert_eq(bench_record_net(&r, 1500), 860);
    cr_assert_eq(bench_record_net(&r, 1000), 850);
    cr_assert_eq(bench_record_net(&r, 100), 850);
    r.own_ns = 0; /* measured as nothing: times stay positive */
    cr_assert_eq(bench_record_net(&r, 100), 1);
    r.floor_low_ns = r.floor_taken_ns = 0; /* the null device: nothing is taken off */
    cr_assert_eq(bench_record_time_ns(&r), 2000);
    cr_assert_eq(bench_record_net(&r, 3), 3);
}

/* Two of three at 1024, one at 1056: within the step of 1024, not on it. */
Test(record, a_clock_of_coarse_steps_is_interpolated)
{
    struct bench_record r = full_record();
    double elapsed[] = {1024, 1024, 1056};
    r.elapsed_ns = elapsed;
    r.round_count = 3;
    r.floor_low_ns = r.floor_taken_ns = r.own_ns = 0;
    r.resolution_ns = 32;
    cr_expect_eq(bench_record_time_ns(&r), bench_grouped_median(elapsed, 3, 32));
    cr_expect_neq(bench_record_time_ns(&r), 1024);
}

Test(format, times_and_numbers_have_four_digits)
{
    char text[32];
    cr_assert_str_eq(bench_format_time(832, text), "832 ns");
    cr_assert_str_eq(bench_format_time(999.6, text), "1.000 us");
    cr_assert_str_eq(bench_format_time(12340, text), "12.34 us");
    cr_assert_str_eq(bench_format_time(1234567, text), "1.235 ms");
    cr_assert_str_eq(bench_format_time(123.4e6, text), "123.4 ms");
    cr_assert_str_eq(bench_format_time(5.5e9, text), "5.500 s");
    cr_assert_str_eq(bench_format_number(0.1234, text), "0.123");
    cr_assert_str_eq(bench_format_number(1234.4, text), "1234");
}

/* As a candidate might forge them in its worker's process. */
Test(record, numbers_that_nothing_can_be_calculated_with_are_refused)
{
    static const char *const forged[] = {
        "\"roles\":[]",
        "\"roles\":[\"candidate\"],\"elapsed_ns\":[-1]",
        "\"roles\":[\"candidate\"],\"elapsed_ns\":[1e300]",
        "\"roles\":[\"candidate\"],\"floor_low_ns\":5,\"floor_high_ns\":4",
        "\"roles\":[\"candidate\"],\"alpha\":2",
        "\"roles\":[\"candidate\"],\"graph_launches\":3",
        "\"roles\":[\"candidate\"],\"resolution_ns\":-1",
    };
    struct bench_arena *arena = bench_arena_new();
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        struct bench_json_doc *doc = NULL;
        struct bench_record r;
        struct bench_err err = {0};
        char *text =
            bench_xprintf("{\"case\":0,\"implementation\":\"a\",\"status\":\"ok\",%s}", forged[i]);
        cr_assert_eq(bench_json_parse("worker", text, strlen(text), &doc, &err), 0, "%s",
                     err.message);
        cr_expect_eq(bench_record_read(bench_json_root(doc), arena, &r, &err), BENCH_EINPUT, "%s",
                     text);
        bench_json_free(doc);
        free(text);
    }
    bench_arena_free(arena);
}
