/* Events against CUPTI: agreement on kernels of few blocks, and which kernels tracing disturbs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/case/format.h"
#include "bench/selftest/trace_compare.h"

static const char *time_text(struct bench_selftest_report *report, double ns)
{
    char text[32];
    return selftest_text(report, "%s", bench_format_time(ns, text));
}

static const char *shape_text(struct bench_selftest_report *report, const struct trace_point *p)
{
    return selftest_text(report, "%s of %u blocks and size %lld", trace_kernel_name(p->kernel),
                         p->blocks, (long long)p->size);
}

/* Into the report's arena; also frees. */
static const char *keep(struct bench_str *text, struct bench_selftest_report *report)
{
    const char *kept = selftest_text(report, "%s", text->data);
    bench_str_fini(text);
    return kept;
}

/* ---- agreement ---- */

static void report_agreement(const struct trace_results *r, const struct trace_comparison *c,
                             struct bench_selftest_report *report)
{
    struct bench_selftest_line *line = selftest_line(report, "CUPTI agreement");
    struct selftest_values v;
    line->measured = selftest_text(
        report, "events less CUPTI (API %u): %.0f to %.0f ns over kernels of few blocks to %s",
        r->traced.cupti_version, c->offset_least, c->offset_most, time_text(report, 1e6));
    line->limit =
        selftest_text(report, "the floor's range, %.0f to %.0f ns, +- %.0f ns or %.1f %%",
                      c->floor_low_ns, c->floor_high_ns, TRACE_AGREE_NS, TRACE_AGREE_SHARE * 100);
    selftest_require(report, line, c->outside_ns <= 0, "%s is %.0f ns outside",
                     shape_text(report, c->outside), c->outside_ns);
    selftest_require(report, line, r->traced.gates == r->plain.gates,
                     "the gate works only without tracing; the two are not comparable");
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cupti_api", r->traced.cupti_version);
    bench_json_put_key_string(&v.writer, "cupti_library", r->traced.cupti_path);
    selftest_put(&v, "empty_cupti_ns", r->traced.duration_ns[0]);
    selftest_put(&v, "empty_events_ns", c->rows[0].untraced_ns);
    selftest_put(&v, "least_ns", c->offset_least);
    selftest_put(&v, "most_ns", c->offset_most);
    selftest_put(&v, "median_ns", c->offset_ns);
    selftest_put(&v, "floor_low_ns", c->floor_low_ns);
    selftest_put(&v, "floor_high_ns", c->floor_high_ns);
    selftest_values_close(&v, report, line);
}

/* ---- disturbance: the table ---- */

static void add_rows(const struct trace_comparison *c, struct bench_str *text)
{
    char time[32];
    bench_str_add(text,
                  "What tracing does to times: ns more than events in processes without CUPTI\n"
                  "(again: in the second of these than in the first; traced: events in a traced\n"
                  "process; CUPTI: its durations)\n"
                  "kernel               blocks  threads        time    again   traced    CUPTI\n");
    for (size_t i = 0; i < c->row_count; i++) {
        const struct trace_row *row = &c->rows[i];
        bench_str_addf(text, "%-16s %10u  %7u  %10s %+8.0f %+8.0f %+8.0f  %+5.1f%%%s\n",
                       trace_kernel_name(row->point->kernel), row->point->blocks,
                       row->point->threads, bench_format_time(row->kernel_ns, time), row->again_ns,
                       row->traced_ns, row->cupti_ns, row->cupti_ns / row->kernel_ns * 100,
                       row->disturbed ? "  disturbed" : "");
    }
}

static void add_kind(enum trace_kernel kernel, const struct trace_kind *kind,
                     struct bench_str *text)
{
    bench_str_addf(text, "  %-14s (%s): ", trace_kernel_name(kernel), trace_kernel_what(kernel));
    if (kind->disturbed == 0) {
        bench_str_addf(text, "up to %u blocks, all that were measured\n", kind->most_blocks);
        return;
    }
    if (kind->trusted > 0)
        bench_str_addf(text, "up to %u blocks; ", kind->trusted);
    else
        bench_str_add(text, "not at all; ");
    bench_str_addf(text, "from %u on %zu of %zu shapes change by %+.1f to %+.1f %%\n", kind->first,
                   kind->disturbed, kind->shapes, kind->least * 100, kind->most * 100);
}

