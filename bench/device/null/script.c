#include "bench/device/null/script.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum bench_script_kind kind;
    int parameters;
} kinds[] = {
    {"constant", BENCH_SCRIPT_CONSTANT, 1},   {"normal", BENCH_SCRIPT_NORMAL, 2},
    {"lognormal", BENCH_SCRIPT_LOGNORMAL, 2}, {"bimodal", BENCH_SCRIPT_BIMODAL, 3},
    {"drift", BENCH_SCRIPT_DRIFT, 2},         {"fail_launch", BENCH_SCRIPT_FAIL_LAUNCH, 0},
    {"poison", BENCH_SCRIPT_POISON, 0},       {"crash", BENCH_SCRIPT_CRASH, 0},
    {"hang", BENCH_SCRIPT_HANG, 0},           {"exit", BENCH_SCRIPT_EXIT, 0},
};

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t");
}

/* "(1, 2.5)": `count` finite numbers, none negative. NULL if it is not that. */
static const char *parse_numbers(const char *p, double *numbers, int count)
{
    for (int i = 0; i < count; i++) {
        p = skip_space(p);
        if (*p != (i == 0 ? '(' : ','))
            return NULL;
        char *end;
        numbers[i] = strtod(p + 1, &end);
        if (end == p + 1 || !isfinite(numbers[i]) || numbers[i] < 0)
            return NULL;
        p = skip_space(end);
    }
    return *p == ')' ? p + 1 : NULL;
}

static int malformed(const char *text, struct bench_err *err)
{
    return bench_err_set(err, BENCH_ENOTFOUND,
                         "null device: \"%s\" is none of constant(ns), normal(mean, deviation), "
                         "lognormal(median, deviation of the logarithm), bimodal(ns, other, "
                         "probability), drift(ns, growth a call), each optionally followed by "
                         "quantised(ns), or fail_launch, poison, crash, hang, exit",
                         text);
}

int bench_script_parse(const char *text, struct bench_script *script, struct bench_err *err)
{
    *script = (struct bench_script){0};
    const char *p = skip_space(text);
    size_t length = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
    int found = -1;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, p, length) == 0)
            found = (int)i;
    if (found < 0)
        return malformed(text, err);
    script->kind = kinds[found].kind;
    p += length;
    if (kinds[found].parameters > 0)
        p = parse_numbers(p, script->parameters, kinds[found].parameters);
    if (!p)
        return malformed(text, err);
    p = skip_space(p);
    if (strncmp(p, "quantised", 9) == 0 && kinds[found].parameters > 0) {
        p = parse_numbers(p + 9, &script->quantum_ns, 1);
        if (!p)
            return malformed(text, err);
        p = skip_space(p);
    }
    bool is_probability = script->kind != BENCH_SCRIPT_BIMODAL || script->parameters[2] <= 1;
    return *p == '\0' && is_probability ? BENCH_OK : malformed(text, err);
}

double bench_script_draw(const struct bench_script *script, uint64_t call, struct bench_rng *rng)
{
    const double *p = script->parameters;
    double ns = p[0];
    switch (script->kind) {
    case BENCH_SCRIPT_NORMAL:
        ns += p[1] * bench_rng_normal(rng);
        break;
    case BENCH_SCRIPT_LOGNORMAL:
        ns *= exp(p[1] * bench_rng_normal(rng));
        break;
    case BENCH_SCRIPT_BIMODAL:
        ns = bench_rng_double(rng) < p[2] ? p[1] : p[0];
        break;
    case BENCH_SCRIPT_DRIFT:
        ns *= 1 + p[1] * (double)call;
        break;
    default:
        break;
    }
    if (script->quantum_ns > 0)
        ns = round(ns / script->quantum_ns) * script->quantum_ns;
    return ns < 0 ? 0 : ns;
}
