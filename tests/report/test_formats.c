/* Markdown, CSV and JUnit. That foreign parsers read the last two is tested in Python
 * (tests/report_page). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

TestSuite(report_formats, .init = enter_report, .fini = leave_report);

static void markdown(const struct bench_outcome *o, size_t limit)
{
    struct bench_report *report = bench_report_new();
    bench_report_add(report, o);
    bench_report_markdown(report, o, limit, to_text, &written);
    bench_report_free(report);
}

static bool has(const char *part)
{
    return strstr(written.data, part) != NULL;
}

Test(report_formats, markdown_has_the_operators_best_first)
{
    markdown(made_outcome(in_arena, 4, 3), 1000000);
    cr_expect(has("## core on GPU\n"));
    cr_expect(has("- Over the reference: **1 pass**, 1 undetermined, 2 fail"), "%s", written.data);
    const char *best = strstr(written.data, "| op3 | **1.50×** (1.48 to 1.52×) | ✅ pass |");
    const char *open = strstr(written.data, "| op2 | **1.30×** (1.29 to 1.31×) | ❔ undetermined: "
                                            "interval holds the threshold |");
    cr_expect(best && open && best < open, "%s", written.data);
    cr_expect(has("| op0 float32 [64, 1] | candidate | kernel | wrong | element 7 is 1.5, "
                  "expected 1.25 … |"),
              "%s", written.data);
    cr_expect_eq(occurrences(written.data, "<details"), 1 + 1 + 4);
    cr_expect_eq(occurrences(written.data, "</details>"), 1 + 1 + 4);
}

Test(report_formats, markdown_stays_within_its_limit_and_says_what_is_left_out)
{
    struct bench_outcome *o = made_outcome(in_arena, 200, 30);
    markdown(o, 4000);
    cr_expect_leq(written.len, 4000);
    cr_expect(has("operators more are left out here"), "%s", written.data);
    bench_str_clear(&written);
    markdown(o, 65536);
    cr_expect_leq(written.len, 65536);
    cr_expect(has("The cases of "), "%s", written.data);
    cr_expect_eq(occurrences(written.data, "<details"), occurrences(written.data, "</details>"));
}

Test(report_formats, markdown_has_no_markup_of_strangers)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    make_hostile(o);
    markdown(o, 1000000);
    cr_expect_not(has("<script"));
    cr_expect_not(has("@all"));
    cr_expect_not(has("\x1b"));
    cr_expect_not(has(" #1 "));
    cr_expect_not(has("\r"), "a cell is one line");
}

Test(report_formats, csv_has_a_line_for_each_role_and_quotes_what_needs_it)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    made_case(o, 4)->roles[BENCH_BASELINE].standing = BENCH_OUTCOME_ABSENT;
    bench_report_csv(o, true, to_text, &written);
    cr_expect_eq(occurrences(written.data, "\r\n"), 1 + 2 * 3 * 3 - 1);
    cr_expect_eq(strncmp(written.data, "run,started,device,operator,dtype,shape,", 40), 0);
    cr_expect(has(",candidate,kernel,BLOCK=256,,wrong,\"element 7 is 1.5, expected 1.25\nand 12 "
                  "more\",,"),
              "%s", written.data);
    bench_str_clear(&written);
    bench_report_csv(o, false, to_text, &written);
    cr_expect_not(has("run,started"), "the names stand there once");
}

Test(report_formats, junit_counts_what_failed_and_what_is_open)
{
    struct bench_outcome *o = made_outcome(in_arena, 1, 11);
    bench_report_junit(o, to_text, &written);
    /* Speedups 0.5 to 1.5 in steps: the first is wrong, the second and 1.3 are open, 0.7 to 1.2 are
     * slow; the operator as a whole, 0.9, is too. */
    cr_expect(
        has("<testsuites name=\"a\" tests=\"12\" failures=\"8\" errors=\"0\" time=\"12.500\">"),
        "%s", written.data);
    cr_expect_eq(occurrences(written.data, "<skipped"), 2);
    cr_expect_eq(occurrences(written.data, "<failure"), 8);
    cr_expect(has("<failure type=\"wrong\" message=\"candidate kernel: wrong: element 7 is 1.5, "
                  "expected 1.25 …\">element 7 is 1.5, expected 1.25\nand 12 more</failure>"));
    cr_expect(has("<skipped message=\"undetermined: interval holds the threshold: 1.30× (1.29 to "
                  "1.31×) of the reference&#39;s speed, expected at least 1.30×\"/>"));
    cr_expect(has("<failure type=\"slow\" message=\"0.70× (0.69 to 0.71×) of the reference&#39;s "
                  "speed, expected at least 1.30×\"/>"),
              "%s", written.data);
    cr_expect(has("name=\"all cases (geometric mean)\""));
}

Test(report_formats, junit_has_only_what_xml_may_have)
{
    struct bench_outcome *o = made_outcome(in_arena, 2, 3);
    make_hostile(o);
    made_case(o, 0)->roles[0].reason =
        "bytes that are no UTF-8: \xff\xc3( and U+FFFF: \xef\xbf\xbf";
    bench_report_junit(o, to_text, &written);
    cr_expect_not(has("<script"));
    cr_expect_not(has("\x1b"));
    cr_expect_not(has("\xff"));
    cr_expect_not(has("\xef\xbf\xbf"));
    cr_expect(has("no UTF-8: \xef\xbf\xbd\xef\xbf\xbd( and U+FFFF: \xef\xbf\xbd"));
}
