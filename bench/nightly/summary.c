#include "bench/nightly/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"

/* Names that are listed before "and N more". */
#define NAMES_MOST 8
/* Bytes of an alarm's sentence; of "- : …" and of "- and N more" together. */
#define ALARM_MOST 280
#define MORE_MOST 40

static void add_duration(struct bench_str *out, double seconds)
{
    long s = lround(seconds);
    if (s >= 3600)
        bench_str_addf(out, "%ld h %02ld min", s / 3600, s / 60 % 60);
    else if (s >= 60)
        bench_str_addf(out, "%ld min %02ld s", s / 60, s % 60);
    else
        bench_str_addf(out, "%ld s", s);
}

static const char *verdict_of(const struct bench_night *n)
{
    if (strcmp(n->status, "finished") != 0)
        return strcmp(n->status, "running") == 0 ? "NOT FINISHED" : "FAILED";
    if (n->alarm_count == 0)
        return "good";
    /* A comparison that failed is no regression, as far as anybody knows. */
    return n->regression && n->steps[BENCH_NIGHT_COMPARE].state == BENCH_NIGHT_DONE ? "REGRESSION"
                                                                                    : "ALARM";
}

/* The part of a text of up to `most` bytes that ends between characters of UTF-8. */
static int cut(const char *text, size_t most)
{
    size_t n = strlen(text);
    n = n < most ? n : most;
    while (n > 0 && text[n] != '\0' && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

static void add_head(const struct bench_night *n, struct bench_str *out)
{
    bench_str_addf(out, "bench nightly %s: %s", n->id, verdict_of(n));
    if (n->alarm_count > 0)
        bench_str_addf(out, " (%zu)", n->alarm_count);
    if (n->device_name[0])
        bench_str_addf(out, ", %.*s", cut(n->device_name, 80), n->device_name);
    bench_str_addc(out, '\n');
}

/* As many as fit. */
static void add_alarms(const struct bench_night *n, size_t room, struct bench_str *out)
{
    size_t start = out->len, i = 0;
    for (; i < n->alarm_count; i++) {
        const struct bench_night_alarm *a = &n->alarms[i];
        /* A sentence may be of any length: the file has it whole. */
        int part = cut(a->text, ALARM_MOST);
        if (out->len - start + strlen(a->kind) + (size_t)part + MORE_MOST > room)
            break;
        bench_str_addf(out, "- %s: %.*s%s\n", a->kind, part, a->text, a->text[part] ? "…" : "");
    }
    if (i < n->alarm_count)
        bench_str_addf(out, "- and %zu more\n", n->alarm_count - i);
}

/* What other code may have changed: names it, as far as there is room. The file has all of it. */
static void add_unsure(const struct bench_night *n, size_t room, struct bench_str *out)
{
    size_t start = out->len, i = 0;
    for (; i < n->unsure_count; i++) {
        int part = cut(n->unsure[i], ALARM_MOST);
        if (out->len - start + (size_t)part + 2 * MORE_MOST > room)
            break;
        bench_str_addf(out, "unsure: %.*s%s\n", part, n->unsure[i], n->unsure[i][part] ? "…" : "");
    }
    if (i < n->unsure_count && out->len - start + MORE_MOST <= room)
        bench_str_addf(out, "unsure: %zu more\n", n->unsure_count - i);
}

static size_t count_cases(const struct bench_night *n)
{
    size_t cases = 0;
    for (size_t i = 0; i < n->operator_count; i++)
        cases += n->operators[i].cases;
    return cases;
}

static void add_done(const struct bench_night *n, const char *selected, struct bench_str *out)
{
    if (n->operator_count > 0) {
        bench_str_addf(out, "%zu case%s of %zu operator%s", count_cases(n),
                       count_cases(n) == 1 ? "" : "s", n->operator_count,
                       n->operator_count == 1 ? "" : "s");
        if (selected != NULL)
            bench_str_addf(out, "; %.*s", cut(selected, 160), selected);
        bench_str_add(out, "; ");
    }
    add_duration(out, n->duration_s);
    bench_str_addc(out, '\n');
    if (n->compared_with[0])
        bench_str_addf(out, "compared with %s\n", n->compared_with);
    else if (n->steps[BENCH_NIGHT_COMPARE].state == BENCH_NIGHT_SKIPPED)
        bench_str_addf(out, "not compared: %.160s\n", n->steps[BENCH_NIGHT_COMPARE].note);
}

static void add_left_out(const struct bench_night *n, struct bench_str *out)
{
    if (n->left_out_count == 0)
        return;
    bench_str_add(out, "left out by the budget of ");
    add_duration(out, n->budget_s);
    for (size_t i = 0; i < n->left_out_count && i < NAMES_MOST; i++)
        bench_str_addf(out, "%s%.40s (%zu)", i > 0 ? ", " : ": ", n->left_out[i].name,
                       n->left_out[i].cases);
    if (n->left_out_count > NAMES_MOST)
        bench_str_addf(out, " and %zu more", n->left_out_count - NAMES_MOST);
    bench_str_addc(out, '\n');
}

static void add_skipped(const struct bench_night *n, struct bench_str *out)
{
    for (int i = 0; i < BENCH_NIGHT_STEPS; i++)
        if (n->steps[i].state == BENCH_NIGHT_SKIPPED && i != BENCH_NIGHT_COMPARE)
            bench_str_addf(out, "no %s: %.80s\n", bench_night_step_name((enum bench_night_step)i),
                           n->steps[i].note);
}

void bench_night_summary(const struct bench_night *n, const char *selected, struct bench_str *out)
{
    struct bench_str rest;
    bench_str_init(&rest);
    add_done(n, selected, &rest);
    add_left_out(n, &rest);
    add_skipped(n, &rest);
    if (n->steps[BENCH_NIGHT_REPORT].state == BENCH_NIGHT_DONE)
        bench_str_addf(&rest, "%s/report.html\n", n->folder);
    else
        bench_str_addf(&rest, "%s\n", n->folder);
    add_head(n, out);
    size_t used = out->len + rest.len;
    add_alarms(n, used < BENCH_NIGHT_SUMMARY_MOST ? BENCH_NIGHT_SUMMARY_MOST - used : 0, out);
    used = out->len + rest.len;
    add_unsure(n, used < BENCH_NIGHT_SUMMARY_MOST ? BENCH_NIGHT_SUMMARY_MOST - used : 0, out);
    bench_str_addn(out, rest.data, rest.len);
    bench_str_fini(&rest);
}
