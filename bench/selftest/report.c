/* The report: its lines, as a table and as JSON. */
#include "bench/selftest/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/json_text.h"
#include "bench/run/device_json.h"
#include "bench/util/clock.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

const char *bench_selftest_verdict_name(enum bench_selftest_verdict verdict)
{
    static const char *const names[] = {"pass", "FAIL", "skipped"};
    return names[verdict];
}

void bench_selftest_report_init(struct bench_selftest_report *report)
{
    memset(report, 0, sizeof *report);
    report->arena = bench_arena_new();
    bench_clock_iso(report->started);
}

void bench_selftest_report_fini(struct bench_selftest_report *report)
{
    bench_arena_free(report->arena);
    memset(report, 0, sizeof *report);
}

size_t bench_selftest_count(const struct bench_selftest_report *report,
                            enum bench_selftest_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->lines[i].verdict == verdict;
    return count;
}

/* ---- lines ---- */

struct bench_selftest_line *selftest_line(struct bench_selftest_report *report, const char *name)
{
    if (report->count == BENCH_SELFTEST_MOST_LINES) /* a constant to be raised */
        abort();
    struct bench_selftest_line *line = &report->lines[report->count++];
    *line = (struct bench_selftest_line){.name = name,
                                         .verdict = BENCH_SELFTEST_PASS,
                                         .measured = "",
                                         .limit = "",
                                         .reason = "",
                                         .values = "{}",
                                         .table = ""};
    return line;
}

__attribute__((format(printf, 2, 0))) static const char *
format_text(struct bench_selftest_report *report, const char *format, va_list args)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addv(&text, format, args);
    const char *kept = bench_arena_strdup(report->arena, text.data);
    bench_str_fini(&text);
    return kept;
}

const char *selftest_text(struct bench_selftest_report *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = format_text(report, format, args);
    va_end(args);
    return text;
}

void selftest_skip(struct bench_selftest_report *report, const char *name, const char *format, ...)
{
    struct bench_selftest_line *line = selftest_line(report, name);
    va_list args;
    va_start(args, format);
    line->verdict = BENCH_SELFTEST_SKIPPED;
    line->reason = format_text(report, format, args);
    va_end(args);
}

void selftest_fail(struct bench_selftest_report *report, const char *name, const char *format, ...)
{
    struct bench_selftest_line *line = selftest_line(report, name);
    va_list args;
    va_start(args, format);
    line->verdict = BENCH_SELFTEST_FAIL;
    line->reason = format_text(report, format, args);
    va_end(args);
}

void selftest_require(struct bench_selftest_report *report, struct bench_selftest_line *line,
                      bool ok, const char *format, ...)
{
    if (ok || line->verdict == BENCH_SELFTEST_FAIL)
        return;
    va_list args;
    va_start(args, format);
    line->verdict = BENCH_SELFTEST_FAIL;
    line->reason = format_text(report, format, args);
    va_end(args);
}

/* ---- numbers ---- */

void selftest_values_open(struct selftest_values *values)
{
    bench_str_init(&values->text);
    bench_json_writer_init(&values->writer, &values->text, BENCH_JSON_COMPACT);
    bench_json_open_object(&values->writer);
}

void selftest_values_close(struct selftest_values *values, struct bench_selftest_report *report,
                           struct bench_selftest_line *line)
{
    bench_json_close_object(&values->writer);
    line->values = bench_arena_strdup(report->arena, values->text.data);
    bench_str_fini(&values->text);
}

void selftest_put(struct selftest_values *values, const char *key, double number)
{
    bench_json_put_key(&values->writer, key);
    if (isfinite(number))
        bench_json_put_double(&values->writer, number);
    else
        bench_json_put_null(&values->writer);
}

/* ---- for people ---- */

