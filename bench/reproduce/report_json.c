/* docs/reproduce.md, "For programs". */
#include <math.h>
#include <string.h>

#include "bench/reproduce/report.h"

static void put_number(struct bench_json_writer *w, const char *key, double value)
{
    bench_json_put_key(w, key);
    if (isfinite(value))
        bench_json_put_double(w, value);
    else
        bench_json_put_null(w);
}

static void put_speedup(struct bench_json_writer *w, const char *key, const struct bench_speedup *s)
{
    bench_json_put_key(w, key);
    if (isnan(s->estimate)) {
        bench_json_put_null(w);
        return;
    }
    bench_json_open_object(w);
    put_number(w, "estimate", s->estimate);
    put_number(w, "low", s->low);
    put_number(w, "high", s->high);
    bench_json_close_object(w);
}

static void put_case(struct bench_json_writer *w, const struct bench_claim *c)
{
    bench_json_put_key_string(w, "dtype", c->dtype);
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    for (int i = 0; i < c->ndim; i++)
        bench_json_put_int(w, c->shape[i]);
    bench_json_close_array(w);
    bench_json_put_key(w, "params");
    struct bench_json_doc *doc = NULL;
    if (bench_json_parse("params", c->params, strlen(c->params), &doc, NULL) == BENCH_OK)
        bench_json_put_value(w, bench_json_root(doc));
    else
        bench_json_put_string(w, c->params);
    bench_json_free(doc);
}

static void put_claim(struct bench_json_writer *w, const struct bench_claim *c,
                      const struct bench_reproduced *item)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "operator", c->op);
    if (c->whole)
        bench_json_put_key_int(w, "cases", (int64_t)c->cases);
    else
        put_case(w, c);
    bench_json_put_key_string(w, "against", bench_role_name(c->against));
    bench_json_put_key_string(w, "verdict", bench_claim_verdict_name(item->verdict));
    bench_json_put_key_string(w, "reason", item->why[0] ? item->why : NULL);
    bench_json_put_key_string(w, "note", c->note);
    put_speedup(w, "claimed", &c->speedup);
    put_speedup(w, "measured", &item->measured);
    bench_json_put_key_bool(w, "again", item->again);
    if (item->again)
        put_speedup(w, "first_measured", &item->first);
    put_number(w, "bar", c->bar);
    put_number(w, "claimed_your_time", c->your_ms);
    put_number(w, "measured_your_time", item->your_ms);
    bench_json_put_key_string(w, "place", c->place);
    bench_json_close_object(w);
}

static void put_environment(struct bench_json_writer *w, const struct bench_environment *e)
{
    bench_json_put_key(w, "environment");
    bench_json_open_array(w);
    for (size_t i = 0; i < e->count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "name", e->facts[i].name);
        bench_json_put_key_string(w, "claimed", e->facts[i].claimed);
        bench_json_put_key_string(w, "here", e->facts[i].measured);
        bench_json_put_key_bool(w, "differs", e->facts[i].differs);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

void bench_reproduce_json(const struct bench_reproduction *r, struct bench_str *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", 1);
    bench_json_put_key_string(&w, "claims", r->claims->path);
    bench_json_put_key_string(&w, "form", r->claims->form_name);
    bench_json_put_key_string(&w, "evidence", r->evidence);
    bench_json_put_key_string(&w, "again", r->again_evidence);
    bench_json_put_key_double(&w, "tolerance", r->tolerance);
    bench_json_put_key_bool(&w, "holds", bench_reproduction_holds(r));
    bench_json_put_key_double(&w, "score", r->score);
    bench_json_put_key(&w, "counts");
    bench_json_open_object(&w);
    for (int v = 0; v < BENCH_CLAIM_VERDICTS; v++)
        bench_json_put_key_int(&w, bench_claim_verdict_name((enum bench_claim_verdict)v),
                               (int64_t)r->counts[v]);
    bench_json_close_object(&w);
    bench_json_put_key(&w, "results");
    bench_json_open_array(&w);
    for (size_t i = 0; i < r->claims->count; i++)
        put_claim(&w, &r->claims->items[i], &r->items[i]);
    bench_json_close_array(&w);
    put_environment(&w, &r->environment);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}
