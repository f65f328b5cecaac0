#include "bench/cli/history_options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/perf/dtype.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

int history_fail(const char *command, const struct bench_err *err)
{
    fprintf(stderr, "bench %s: %s\n", command, err->message);
    return bench_exit_of(err->code);
}

int history_open(const char *command, const char *path, enum bench_history_access access,
                 struct bench_history **history)
{
    struct bench_err err = {0};
    char *place = path ? bench_xstrdup(path) : bench_history_default_path();
    if (place == NULL) {
        fprintf(stderr,
                "bench %s: $BENCH_HISTORY is empty, which switches the history off; unset it, or "
                "name a file: --db FILE\n",
                command);
        return BENCH_EXIT_USAGE;
    }
    int rc = bench_history_open(place, access, history, NULL, &err);
    free(place);
    return rc == BENCH_OK ? BENCH_EXIT_OK : history_fail(command, &err);
}

/* ---- times ---- */

static bool parse_ago(const char *text, int64_t now_s, int64_t *time_s)
{
    static const char units[] = "hdw";
    static const int64_t seconds[] = {3600, 86400, 7 * 86400};
    char *end;
    if (!isdigit((unsigned char)text[0]))
        return false;
    unsigned long count = strtoul(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit == NULL || end[1] != '\0' || count > 1000000)
        return false;
    *time_s = now_s - (int64_t)count * seconds[unit - units];
    if (*time_s < 0)
        *time_s = 0;
    return true;
}

int history_parse_time(const char *text, int64_t now_s, int64_t *time_s, struct bench_err *err)
{
    static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M",
                                          "%Y-%m-%d %H:%M"};
    if (parse_ago(text, now_s, time_s))
        return BENCH_OK;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct tm tm = {0};
        const char *end = strptime(text, formats[i], &tm);
        if (end == NULL || *end != '\0')
            continue;
        int day = tm.tm_mday;
        time_t found = timegm(&tm);
        /* 31 February has become a day in March. */
        if (found >= 0 && tm.tm_mday == day) {
            *time_s = found;
            return BENCH_OK;
        }
    }
    return bench_err_set(err, BENCH_EINPUT,
                         "'%s' is no time: a day like 2026-10-01 (UTC), a moment like "
                         "2026-10-01T02:30:00Z, or how long ago, like 12h, 30d or 8w",
                         text);
}

void history_format_iso(int64_t time_s, char text[32])
{
    time_t t = (time_t)time_s;
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(text, 32, "%lld", (long long)time_s);
}

void history_format_day(int64_t time_s, char text[32])
{
    history_format_iso(time_s, text);
    text[strcspn(text, "T")] = '\0';
}

void history_format_minute(int64_t time_s, char text[32])
{
    history_format_iso(time_s, text);
    char *t = strchr(text, 'T');
    if (t == NULL)
        return;
    *t = ' ';
    t[strlen(" 02:30")] = '\0';
}

/* ---- shapes ---- */

char *history_parse_shape(const char *text)
{
    struct bench_str out;
    bool good = true;
    bench_str_init(&out);
    if (strcmp(text, "scalar") == 0)
        text = "[]";
    bool bracket = *text == '[';
    text += bracket;
    while (good && *text && *text != ']') {
        char *end;
        if (out.len > 0) {
            good = *text == 'x' || *text == 'X' || *text == ',';
            text += good;
        }
        while (*text == ' ')
            text++;
        good = good && isdigit((unsigned char)*text);
        if (!good)
            break;
        bench_str_addf(&out, "%s%lu", out.len ? ", " : "", strtoul(text, &end, 10));
        for (text = end; *text == ' ';)
            text++;
    }
    good = good && strcmp(text, bracket ? "]" : "") == 0 && (bracket || out.len > 0);
    char *shape = good ? bench_xprintf("[%s]", out.data) : NULL;
    bench_str_fini(&out);
    return shape;
}

/* ---- the filter ---- */

int history_filter(const struct history_choice *choice, const char *operator_name, char **shape,
                   struct bench_history_filter *filter, struct bench_err *err)
{
    int rc = BENCH_OK;
    *shape = NULL;
    if (operator_name != NULL && bench_str_starts(operator_name, "aten::"))
        operator_name += strlen("aten::");
    *filter = (struct bench_history_filter){
        .operator_name = operator_name,
        .dtype = choice->dtype,
        .device = choice->device,
        .suite = choice->suite,
        .last = (size_t)choice->last,
    };
    if (choice->dtype != NULL && bench_str_starts(choice->dtype, "torch."))
        filter->dtype = choice->dtype + strlen("torch.");
    if (choice->shape != NULL) {
        *shape = history_parse_shape(choice->shape);
        if (*shape == NULL)
            return bench_err_set(err, BENCH_EINPUT,
                                 "--shape '%s' is no shape: 4096x1024, or [4096, 1024]",
                                 choice->shape);
        filter->shape = *shape;
    }
    if (choice->since != NULL) {
        rc = history_parse_time(choice->since, time(NULL), &filter->since_s, err);
        if (rc != BENCH_OK)
            bench_err_prefix(err, "--since: ");
    }
    return rc;
}
