/* The cases of the page, column by column: what JavaScript holds without an object a case, and what
 * repeats is one number. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_impl.h"
#include "selector/index.h"

/* ---- texts ---- */

struct report_texts {
    struct bench_index *index;
    const char **texts;
    size_t count, capacity;
};

struct report_texts *report_texts_new(void)
{
    struct report_texts *t = bench_xcalloc(1, sizeof *t);
    t->index = bench_index_new();
    return t;
}

void report_texts_free(struct report_texts *t)
{
    bench_index_free(t->index);
    free(t->texts);
    free(t);
}

size_t report_texts_number(struct report_texts *t, const char *text)
{
    size_t at = bench_index_add(t->index, text, t->count);
    if (at != BENCH_INDEX_NONE)
        return at;
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? t->capacity * 2 : 256;
        t->texts = bench_xrealloc(t->texts, t->capacity * sizeof *t->texts);
    }
    t->texts[t->count] = text;
    return t->count++;
}

void report_texts_write(const struct report_texts *t, struct report_out *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, &out->text, BENCH_JSON_COMPACT);
    bench_json_open_array(&w);
    for (size_t i = 0; i < t->count; i++) {
        bench_json_put_string(&w, t->texts[i]);
        report_flush(out);
    }
    bench_json_close_array(&w);
}

/* ---- columns ---- */

struct column {
    const struct bench_outcome *o;
    struct report_out *out;
    struct report_texts *texts;
    struct bench_arena *arena;
    int at; /* which role, or which rule */
};

static void put_number(struct bench_str *out, double v)
{
    if (isfinite(v))
        bench_str_addf(out, "%.5g", v);
    else
        bench_str_add(out, "null");
}

typedef double (*number_of)(const struct bench_outcome_case *c, int at);
typedef const char *(*text_of)(const struct bench_outcome_case *c, int at);

/* A column in which all are the same is that one value. */
static void numbers(struct column *column, number_of get)
{
    const struct bench_outcome *o = column->o;
    size_t same = 1;
    double first = o->case_count ? get(&o->cases[0], column->at) : NAN;
    while (same < o->case_count) {
        double v = get(&o->cases[same], column->at);
        if (v != first && !(!isfinite(v) && !isfinite(first)))
            break;
        same++;
    }
    if (same >= o->case_count) {
        put_number(&column->out->text, first);
        return;
    }
    for (size_t i = 0; i < o->case_count; i++) {
        bench_str_addc(&column->out->text, i ? ',' : '[');
        put_number(&column->out->text, get(&o->cases[i], column->at));
        report_flush(column->out);
    }
    bench_str_addc(&column->out->text, ']');
}

static void texts(struct column *column, text_of get)
{
    const struct bench_outcome *o = column->o;
    size_t same = 1;
    while (same < o->case_count &&
           strcmp(get(&o->cases[0], column->at), get(&o->cases[same], column->at)) == 0)
        same++;
    bool all = same >= o->case_count;
    for (size_t i = 0; i < (all && o->case_count ? 1 : o->case_count); i++) {
        bench_str_add(&column->out->text, all ? "" : i ? "," : "[");
        bench_str_addf(&column->out->text, "%zu",
                       report_texts_number(column->texts, get(&o->cases[i], column->at)));
        report_flush(column->out);
    }
    bench_str_add(&column->out->text, o->case_count == 0 ? "0" : all ? "" : "]");
}

static void key(struct column *column, const char *name)
{
    bench_str_addf(&column->out->text, ",\n\"%s\":", name);
}

/* One column a role. */
static void numbers_of_roles(struct column *column, const char *name, number_of get)
{
    key(column, name);
    for (column->at = 0; column->at < BENCH_ROLE_COUNT; column->at++) {
        bench_str_addc(&column->out->text, column->at ? ',' : '[');
        numbers(column, get);
    }
    bench_str_addc(&column->out->text, ']');
}

