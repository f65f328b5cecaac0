/* For tests of reports: an outcome made by hand, full of what strangers might write. */
#ifndef TESTS_REPORT_SUPPORT_H
#define TESTS_REPORT_SUPPORT_H

#include "bench/report/report.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* Ends a script, a title, an attribute and a comment; has what old JavaScript took for a line's
 * end, an escape sequence of terminals, and all that Markdown or CSV would act on. */
#define HOSTILE                                                                                    \
    "</script><script>alert(1)</script><!-- \" ' & ]]> \xe2\x80\xa8 \x1b[31m | `a` @all #1 "       \
    ",\r\n=2+2"

/* `operators` of `cases` each, named op0, op1, …: three roles, both rules, speedups from 0.5 on in
 * steps; the first case of the first operator has a wrong candidate, the second is undetermined. */
struct bench_outcome *made_outcome(struct bench_arena *arena, size_t operators, size_t cases);
struct bench_outcome_case *made_case(struct bench_outcome *o, size_t i);
/* All texts of it that data can tell are HOSTILE. */
void make_hostile(struct bench_outcome *o);

/* Each test's own: memory to make things in, and what the report wrote. */
extern struct bench_arena *in_arena;
extern struct bench_str written;
void enter_report(void);
void leave_report(void);
/* The test fails if `part` is not in `written`. */
void expect_written(const char *part);

/* A sink: appends to the struct bench_str. */
void to_text(void *context, const char *data, size_t length);
size_t occurrences(const char *text, const char *part);

#endif
