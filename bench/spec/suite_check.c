#include "bench/spec/suite_check.h"

#include <stdlib.h>
#include <string.h>

/* All cases of one operator and dtype. */
struct group {
    const struct bench_suite *suite;
    const struct bench_operator *op;
    enum bench_dtype dtype;
};

static bool belongs(const struct group *g, size_t index)
{
    const struct bench_case *c = &g->suite->cases[index].plan;
    return c->op == g->op && c->dtype == g->dtype;
}

static int plan_calls(const struct bench_implementation *impl, const struct bench_case *c,
                      const struct bench_plan_device *device, struct bench_arena *arena,
                      struct bench_err *err)
{
    struct bench_variant *variants = NULL;
    size_t count = 0;
    int rc = bench_variants_plan(impl, c, device, arena, &variants, &count, err);
    for (size_t i = 0; rc == BENCH_OK && i < count; i++) {
        struct bench_call call;
        rc = bench_call_plan(impl, &variants[i], c, device, arena, &call, err);
    }
    return rc;
}

/* The first case in which it has a variant stands for all. */
static int check_implementation(const struct group *g, const struct bench_implementation *impl,
                                struct bench_err *err)
{
    const char *kind = impl->device_count > 0 ? impl->devices[0] : "cuda";
    const struct bench_plan_device device = {
        .kind = impl->provider == BENCH_PROVIDER_NULL ? "null" : kind, .sm_count = 132};
    bool has_case = false;
    int rc = BENCH_EUNSUPPORTED;
    for (size_t i = 0; rc == BENCH_EUNSUPPORTED && i < g->suite->case_count; i++) {
        const struct bench_case *c = &g->suite->cases[i].plan;
        struct bench_err unsupported;
        if (!belongs(g, i) || c->writes_nothing) /* nothing of a launch is evaluated there */
            continue;
        rc = bench_implementation_supports(impl, c, &device, &unsupported);
        if (rc == BENCH_EUNSUPPORTED)
            continue;
        if (rc != BENCH_OK)
            return bench_err_set(err, rc, "%s", unsupported.message);
        struct bench_arena *arena = bench_arena_new();
        has_case = true;
        rc = plan_calls(impl, c, &device, arena, err);
        bench_arena_free(arena);
    }
    if (rc == BENCH_EUNSUPPORTED && has_case)
        return bench_err_set(err, BENCH_EINPUT,
                             "implementation '%s': its \"where\" leaves no variant in any %s case "
                             "of %s that its \"requires\" accepts",
                             impl->name, bench_dtype_name(g->dtype), g->suite->file);
    return rc == BENCH_EUNSUPPORTED ? BENCH_OK : rc;
}

static int check_group(const struct group *g, struct bench_err *err)
{
    bool has_oracle = g->op->oracle.launch_count > 0;
    int rc = has_oracle ? check_implementation(g, &g->op->oracle, err) : BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < g->op->implementation_count; i++)
        rc = check_implementation(g, &g->op->implementations[i], err);
    return rc == BENCH_OK ? rc : bench_err_prefix(err, "%s: ", g->op->file);
}

int bench_suite_check(const struct bench_suite *suite, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < suite->case_count; i++) {
        const struct bench_case *c = &suite->cases[i].plan;
        struct group g = {suite, c->op, c->dtype};
        bool done = false;
        for (size_t k = 0; k < i && !done; k++)
            done = belongs(&g, k);
        if (!done)
            rc = check_group(&g, err);
    }
    if (rc == BENCH_OK && suite->stray_name)
        rc = bench_err_set(err, BENCH_EINPUT, "%s", suite->stray_name);
    return rc;
}
