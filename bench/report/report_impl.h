/* Private to bench/report: what its formats share. */
#ifndef BENCH_REPORT_REPORT_IMPL_H
#define BENCH_REPORT_REPORT_IMPL_H

#include "bench/perf/json.h"
#include "bench/report/report.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* ---- report.c: what is kept of each outcome ---- */

struct report_operator {
    const char *name;
    size_t case_count;
    struct bench_outcome_decision decisions[BENCH_OUTCOME_RULES];
};

/* What may explain a change. */
enum report_circumstance {
    REPORT_DEVICE,
    REPORT_DRIVER,
    REPORT_COMPILER,
    REPORT_COMMIT,
    REPORT_VERSION,
    REPORT_HOST,
    REPORT_MODE,
    REPORT_CACHE,
    REPORT_CIRCUMSTANCES
};

struct report_run {
    const char *facts; /* the JSON of the page's runs[] */
    const char *name;
    const char *circumstances[REPORT_CIRCUMSTANCES];
    struct report_operator *operators;
    size_t operator_count;
};

struct bench_report {
    struct bench_arena *arena;
    struct report_run *runs;
    size_t run_count, run_capacity;
    struct bench_report_change *changes;
    size_t change_count;
    bool looked_for_changes;
    const char *night_against; /* NULL: of no night; "": compared with nothing */
    struct bench_report_finding *findings;
    size_t finding_count;
};

/* ---- out.c: text on its way to a sink ---- */

struct report_out {
    struct bench_str text; /* what was not handed on yet */
    bench_report_sink sink;
    void *context;
    bool in_script; /* JSON within a script element, see report_flush */
    size_t written; /* bytes handed on */
};

void report_out_init(struct report_out *out, bench_report_sink sink, void *context);
/* Hands on what is left. */
void report_out_fini(struct report_out *out);
/* Hands on what there is, if it is much. Only between values, never within a character. With
 * `in_script`, signs that HTML or old JavaScript would take for its own become \u escapes: '<',
 * '>',
 * '&', U+2028 and U+2029, which stand in JSON only within strings. */
void report_flush(struct report_out *out);
/* The same, however little it is. */
void report_flush_all(struct report_out *out);

/* Text within HTML or XML, attributes too. Signs that XML 1.0 has not (control characters, U+FFFE,
 * U+FFFF) and bytes that are no UTF-8 become U+FFFD. */
void report_add_xml(struct bench_str *out, const char *text);

/* ---- show.c: numbers and answers for people ---- */

/* Both rules as a speed, more is better: the second is turned over. */
struct report_speed {
    double estimate, low, high; /* high INFINITY where nothing bounds it */
    double threshold;
};
struct report_speed report_speed(const struct bench_outcome_decision *d,
                                 enum bench_outcome_rule rule);
/* "1.15×", "94 %". */
void report_add_speed(struct bench_str *out, double speed, enum bench_outcome_rule rule);
/* "1.14 to 1.16×". */
void report_add_interval(struct bench_str *out, const struct report_speed *s,
                         enum bench_outcome_rule rule);
/* "12.3 µs"; "–" for NAN. */
void report_add_time(struct bench_str *out, double ms);
/* The rule that an operator is decided by: the first where it has a reference, else the second. */
enum bench_outcome_rule report_principal(const struct bench_outcome_operator *op);
/* Operators by what they come to, best first; what was not decided last. The caller frees. */
const struct bench_outcome_operator **report_ranked(const struct bench_outcome *o);
/* The first line of a reason, at most so many bytes, without the rest of a character. */
void report_add_first_line(struct bench_str *out, const char *reason, size_t most);
/* "core on NVIDIA H100 80GB HBM3"; of a file its name. */
void report_add_title(struct bench_str *out, const struct bench_outcome *o);

/* ---- page_*.c: the page's data ---- */

/* The object of data, as page/data.js reads it. `samples` says why there are none of some cases; ""
 * if there is nothing to say. */
void report_page_data(struct report_out *out, const struct bench_report *report,
                      const struct bench_outcome *newest, const char *made, const char *samples);

struct report_texts;
struct report_texts *report_texts_new(void);
void report_texts_free(struct report_texts *texts);
/* The text's number; `text` is borrowed until _free. */
size_t report_texts_number(struct report_texts *texts, const char *text);
void report_texts_write(const struct report_texts *texts, struct report_out *out);

/* The object of columns. */
void report_page_cases(struct report_out *out, const struct bench_outcome *o,
                       struct report_texts *texts, struct bench_arena *arena);

/* Which cases come with samples, and how many of each arm. */
struct report_samples {
    bool *wanted; /* of each case; the caller frees */
    size_t each;
    struct bench_str note; /* why not all; "" */
};
void report_samples_plan(struct report_samples *plan, const struct bench_outcome *o, size_t most);
void report_samples_fini(struct report_samples *plan);
int report_samples_write(const struct report_samples *plan, const struct bench_outcome *o,
                         struct report_out *out, struct bench_err *err);

/* What is seen without JavaScript: one table of the operators. */
void report_page_plain(struct report_out *out, const struct bench_outcome *o);

#endif
