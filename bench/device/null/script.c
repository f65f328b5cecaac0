#include "bench/device/null/script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Student's t with few degrees of freedom has values whose exponential is infinite. */
#define STUDENT_MOST 1000.0

/* `least`, `most`: bounds of the third parameter; all others are just not negative. */
static const struct kind {
    const char *name;
    enum bench_script_kind kind;
    int parameters;
    double least, most;
} kinds[] = {
    {"constant", BENCH_SCRIPT_CONSTANT, 1, 0, 0},
    {"normal", BENCH_SCRIPT_NORMAL, 2, 0, 0},
    {"lognormal", BENCH_SCRIPT_LOGNORMAL, 2, 0, 0},
    {"student", BENCH_SCRIPT_STUDENT, 3, 1, INFINITY},
    {"ar1", BENCH_SCRIPT_AR1, 3, 0, 1 - 1e-9},
    {"bimodal", BENCH_SCRIPT_BIMODAL, 3, 0, 1},
    {"spikes", BENCH_SCRIPT_SPIKES, 4, 0, 1},
    {"drift", BENCH_SCRIPT_DRIFT, 2, 0, 0},
    {"lose", BENCH_SCRIPT_LOSE, 2, 0, 0},
    {"fail_launch", BENCH_SCRIPT_FAIL_LAUNCH, 0, 0, 0},
    {"poison", BENCH_SCRIPT_POISON, 0, 0, 0},
    {"crash", BENCH_SCRIPT_CRASH, 0, 0, 0},
    {"hang", BENCH_SCRIPT_HANG, 0, 0, 0},
    {"exit", BENCH_SCRIPT_EXIT, 0, 0, 0},
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
    return bench_err_set(
        err, BENCH_ENOTFOUND,
        "null device: \"%s\" is none of constant(ns), normal(mean, deviation), lognormal(median, "
        "deviation of the logarithm), student(median, scale of the logarithm, degrees of freedom, "
        "at least 1), ar1(median, deviation of the logarithm, correlation below 1), bimodal(ns, "
        "other, probability), spikes(mean, deviation, probability, factor), drift(ns, growth a "
        "call), each optionally followed by quantised(ns) or phased(ns), or lose(device, ns), "
        "fail_launch, poison, crash, hang, exit",
        text);
}

static const struct kind *find_kind(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, name, length) == 0)
            return &kinds[i];
    return NULL;
}

/* " quantised(32)" or " phased(32)" or nothing. NULL if it is something else. */
static const char *parse_clock(const char *p, struct bench_script *script)
{
    static const char quantised[] = "quantised", phased[] = "phased";
    p = skip_space(p);
    script->phased = strncmp(p, phased, sizeof(phased) - 1) == 0;
    if (script->phased)
        return parse_numbers(p + sizeof(phased) - 1, &script->quantum_ns, 1);
    if (strncmp(p, quantised, sizeof(quantised) - 1) == 0)
        return parse_numbers(p + sizeof(quantised) - 1, &script->quantum_ns, 1);
    return p;
}

int bench_script_parse(const char *text, struct bench_script *script, struct bench_err *err)
{
    *script = (struct bench_script){0};
    const char *p = skip_space(text);
    size_t length = strspn(p, "abcdefghijklmnopqrstuvwxyz_1");
    const struct kind *kind = find_kind(p, length);
    if (!kind)
        return malformed(text, err);
    script->kind = kind->kind;
    p += length;
    if (kind->parameters > 0) {
        p = parse_numbers(p, script->parameters, kind->parameters);
        if (p)
            p = parse_clock(p, script);
    }
    double third = script->parameters[2];
    if (!p || *skip_space(p) != '\0' || third < kind->least || third > kind->most)
        return malformed(text, err);
    return BENCH_OK;
}

/* --- distributions --- */

/* Student's t by Bailey's polar method (Mathematics of Computation 62, 1994), for any degrees of
 * freedom. */