/* Columns, not bytes: texts have a few characters of UTF-8. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void add_padded(struct bench_str *out, const char *text, int width)
{
    bench_str_add(out, text);
    for (int i = width_of(text); i < width; i++)
        bench_str_addc(out, ' ');
}

static void add_verdict(struct bench_str *out, enum bench_selftest_verdict verdict, bool color)
{
    static const char *const colors[] = {GREEN, RED, DIM};
    bench_str_add(out, color ? colors[verdict] : "");
    add_padded(out, bench_selftest_verdict_name(verdict), 8);
    bench_str_addf(out, "%s ", color ? PLAIN : "");
}

static int widest_name(const struct bench_selftest_report *report)
{
    int width = 0;
    for (size_t i = 0; i < report->count; i++) {
        int w = width_of(report->lines[i].name);
        width = w > width ? w : width;
    }
    return width;
}

static void add_line(const struct bench_selftest_line *line, int width, bool color,
                     struct bench_str *out)
{
    add_verdict(out, line->verdict, color);
    add_padded(out, line->name, width + 2);
    bench_str_add(out, line->measured[0] != '\0' ? line->measured : line->reason);
    bench_str_addc(out, '\n');
    if (line->limit[0] != '\0') {
        add_padded(out, "", 9 + width + 2);
        bench_str_addf(out, "%slimit: %s%s\n", color ? DIM : "", line->limit, color ? PLAIN : "");
    }
    if (line->measured[0] != '\0' && line->reason[0] != '\0') {
        add_padded(out, "", 9 + width + 2);
        bench_str_addf(out, "%s\n", line->reason);
    }
}

void bench_selftest_write_text(const struct bench_selftest_report *report, bool color,
                               struct bench_str *out)
{
    const struct bench_device_info *info = &report->device;
    int width = widest_name(report);
    bench_str_addf(out, "bench selftest: %s (%s:%d, %s, %s)\n\n", info->name, info->kind,
                   info->index, info->arch, info->driver);
    for (size_t i = 0; i < report->count; i++)
        add_line(&report->lines[i], width, color, out);
    for (size_t i = 0; i < report->count; i++)
        if (report->lines[i].table[0] != '\0')
            bench_str_addf(out, "\n%s", report->lines[i].table);
    size_t failed = bench_selftest_count(report, BENCH_SELFTEST_FAIL);
    bench_str_addf(out, "\n%zu checks: %zu pass, %zu %s, %zu skipped, in %.0f s\n", report->count,
                   bench_selftest_count(report, BENCH_SELFTEST_PASS), failed,
                   failed > 0 ? "FAIL" : "fail",
                   bench_selftest_count(report, BENCH_SELFTEST_SKIPPED), report->seconds);
}

/* ---- for programs ---- */

static void write_line(const struct bench_selftest_line *line, struct bench_json_writer *w)
{
    static const char *const verdicts[] = {"pass", "fail", "skipped"};
    bench_json_open_object(w);
    bench_json_put_key_string(w, "name", line->name);
    bench_json_put_key_string(w, "verdict", verdicts[line->verdict]);
    bench_json_put_key_string(w, "measured", line->measured);
    bench_json_put_key_string(w, "limit", line->limit);
    bench_json_put_key_string(w, "reason", line->reason);
    bench_json_text_put(w, "values", line->values);
    bench_json_close_object(w);
}

void bench_selftest_write_json(const struct bench_selftest_report *report, struct bench_str *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", 1);
    bench_json_put_key_string(&w, "bench_version", BENCH_VERSION);
    bench_json_put_key_string(&w, "started", report->started);
    bench_json_put_key_double(&w, "duration_s", report->seconds);
    bench_json_put_key_string(
        &w, "verdict", bench_selftest_count(report, BENCH_SELFTEST_FAIL) > 0 ? "fail" : "pass");
    bench_json_put_key(&w, "device");
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "why", report->why);
    bench_device_json_write(&report->device, &w);
    bench_json_close_object(&w);
    bench_json_put_key(&w, "lines");
    bench_json_open_array(&w);
    for (size_t i = 0; i < report->count; i++)
        write_line(&report->lines[i], &w);
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}
