#include "bench/cli/history_draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/cli/history_options.h"
#include "bench/measure/stats.h"
#include "bench/util/mem.h"

#define MOST_BARS 60
#define LEVELS 8
/* Bars fill the height from this spread on (as a ratio): noise of a few per mille is flat. */
#define LEAST_SPREAD 1.02

/* ---- the terminal ---- */

static bool locale_is_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value == NULL || *value == '\0')
            continue;
        const char *dot = strchr(value, '.');
        return dot != NULL &&
               (strncasecmp(dot + 1, "utf-8", 5) == 0 || strncasecmp(dot + 1, "utf8", 4) == 0);
    }
    return false;
}

static size_t terminal_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    unsigned long given = columns ? strtoul(columns, NULL, 10) : 0;
    if (given >= 40 && given <= 1000)
        return given;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return 80;
}

void history_style_init(struct history_style *style, bool ascii)
{
    const char *no_color = getenv("NO_COLOR");
    style->color = isatty(STDOUT_FILENO) == 1 && (no_color == NULL || *no_color == '\0');
    style->unicode = !ascii && locale_is_utf8();
    style->width = terminal_width();
}

void history_paint(const struct history_style *style, enum history_color color, const char *text,
                   struct bench_str *out)
{
    static const char *const codes[] = {"31", "32", "33", "2"};
    if (style->color)
        bench_str_addf(out, "\033[%sm%s\033[0m", codes[color], text);
    else
        bench_str_add(out, text);
}

enum history_color history_step_color(const struct bench_history_step *step)
{
    if (step->cause == BENCH_HISTORY_MOVED_PLATFORM)
        return HISTORY_YELLOW;
    if (step->cause == BENCH_HISTORY_MOVED_PARTNER)
        return HISTORY_DIM;
    return step->ratio > 1 ? HISTORY_RED : HISTORY_GREEN;
}

/* ---- bars ---- */

/* Nights that share a bar: [first, end) of bar i. */
struct bars {
    size_t count, nights;
    double value[MOST_BARS]; /* log of the median time; NAN where nothing was timed */
};

static size_t first_night(const struct bars *b, size_t bar)
{
    return bar * b->nights / b->count;
}

static size_t bar_of(const struct bars *b, size_t night)
{
    size_t bar = 0;
    while (bar + 1 < b->count && first_night(b, bar + 1) <= night)
        bar++;
    return bar;
}

static void fill_bars(const struct bench_history_course *c, int role, size_t room, struct bars *b)
{
    double *times = bench_xmalloc(c->count * sizeof *times);
    room = room < MOST_BARS ? room : MOST_BARS;
    b->nights = c->count;
    b->count = c->count < room ? c->count : room;
    for (size_t i = 0; i < b->count; i++) {
        size_t count = 0;
        for (size_t n = first_night(b, i); n < first_night(b, i + 1); n++) {
            const struct bench_history_result *r = &c->nights[n].roles[role];
            if (r->status != NULL && r->time_ms > 0)
                times[count++] = r->time_ms;
        }
        b->value[i] = count > 0 ? log(bench_median(times, count)) : NAN;
    }
    free(times);
}

static void draw_bars(const struct bars *b, const struct history_style *style,
                      struct bench_str *out)
{
    static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[LEVELS] = {"_", ".", ",", "-", "~", "+", "*", "#"};
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < b->count; i++) {
        low = fmin(low, b->value[i]);
        high = fmax(high, b->value[i]);
    }
    double spread = fmax(high - low, log(LEAST_SPREAD));
    low = (low + high - spread) / 2;
    for (size_t i = 0; i < b->count; i++) {
        if (isnan(b->value[i])) {
            bench_str_add(out, style->unicode ? "×" : "x");
            continue;
        }
        int level = (int)((b->value[i] - low) / spread * LEVELS);
        level = level < 0 ? 0 : level >= LEVELS ? LEVELS - 1 : level;
        bench_str_add(out, (style->unicode ? blocks : ascii)[level]);
    }
}

/* ---- numbers ---- */

static double per_cent(double ratio)
{
    return 100 * (ratio - 1);
}

/* With one decimal, and no "-0.0". */
static double shown(double value)
{
    return fabs(value) < 0.05 ? 0 : value;
}

static void add_time(double ms, struct bench_str *out)
{
    if (ms < 1)
        bench_str_addf(out, "%.4g µs", 1000 * ms);
    else if (ms < 1000)
        bench_str_addf(out, "%.4g ms", ms);
    else
        bench_str_addf(out, "%.4g s", ms / 1000);
}

static void add_last(const struct bench_history_course *c, const struct bench_history_analysis *a,
                     const struct history_style *style, struct bench_str *out)
{
    const struct bench_history_result *last = &c->nights[c->count - 1].roles[a->role];
    if (a->failing > 0 && last->status != NULL) {
        char day[32];
        history_format_day(c->nights[a->failing_since].run->started_s, day);
        history_paint(style, HISTORY_RED, last->status, out);
        bench_str_addf(out, ", failing since %s", day);
        return;
    }
    if (isnan(a->last_ms)) {
        bench_str_add(out, last->status ? last->status : "not in the last run");
        return;
    }
    add_time(a->last_ms, out);
    if (!isnan(a->before_ms))
        bench_str_addf(out, "  %+.1f %%", shown(per_cent(a->last_ms / a->before_ms)));
    if (!isnan(a->noise))
        bench_str_addf(out, "  noise %.2g %%", 100 * a->noise);
}