static double draw_student(double freedom, struct bench_rng *rng)
{
    double u, v, w;
    do {
        u = 2 * bench_rng_double(rng) - 1;
        v = 2 * bench_rng_double(rng) - 1;
        w = u * u + v * v;
    } while (w >= 1 || w == 0);
    return u * sqrt(freedom * (pow(w, -2 / freedom) - 1) / w);
}

/* The first value is drawn from the process' own distribution, so that it is stationary at once. */
static double draw_ar1(double phi, struct bench_script_state *state, struct bench_rng *rng)
{
    double z = bench_rng_normal(rng);
    if (state->calls > 0)
        z = phi * state->previous + sqrt(1 - phi * phi) * z;
    state->previous = z;
    return z;
}

static double draw_duration(const struct bench_script *script, struct bench_script_state *state,
                            struct bench_rng *rng)
{
    const double *p = script->parameters;
    switch (script->kind) {
    case BENCH_SCRIPT_NORMAL:
        return p[0] + p[1] * bench_rng_normal(rng);
    case BENCH_SCRIPT_LOGNORMAL:
        return p[0] * exp(p[1] * bench_rng_normal(rng));
    case BENCH_SCRIPT_STUDENT: {
        double factor = exp(p[1] * draw_student(p[2], rng));
        return p[0] * fmin(fmax(factor, 1 / STUDENT_MOST), STUDENT_MOST);
    }
    case BENCH_SCRIPT_AR1:
        return p[0] * exp(p[1] * draw_ar1(p[2], state, rng));
    case BENCH_SCRIPT_BIMODAL:
        return bench_rng_double(rng) < p[2] ? p[1] : p[0];
    case BENCH_SCRIPT_SPIKES: {
        double ns = p[0] + p[1] * bench_rng_normal(rng);
        return bench_rng_double(rng) < p[2] ? ns * p[3] : ns;
    }
    case BENCH_SCRIPT_DRIFT:
        return p[0] * (1 + p[1] * (double)state->calls);
    case BENCH_SCRIPT_LOSE:
        return p[1];
    default:
        return p[0];
    }
}

double bench_script_draw(const struct bench_script *script, struct bench_script_state *state,
                         struct bench_rng *rng)
{
    double ns = fmax(draw_duration(script, state, rng), 0), step = script->quantum_ns;
    state->calls++;
    if (step > 0 && script->phased)
        ns = floor(bench_rng_double(rng) + ns / step) * step;
    else if (step > 0)
        ns = round(ns / step) * step;
    return ns;
}

/* Of a normal distribution: the share of values below `x`. */
static double normal_below(double x, double mean, double deviation)
{
    if (deviation == 0)
        return x < mean ? 0 : 1;
    return 0.5 * erfc((mean - x) / (deviation * sqrt(2)));
}

/* Where the mixture of short and long ones has half of its values below: by bisection, to the last
 * digits of a double. */
static double spikes_median(const double *p)
{
    double most = fmax(p[3], 1), low = 0, high = (p[0] + 10 * p[1]) * most;
    for (int i = 0; i < 200; i++) {
        double x = 0.5 * (low + high);
        double below = (1 - p[2]) * normal_below(x, p[0], p[1]) +
                       p[2] * normal_below(x, p[0] * p[3], p[1] * p[3]);
        *(below < 0.5 ? &low : &high) = x;
    }
    return high;
}

double bench_script_median(const struct bench_script *script)
{
    const double *p = script->parameters;
    switch (script->kind) {
    case BENCH_SCRIPT_CONSTANT:
    case BENCH_SCRIPT_NORMAL:
    case BENCH_SCRIPT_LOGNORMAL:
    case BENCH_SCRIPT_STUDENT:
    case BENCH_SCRIPT_AR1:
    case BENCH_SCRIPT_DRIFT:
        return p[0];
    case BENCH_SCRIPT_LOSE:
        return p[1];
    case BENCH_SCRIPT_BIMODAL:
        return p[2] > 0.5 ? p[1] : p[0];
    case BENCH_SCRIPT_SPIKES:
        return spikes_median(p);
    default:
        return NAN;
    }
}
