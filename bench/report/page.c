/* The page: report.html with everything put in. */
#include "bench/report/page.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_impl.h"

struct page {
    const struct bench_report *report;
    const struct bench_outcome *newest;
    const char *made;
    struct report_samples samples;
    struct report_out out;
};

static void add_decision(struct bench_str *out, const struct bench_outcome_decision *d,
                         enum bench_outcome_rule rule)
{
    if (!d->known) {
        bench_str_add(out, "<td>–</td><td>–</td>");
        return;
    }
    struct report_speed s = report_speed(d, rule);
    bench_str_add(out, "<td>");
    report_add_speed(out, s.estimate, rule);
    bench_str_add(out, " (");
    report_add_interval(out, &s, rule);
    bench_str_addf(out, ")</td><td>%s</td>", bench_answer_name(d->answer));
}

void report_page_plain(struct report_out *out, const struct bench_outcome *o)
{
    struct bench_str *text = &out->text;
    bench_str_add(text, "<h1>");
    struct bench_str title;
    bench_str_init(&title);
    report_add_title(&title, o);
    report_add_xml(text, title.data);
    bench_str_fini(&title);
    bench_str_addf(text,
                   "</h1>\n<p>Without JavaScript this page shows no more than this: %zu cases of "
                   "%zu operators.</p>\n<table>\n<tr><th>Operator</th><th>Over the reference</th>"
                   "<th>Answer</th><th>Of the baseline</th><th>Answer</th></tr>\n",
                   o->case_count, o->operator_count);
    const struct bench_outcome_operator **ranked = report_ranked(o);
    for (size_t i = 0; i < o->operator_count; i++) {
        bench_str_add(text, "<tr><td>");
        report_add_xml(text, ranked[i]->name);
        bench_str_add(text, "</td>");
        for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++)
            add_decision(text, &ranked[i]->decisions[rule], (enum bench_outcome_rule)rule);
        bench_str_add(text, "</tr>\n");
        report_flush(out);
    }
    free(ranked);
    bench_str_add(text, "</table>\n");
}

static void put_title(struct page *page)
{
    struct bench_str title;
    bench_str_init(&title);
    report_add_title(&title, page->newest);
    bench_str_add(&title, " · bench report");
    report_add_xml(&page->out.text, title.data);
    bench_str_fini(&title);
}

static void put_data(struct page *page)
{
    report_flush_all(&page->out);
    page->out.in_script = true;
    report_page_data(&page->out, page->report, page->newest, page->made, page->samples.note.data);
    report_flush_all(&page->out);
    page->out.in_script = false;
}

static int put(struct page *page, const char *name, size_t length, struct bench_err *err)
{
    struct bench_str *text = &page->out.text;
    const struct {
        const char *name, *text;
    } parts[] = {{"policy", bench_report_page_policy},
                 {"style", bench_report_page_css},
                 {"script", bench_report_page_js}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strlen(parts[i].name) == length && strncmp(parts[i].name, name, length) == 0)
            bench_str_add(text, parts[i].text);
    if (strncmp(name, "title", length) == 0)
        put_title(page);
    else if (strncmp(name, "plain", length) == 0)
        report_page_plain(&page->out, page->newest);
    else if (strncmp(name, "data", length) == 0)
        put_data(page);
    else if (strncmp(name, "samples", length) == 0)
        return report_samples_write(&page->samples, page->newest, &page->out, err);
    return BENCH_OK;
}

int bench_report_html(const struct bench_report *report, const struct bench_outcome *newest,
                      const char *made, size_t samples, bench_report_sink sink, void *context,
                      struct bench_err *err)
{
    struct page page = {.report = report, .newest = newest, .made = made};
    int rc = BENCH_OK;
    assert(report->run_count > 0);
    report_out_init(&page.out, sink, context);
    report_samples_plan(&page.samples, newest, samples);
    const char *from = bench_report_page_html;
    for (const char *mark = strstr(from, "{{"); mark && rc == BENCH_OK; mark = strstr(from, "{{")) {
        const char *name = mark + 2, *end = strstr(name, "}}");
        bench_str_addn(&page.out.text, from, (size_t)(mark - from));
        rc = put(&page, name, (size_t)(end - name), err);
        report_flush(&page.out);
        from = end + 2;
    }
    bench_str_add(&page.out.text, from);
    report_out_fini(&page.out);
    report_samples_fini(&page.samples);
    return rc;
}
