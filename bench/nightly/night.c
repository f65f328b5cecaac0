#include "bench/nightly/night.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/str.h"

/* More nights of one day than anybody has. */
#define NIGHTS_A_DAY 1000

const char *bench_night_step_name(enum bench_night_step step)
{
    static const char *const names[BENCH_NIGHT_STEPS] = {"run",     "validate", "select",
                                                         "compare", "history",  "report"};
    return names[step];
}

const char *bench_night_state_name(enum bench_night_state state)
{
    static const char *const names[] = {"due", "done", "skipped", "failed"};
    return names[state];
}

static int make_folder(const char *nights, const char *day, char **folder, struct bench_err *err)
{
    int rc = bench_file_mkdirs(nights, err);
    if (rc != BENCH_OK)
        return rc;
    for (int i = 1; i <= NIGHTS_A_DAY; i++) {
        *folder = i == 1 ? bench_xprintf("%s/%s", nights, day)
                         : bench_xprintf("%s/%s-%d", nights, day, i);
        if (mkdir(*folder, 0777) == 0)
            return BENCH_OK;
        int code = errno;
        if (code != EEXIST || i == NIGHTS_A_DAY)
            rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be made: %s", *folder, strerror(code));
        free(*folder);
        *folder = NULL;
        if (rc != BENCH_OK)
            break;
    }
    return rc;
}

int bench_night_new(const char *nights, struct bench_night *night, struct bench_err *err)
{
    char now[32], day[11], *folder = NULL;
    memset(night, 0, sizeof *night);
    bench_clock_iso(now);
    snprintf(day, sizeof day, "%.10s", now);
    int rc = make_folder(nights, day, &folder, err);
    if (rc != BENCH_OK)
        return rc;
    night->arena = bench_arena_new();
    night->folder = bench_arena_strdup(night->arena, folder);
    night->id = bench_path_basename(night->folder);
    night->status = "running";
    night->exit_code = -1;
    night->started = bench_arena_strdup(night->arena, now);
    night->started_s = (int64_t)time(NULL);
    night->finished = night->suite = night->device_asked = night->compared_with = "";
    night->device_kind = night->device_name = night->device_id = "";
    night->budget_s = INFINITY;
    for (int i = 0; i < BENCH_NIGHT_STEPS; i++)
        night->steps[i] = (struct bench_night_progress){.exit_code = -1, .note = ""};
    free(folder);
    return BENCH_OK;
}

void bench_night_fini(struct bench_night *night)
{
    bench_arena_free(night->arena);
    memset(night, 0, sizeof *night);
}

static const char *format_into(struct bench_arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static const char *format_into(struct bench_arena *arena, const char *format, va_list args)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addv(&text, format, args);
    const char *copy = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return copy;
}

void bench_night_add_alarm(struct bench_night *night, const char *kind, const char *format, ...)
{
    va_list args;
    struct bench_night_alarm *more =
        bench_arena_alloc(night->arena, (night->alarm_count + 1) * sizeof *more);
    if (night->alarm_count > 0)
        memcpy(more, night->alarms, night->alarm_count * sizeof *more);
    va_start(args, format);
    more[night->alarm_count++] =
        (struct bench_night_alarm){.kind = bench_arena_strdup(night->arena, kind),
                                   .text = format_into(night->arena, format, args)};
    va_end(args);
    night->alarms = more;
}

void bench_night_add_unsure(struct bench_night *night, const char *text)
{
    const char **more =
        bench_arena_alloc(night->arena, (night->unsure_count + 1) * sizeof(const char *));
    if (night->unsure_count > 0)
        memcpy(more, night->unsure, night->unsure_count * sizeof(const char *));
    more[night->unsure_count++] = bench_arena_strdup(night->arena, text);
    night->unsure = more;
}

void bench_night_set_note(struct bench_night *night, enum bench_night_step step, const char *format,
                          ...)
{
    va_list args;
    va_start(args, format);
    night->steps[step].note = format_into(night->arena, format, args);
    va_end(args);
}

