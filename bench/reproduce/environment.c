#include "bench/reproduce/environment.h"

#include <string.h>

#include "bench/reproduce/claims_impl.h"

/* Where in run.json a fact stands: up to three keys. What was measured itself differs from run to
 * run, and is no other environment. */
struct fact {
    const char *name, *path[3];
    bool varies;
};

static const struct fact facts[] = {
    {"device", {"device", "name"}, false},
    {"device_kind", {"device", "kind"}, false},
    {"device_id", {"device", "id"}, false},
    {"arch", {"device", "arch"}, false},
    {"driver", {"device", "driver"}, false},
    {"sm_count", {"device", "sm_count"}, false},
    {"memory_bytes", {"device", "memory_bytes"}, false},
    {"sm_clock_max_mhz", {"facts", "start", "sm_clock_max_mhz"}, false},
    {"sm_clock_mhz", {"facts", "start", "sm_clock_mhz"}, true},
    {"memory_clock_mhz", {"facts", "start", "memory_clock_mhz"}, false},
    {"power_limit_w", {"facts", "start", "power_limit_w"}, false},
    {"throttle", {"facts", "start", "throttle"}, false},
    {"ecc", {"facts", "start", "ecc"}, false},
    {"compiler", {"compiler"}, false},
    {"libraries", {"libraries"}, false},
    {"python", {"python"}, false},
    {"bench_version", {"bench_version"}, false},
    {"git_commit", {"git_commit"}, false},
    {"git_dirty", {"git_dirty"}, false},
    {"host", {"host"}, false},
    {"system", {"system"}, false},
    {"host_cpus", {"host_cpus"}, false},
    {"mode", {"settings", "mode"}, false},
    {"cache", {"settings", "cache"}, false},
    {"rounds", {"settings", "rounds"}, false},
    {"least_rounds", {"settings", "least_rounds"}, false},
    {"most_rounds", {"settings", "most_rounds"}, false},
    {"precision", {"settings", "precision"}, false},
    {"confirm", {"settings", "confirm"}, false},
    {"seed", {"settings", "seed"}, false},
    {"max_case_ms", {"settings", "max_case_ms"}, false},
    {"sandbox", {"sandbox", "on"}, false},
    {"floor_ns", {"floor", "gated", "floor_ns"}, true},
    {"noise_floor", {"noise_floor", "noise_floor"}, true},
};
#define FACTS (sizeof facts / sizeof *facts)

/* A string as it is, null as nothing, everything else as JSON. */
static const char *text_of(const struct bench_json *v, struct bench_arena *arena)
{
    if (v == NULL || bench_json_type(v) == BENCH_JSON_NULL)
        return NULL;
    if (bench_json_type(v) == BENCH_JSON_STRING)
        return bench_arena_strdup(arena, bench_json_string(v));
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, v);
    const char *copy = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return copy;
}

static const char *find(const struct bench_claims *claims, const struct fact *fact,
                        struct bench_arena *arena)
{
    if (claims->run_json != NULL) {
        const struct bench_json *v = bench_json_root(claims->run_json);
        for (size_t i = 0; i < 3 && fact->path[i] != NULL; i++)
            v = bench_claims_member(v, fact->path[i]);
        return text_of(v, arena);
    }
    /* What performance data and selections tell themselves. */
    const char *const told[][2] = {{"device", claims->device},
                                   {"device_kind", claims->device_kind},
                                   {"mode", claims->mode},
                                   {"cache", claims->cache}};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strcmp(told[i][0], fact->name) == 0)
            return told[i][1];
    return NULL;
}

void bench_environment_compare(const struct bench_claims *claimed,
                               const struct bench_claims *measured, struct bench_arena *arena,
                               struct bench_environment *environment)
{
    *environment = (struct bench_environment){0};
    environment->facts = bench_arena_alloc(arena, FACTS * sizeof *environment->facts);
    for (size_t i = 0; i < FACTS; i++) {
        struct bench_environment_fact f = {.name = facts[i].name,
                                           .claimed = find(claimed, &facts[i], arena),
                                           .measured = find(measured, &facts[i], arena)};
        if (f.claimed == NULL && f.measured == NULL)
            continue;
        f.differs = !facts[i].varies && f.claimed != NULL && f.measured != NULL &&
                    strcmp(f.claimed, f.measured) != 0;
        environment->differ += f.differs;
        environment->facts[environment->count++] = f;
    }
}
