/*
 * What changed between two runs: of every case and operator whether its candidate became faster or
 * slower, whether it is still right, which cases came and went, whose code changed, and what was
 * different around them. The statistics are in change.h (verdicts), drift.h and noise.h.
 *
 * A is the run before, B the one after: a change of 1.03 says that B takes 3 % longer.
 *
 * The candidate's times are compared after the drift of each process was taken off, which is found
 * from the implementations that did not change: references and baselines of the same name, code and
 * library version. (Recorded runs say that this leaves less than dividing by the reference of the
 * same case does, whose own noise comes on top; docs/compare.md.) Without any, times are compared
 * as they are, and are as uncertain as drifts are.
 */
#ifndef BENCH_COMPARE_COMPARE_H
#define BENCH_COMPARE_COMPARE_H

#include "bench/compare/change.h"
#include "bench/compare/drift.h"
#include "bench/outcome/outcome.h"
#include "bench/util/str.h"

struct bench_compare_options {
    double minimum; /* the least effect that counts: 0.01 is 1 % */
    double family;  /* probability of any false alarm in the whole comparison: 0.01. Half of it is
                       for cases, half for operators */
    bool ratios; /* compare times relative to the same run's reference (else baseline), not times:
                    for runs on different devices */
    bool allow_vanished; /* cases that B lacks are no regression */
};
/* 1 %, 1 %, times, vanished cases are one. */
extern const struct bench_compare_options bench_compare_defaults;

/* What became of a case. */
enum bench_fate {
    BENCH_FATE_OK,       /* its candidate is ok in both */
    BENCH_FATE_BROKE,    /* ok in A, failed in B */
    BENCH_FATE_MENDED,   /* failed in A, ok in B */
    BENCH_FATE_FAILED,   /* failed in both */
    BENCH_FATE_VANISHED, /* B has no candidate that can run it, or not the case at all */
    BENCH_FATE_APPEARED,
    BENCH_FATE_NOWHERE /* neither has a candidate for it */
};
#define BENCH_FATES 7
/* "ok", "broke", "mended", "failed", "vanished", "appeared", "nowhere" */
const char *bench_fate_name(enum bench_fate fate);

struct bench_compared_case {
    const struct bench_outcome_case *a, *b; /* NULL: it has none; at least one is there */
    enum bench_fate fate;
    bool told;    /* both say which code the candidate is: a source, a binary or a library */
    bool code;    /* the candidate's source, implementation or variant differs, as far as told */
    bool variant; /* its source does not, but another variant stands for it */
    struct bench_change time;
    double a_ms,
        b_ms; /* of the candidate: geometric means over its processes, drifts taken off B
                 (so that b_ms / a_ms is the change); with options.ratios they are ratios */
    size_t processes_a, processes_b;
};

struct bench_compared_operator {
    const char *name;
    size_t first_case, case_count;   /* of bench_comparison.cases */
    struct bench_change time;        /* geometric mean over the cases that are ok in both */
    size_t compared;                 /* these */
    size_t processes_a, processes_b; /* that it is over: those that have all of them */
    size_t verdicts[BENCH_VERDICTS]; /* of its cases with two times */
    size_t fates[BENCH_FATES];
    size_t code; /* cases whose candidate's code differs … */
    size_t told; /* … of those that tell */
};

/* A kind of change, of an operator or of some of its cases: what is worth a sentence. */
enum bench_news_kind {
    BENCH_NEWS_BROKE, /* regressions first */
    BENCH_NEWS_SLOWER,
    BENCH_NEWS_VANISHED,
    BENCH_NEWS_FASTER,
    BENCH_NEWS_MENDED,
    BENCH_NEWS_APPEARED,
    BENCH_NEWS_FAILS_OTHERWISE, /* failed in both, in different ways */
    BENCH_NEWS_PARTNER_LOST,    /* a reference or baseline was ok and is not */
    BENCH_NEWS_PARTNER,         /* it was mended or is another one */
    BENCH_NEWS_CODE,            /* code changed, and with it nothing of the candidate's above */
    BENCH_NEWS_VARIANT /* the same of the variant alone, which tuning chooses anew each run */
};
/* "broke", "slower", …, "fails otherwise", "partner lost", "partner", "code", "variant" */
const char *bench_news_kind_name(enum bench_news_kind kind);

struct bench_news {
    enum bench_news_kind kind;
    bool regression;
    const char *operator_name;
    const char *label;    /* the case; "" if it is about several or the whole operator */
    size_t cases;         /* that it is about */
    const char *sentence; /* for people: "gelu is 3.1 % slower (2.8 to 3.4 %) over 24 cases; …" */
};

/* One thing around the runs that was not the same. */
struct bench_environment_difference {
    const char *name;  /* "driver" */
    const char *a, *b; /* as text */
    bool matters;      /* times may differ for it */
};

struct bench_comparison {
    const struct bench_outcome *a, *b; /* must outlive it */
    struct bench_compare_options options;
    struct bench_compared_operator *operators; /* in A's order, then those that B alone has */
    size_t operator_count;
    struct bench_compared_case *cases; /* by operator, in A's order, then B's */
    size_t case_count;
    struct bench_news *news; /* regressions first, the gravest kind first */
    size_t news_count;
    struct bench_environment_difference *differences;
    size_t difference_count;
    struct bench_drift drift;
    size_t verdicts[BENCH_VERDICTS]; /* of cases */
    size_t fates[BENCH_FATES];
    size_t regressions;  /* of news */
    const char *summary; /* a sentence for all of it */
    const char **notes;  /* what the comparison lacks, and how to get it */
    size_t note_count;
    struct bench_arena *arena;
};

/* BENCH_EINPUT, with what to do, where A and B are not comparable: another mode or cache, another
 * device without options.ratios, or no case in common. The caller frees. */
int bench_compare(const struct bench_outcome *a, const struct bench_outcome *b,
                  const struct bench_compare_options *options, struct bench_comparison **comparison,
                  struct bench_err *err);
void bench_comparison_free(struct bench_comparison *comparison); /* NULL-safe */

/* For people: `all` lists every case, else those that changed. */
void bench_comparison_text(const struct bench_comparison *c, bool all, struct bench_str *out);
void bench_comparison_markdown(const struct bench_comparison *c, bool all, struct bench_str *out);
/* docs/formats.md, "bench compare --format json". */
void bench_comparison_json(const struct bench_comparison *c, struct bench_str *out);

#endif
