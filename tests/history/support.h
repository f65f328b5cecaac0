/* Tests of the history work on files in a folder of their own. */
#ifndef TESTS_HISTORY_SUPPORT_H
#define TESTS_HISTORY_SUPPORT_H

#include "bench/history/course.h"
#include "tests/perf/history/nights.h"

/* .init and .fini of a suite: a new folder becomes the working directory; then it goes. */
void history_enter_folder(void);
void history_leave_folder(void);

/* The test fails if it cannot be opened. */
struct bench_history *history_file(const char *path, enum bench_history_access access);

/* Records nights first … end − 1 of two operators with two cases each. */
extern const struct nights history_few;
void history_add_nights(struct bench_history *history, size_t first, size_t end);

/* A number that SQL gives. */
int64_t history_ask(const char *path, const char *sql);
/* Runs SQL, as another program would. */
void history_tell(const char *path, const char *sql);

/* check finds nothing. */
void history_expect_whole(struct bench_history *history);
void history_expect_in(const char *text, const char *part);

#endif
