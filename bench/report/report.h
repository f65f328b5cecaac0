/*
 * What runs found, for people and for other programs: one page that holds everything
 * (page/report.html), Markdown for pull requests, CSV for spreadsheets, JUnit for CI.
 * docs/report.md is the user's view.
 *
 * A report is of one outcome, the newest. Older ones, of which no more is kept than what each
 * operator came to, make it one with a history. All is written piece by piece, so memory goes with
 * the cases of one outcome and with the operators of all.
 */
#ifndef BENCH_REPORT_REPORT_H
#define BENCH_REPORT_REPORT_H

#include "bench/outcome/outcome.h"

/* Gets the text in pieces, in order. Errors are its own to remember. */
typedef void (*bench_report_sink)(void *context, const char *data, size_t length);

/* Samples that a page holds at most, over all cases and roles, unless the caller says otherwise:
 * 5 MB of a page. */
#define BENCH_REPORT_SAMPLES 1500000
/* Bytes of Markdown, unless the caller says otherwise: a job summary of GitHub may have 1 MiB
 * (docs.github.com, "Workflow commands", job summary limits). */
#define BENCH_REPORT_MARKDOWN_BYTES 1000000

/* Where the course of an operator changed. Strings are copied. */
struct bench_report_change {
    const char *op_name;
    enum bench_outcome_rule rule;
    size_t run;           /* the first after the change: the how-manieth that was added, from 0 */
    double before, after; /* ratios in the sense of the rule */
    const char *text;     /* "between driver 570 and 580"; "" for none */
};

/* What a night found that somebody should look at (bench/nightly/night.h). */
struct bench_report_finding {
    const char *kind, *text; /* "slower", "add is 3.1 % slower (95 %: …"; "unsure" is no alarm */
};

struct bench_report;
struct bench_report *bench_report_new(void);
void bench_report_free(struct bench_report *report); /* NULL-safe */
/* In the order of time. What is needed is copied. */
void bench_report_add(struct bench_report *report, const struct bench_outcome *outcome);
/* Says that somebody looked for changes; the page tells whether. `changes` may be empty. */
void bench_report_set_changes(struct bench_report *report,
                              const struct bench_report_change *changes, size_t count);
/* Looks for them in the ratios of each operator that at least BENCH_REPORT_COURSE runs have
 * (bench/history/change.h), of 1 % at least, and says what else differs between the runs on either
 * side. Fewer than BENCH_REPORT_COURSE runs: nobody looked. */
#define BENCH_REPORT_COURSE 8
void bench_report_find_changes(struct bench_report *report);

/* Of the newest run: the page begins with what its night found. `against` is what it was compared
 * with, "" for nothing; none found is good news, and told. Strings are copied. */
void bench_report_set_night(struct bench_report *report, const char *against,
                            const struct bench_report_finding *findings, size_t count);

/* The page. `newest` is the outcome that was added last; `made` the time of it, UTC
 * ("2026-11-22T10:26:00Z"); at most so many `samples` (0: none). Fails only where the journal
 * cannot be read. */
int bench_report_html(const struct bench_report *report, const struct bench_outcome *newest,
                      const char *made, size_t samples, bench_report_sink sink, void *context,
                      struct bench_err *err);

/* For pull requests and job summaries: at most `limit` bytes (at least 4,000). Tables of cases are
 * left out where they would be more, which the text says. */
void bench_report_markdown(const struct bench_report *report, const struct bench_outcome *newest,
                           size_t limit, bench_report_sink sink, void *context);

/* RFC 4180: a line with names, then a line for each role of each case that somebody could have
 * played. Numbers are as exact as in the run. The line with names comes with the first outcome. */
void bench_report_csv(const struct bench_outcome *outcome, bool first, bench_report_sink sink,
                      void *context);

/* JUnit as Jenkins' xunit plugin has it (junit-10.xsd): an operator is a test suite, a case a test,
 * and the operator as a whole one more. An implementation that failed, and an answer `fail`, are
 * failures; what is undetermined, or cannot be compared here, is skipped, with the reason. */
void bench_report_junit(const struct bench_outcome *outcome, bench_report_sink sink, void *context);

#endif