/* ---- all of them ---- */

static int by_start(const void *a, const void *b)
{
    const struct bench_night *one = a, *other = b;
    if (one->started_s != other->started_s)
        return one->started_s < other->started_s ? -1 : 1;
    return strcmp(one->id, other->id); /* two in one second */
}

int bench_nights_read(const char *nights, struct bench_nights *all, struct bench_err *err)
{
    struct bench_str warnings;
    char **names = NULL;
    size_t count = 0;
    *all = (struct bench_nights){0};
    bench_str_init(&warnings);
    int rc = bench_file_is_dir(nights) ? bench_file_list(nights, &names, &count, err) : BENCH_OK;
    all->items = bench_xcalloc(count + 1, sizeof *all->items);
    for (size_t i = 0; i < count; i++) {
        struct bench_err problem = {0};
        char *folder = bench_path_join(nights, names[i]);
        char *json = bench_path_join(folder, "night.json");
        struct stat info;
        bool link = lstat(folder, &info) == 0 && S_ISLNK(info.st_mode); /* nights/latest */
        if (!link && bench_file_exists(json)) {
            if (bench_night_read(folder, &all->items[all->count], &problem) == BENCH_OK)
                all->count++;
            else
                bench_str_addf(&warnings, "%s\n", problem.message);
        }
        free(json);
        free(folder);
    }
    bench_file_list_free(names, count);
    qsort(all->items, all->count, sizeof *all->items, by_start);
    all->warnings = bench_str_take(&warnings);
    bench_str_fini(&warnings);
    return rc;
}

void bench_nights_fini(struct bench_nights *all)
{
    for (size_t i = 0; i < all->count; i++)
        bench_night_fini(&all->items[i]);
    free(all->items);
    free(all->warnings);
    memset(all, 0, sizeof *all);
}

static const struct bench_night_operator *find_operator(const struct bench_night *night,
                                                        const char *op)
{
    for (size_t i = 0; i < night->operator_count; i++)
        if (strcmp(night->operators[i].name, op) == 0)
            return &night->operators[i];
    return NULL;
}

static bool same_device(const struct bench_night *a, const struct bench_night *b)
{
    return strcmp(a->device_kind, b->device_kind) == 0 &&
           strcmp(a->device_name, b->device_name) == 0 && strcmp(a->device_id, b->device_id) == 0;
}

static bool is_before(const struct bench_night *a, const struct bench_night *b)
{
    return strcmp(a->id, b->id) != 0 && by_start(a, b) < 0;
}

const struct bench_night *bench_nights_last_good(const struct bench_nights *all,
                                                 const struct bench_night *before, const char *op)
{
    for (size_t i = all->count; i-- > 0;) {
        const struct bench_night *n = &all->items[i];
        if (strcmp(n->status, "finished") == 0 && !n->regression && is_before(n, before) &&
            same_device(n, before) && (op == NULL || find_operator(n, op) != NULL))
            return n;
    }
    return NULL;
}

const struct bench_night *bench_nights_last_of(const struct bench_nights *all,
                                               const struct bench_night *before, const char *op,
                                               const struct bench_night_operator **op_of)
{
    for (size_t i = all->count; i-- > 0;) {
        const struct bench_night *n = &all->items[i];
        if (strcmp(n->status, "finished") != 0 || !is_before(n, before) ||
            strcmp(n->device_asked, before->device_asked) != 0)
            continue;
        *op_of = find_operator(n, op);
        if (*op_of != NULL)
            return n;
    }
    return NULL;
}

const struct bench_night *bench_nights_unfinished(const struct bench_nights *all)
{
    const struct bench_night *newest = all->count > 0 ? &all->items[all->count - 1] : NULL;
    return newest != NULL && strcmp(newest->status, "finished") != 0 ? newest : NULL;
}
