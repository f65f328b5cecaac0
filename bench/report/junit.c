/* JUnit's XML in the form of Jenkins' xunit plugin: github.com/jenkinsci/xunit-plugin,
 * src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd. */
#include <math.h>
#include <string.h>

#include "bench/report/report_impl.h"

/* What becomes of one test; kind NULL: it passes. */
struct verdict {
    const char *kind; /* "failure", "skipped" */
    const char *type; /* of a failure */
    struct bench_str message;
    const char *text; /* of a failure, in full; NULL: the message alone */
};

struct counts {
    size_t tests, failures, skipped;
};

static void attribute(struct bench_str *out, const char *name, const char *value)
{
    bench_str_addf(out, " %s=\"", name);
    report_add_xml(out, value);
    bench_str_addc(out, '"');
}

/* "1.15× (1.14 to 1.16×) of the reference's speed, asked for is 1.30×" */
static void describe(struct bench_str *out, const struct bench_outcome_decision *d,
                     enum bench_outcome_rule rule)
{
    struct report_speed s = report_speed(d, rule);
    report_add_speed(out, s.estimate, rule);
    bench_str_add(out, " (");
    report_add_interval(out, &s, rule);
    bench_str_addf(out, ") of the %s's speed, expected at least ",
                   rule == BENCH_OUTCOME_SPEEDUP ? "reference" : "baseline");
    report_add_speed(out, s.threshold, rule);
}

static void judge_decision(struct verdict *v, const struct bench_outcome_decision *d,
                           enum bench_outcome_rule rule)
{
    if (d->answer == BENCH_PASS)
        return;
    v->kind = d->answer == BENCH_FAIL ? "failure" : "skipped";
    v->type = "slow";
    if (d->answer == BENCH_UNDETERMINED)
        bench_str_addf(&v->message, "undetermined: %s%s", d->reason, d->reason[0] ? ": " : "");
    describe(&v->message, d, rule);
}

static void judge_failure(struct verdict *v, const struct bench_outcome_role *role, int r)
{
    v->kind = "failure";
    v->type = role->status;
    v->text = role->reason;
    bench_str_addf(&v->message, "%s %s: %s: ", bench_role_name((enum bench_role)r),
                   role->implementation, role->status);
    report_add_first_line(&v->message, role->reason, 200);
}

/* A failed implementation first, then the answer by the operator's own rule. */
static void judge_case(struct verdict *v, const struct bench_outcome_case *c,
                       enum bench_outcome_rule rule)
{
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (c->roles[r].standing == BENCH_OUTCOME_FAILED) {
            judge_failure(v, &c->roles[r], r);
            return;
        }
    if (c->decisions[rule].known) {
        judge_decision(v, &c->decisions[rule], rule);
        return;
    }
    if (c->decisions[1 - rule].known) {
        judge_decision(v, &c->decisions[1 - rule], (enum bench_outcome_rule)(1 - rule));
        return;
    }
    if (strcmp(c->roles[BENCH_CANDIDATE].status, "checked") == 0)
        return; /* empty tensors: it is right, which is all that there is to say */
    v->kind = "skipped";
    bench_str_add(&v->message, "not compared");
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (c->roles[r].standing == BENCH_OUTCOME_UNFILLED) {
            bench_str_addf(&v->message, "; %s %s: ", bench_role_name((enum bench_role)r),
                           c->roles[r].status);
            report_add_first_line(&v->message, c->roles[r].reason, 200);
        }
}

static void judge_operator(struct verdict *v, const struct bench_outcome_operator *op,
                           enum bench_outcome_rule rule)
{
    if (op->decisions[rule].known) {
        judge_decision(v, &op->decisions[rule], rule);
        return;
    }
    v->kind = "skipped";
    bench_str_add(&v->message, "no decision: nothing to compare with");
}

static void verdict_init(struct verdict *v)
{
    *v = (struct verdict){.kind = NULL};
    bench_str_init(&v->message);
}

static void count(struct counts *n, const struct verdict *v)
{
    n->tests++;
    n->failures += v->kind != NULL && strcmp(v->kind, "failure") == 0;
    n->skipped += v->kind != NULL && strcmp(v->kind, "skipped") == 0;
}

