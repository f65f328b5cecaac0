#include "bench/run/run_differ.h"

#include <stdlib.h>
#include <string.h>

#include "bench/run/fleet.h"

void bench_run_difference_init(struct bench_run_difference *d, const char *before,
                               const char *after)
{
    *d = (struct bench_run_difference){.before = before, .after = after};
    bench_str_init(&d->text);
}

void bench_run_difference_fini(struct bench_run_difference *d)
{
    bench_str_fini(&d->text);
}

/* Of what may be missing, or something else than it should be: a difference, like any other. */
static const struct bench_json *member(const struct bench_json *object, const char *key)
{
    return object != NULL ? bench_json_get(object, key) : NULL;
}

static const struct bench_json *first(const struct bench_json *v)
{
    return v != NULL ? bench_json_first(v) : NULL;
}

static char *text_of(const struct bench_json *v)
{
    struct bench_json_writer w;
    struct bench_str text;
    if (v == NULL)
        return bench_xstrdup("nothing");
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, v);
    char *taken = bench_str_take(&text);
    bench_str_fini(&text);
    return taken;
}

static bool differ(const struct bench_json *a, const struct bench_json *b)
{
    char *before = text_of(a), *now = text_of(b);
    bool different = strcmp(before, now) != 0;
    free(before);
    free(now);
    return different;
}

static void begin(struct bench_run_difference *d)
{
    bench_str_add(&d->text, "\n  ");
    d->count++;
}

static void compare_member(const struct bench_json *then, const struct bench_json *now,
                           const char *prefix, const char *key, struct bench_run_difference *d)
{
    const struct bench_json *a = member(then, key), *b = member(now, key);
    if (!differ(a, b))
        return;
    char *before = text_of(a), *after = text_of(b);
    begin(d);
    bench_str_addf(&d->text, "%s%s: %s %s, %s %s", prefix, key, d->before, before, d->after, after);
    free(before);
    free(after);
}

/* All members of either. */
static void compare_settings(const struct bench_json *then, const struct bench_json *now,
                             struct bench_run_difference *d)
{
    const struct bench_json *a = member(then, "settings");
    const struct bench_json *b = member(now, "settings");
    for (const struct bench_json *v = first(b); v; v = bench_json_next(v))
        compare_member(a, b, "settings: ", bench_json_key(v), d);
    for (const struct bench_json *v = first(a); v; v = bench_json_next(v))
        if (member(b, bench_json_key(v)) == NULL)
            compare_member(a, b, "settings: ", bench_json_key(v), d);
}

static const struct bench_json *named(const struct bench_json *array, const char *name)
{
    for (const struct bench_json *v = first(array); v; v = bench_json_next(v)) {
        const char *found = "";
        if (bench_json_get_string(v, "name", true, &found, NULL) == BENCH_OK &&
            strcmp(found, name) == 0)
            return v;
    }
    return NULL;
}

static const char *changed(const struct bench_run_difference *d)
{
    return d->together ? "differs" : "was changed";
}

static void compare_sources(const struct bench_json *then, const struct bench_json *now,
                            const struct bench_operator *op, struct bench_run_difference *d)
{
    const struct bench_json *a = member(then, "sources");
    const struct bench_json *b = member(now, "sources");
    for (const struct bench_json *v = first(b); v; v = bench_json_next(v)) {
        const char *name = bench_json_key(v);
        const struct bench_implementation *impl =
            strcmp(name, "oracle") == 0 ? &op->oracle : bench_operator_find(op, name);
        if (!differ(member(a, name), v))
            continue;
        begin(d);
        bench_str_addf(&d->text, "operator %s: the code of %s %s (%s, or a file that it includes)",
                       op->name, name, changed(d),
                       impl != NULL && impl->source ? impl->source : op->file);
    }
}

static void compare_operators(const struct bench_json *then, const struct bench_json *now,
                              const struct bench_suite *suite, struct bench_run_difference *d)
{
    for (size_t i = 0; i < suite->operator_count; i++) {
        const struct bench_operator *op = suite->operators[i];
        const struct bench_json *a = named(member(then, "operators"), op->name);
        const struct bench_json *b = named(member(now, "operators"), op->name);
        if (d->together && (a == NULL || b == NULL)) /* parts: one of them has it */
            continue;
        /* Runs of before "meaning" was written have the hash alone. */
        bool same_meaning =
            member(a, "meaning") != NULL && !differ(member(a, "meaning"), member(b, "meaning"));
        if (a == NULL || (!same_meaning && differ(member(a, "hash"), member(b, "hash")))) {
            begin(d);
            bench_str_addf(&d->text, "operator %s: its description %s (%s)", op->name, changed(d),
                           op->file);
        } else {
            compare_sources(a, b, op, d);
        }
    }
}

