#include "selector/players.h"

#include <math.h>
#include <string.h>

#include "bench/util/str.h"
#include "selector/index.h"

/* The implementation that calls FlagGems' functions as they are. */
static const char flag_gems[] = "flag_gems";

static const char *string_of(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
}

static const char *extra_of(const struct bench_dataset_case *c, const char *key)
{
    const struct bench_json *v = bench_dataset_case_extra(c, key);
    return v && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

const char *bench_players_reference_of(const struct bench_dataset_op *op,
                                       const struct bench_dataset_case *candidate,
                                       const struct bench_dataset_op *reference_op,
                                       const struct bench_dataset_case *reference)
{
    if (candidate->plain && reference->plain)
        return NULL;
    /* Others may call something of theirs "implementation"; only `bench run` names the operator's
     * description beside it. */
    if (string_of(reference_op->json, "description_file"))
        return extra_of(reference, "implementation");
    return same_text(op->run, reference_op->run) ? extra_of(candidate, "reference_implementation")
                                                 : NULL;
}

/* A list of names in the order in which they appear, each once. */
struct names {
    struct bench_index *known;
    struct bench_str text;
};

static void names_init(struct names *names)
{
    names->known = bench_index_new();
    bench_str_init(&names->text);
}

static void names_add(struct names *names, const char *name)
{
    if (!name || bench_index_add(names->known, name, 0) != BENCH_INDEX_NONE)
        return;
    bench_str_addf(&names->text, "%s%s", names->text.len ? ", " : "", name);
}

static bool names_have(const struct names *names, const char *name)
{
    return bench_index_find(names->known, name) != BENCH_INDEX_NONE;
}

static const char *names_take(struct names *names, struct bench_arena *arena)
{
    const char *text = names->text.len ? bench_arena_strdup(arena, names->text.data) : NULL;
    bench_index_free(names->known);
    bench_str_fini(&names->text);
    return text;
}

void bench_players_find(struct bench_arena *arena, const struct bench_dataset *your,
                        const struct bench_join *join, struct bench_players *players)
{
    struct names references;
    struct names baselines;
    names_init(&references);
    names_init(&baselines);
    for (size_t i = 0; i < your->case_count; i++) {
        const struct bench_dataset_case *c = &your->cases[i];
        if (c->plain && (!join->partner[i] || join->partner[i]->plain))
            continue;
        if (join->partner[i])
            names_add(&references,
                      bench_players_reference_of(&your->ops[c->op], c, join->op_partner[c->op],
                                                 join->partner[i]));
        if (!isnan(c->cuda_ms))
            names_add(&baselines, extra_of(c, "baseline_implementation"));
    }
    players->has_flag_gems = names_have(&references, flag_gems);
    players->reference = names_take(&references, arena);
    players->baseline = names_take(&baselines, arena);
}

const char *bench_players_whose_reference(const struct bench_players *players)
{
    if (!players->has_flag_gems)
        return "implementations of kernels/, not FlagGems itself";
    if (same_text(players->reference, flag_gems))
        return "FlagGems' own functions";
    return "flag_gems: FlagGems' own functions; the others: implementations of kernels/, not "
           "FlagGems itself";
}

const char *bench_players_reference_name(const struct bench_players *players)
{
    return players->reference ? "the reference" : "FlagGems";
}

const char *bench_players_baseline_name(const struct bench_players *players)
{
    return players->baseline ? "the baseline" : "CUDA";
}

const char *bench_players_baseline_adjective(const struct bench_players *players)
{
    return players->baseline ? "baseline" : "CUDA";
}
