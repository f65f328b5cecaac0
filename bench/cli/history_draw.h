/* Courses in a terminal: a line of bars with marked steps, and what is known of each step. */
#ifndef BENCH_CLI_HISTORY_DRAW_H
#define BENCH_CLI_HISTORY_DRAW_H

#include <stdbool.h>

#include "bench/history/analysis.h"
#include "bench/util/str.h"

struct history_style {
    bool color, unicode;
    size_t width; /* columns of the terminal */
};
/* For standard output: colors in a terminal without $NO_COLOR, bars where the locale is UTF-8 and
 * `ascii` is not set. */
void history_style_init(struct history_style *style, bool ascii);

enum history_color { HISTORY_RED, HISTORY_GREEN, HISTORY_YELLOW, HISTORY_DIM };
/* Text in a color, if colors are on. */
void history_paint(const struct history_style *style, enum history_color color, const char *text,
                   struct bench_str *out);
enum history_color history_step_color(const struct bench_history_step *step);

/* The course's bars, its last time and the change against the times before it; under the bars the
 * numbers of its steps; then a paragraph for each step. */
void history_draw(const struct bench_history_course *course,
                  const struct bench_history_analysis *analysis, const struct history_style *style,
                  struct bench_str *out);

/* "3.1 % slower (2.9 to 3.3 %)"; with `roles` names of who it is of. */
void history_step_size(const struct bench_history_step *step, struct bench_str *out);
/* "the candidate is 3.1 % slower …", "the reference, not the candidate, …", "both moved …". */
void history_step_text(const struct bench_history_step *step,
                       const struct bench_history_analysis *analysis, struct bench_str *out);
/* What differs: of hashes and commits the beginning, which tells them apart; else all of it. */
void history_value(const char *text, struct bench_str *out);

#endif
