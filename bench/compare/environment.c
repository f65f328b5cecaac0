/* What was different around two runs, and what makes them incomparable. */
#include <math.h>
#include <string.h>

#include "bench/compare/compare_impl.h"

static bool told_apart(const char *a, const char *b)
{
    return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

int bench_compare_check(const struct bench_comparison *c, struct bench_err *err)
{
    const struct bench_outcome *a = c->a, *b = c->b;
    if (told_apart(a->mode, b->mode))
        return bench_err_set(err, BENCH_EINPUT,
                             "%s has times of mode '%s' and %s of '%s' (a kernel's time, or a "
                             "whole call's): such times have nothing in common; measure both in "
                             "one mode",
                             a->path, a->mode, b->path, b->mode);
    if (told_apart(a->cache, b->cache))
        return bench_err_set(err, BENCH_EINPUT,
                             "%s was measured with %s caches and %s with %s ones: measure both "
                             "alike",
                             a->path, a->cache, b->path, b->cache);
    if (!c->options.ratios &&
        (told_apart(a->device.kind, b->device.kind) || told_apart(a->device.name, b->device.name)))
        return bench_err_set(err, BENCH_EINPUT,
                             "%s was measured on %s and %s on %s: their times cannot be compared; "
                             "--ratios-only compares how each candidate stands to the reference "
                             "of its own run",
                             a->path, a->device.name, b->path, b->device.name);
    return BENCH_OK;
}

static void add(struct bench_comparison *c, const char *name, const char *a, const char *b,
                bool matters)
{
    if (!told_apart(a, b))
        return;
    c->differences[c->difference_count++] =
        (struct bench_environment_difference){.name = name, .a = a, .b = b, .matters = matters};
}

static const char *number(struct bench_comparison *c, double v)
{
    return isnan(v) ? "" : bench_arena_printf(c->arena, "%.6g", v);
}

/* A text or a number of run.json, by object and key. */
static const char *member(struct bench_comparison *c, const struct bench_outcome *o,
                          const char *object, const char *key)
{
    const struct bench_json *v = o->environment;
    if (v != NULL && object != NULL)
        v = bench_json_get(v, object);
    v = v != NULL ? bench_json_get(v, key) : NULL;
    if (v == NULL)
        return "";
    switch (bench_json_type(v)) {
    case BENCH_JSON_STRING:
        return bench_json_string(v);
    case BENCH_JSON_NUMBER:
        return number(c, bench_json_number(v));
    case BENCH_JSON_BOOL:
        return bench_json_bool(v) ? "yes" : "no";
    case BENCH_JSON_ARRAY: {
        struct bench_str text;
        bench_str_init(&text);
        for (const struct bench_json *e = bench_json_first(v); e; e = bench_json_next(e))
            if (bench_json_type(e) == BENCH_JSON_STRING)
                bench_str_addf(&text, "%s%s", text.len ? ", " : "", bench_json_string(e));
        const char *all = bench_arena_strdup(c->arena, text.data);
        bench_str_fini(&text);
        return all;
    }
    default:
        return "";
    }
}

static void add_member(struct bench_comparison *c, const char *name, const char *object,
                       const char *key, bool matters)
{
    add(c, name, member(c, c->a, object, key), member(c, c->b, object, key), matters);
}

/* Whether a clock is another one: SM clocks wander by some MHz while nothing changes. */
static bool clocks_differ(double a, double b)
{
    return fabs(a - b) > 0.02 * fmax(a, b);
}

static void add_clocks(struct bench_comparison *c)
{
    const struct bench_outcome_device *a = &c->a->device, *b = &c->b->device;
    if (clocks_differ(a->clock_mhz, b->clock_mhz))
        add(c, "SM clock at the start, MHz", number(c, a->clock_mhz), number(c, b->clock_mhz),
            true);
    add(c, "highest SM clock, MHz", number(c, a->clock_max_mhz), number(c, b->clock_max_mhz), true);
    add(c, "memory clock, MHz", number(c, a->memory_clock_mhz), number(c, b->memory_clock_mhz),
        true);
    add(c, "what held clocks down at the end", a->throttle, b->throttle, true);
}

void bench_compare_environment(struct bench_comparison *c)
{
    const struct bench_outcome *a = c->a, *b = c->b;
    c->differences = bench_arena_alloc(c->arena, 32 * sizeof *c->differences);
    add(c, "device", a->device.name, b->device.name, true);
    add(c, "device kind", a->device.kind, b->device.kind, true);
    add(c, "unit of the device", a->device.id, b->device.id, false);
    add(c, "driver", a->device.driver, b->device.driver, true);
    add_clocks(c);
    add(c, "compiler", a->compiler, b->compiler, true);
    add_member(c, "libraries", NULL, "libraries", true);
    add_member(c, "Python", "python", "python", true);
    add_member(c, "torch", "python", "torch", true);
    add_member(c, "Triton", "python", "triton", true);
    add_member(c, "FlagGems", "python", "flag_gems", true);
    add(c, "bench", a->bench_version, b->bench_version, true);
    add(c, "host", a->host, b->host, false);
    add_member(c, "system", NULL, "system", false);
    add(c, "suite", a->suite, b->suite, false);
    add(c, "suite's hash", a->suite_hash, b->suite_hash, false);
    add(c, "commit of the operators", a->git_commit, b->git_commit, false);
    add_member(c, "rounds", "settings", "most_rounds", false);
    add_member(c, "confirming processes", "settings", "confirm", false);
}
