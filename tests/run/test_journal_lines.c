/* What a line of a journal is: where each begins, what is torn and what is damage. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/journal_lines.h"
#include "bench/util/file.h"

static char path[] = "/tmp/bench-test-lines-XXXXXX";
static struct bench_journal_lines lines;
static struct bench_err err;

static void setup(void)
{
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void teardown(void)
{
    unlink(path);
}

TestSuite(journal_lines, .init = setup, .fini = teardown);

static void open_with(const char *text)
{
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
    cr_assert_eq(bench_journal_lines_open(&lines, path, &err), 0, "%s", err.message);
}

/* The next line is the number `value`, and begins at `offset`. */
static void expect_line(double value, size_t number, int64_t offset)
{
    const struct bench_json *line = NULL;
    cr_assert_eq(bench_journal_lines_next(&lines, &line, &err), 0, "%s", err.message);
    cr_assert_not_null(line);
    cr_expect_eq(bench_json_number(line), value);
    cr_expect_eq(lines.number, number);
    cr_expect_eq(lines.offset, offset);
}

static void expect_end(bool torn, size_t number, int64_t end)
{
    for (int twice = 0; twice < 2; twice++) {
        const struct bench_json *line = NULL;
        cr_assert_eq(bench_journal_lines_next(&lines, &line, &err), 0, "%s", err.message);
        cr_expect_null(line);
        cr_expect_eq(lines.torn, torn);
        cr_expect_eq(lines.number, number);
        cr_expect_eq(lines.end, end);
    }
}

static void expect_refused(int code, const char *part)
{
    const struct bench_json *line = NULL;
    cr_assert_eq(bench_journal_lines_next(&lines, &line, &err), code);
    cr_expect_null(line);
    cr_expect_not_null(strstr(err.message, part), "%s", err.message);
}

Test(journal_lines, each_has_its_number_and_its_place)
{
    open_with("1\n[\n2\n");
    expect_line(1, 1, 0);
    expect_refused(BENCH_EINPUT, ":2:");
    bench_journal_lines_close(&lines);
    open_with("11\n22\n3\n");
    expect_line(11, 1, 0);
    expect_line(22, 2, 3);
    expect_line(3, 3, 6);
    expect_end(false, 3, 8);
    bench_journal_lines_close(&lines);
}

/* Of a line that was torn anything may be there: a part of it, with or without a newline. */
Test(journal_lines, a_last_line_in_part_is_torn)
{
    static const char *const parts[] = {"{\"case\":4,\"to", "{\"case\":4,\"to\n", "7", "\n",
                                        "[1]}\n"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "11\n%s", parts[i]);
        open_with(text);
        expect_line(11, 1, 0);
        expect_end(true, 2, 3);
        cr_expect_eq(lines.offset, 3);
        bench_journal_lines_close(&lines);
    }
}

Test(journal_lines, an_empty_file_has_none)
{
    open_with("");
    expect_end(false, 0, 0);
    bench_journal_lines_close(&lines);
}

Test(journal_lines, one_can_be_looked_up)
{
    open_with("11\n22\n3");
    cr_assert_eq(bench_journal_lines_seek(&lines, 6, 3, &err), 0, "%s", err.message);
    expect_end(true, 3, 6);
    cr_assert_eq(bench_journal_lines_seek(&lines, 3, 2, &err), 0, "%s", err.message);
    cr_expect_not(lines.torn);
    expect_line(22, 2, 3);
    bench_journal_lines_close(&lines);
}

Test(journal_lines, a_text_has_lines_too)
{
    char text[] = "11\n2";
    cr_assert_eq(bench_journal_lines_open_text(&lines, "it", text, strlen(text), &err), 0, "%s",
                 err.message);
    expect_line(11, 1, 0);
    expect_end(true, 2, 3);
    bench_journal_lines_close(&lines);
    cr_assert_eq(bench_journal_lines_open_text(&lines, "it", text, 0, &err), 0, "%s", err.message);
    expect_end(false, 0, 0);
    bench_journal_lines_close(&lines);
}

Test(journal_lines, what_cannot_be_read_is_said)
{
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(bench_journal_lines_open(&lines, path, &err), BENCH_ENOTFOUND);
    cr_expect_not_null(strstr(err.message, "cannot be read"), "%s", err.message);
    cr_assert_eq(bench_journal_lines_open(&lines, "/tmp", &err), 0, "%s", err.message);
    expect_refused(BENCH_ERROR, "/tmp: cannot be read: ");
    bench_journal_lines_close(&lines);
}
