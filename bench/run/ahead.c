#include "bench/run/ahead.h"

#include <string.h>

#include "bench/case/roofline.h"
#include "bench/case/support.h"
#include "bench/run/message.h"

struct list {
    struct bench_build_unit *units;
    size_t count, capacity;
    const struct bench_run *run;
    struct bench_plan_device device;
    struct bench_arena *arena;
    bool support[BENCH_DTYPE_COUNT];
};

static struct bench_build_unit *grow(struct list *list)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        list->units = bench_xrealloc(list->units, list->capacity * sizeof *list->units);
    }
    struct bench_build_unit *unit = &list->units[list->count];
    memset(unit, 0, sizeof *unit);
    return unit;
}

static bool has_unit(const struct list *list, const struct bench_implementation *impl,
                     enum bench_dtype dtype, const char *variant)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->units[i].impl == impl && list->units[i].dtype == dtype &&
            strcmp(list->units[i].variant, variant) == 0)
            return true;
    return false;
}

static void add_support(struct list *list, enum bench_dtype dtype)
{
    if (list->support[dtype])
        return;
    list->support[dtype] = true;
    struct bench_build_unit *unit = grow(list);
    bench_support_request(dtype, list->run->info.arch, &unit->request);
    unit->dtype = dtype;
    unit->variant = bench_xstrdup("");
    list->count++;
}

/* Only GPUs' limits are measured. */
static void add_roofline(struct list *list)
{
    if (strcmp(list->run->info.kind, "cuda") != 0 || list->run->options.sanitize)
        return;
    struct bench_build_unit *unit = grow(list);
    bench_roofline_request(list->run->info.arch, &unit->request);
    unit->variant = bench_xstrdup("roofline");
    list->count++;
}

static void add_implementation(struct list *list, const struct bench_implementation *impl,
                               const struct bench_case *c)
{
    struct bench_variant *variants;
    size_t count;
    if (impl->provider != BENCH_PROVIDER_CUDA ||
        bench_variants_plan(impl, c, &list->device, list->arena, &variants, &count, NULL) != 0)
        return;
    for (size_t v = 0; v < count; v++) {
        bool sanitize = list->run->options.sanitize;
        if (!has_unit(list, impl, c->dtype, variants[v].label) &&
            bench_build_unit_init(grow(list), impl, c->dtype, &variants[v], list->run->info.arch,
                                  sanitize, NULL) == BENCH_OK)
            list->count++;
    }
}

/* The first name that can run; a library call may turn out to be missing, so the next one, too. */
static void add_role(struct list *list, const struct bench_suite_case *sc, enum bench_role role)
{
    for (size_t i = 0; i < sc->roles[role].count; i++) {
        const struct bench_implementation *impl =
            bench_operator_find(sc->plan.op, sc->roles[role].names[i]);
        if (impl == NULL ||
            bench_implementation_supports(impl, &sc->plan, &list->device, NULL) != BENCH_OK)
            continue;
        add_implementation(list, impl, &sc->plan);
        if (impl->provider == BENCH_PROVIDER_CUDA)
            return;
    }
}

void bench_ahead_units(const struct bench_run *run, struct bench_build_unit **units, size_t *count)
{
    struct list list = {
        .run = run,
        .device = {run->info.kind, run->info.sm_count},
        .arena = bench_arena_new(),
    };
    if (run->info.computes)
        add_support(&list, BENCH_FLOAT32); /* kernels on bytes, see support.c */
    add_roofline(&list);
    for (size_t i = 0; i < run->suite->case_count && run->info.computes; i++) {
        const struct bench_suite_case *sc = &run->suite->cases[i];
        const struct bench_operator *op = sc->plan.op;
        if ((run->mine != NULL && !run->mine[i]) || sc->plan.writes_nothing)
            continue;
        for (size_t k = 0; k < op->input_count; k++)
            add_support(&list, sc->plan.inputs[k].dtype);
        for (size_t k = 0; k < op->output_count; k++)
            add_support(&list, sc->plan.outputs[k].dtype);
        add_implementation(&list, &op->oracle, &sc->plan);
        for (int r = 0; r < BENCH_ROLE_COUNT; r++)
            add_role(&list, sc, (enum bench_role)r);
    }
    *units = list.units;
    *count = list.count;
}

static bool report(void *data, const struct bench_build_unit *unit, size_t done, size_t total)
{
    struct bench_str text, what;
    struct bench_json_writer w;
    bench_str_init(&what);
    if (unit->impl == NULL)
        bench_str_addf(&what, "harness %s",
                       unit->variant[0] ? unit->variant : bench_dtype_name(unit->dtype));
    else
        bench_str_addf(&what, "%s %s%s%s", unit->impl->name, bench_dtype_name(unit->dtype),
                       unit->variant[0] ? " " : "", unit->variant);
    bench_message_begin(&text, &w, "compiled");
    bench_json_put_key_int(&w, "done", (int64_t)done);
    bench_json_put_key_int(&w, "total", (int64_t)total);
    bench_json_put_key_string(&w, "what", what.data);
    bool go_on = bench_message_send(*(const int *)data, &text, &w) == BENCH_OK;
    bench_str_fini(&what);
    return go_on;
}

int bench_ahead_main(void *data, int line_fd)
{
    const struct bench_run *run = data;
    struct bench_build_unit *units;
    size_t count;
    bench_ahead_units(run, &units, &count);
    if (count > 0)
        bench_build_all(units, count, run->options.jobs, report, &line_fd, NULL);
    return 0;
}