static void texts_of_roles(struct column *column, const char *name, text_of get)
{
    key(column, name);
    for (column->at = 0; column->at < BENCH_ROLE_COUNT; column->at++) {
        bench_str_addc(&column->out->text, column->at ? ',' : '[');
        texts(column, get);
    }
    bench_str_addc(&column->out->text, ']');
}

/* ---- what stands in them ---- */

#define TEXT_OF_CASE(field)                                                                        \
    static const char *get_##field(const struct bench_outcome_case *c, int at)                     \
    {                                                                                              \
        (void)at;                                                                                  \
        return c->field;                                                                           \
    }
#define NUMBER_OF_CASE(field)                                                                      \
    static double get_##field(const struct bench_outcome_case *c, int at)                          \
    {                                                                                              \
        (void)at;                                                                                  \
        return c->field;                                                                           \
    }
#define TEXT_OF_ROLE(field)                                                                        \
    static const char *get_##field(const struct bench_outcome_case *c, int at)                     \
    {                                                                                              \
        return c->roles[at].field;                                                                 \
    }
#define NUMBER_OF_ROLE(field)                                                                      \
    static double get_##field(const struct bench_outcome_case *c, int at)                          \
    {                                                                                              \
        return c->roles[at].field;                                                                 \
    }
#define NUMBER_OF_RULE(field)                                                                      \
    static double get_##field(const struct bench_outcome_case *c, int at)                          \
    {                                                                                              \
        return c->decisions[at].known ? c->decisions[at].ratio.field : NAN;                        \
    }

TEXT_OF_CASE(dtype)
TEXT_OF_CASE(roofline_bound)
NUMBER_OF_CASE(roofline_ms)
NUMBER_OF_CASE(bytes)
NUMBER_OF_CASE(flops)
TEXT_OF_ROLE(status)
TEXT_OF_ROLE(reason)
TEXT_OF_ROLE(implementation)
TEXT_OF_ROLE(variant)
NUMBER_OF_ROLE(time_ms)
NUMBER_OF_ROLE(low_ms)
NUMBER_OF_ROLE(high_ms)
NUMBER_OF_ROLE(do_bench_ms)
NUMBER_OF_ROLE(max_ratio)
NUMBER_OF_RULE(estimate)
NUMBER_OF_RULE(low)
NUMBER_OF_RULE(high)

static double get_rounds(const struct bench_outcome_case *c, int at)
{
    return (double)c->roles[at].rounds;
}

static double get_answer(const struct bench_outcome_case *c, int at)
{
    return c->decisions[at].known ? (double)c->decisions[at].answer : -1;
}

static const char *get_rule_reason(const struct bench_outcome_case *c, int at)
{
    return c->decisions[at].known ? c->decisions[at].reason : "";
}

/* Bits 0 to 2: the role's time is near the floor. Bit 3: some clock was throttled. */
static double get_flags(const struct bench_outcome_case *c, int at)
{
    (void)at;
    unsigned flags = 0;
    for (unsigned r = 0; r < BENCH_ROLE_COUNT; r++)
        flags |= (c->roles[r].near_floor ? 1U << r : 0) | (c->roles[r].throttled ? 8U : 0);
    return flags;
}

/* "[64, 64]": what the label begins with, after the dtype; the params are the rest of it. */
static const char *shape_text(const struct bench_outcome_case *c, struct bench_arena *arena)
{
    struct bench_str text;
    bench_str_init(&text);
    for (size_t d = 0; d < c->ndim; d++)
        bench_str_addf(&text, "%s%" PRId64, d ? ", " : "[", c->shape[d]);
    bench_str_add(&text, c->ndim ? "]" : "[]");
    const char *kept = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return kept;
}

static const char *params_text(const struct bench_outcome_case *c, struct bench_arena *arena)
{
    const char *shape = shape_text(c, arena), *rest = c->label;
    if (bench_str_starts(rest, c->dtype) && bench_str_starts(rest += strlen(c->dtype), " ") &&
        bench_str_starts(++rest, shape))
        return rest[strlen(shape)] ? rest + strlen(shape) + 1 : "";
    return c->params;
}

