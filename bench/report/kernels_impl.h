/* Private to bench/report: what the parts of the page of kernels share. */
#ifndef BENCH_REPORT_KERNELS_IMPL_H
#define BENCH_REPORT_KERNELS_IMPL_H

#include "bench/report/kernels.h"
#include "bench/report/report_impl.h"

/* ---- kernels_text.c ---- */

/* Text within a paragraph or a cell: what Markdown or HTML would take for its own has a backslash
 * before it, or is an entity. */
void kernels_add_text(struct bench_str *out, const char *text);
/* The same as code; in a cell, too. */
void kernels_add_code(struct bench_str *out, const char *text);
/* Up to the first colon, semicolon or full stop that ends something. */
void kernels_add_first_clause(struct bench_str *out, const char *text);
/* "93 %", "8.4 %" */
void kernels_add_percent(struct bench_str *out, double share);

/* ---- kernels_facts.c: what the runs say of an operator ---- */

/* A geometric mean over some of an operator's cases, with the least of them. */
struct kernels_mean {
    size_t count, below; /* below: how many miss the goal */
    double mean, worst;
    const struct bench_outcome_case *worst_case;
};

struct kernels_facts {
    const struct bench_outcome *run; /* NULL: not measured, and all that follows means nothing */
    const struct bench_outcome_operator *op;
    size_t run_index;
    size_t cases, timed, verified, failed, near_floor; /* of the candidates */
    struct kernels_mean speed[BENCH_OUTCOME_RULES];    /* by times, more is better */
    struct kernels_mean answered[BENCH_OUTCOME_RULES]; /* as the run answered case by case */
    struct kernels_mean copy; /* large, waiting for memory: bytes a second ÷ copy bandwidth */
    struct kernels_mean reference_copy; /* the reference's in the same cases */
    struct kernels_mean memory;         /* the same cases: least time ÷ time */
    struct kernels_mean compute;        /* other large cases: least time ÷ time */
    struct kernels_mean library;        /* products in half precision: of the library's speed */
    const char *library_name;           /* its implementation: "cublas" */
    struct bench_str players[BENCH_ROLE_COUNT]; /* who played: "`cudnn`, `plain`" */
    struct bench_str changed;                   /* who is another source today; "" */
};

/* Of the last run in which a candidate of the operator has a time, or failed. _fini in every case.
 */
void kernels_facts_init(struct kernels_facts *f, const struct bench_kernels *k,
                        const struct bench_operator *op);
void kernels_facts_fini(struct kernels_facts *f);
/* Whether `name` is in one of the lists of players, or in `changed`. */
bool kernels_lists(const struct bench_str *players, const char *name);
/* What an empty kernel takes, in ms; NAN where the run does not tell. */
double kernels_empty_ms(const struct bench_outcome *run);
/* A rate of run.json's "roofline", such as "copy_bytes_s"; NAN where it is not known. */
double kernels_rate(const struct bench_outcome *run, const char *key);
/* A number of run.json's "totals", such as "cases_done"; NAN where it does not tell. */
double kernels_count(const struct bench_outcome *run, const char *key);

/* The goals that it misses, each with its number: rows "| operator | goal | reached |" of a table,
 * or one sentence. Returns how many. */
enum kernels_form { KERNELS_ROW, KERNELS_SENTENCE };
size_t kernels_add_missed(struct bench_str *out, const struct kernels_facts *f,
                          const struct bench_operator *op, enum kernels_form form);

/* ---- kernels_operator.c ---- */

void kernels_add_operator(struct bench_str *out, const struct bench_kernels *k,
                          const struct bench_operator *op, const struct kernels_facts *f);

/* ---- kernels_variants.c ---- */

/* The section of tuned variants; nothing where no run tells what they took. */
void kernels_add_variants(struct bench_str *out, const struct bench_kernels *k);

#endif
