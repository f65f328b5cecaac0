/* The page's data but for the columns of cases: runs, operators, failures, the course over the runs
 * and the changes in it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/criteria.h"
#include "bench/report/report_impl.h"
#include "selector/index.h"

/* Five digits: more than a picture or a person needs, and a third of the bytes. */
static void put_number(struct bench_str *out, double v)
{
    if (isfinite(v))
        bench_str_addf(out, "%.5g", v);
    else
        bench_str_add(out, "null");
}

static void put_string(struct report_out *out, const char *text)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, &out->text, BENCH_JSON_COMPACT);
    bench_json_put_string(&w, text);
}

/* [answer, estimate, low, high, threshold, reason, processes], or null. */
static void put_decision(struct report_out *out, const struct bench_outcome_decision *d)
{
    if (!d->known) {
        bench_str_add(&out->text, "null");
        return;
    }
    bench_str_addf(&out->text, "[\"%s\",", bench_answer_name(d->answer));
    const double numbers[] = {d->ratio.estimate, d->ratio.low, d->ratio.high, d->threshold};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        put_number(&out->text, numbers[i]);
        bench_str_addc(&out->text, ',');
    }
    put_string(out, d->reason);
    bench_str_addf(&out->text, ",%zu]", d->processes);
}

static void put_runs(struct report_out *out, const struct bench_report *report)
{
    bench_str_add(&out->text, "\"runs\":[");
    for (size_t i = 0; i < report->run_count; i++) {
        bench_str_add(&out->text, i ? ",\n" : "");
        bench_str_add(&out->text, report->runs[i].facts);
        report_flush(out);
    }
    bench_str_add(&out->text, "],\n");
}

static void put_operators(struct report_out *out, const struct bench_outcome *o)
{
    bench_str_add(&out->text, "\"operators\":[");
    for (size_t i = 0; i < o->operator_count; i++) {
        const struct bench_outcome_operator *op = &o->operators[i];
        bench_str_addf(&out->text, "%s{\"name\":", i ? ",\n" : "");
        put_string(out, op->name);
        bench_str_addf(&out->text, ",\"first\":%zu,\"count\":%zu,\"decisions\":[", op->first_case,
                       op->case_count);
        put_decision(out, &op->decisions[BENCH_OUTCOME_SPEEDUP]);
        bench_str_addc(&out->text, ',');
        put_decision(out, &op->decisions[BENCH_OUTCOME_RELATIVE]);
        bench_str_add(&out->text, "]}");
        report_flush(out);
    }
    bench_str_add(&out->text, "],\n");
}

/* The threshold that the run was decided by, as far as anything tells. */
static double threshold(const struct bench_outcome *o, enum bench_outcome_rule rule)
{
    for (size_t i = 0; i < o->operator_count; i++)
        if (o->operators[i].decisions[rule].known)
            return o->operators[i].decisions[rule].threshold;
    return isfinite(o->thresholds[rule])   ? o->thresholds[rule]
           : rule == BENCH_OUTCOME_SPEEDUP ? BENCH_SPEEDUP_THRESHOLD
                                           : BENCH_RELATIVE_THRESHOLD;
}

/* [case, role, status, reason] of each implementation that failed; how many were verified. */
static void put_failures(struct report_out *out, const struct bench_outcome *o,
                         struct report_texts *texts)
{
    size_t verified = 0, failed = 0;
    bench_str_add(&out->text, "\"failures\":[");
    for (size_t i = 0; i < o->case_count; i++) {
        for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
            const struct bench_outcome_role *role = &o->cases[i].roles[r];
            verified += role->verified;
            if (role->standing != BENCH_OUTCOME_FAILED)
                continue;
            bench_str_addf(&out->text, "%s[%zu,%d,%zu,%zu]", failed++ ? "," : "", i, r,
                           report_texts_number(texts, role->status),
                           report_texts_number(texts, role->reason));
        }
        report_flush(out);
    }
    bench_str_addf(&out->text, "],\n\"verified\":%zu,\n", verified);
}

/* An operator's decision in a run, or NULL. */
static const struct bench_outcome_decision *find_decision(struct bench_index *const *indexes,
                                                          const struct bench_report *report,
                                                          size_t run, const char *name,
                                                          enum bench_outcome_rule rule)
{
    size_t at = bench_index_find(indexes[run], name);
    return at == BENCH_INDEX_NONE ? NULL : &report->runs[run].operators[at].decisions[rule];
}

static void put_course(struct report_out *out, struct bench_index *const *indexes,
                       const struct bench_report *report, const char *name)
{
    static const struct bench_outcome_decision none = {.known = false};
    bench_str_add(&out->text, "{\"name\":");
    put_string(out, name);
    bench_str_add(&out->text, ",\"points\":[");
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
        bench_str_add(&out->text, rule ? ",[" : "[");
        for (size_t run = 0; run < report->run_count; run++) {
            const struct bench_outcome_decision *d =
                find_decision(indexes, report, run, name, (enum bench_outcome_rule)rule);
            bench_str_add(&out->text, run ? "," : "");
            put_decision(out, d ? d : &none);
        }
        bench_str_addc(&out->text, ']');
        report_flush(out);
    }
    bench_str_add(&out->text, "]}");
}