static void made_texts(struct column *column, const char *name,
                       const char *(*make)(const struct bench_outcome_case *, struct bench_arena *))
{
    key(column, name);
    for (size_t i = 0; i < column->o->case_count; i++) {
        const char *text = make(&column->o->cases[i], column->arena);
        bench_str_addf(&column->out->text, "%s%zu", i ? "," : "[",
                       report_texts_number(column->texts, text));
        report_flush(column->out);
    }
    bench_str_add(&column->out->text, column->o->case_count ? "]" : "[]");
}

/* Times in each process, the main run's first, of roles that were confirmed. */
static void processes(struct column *column)
{
    const struct bench_outcome *o = column->o;
    size_t cases = o->confirmations ? o->case_count : 0;
    key(column, "process");
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        bench_str_addc(&column->out->text, r ? ',' : '[');
        for (size_t i = 0; i < cases; i++) {
            const struct bench_outcome_role *role = &o->cases[i].roles[r];
            size_t count = role->process_count > 1 ? role->process_count : 0;
            bench_str_add(&column->out->text, i ? "," : "[");
            bench_str_add(&column->out->text, count ? "[" : "0");
            for (size_t k = 0; k < count; k++) {
                bench_str_add(&column->out->text, k ? "," : "");
                put_number(&column->out->text, role->process_ms[k]);
            }
            bench_str_add(&column->out->text, count ? "]" : "");
            report_flush(column->out);
        }
        bench_str_add(&column->out->text, cases ? "]" : "0");
    }
    bench_str_addc(&column->out->text, ']');
}

static void decisions(struct column *column, const char *name, enum bench_outcome_rule rule)
{
    static const struct {
        const char *name;
        number_of get;
    } columns[] = {
        {"answer", get_answer}, {"estimate", get_estimate}, {"low", get_low}, {"high", get_high}};
    column->at = (int)rule;
    bench_str_addf(&column->out->text, ",\n\"%s\":{\"reason\":", name);
    texts(column, get_rule_reason);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        key(column, columns[i].name);
        numbers(column, columns[i].get);
    }
    bench_str_addc(&column->out->text, '}');
}

void report_page_cases(struct report_out *out, const struct bench_outcome *o,
                       struct report_texts *known, struct bench_arena *arena)
{
    struct column column = {.o = o, .out = out, .texts = known, .arena = arena};
    bench_str_addf(&out->text, "{\"count\":%zu", o->case_count);
    key(&column, "dtype");
    texts(&column, get_dtype);
    made_texts(&column, "shape", shape_text);
    made_texts(&column, "params", params_text);
    key(&column, "flags");
    numbers(&column, get_flags);
    key(&column, "roofline");
    numbers(&column, get_roofline_ms);
    key(&column, "bound");
    texts(&column, get_roofline_bound);
    key(&column, "bytes");
    numbers(&column, get_bytes);
    key(&column, "flops");
    numbers(&column, get_flops);
    texts_of_roles(&column, "status", get_status);
    texts_of_roles(&column, "reason", get_reason);
    texts_of_roles(&column, "implementation", get_implementation);
    texts_of_roles(&column, "variant", get_variant);
    numbers_of_roles(&column, "time", get_time_ms);
    numbers_of_roles(&column, "low", get_low_ms);
    numbers_of_roles(&column, "high", get_high_ms);
    numbers_of_roles(&column, "do_bench", get_do_bench_ms);
    numbers_of_roles(&column, "error", get_max_ratio);
    numbers_of_roles(&column, "rounds", get_rounds);
    processes(&column);
    decisions(&column, "speedup", BENCH_OUTCOME_SPEEDUP);
    decisions(&column, "relative", BENCH_OUTCOME_RELATIVE);
    bench_str_addc(&out->text, '}');
}
