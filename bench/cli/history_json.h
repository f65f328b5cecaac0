/* Courses and runs as JSON, for programs (docs/history.md has the keys). */
#ifndef BENCH_CLI_HISTORY_JSON_H
#define BENCH_CLI_HISTORY_JSON_H

#include "bench/history/analysis.h"
#include "bench/perf/json.h"

/* `bench history --format json`: one document on standard output, every course with its steps. */
int history_json(struct bench_history_view *view, enum bench_history_role role, double least,
                 struct bench_err *err);

/* Parts of it that `bench history export json` has, too. Texts that are not known are null. */
void history_json_text(struct bench_json_writer *w, const char *key, const char *text);
/* Not finite: null. */
void history_json_number(struct bench_json_writer *w, const char *key, double value);
void history_json_time(struct bench_json_writer *w, const char *key, int64_t time_s);
/* "[4096, 1024]" as an array. */
void history_json_shape(struct bench_json_writer *w, const char *shape);
/* The keys of an object that is open. */
void history_json_run(struct bench_json_writer *w, const struct bench_history_run *run);
void history_json_course(struct bench_json_writer *w, const struct bench_history_course *course);
void history_json_result(struct bench_json_writer *w, const struct bench_history_result *result);

#endif