/* ---- steps ---- */

void history_step_size(const struct bench_history_step *step, struct bench_str *out)
{
    bool slower = step->ratio > 1;
    double size = per_cent(step->ratio), low = per_cent(step->low), high = per_cent(step->high);
    if (slower)
        bench_str_addf(out, "%.1f %% slower (%.1f to %.1f %%)", size, low, high);
    else
        bench_str_addf(out, "%.1f %% faster (%.1f to %.1f %%)", -size, -high, -low);
}

void history_step_text(const struct bench_history_step *step,
                       const struct bench_history_analysis *a, struct bench_str *out)
{
    const char *role = bench_history_role_names[a->role];
    const char *partner = a->partner >= 0 ? bench_history_role_names[a->partner] : "";
    struct bench_history_step turned = *step;
    switch (step->cause) {
    case BENCH_HISTORY_MOVED_CANDIDATE:
        history_step_size(step, out);
        if (a->partner >= 0)
            bench_str_addf(out, ", the %s is not", partner);
        return;
    case BENCH_HISTORY_MOVED_PARTNER:
        turned.ratio = 1 / step->ratio;
        turned.low = 1 / step->high;
        turned.high = 1 / step->low;
        bench_str_addf(out, "the %s is ", partner);
        history_step_size(&turned, out);
        bench_str_addf(out, ", the %s is not", role);
        return;
    case BENCH_HISTORY_MOVED_PLATFORM:
        history_step_size(step, out);
        bench_str_addf(out, " together with the %s: not the operator", partner);
        return;
    }
}

void history_value(const char *text, struct bench_str *out)
{
    size_t length = strlen(text);
    bool is_hash = length >= 32 && strspn(text, "0123456789abcdef") == length;
    bench_str_addn(out, text, is_hash ? 10 : length);
}

static void add_differences(const struct bench_history_step *step,
                            const struct history_style *style, struct bench_str *out)
{
    if (step->difference_count == 0)
        bench_str_add(out, "       nothing that was recorded differs between these runs\n");
    for (size_t i = 0; i < step->difference_count; i++) {
        const struct bench_history_difference *d = &step->differences[i];
        bench_str_addf(out, "       %-17s ", d->what);
        history_value(d->before, out);
        bench_str_add(out, style->unicode ? " → " : " -> ");
        history_value(d->after, out);
        bench_str_addc(out, '\n');
    }
}

/* Steps are called 1, 2, …, 9, a, b, …, z; then '+'. */
static char mark_of(size_t number)
{
    static const char names[] = "123456789abcdefghijklmnopqrstuvwxyz";
    return number < sizeof names - 1 ? names[number] : '+';
}

static void add_step(const struct bench_history_course *c, const struct bench_history_analysis *a,
                     size_t number, const struct history_style *style, struct bench_str *out)
{
    const struct bench_history_step *step = &a->steps[number];
    const struct bench_history_run *before = c->nights[step->earliest - 1].run;
    const struct bench_history_run *after = c->nights[step->latest].run;
    struct bench_str text;
    char day[32];
    history_format_day(c->nights[step->at].run->started_s, day);
    bench_str_init(&text);
    history_step_text(step, a, &text);
    bench_str_addf(out, "    %c  %s  ", mark_of(number), day);
    history_paint(style, history_step_color(step), text.data, out);
    bench_str_add(out, "; ");
    add_time(step->before_ms, out);
    bench_str_add(out, " to ");
    add_time(step->after_ms, out);
    bench_str_addf(out, "\n       between the runs %s and %s\n", before->name, after->name);
    add_differences(step, style, out);
    bench_str_fini(&text);
}

/* What the steps are called under their bars; where two share a bar, the later. */
static void add_marks(const struct bars *b, const struct bench_history_analysis *a,
                      const struct history_style *style, struct bench_str *out)
{
    char marks[MOST_BARS + 1];
    memset(marks, ' ', sizeof marks);
    size_t end = 0;
    if (a->step_count == 0)
        return;
    for (size_t i = 0; i < a->step_count; i++) {
        size_t bar = bar_of(b, a->steps[i].at);
        marks[bar] = mark_of(i);
        end = bar + 1 > end ? bar + 1 : end;
    }
    marks[end] = '\0';
    bench_str_add(out, "  ");
    history_paint(style, HISTORY_YELLOW, marks, out);
    bench_str_addc(out, '\n');
}

void history_draw(const struct bench_history_course *c, const struct bench_history_analysis *a,
                  const struct history_style *style, struct bench_str *out)
{
    struct bars bars;
    char *label = bench_history_course_label(c);
    fill_bars(c, (int)a->role, style->width > 44 ? style->width - 44 : 1, &bars);
    bench_str_addf(out, "%s\n  ", label);
    draw_bars(&bars, style, out);
    bench_str_add(out, "  ");
    add_last(c, a, style, out);
    if (a->failed > 0)
        bench_str_addf(out, "  failed in %zu of %zu runs", a->failed, c->count);
    bench_str_addc(out, '\n');
    add_marks(&bars, a, style, out);
    for (size_t i = 0; i < a->step_count; i++)
        add_step(c, a, i, style, out);
    if (a->step_count > 0)
        bench_str_addc(out, '\n');
    free(label);
}
