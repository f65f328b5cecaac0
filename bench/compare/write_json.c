/* docs/formats.md, "bench compare --format json". */
#include <math.h>

#include "bench/compare/compare_impl.h"

static void put_number(struct bench_json_writer *w, const char *key, double v)
{
    bench_json_put_key(w, key);
    if (isfinite(v))
        bench_json_put_double(w, v);
    else
        bench_json_put_null(w);
}

static void put_change(struct bench_json_writer *w, const struct bench_change *t)
{
    if (!t->known)
        return;
    bench_json_put_key_double(w, "change", t->change);
    put_number(w, "low", t->low);
    put_number(w, "high", t->high);
    bench_json_put_key_double(w, "p", t->p);
    bench_json_put_key_double(w, "p_adjusted", t->adjusted);
    bench_json_put_key_string(w, "verdict", bench_verdict_name(t->verdict));
    if (t->reason[0] != '\0')
        bench_json_put_key_string(w, "reason", t->reason);
}

static void put_run(struct bench_json_writer *w, const char *key, const struct bench_outcome *o)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "path", o->path);
    bench_json_put_key_string(w, "run", o->id);
    bench_json_put_key_string(w, "started", o->started[0] ? o->started : NULL);
    bench_json_put_key_string(w, "device", o->device.name[0] ? o->device.name : NULL);
    bench_json_put_key_string(w, "driver", o->device.driver[0] ? o->device.driver : NULL);
    bench_json_put_key_string(w, "git_commit", o->git_commit[0] ? o->git_commit : NULL);
    bench_json_close_object(w);
}

static void put_counts(struct bench_json_writer *w, const size_t *verdicts, const size_t *fates)
{
    bench_json_put_key(w, "verdicts");
    bench_json_open_object(w);
    for (int i = 0; i < BENCH_VERDICTS; i++)
        bench_json_put_key_int(w, bench_verdict_name((enum bench_verdict)i), (int64_t)verdicts[i]);
    bench_json_close_object(w);
    bench_json_put_key(w, "fates");
    bench_json_open_object(w);
    for (int i = 0; i < BENCH_FATES; i++)
        if (i != BENCH_FATE_NOWHERE)
            bench_json_put_key_int(w, bench_fate_name((enum bench_fate)i), (int64_t)fates[i]);
    bench_json_close_object(w);
}

static void put_side(struct bench_json_writer *w, const char *key,
                     const struct bench_outcome_case *c)
{
    bench_json_put_key(w, key);
    if (c == NULL) {
        bench_json_put_null(w);
        return;
    }
    const struct bench_outcome_role *r = &c->roles[BENCH_CANDIDATE];
    bench_json_open_object(w);
    bench_json_put_key_string(w, "status", r->status);
    bench_json_put_key_string(w, "implementation", r->implementation);
    bench_json_put_key_string(w, "variant", r->variant);
    bench_json_put_key_string(w, "source_hash", r->source_hash[0] ? r->source_hash : NULL);
    put_number(w, "time_ms", r->time_ms);
    if (r->reason[0] != '\0')
        bench_json_put_key_string(w, "reason", r->reason);
    bench_json_close_object(w);
}

static void put_case(struct bench_json_writer *w, const struct bench_compared_case *item)
{
    const struct bench_outcome_case *c = item->a != NULL ? item->a : item->b;
    bench_json_open_object(w);
    bench_json_put_key_string(w, "key", c->key);
    bench_json_put_key_string(w, "case", c->label);
    bench_json_put_key_string(w, "fate", bench_fate_name(item->fate));
    bench_json_put_key_bool(w, "code_changed", item->code);
    bench_json_put_key_bool(w, "variant_changed", item->variant);
    if (item->time.known) {
        bench_json_put_key_int(w, "processes_a", (int64_t)item->processes_a);
        bench_json_put_key_int(w, "processes_b", (int64_t)item->processes_b);
    }
    put_change(w, &item->time);
    put_side(w, "a", item->a);
    put_side(w, "b", item->b);
    bench_json_close_object(w);
}

static void put_operator(struct bench_json_writer *w, const struct bench_comparison *c,
                         const struct bench_compared_operator *op)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "operator", op->name);
    bench_json_put_key_int(w, "cases_compared", (int64_t)op->compared);
    bench_json_put_key_int(w, "processes_a", (int64_t)op->processes_a);
    bench_json_put_key_int(w, "processes_b", (int64_t)op->processes_b);
    bench_json_put_key_int(w, "code_changed", (int64_t)op->code);
    put_change(w, &op->time);
    put_counts(w, op->verdicts, op->fates);
    bench_json_put_key(w, "cases");
    bench_json_open_array(w);
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++)
        if (c->cases[i].fate != BENCH_FATE_NOWHERE)
            put_case(w, &c->cases[i]);
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void put_news(struct bench_json_writer *w, const struct bench_comparison *c)
{
    bench_json_put_key(w, "news");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->news_count; i++) {
        const struct bench_news *n = &c->news[i];
        bench_json_open_object(w);
        bench_json_put_key_string(w, "kind", bench_news_kind_name(n->kind));
        bench_json_put_key_bool(w, "regression", n->regression);
        bench_json_put_key_string(w, "operator", n->operator_name);
        bench_json_put_key_string(w, "case", n->label[0] ? n->label : NULL);
        bench_json_put_key_int(w, "cases", (int64_t)n->cases);
        bench_json_put_key_string(w, "sentence", n->sentence);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_surroundings(struct bench_json_writer *w, const struct bench_comparison *c)
{
    bench_json_put_key(w, "differences");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->difference_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "name", c->differences[i].name);
        bench_json_put_key_string(w, "a", c->differences[i].a);
        bench_json_put_key_string(w, "b", c->differences[i].b);
        bench_json_put_key_bool(w, "matters", c->differences[i].matters);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "drift");
    bench_json_open_object(w);
    bench_json_put_key_int(w, "unchanged", (int64_t)c->drift.items);
    bench_json_put_key_double(w, "scale", c->drift.scale);
    bench_json_put_key(w, "processes");
    bench_json_open_array(w);
    for (size_t p = 0; p < c->drift.processes_a + c->drift.processes_b; p++) {
        const bool a = p < c->drift.processes_a;
        bench_json_open_object(w);
        bench_json_put_key_string(w, "run", a ? "a" : "b");
        bench_json_put_key_int(w, "process", (int64_t)(a ? p : p - c->drift.processes_a));
        bench_json_put_key_double(w, "share", c->drift.gamma[p]);
        bench_json_put_key_double(w, "ns", c->drift.delta_ns[p]);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
    bench_json_close_object(w);
    bench_json_put_key(w, "notes");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->note_count; i++)
        bench_json_put_string(w, c->notes[i]);
    bench_json_close_array(w);
}

void bench_comparison_json(const struct bench_comparison *c, struct bench_str *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", 1);
    put_run(&w, "a", c->a);
    put_run(&w, "b", c->b);
    bench_json_put_key_bool(&w, "ratios_only", c->options.ratios);
    bench_json_put_key_double(&w, "minimum_effect", c->options.minimum);
    bench_json_put_key_double(&w, "false_alarms", c->options.family);
    bench_json_put_key_int(&w, "regressions", (int64_t)c->regressions);
    bench_json_put_key_string(&w, "summary", c->summary);
    put_counts(&w, c->verdicts, c->fates);
    put_news(&w, c);
    put_surroundings(&w, c);
    bench_json_put_key(&w, "operators");
    bench_json_open_array(&w);
    for (size_t i = 0; i < c->operator_count; i++)
        put_operator(&w, c, &c->operators[i]);
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}