static void compare_suite(const struct bench_json *then, const struct bench_json *now,
                          const struct bench_suite *suite, struct bench_run_difference *d)
{
    const struct bench_json *a = member(then, "suite"), *b = member(now, "suite");
    if (differ(member(a, "hash"), member(b, "hash"))) {
        begin(d);
        bench_str_addf(&d->text, "suite %s: it %s (%s, or its base)", suite->name, changed(d),
                       suite->file);
    }
    if (!d->together)
        compare_member(a, b, "suite: ", "cases", d);
}

/* Absent where no operator is in Python. */
static void compare_python(const struct bench_json *then, const struct bench_json *now,
                           struct bench_run_difference *d)
{
    static const char *const versions[] = {"python", "torch", "triton", "flag_gems"};
    const struct bench_json *a = bench_json_get(then, "python"), *b = bench_json_get(now, "python");
    if (a == NULL || b == NULL) {
        compare_member(then, now, "", "python", d);
        return;
    }
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        compare_member(a, b, "Python: ", versions[i], d);
}

static bool same_memory(const struct bench_json *a, const struct bench_json *b)
{
    int64_t one = 0, other = 0;
    return a != NULL && b != NULL &&
           bench_json_get_int(a, "memory_bytes", true, 0, INT64_MAX, &one, NULL) == 0 &&
           bench_json_get_int(b, "memory_bytes", true, 0, INT64_MAX, &other, NULL) == 0 &&
           bench_fleet_same_memory((size_t)one, (size_t)other);
}

static void compare_device(const struct bench_json *then, const struct bench_json *now,
                           struct bench_run_difference *d)
{
    static const char *const model[] = {"name", "arch", "driver", "sm_count", "memory_bytes"};
    const struct bench_json *a = member(then, "device"), *b = member(now, "device");
    compare_member(a, b, "device: ", "kind", d);
    for (size_t i = 0; i < sizeof model / sizeof *model && !d->any_device; i++)
        if (!d->together || strcmp(model[i], "memory_bytes") != 0 || !same_memory(a, b))
            compare_member(a, b, "device: ", model[i], d);
    if (!d->together && member(then, "devices") == NULL)
        compare_member(a, b, "device: ", "id", d);
}

/* Which of them goes on is another matter (bench/run/fleet.h). */
static bool has_device(const struct bench_json *devices, const struct bench_json *wanted)
{
    static const char *const same[] = {"kind", "index", "id", "name"};
    for (const struct bench_json *v = first(devices); v; v = bench_json_next(v)) {
        bool equal = true;
        for (size_t i = 0; i < sizeof same / sizeof *same; i++)
            equal = equal && !differ(member(v, same[i]), member(wanted, same[i]));
        if (equal)
            return true;
    }
    return false;
}

/* One that is missing now was lost perhaps; a new one would be another measurement. */
static void compare_devices(const struct bench_json *then, const struct bench_json *now,
                            struct bench_run_difference *d)
{
    const struct bench_json *a = member(then, "devices"), *b = member(now, "devices");
    for (const struct bench_json *v = first(b); v && a != NULL; v = bench_json_next(v)) {
        if (has_device(a, v))
            continue;
        char *index = text_of(member(v, "index")), *id = text_of(member(v, "id"));
        begin(d);
        bench_str_addf(&d->text, "device %s, %s: it was none of the run's devices", index, id);
        free(index);
        free(id);
    }
}

static void compare_shard(const struct bench_json *then, const struct bench_json *now,
                          struct bench_run_difference *d)
{
    static const char *const keys[] = {"number", "of", "cases", "hash"};
    const struct bench_json *a = member(then, "shard"), *b = member(now, "shard");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        compare_member(a, b, "shard: ", keys[i], d);
}

void bench_run_difference_find(struct bench_run_difference *d, const struct bench_json *then,
                               const struct bench_json *now, const struct bench_suite *suite)
{
    compare_member(then, now, "", "format", d);
    compare_member(then, now, "", "bench_version", d);
    compare_device(then, now, d);
    compare_member(then, now, "", "compiler", d);
    compare_python(then, now, d);
    compare_suite(then, now, suite, d);
    compare_operators(then, now, suite, d);
    compare_settings(then, now, d);
    if (d->together)
        return;
    compare_devices(then, now, d);
    compare_shard(then, now, d);
}
