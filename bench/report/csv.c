/* CSV (RFC 4180): lines end with CR LF, fields with commas, quotes or line breaks are quoted. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/report/report_impl.h"

static void put_text(struct report_out *out, const char *text)
{
    struct bench_str *s = &out->text;
    if (s->len && s->data[s->len - 1] != '\n')
        bench_str_addc(s, ',');
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        bench_str_add(s, text);
        return;
    }
    bench_str_addc(s, '"');
    for (const char *p = text; *p; p++) {
        bench_str_add(s, *p == '"' ? "\"" : "");
        bench_str_addc(s, *p);
    }
    bench_str_addc(s, '"');
}

/* With the fewest digits that read back to the same double; nothing where there is none. */
static void add_number(struct bench_str *out, double v)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_COMPACT);
    if (isfinite(v))
        bench_json_put_double(&w, v);
}

static void put_number(struct report_out *out, double v)
{
    struct bench_str text;
    bench_str_init(&text);
    add_number(&text, v);
    put_text(out, text.data);
    bench_str_fini(&text);
}

/* A negative one is not known. */
static void put_count(struct report_out *out, int64_t v)
{
    char text[32] = "";
    if (v >= 0)
        snprintf(text, sizeof text, "%" PRId64, v);
    put_text(out, text);
}

static void end_line(struct report_out *out)
{
    bench_str_add(&out->text, "\r\n");
    report_flush(out);
}

static void put_head(struct report_out *out)
{
    static const char *const names[] = {
        "run",           "started",      "device",      "operator",       "dtype",   "shape",
        "params",        "key",          "role",        "implementation", "variant", "library",
        "status",        "reason",       "time_ms",     "low_ms",         "high_ms", "q25_ms",
        "q75_ms",        "min_ms",       "process_ms",  "do_bench_ms",    "rounds",  "near_floor",
        "throttled",     "verified",     "max_ratio",   "max_abs",        "rel_l2",  "clock_mhz",
        "registers",     "shared_bytes", "spill_bytes", "bytes",          "flops",   "roofline_ms",
        "roofline_bound"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put_text(out, names[i]);
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
        static const char *const parts[] = {"", "_low", "_high", "_answer", "_reason"};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s%s",
                     bench_outcome_rule_key((enum bench_outcome_rule)rule), parts[i]);
            put_text(out, name);
        }
    }
    put_text(out, "source_hash");
    put_text(out, "binary_hash");
    end_line(out);
}

static void put_case(struct report_out *out, const struct bench_outcome *o,
                     const struct bench_outcome_case *c)
{
    struct bench_str shape;
    bench_str_init(&shape);
    for (size_t d = 0; d < c->ndim; d++)
        bench_str_addf(&shape, "%s%" PRId64, d ? " " : "", c->shape[d]);
    const char *const texts[] = {o->id,    o->started, o->device.name, c->op_name,
                                 c->dtype, shape.data, c->params,      c->key};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(out, texts[i]);
    bench_str_fini(&shape);
}

static void put_processes(struct report_out *out, const struct bench_outcome_role *role)
{
    struct bench_str text;
    bench_str_init(&text);
    for (size_t k = 0; k < role->process_count; k++) {
        bench_str_add(&text, k ? " " : "");
        add_number(&text, role->process_ms[k]);
    }
    put_text(out, text.data);
    bench_str_fini(&text);
}

static void put_role(struct report_out *out, const struct bench_outcome_role *role, int r)
{
    const char *const texts[] = {bench_role_name((enum bench_role)r),
                                 role->implementation,
                                 role->variant,
                                 role->library,
                                 role->status,
                                 role->reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(out, texts[i]);
    const double times[] = {role->time_ms, role->low_ms, role->high_ms,
                            role->q25_ms,  role->q75_ms, role->min_ms};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        put_number(out, times[i]);
    put_processes(out, role);
    put_number(out, role->do_bench_ms);
    put_count(out, role->rounds ? (int64_t)role->rounds : -1);
    const bool flags[] = {role->near_floor, role->throttled, role->verified};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        put_text(out, flags[i] ? "true" : "false");
    const double errors[] = {role->max_ratio, role->max_abs, role->rel_l2, role->clock_mhz};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        put_number(out, errors[i]);
    put_count(out, role->registers);
    put_count(out, role->shared_bytes);
    put_count(out, role->spill_bytes);
}

static void put_decision(struct report_out *out, const struct bench_outcome_decision *d)
{
    put_number(out, d->known ? d->ratio.estimate : NAN);
    put_number(out, d->known ? d->ratio.low : NAN);
    put_number(out, d->known ? d->ratio.high : NAN);
    put_text(out, d->known ? bench_answer_name(d->answer) : "");
    put_text(out, d->known ? d->reason : "");
}

void bench_report_csv(const struct bench_outcome *o, bool first, bench_report_sink sink,
                      void *context)
{
    struct report_out out;
    report_out_init(&out, sink, context);
    if (first)
        put_head(&out);
    for (size_t i = 0; i < o->case_count; i++) {
        const struct bench_outcome_case *c = &o->cases[i];
        for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
            if (c->roles[r].standing == BENCH_OUTCOME_ABSENT)
                continue;
            put_case(&out, o, c);
            put_role(&out, &c->roles[r], r);
            put_number(&out, c->bytes);
            put_number(&out, c->flops);
            put_number(&out, c->roofline_ms);
            put_text(&out, c->roofline_bound);
            for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++)
                put_decision(&out, &c->decisions[rule]);
            put_text(&out, c->roles[r].source_hash);
            put_text(&out, c->roles[r].binary_hash);
            end_line(&out);
        }
    }
    report_out_fini(&out);
}