static void put_changes(struct report_out *out, const struct bench_report *report)
{
    bench_str_addf(&out->text, "\"changes_known\":%s,\n\"changes\":[",
                   report->looked_for_changes ? "true" : "false");
    for (size_t i = 0; i < report->change_count; i++) {
        const struct bench_report_change *c = &report->changes[i];
        bench_str_addf(&out->text, "%s{\"operator\":", i ? ",\n" : "");
        put_string(out, c->op_name);
        bench_str_addf(&out->text, ",\"rule\":%d,\"run\":%zu,\"before\":", (int)c->rule, c->run);
        put_number(&out->text, c->before);
        bench_str_add(&out->text, ",\"after\":");
        put_number(&out->text, c->after);
        bench_str_add(&out->text, ",\"text\":");
        put_string(out, c->text);
        bench_str_addc(&out->text, '}');
    }
    bench_str_add(&out->text, "],\n");
}

/* Every operator of any run, in the order in which they were first there. */
static void put_history(struct report_out *out, const struct bench_report *report)
{
    bench_str_add(&out->text, "\"history\":[");
    size_t runs = report->run_count > 1 ? report->run_count : 0, courses = 0;
    struct bench_index **indexes = bench_xcalloc(runs + 1, sizeof *indexes);
    struct bench_index *seen = bench_index_new();
    for (size_t run = 0; run < runs; run++) {
        indexes[run] = bench_index_new();
        for (size_t i = 0; i < report->runs[run].operator_count; i++)
            bench_index_add(indexes[run], report->runs[run].operators[i].name, i);
    }
    for (size_t run = 0; run < runs; run++)
        for (size_t i = 0; i < report->runs[run].operator_count; i++) {
            const char *name = report->runs[run].operators[i].name;
            if (bench_index_add(seen, name, courses) != BENCH_INDEX_NONE)
                continue;
            bench_str_add(&out->text, courses++ ? ",\n" : "");
            put_course(out, indexes, report, name);
        }
    for (size_t run = 0; run < runs; run++)
        bench_index_free(indexes[run]);
    bench_index_free(seen);
    free(indexes);
    bench_str_add(&out->text, "],\n");
    put_changes(out, report);
}

/* Null for a run of no night. */
static void put_night(struct report_out *out, const struct bench_report *report)
{
    bench_str_add(&out->text, "\"night\":");
    if (report->night_against == NULL) {
        bench_str_add(&out->text, "null,\n");
        return;
    }
    bench_str_add(&out->text, "{\"against\":");
    put_string(out, report->night_against[0] ? report->night_against : NULL);
    bench_str_add(&out->text, ",\"findings\":[");
    for (size_t i = 0; i < report->finding_count; i++) {
        bench_str_add(&out->text, i ? ",\n[" : "[");
        put_string(out, report->findings[i].kind);
        bench_str_addc(&out->text, ',');
        put_string(out, report->findings[i].text);
        bench_str_addc(&out->text, ']');
        report_flush(out);
    }
    bench_str_add(&out->text, "]},\n");
}

void report_page_data(struct report_out *out, const struct bench_report *report,
                      const struct bench_outcome *newest, const char *made, const char *samples)
{
    struct report_texts *texts = report_texts_new();
    struct bench_arena *arena = bench_arena_new();
    bench_str_add(&out->text, "{\"format\":1,\"bench\":\"" BENCH_VERSION "\",\"made\":");
    put_string(out, made);
    struct bench_str title;
    bench_str_init(&title);
    report_add_title(&title, newest);
    bench_str_add(&out->text, ",\"title\":");
    put_string(out, title.data);
    bench_str_fini(&title);
    bench_str_add(&out->text, ",\"samples\":{\"why\":");
    put_string(out, samples);
    bench_str_add(&out->text, "},\n\"thresholds\":[");
    put_number(&out->text, threshold(newest, BENCH_OUTCOME_SPEEDUP));
    bench_str_addc(&out->text, ',');
    put_number(&out->text, threshold(newest, BENCH_OUTCOME_RELATIVE));
    bench_str_add(&out->text, "],\n");
    put_night(out, report);
    put_runs(out, report);
    put_operators(out, newest);
    put_failures(out, newest, texts);
    put_history(out, report);
    bench_str_add(&out->text, "\"cases\":");
    report_page_cases(out, newest, texts, arena);
    bench_str_add(&out->text, ",\n\"text\":");
    report_texts_write(texts, out);
    bench_str_add(&out->text, "}\n");
    report_texts_free(texts);
    bench_arena_free(arena);
}