/* Some kernel is disturbed with no more blocks than another one bears. */
static bool blocks_alone(const struct trace_comparison *c)
{
    for (int a = 0; a < TRACE_KERNELS; a++)
        for (int b = 0; b < TRACE_KERNELS; b++)
            if (c->kinds[a].first > 0 && c->kinds[a].first <= c->kinds[b].trusted)
                return false;
    return true;
}

static size_t count_disturbed(const struct trace_comparison *c)
{
    size_t count = 0;
    for (int k = 0; k < TRACE_KERNELS; k++)
        count += c->kinds[k].disturbed;
    return count;
}

static const char *row_table(const struct trace_comparison *c, struct bench_selftest_report *report)
{
    struct bench_str text;
    bench_str_init(&text);
    add_rows(c, &text);
    bench_str_addf(&text, "CUPTI is to be trusted, within %.0f %% or %.0f ns, for\n",
                   TRACE_DISTURBED_SHARE * 100, c->twice_ns);
    for (int k = 0; k < TRACE_KERNELS; k++)
        if (c->kinds[k].shapes > 0)
            add_kind((enum trace_kernel)k, &c->kinds[k], &text);
    if (count_disturbed(c) > 0 && !blocks_alone(c))
        bench_str_add(&text, "It is not the number of blocks alone that counts: others bear as "
                             "many.\n");
    return keep(&text, report);
}

/* ---- disturbance: the line ---- */

static const char *finding_text(const struct trace_comparison *c,
                                struct bench_selftest_report *report)
{
    struct bench_str found, others;
    if (count_disturbed(c) == 0)
        return selftest_text(report, "no kernel by more than %.0f %% or %.0f ns",
                             TRACE_DISTURBED_SHARE * 100, c->twice_ns);
    bench_str_init(&found);
    bench_str_init(&others);
    for (int k = 0; k < TRACE_KERNELS; k++) {
        const struct trace_kind *kind = &c->kinds[k];
        const char *name = trace_kernel_name((enum trace_kernel)k);
        if (kind->disturbed > 0)
            bench_str_addf(&found, "%s%s from %u blocks on, by %+.1f to %+.1f %%",
                           found.len > 0 ? "; " : "", name, kind->first, kind->least * 100,
                           kind->most * 100);
        else if (kind->shapes > 0)
            bench_str_addf(&others, "%s%s", others.len > 0 ? ", " : "", name);
    }
    if (others.len > 0)
        bench_str_addf(&found, "; not %s", others.data);
    bench_str_fini(&others);
    return keep(&found, report);
}

static void put_kinds(const struct trace_comparison *c, struct selftest_values *v)
{
    bench_json_put_key(&v->writer, "kinds");
    bench_json_open_array(&v->writer);
    for (int k = 0; k < TRACE_KERNELS; k++) {
        const struct trace_kind *kind = &c->kinds[k];
        if (kind->shapes == 0)
            continue;
        bench_json_open_object(&v->writer);
        bench_json_put_key_string(&v->writer, "kernel", trace_kernel_name((enum trace_kernel)k));
        bench_json_put_key_int(&v->writer, "shapes", (int64_t)kind->shapes);
        bench_json_put_key_int(&v->writer, "disturbed", (int64_t)kind->disturbed);
        bench_json_put_key_int(&v->writer, "most_blocks", kind->most_blocks);
        selftest_put(v, "trusted_blocks", kind->disturbed > 0 ? (double)kind->trusted : INFINITY);
        selftest_put(v, "least", kind->disturbed > 0 ? kind->least : INFINITY);
        selftest_put(v, "most", kind->disturbed > 0 ? kind->most : INFINITY);
        bench_json_close_object(&v->writer);
    }
    bench_json_close_array(&v->writer);
}

