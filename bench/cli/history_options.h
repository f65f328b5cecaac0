/* What the commands below `bench history` have in common: the file, and times and shapes as people
 * write them. */
#ifndef BENCH_CLI_HISTORY_OPTIONS_H
#define BENCH_CLI_HISTORY_OPTIONS_H

#include "bench/cli/options.h"
#include "bench/history/course.h"

/* The commands, each in its own file. argv[0] is its name. */
int history_import(int argc, char **argv);
int history_export(int argc, char **argv);
int history_check(int argc, char **argv);
int history_prune(int argc, char **argv);

/* Opens `path`, or the default place if it is NULL. Returns a bench_exit; what went wrong was said.
 * `command` is "history import" and the like, for messages. */
int history_open(const char *command, const char *path, enum bench_history_access access,
                 struct bench_history **history);

/* Says it, and returns the exit code that goes with it. */
int history_fail(const char *command, const struct bench_err *err);

/* The start of a day in UTC, "2026-10-01", or of a moment, "2026-10-01T02:30:00Z"; or so long ago:
 * "12h", "30d", "8w". Seconds since 1970. BENCH_EINPUT. */
int history_parse_time(const char *text, int64_t now_s, int64_t *time_s, struct bench_err *err);

/* "4096x1024", "4096,1024" or "[4096, 1024]" as it is recorded: "[4096, 1024]"; "scalar" and "[]"
 * are "[]". The caller frees; NULL if it is none. */
char *history_parse_shape(const char *text);

/* "2026-10-01", "2026-10-01 02:30", "2026-10-01T02:30:00Z" (UTC). */
void history_format_day(int64_t time_s, char text[32]);
void history_format_minute(int64_t time_s, char text[32]);
void history_format_iso(int64_t time_s, char text[32]);

/* The options that choose what is shown or exported. */
struct history_choice {
    const char *db, *dtype, *shape, *device, *suite, *since;
    int64_t last;
};
/* As a filter of the library. *shape is the caller's to free, also after an error. */
int history_filter(const struct history_choice *choice, const char *operator_name, char **shape,
                   struct bench_history_filter *filter, struct bench_err *err);

#define HISTORY_DB_OPTION(choice)                                                                  \
    {                                                                                              \
        "db", BENCH_OPTION_STRING, &(choice)->db, "FILE",                                          \
            "The history (default: $BENCH_HISTORY, else $XDG_DATA_HOME/bench/history.db, else "    \
            "~/.local/share/bench/history.db).",                                                   \
            0, 0                                                                                   \
    }
#define HISTORY_CHOICE_OPTIONS(choice)                                                              \
    HISTORY_DB_OPTION(choice),                                                                      \
        {"dtype", BENCH_OPTION_STRING, &(choice)->dtype, "DTYPE", "Only this dtype.", 0, 0},        \
        {"shape",                                                                                   \
         BENCH_OPTION_STRING,                                                                       \
         &(choice)->shape,                                                                          \
         "SHAPE",                                                                                   \
         "Only this shape: 4096x1024, or [4096, 1024].",                                            \
         0,                                                                                         \
         0},                                                                                        \
        {"device",                                                                                  \
         BENCH_OPTION_STRING,                                                                       \
         &(choice)->device,                                                                         \
         "NAME",                                                                                    \
         "Only devices with this in their name, or of this kind (cuda, cpu, null).",                \
         0,                                                                                         \
         0},                                                                                        \
        {"suite", BENCH_OPTION_STRING, &(choice)->suite, "NAME", "Only runs of this suite.", 0, 0}, \
        {"since",                                                                                   \
         BENCH_OPTION_STRING,                                                                       \
         &(choice)->since,                                                                          \
         "TIME",                                                                                    \
         "Only runs that started then (2026-10-01, in UTC) or so long ago (12h, 30d, 8w), or "      \
         "later.",                                                                                  \
         0,                                                                                         \
         0},                                                                                        \
    {                                                                                               \
        "last", BENCH_OPTION_INT, &(choice)->last, "N", "Only the last N runs of each case.", 1,    \
            1000000                                                                                 \
    }

#endif