static void count_operator(struct counts *n, const struct bench_outcome *o,
                           const struct bench_outcome_operator *op)
{
    enum bench_outcome_rule rule = report_principal(op);
    for (size_t i = 0; i <= op->case_count; i++) {
        struct verdict v;
        verdict_init(&v);
        if (i < op->case_count)
            judge_case(&v, &o->cases[op->first_case + i], rule);
        else
            judge_operator(&v, op, rule);
        count(n, &v);
        bench_str_fini(&v.message);
    }
}

/* `time_ms` NAN where there is none; a test's time is in seconds. */
static void put_test(struct report_out *out, const char *op_name, const char *name, double time_ms,
                     const struct verdict *v)
{
    struct bench_str *s = &out->text;
    bench_str_add(s, "    <testcase");
    attribute(s, "classname", op_name);
    attribute(s, "name", name);
    if (isfinite(time_ms))
        bench_str_addf(s, " time=\"%.9f\"", time_ms * 1e-3);
    if (v->kind == NULL) {
        bench_str_add(s, "/>\n");
        return;
    }
    bench_str_addf(s, ">\n      <%s", v->kind);
    if (strcmp(v->kind, "failure") == 0)
        attribute(s, "type", v->type);
    attribute(s, "message", v->message.data);
    if (v->text && v->text[0]) {
        bench_str_addc(s, '>');
        report_add_xml(s, v->text);
        bench_str_addf(s, "</%s>\n    </testcase>\n", v->kind);
    } else {
        bench_str_add(s, "/>\n    </testcase>\n");
    }
}

static void put_counts(struct bench_str *s, const struct counts *n)
{
    bench_str_addf(s, " tests=\"%zu\" failures=\"%zu\" errors=\"0\"", n->tests, n->failures);
}

static void property(struct bench_str *s, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    bench_str_add(s, "      <property");
    attribute(s, "name", name);
    attribute(s, "value", value);
    bench_str_add(s, "/>\n");
}

static void put_suite(struct report_out *out, const struct bench_outcome *o,
                      const struct bench_outcome_operator *op)
{
    struct bench_str *s = &out->text;
    enum bench_outcome_rule rule = report_principal(op);
    struct counts n = {0};
    count_operator(&n, o, op);
    bench_str_add(s, "  <testsuite");
    attribute(s, "name", op->name);
    put_counts(s, &n);
    bench_str_addf(s, " skipped=\"%zu\"", n.skipped);
    if (strlen(o->started) == 20) /* as xs:dateTime, without the zone that some readers refuse */
        bench_str_addf(s, " timestamp=\"%.19s\"", o->started);
    if (o->host[0])
        attribute(s, "hostname", o->host);
    bench_str_add(s, ">\n    <properties>\n");
    property(s, "run", o->id);
    property(s, "device", o->device.name);
    property(s, "driver", o->device.driver);
    property(s, "rule", bench_outcome_rule_key(rule));
    property(s, "bench_version", o->bench_version);
    bench_str_add(s, "    </properties>\n");
    for (size_t i = 0; i <= op->case_count; i++) {
        const struct bench_outcome_case *c =
            i < op->case_count ? &o->cases[op->first_case + i] : NULL;
        struct verdict v;
        verdict_init(&v);
        if (c)
            judge_case(&v, c, rule);
        else
            judge_operator(&v, op, rule);
        put_test(out, op->name, c ? c->label : "all cases (geometric mean)",
                 c ? c->roles[BENCH_CANDIDATE].time_ms : NAN, &v);
        bench_str_fini(&v.message);
        report_flush(out);
    }
    bench_str_add(s, "  </testsuite>\n");
}

void bench_report_junit(const struct bench_outcome *o, bench_report_sink sink, void *context)
{
    struct report_out out;
    struct counts all = {0};
    report_out_init(&out, sink, context);
    for (size_t i = 0; i < o->operator_count; i++)
        count_operator(&all, o, &o->operators[i]);
    bench_str_add(&out.text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    attribute(&out.text, "name", o->id[0] ? o->id : o->path);
    put_counts(&out.text, &all);
    if (isfinite(o->duration_s))
        bench_str_addf(&out.text, " time=\"%.3f\"", o->duration_s);
    bench_str_add(&out.text, ">\n");
    for (size_t i = 0; i < o->operator_count; i++)
        put_suite(&out, o, &o->operators[i]);
    bench_str_add(&out.text, "</testsuites>\n");
    report_out_fini(&out);
}