static void put_rows(const struct trace_results *r, const struct trace_comparison *c,
                     struct selftest_values *v)
{
    bench_json_put_key(&v->writer, "rows");
    bench_json_open_array(&v->writer);
    for (size_t i = 0; i < c->row_count; i++) {
        const struct trace_row *row = &c->rows[i];
        size_t p = (size_t)(row->point - c->points);
        bench_json_open_object(&v->writer);
        bench_json_put_key_string(&v->writer, "kernel", trace_kernel_name(row->point->kernel));
        bench_json_put_key_int(&v->writer, "blocks", row->point->blocks);
        bench_json_put_key_int(&v->writer, "threads", row->point->threads);
        bench_json_put_key_int(&v->writer, "size", row->point->size);
        selftest_put(v, "events_ns", r->plain.elapsed_ns[p]);
        selftest_put(v, "events_again_ns", r->again.elapsed_ns[p]);
        selftest_put(v, "events_traced_ns", r->traced.elapsed_ns[p]);
        selftest_put(v, "cupti_ns", r->traced.duration_ns[p]);
        bench_json_put_key_bool(&v->writer, "disturbed", row->disturbed);
        bench_json_close_object(&v->writer);
    }
    bench_json_close_array(&v->writer);
}

static void put_process(const struct trace_result *r, const char *key, struct selftest_values *v)
{
    bench_json_put_key(&v->writer, key);
    bench_json_open_object(&v->writer);
    bench_json_put_key_int(&v->writer, "warmup_rounds", r->warmup_rounds);
    selftest_put(v, "clock_mhz", r->clock_mhz);
    bench_floor_write(&r->floor, "floor", &v->writer);
    bench_json_close_object(&v->writer);
}

static void put_disturbance(const struct trace_results *r, const struct trace_comparison *c,
                            struct bench_selftest_report *report, struct bench_selftest_line *line)
{
    struct selftest_values v;
    selftest_values_open(&v);
    selftest_put(&v, "step_ns", c->step_ns);
    selftest_put(&v, "offset_ns", c->offset_ns);
    selftest_put(&v, "worst_again_ns", fabs(c->worst_again->again_ns));
    selftest_put(&v, "allowed_again_ns", c->twice_ns);
    put_kinds(c, &v);
    put_rows(r, c, &v);
    put_process(&r->plain, "untraced", &v);
    put_process(&r->traced, "traced", &v);
    put_process(&r->again, "untraced_again", &v);
    selftest_values_close(&v, report, line);
}

static void report_disturbance(const struct trace_results *r, const struct trace_comparison *c,
                               struct bench_selftest_report *report)
{
    struct bench_selftest_line *line = selftest_line(report, "CUPTI disturbance");
    const struct trace_row *bad = c->agreement_disturbed, *again = c->worst_again;
    line->measured = finding_text(c, report);
    line->limit = selftest_text(report,
                                "none of the kernels of few blocks that show the agreement; "
                                "untraced times the same twice within %.0f %% or %.0f ns",
                                TRACE_DISTURBED_SHARE * 100, c->twice_ns);
    if (bad != NULL)
        selftest_require(
            report, line, false,
            "%s takes %+.0f ns when traced, and CUPTI is %+.0f ns off: what shows that "
            "the two agree is disturbed",
            shape_text(report, bad->point), bad->traced_ns, bad->cupti_ns);
    selftest_require(report, line, c->worst_again_share <= 1,
                     "two processes without tracing differ by %.0f ns in %s (%s), so this shows "
                     "nothing",
                     fabs(again->again_ns), shape_text(report, again->point),
                     time_text(report, again->kernel_ns));
    line->table = row_table(c, report);
    put_disturbance(r, c, report, line);
}

void selftest_trace_report(const struct trace_results *results,
                           struct bench_selftest_report *report)
{
    struct trace_comparison c;
    trace_compare(results, &c);
    report_agreement(results, &c, report);
    report_disturbance(results, &c, report);
}
