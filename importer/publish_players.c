/* Who stood in for FlagGems and CUDA in what was measured. */
#include <string.h>

#include "bench/util/markdown.h"
#include "importer/publish_impl.h"

/* More than an operator has implementations. */
#define NAMES_MOST 32

struct names {
    const char *items[NAMES_MOST];
    size_t count;
};

static void add_name(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count && name != NULL; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return;
        }
    }
    if (name != NULL && names->count < NAMES_MOST) {
        names->items[names->count++] = name;
    }
}

static void find_names(const struct bench_import *plan, struct names *references,
                       struct names *baselines)
{
    references->count = baselines->count = 0;
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_selected_op *op = publish_item(plan, i)->op;
        for (size_t k = 0; publish_is_written(&plan->ops[i]) && k < op->case_count; k++) {
            add_name(references, op->cases[k].reference);
            add_name(baselines, op->cases[k].baseline);
        }
    }
}

static void add_names(struct bench_str *out, const char *who, const struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        bench_str_add(out, i == 0 ? who : ", ");
        bench_markdown_add_code(out, names->items[i]);
    }
    bench_str_add(out, names->count > 0 ? "." : "");
}

void publish_add_players(struct bench_str *out, const struct bench_import *plan)
{
    struct names references, baselines;
    find_names(plan, &references, &baselines);
    if (references.count + baselines.count > 0) {
        bench_str_add(out, "\nThe data name who was measured against.");
        add_names(out, " Reference: ", &references);
        add_names(out, " Baseline: ", &baselines);
        bench_str_add(out, references.count > 0
                               ? " `flag_gems` is FlagGems itself; other references stood in for "
                                 "it.\n"
                               : "\n");
    }
}

const char *publish_baseline_word(const struct bench_import *plan)
{
    struct names references, baselines;
    find_names(plan, &references, &baselines);
    return baselines.count > 0 ? "baseline" : "CUDA";
}
