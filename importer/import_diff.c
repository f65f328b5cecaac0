/* What an import would change, as unified diffs. Python's difflib makes them. */
#include "importer/import_impl.h"
#include "importer/inspect.h"

int bench_import_diff(const struct bench_import *plan, char **diff, struct bench_err *err)
{
    struct bench_inspect request;
    bench_inspect_open(&request, "diffs");
    for (size_t i = 0; i < plan->tree.count; i++) {
        const struct bench_change *c = &plan->tree.changes[i];
        bench_inspect_put_diff(&request, c->path, c->old_text, c->new_text);
    }
    return bench_inspect_ask_diffs(&request, plan->tree.count, diff, err);
}

int bench_import_conflict_diff(const struct bench_import_op *op, char **diff, struct bench_err *err)
{
    struct bench_inspect request;
    *diff = NULL;
    if (op->conflict_path == NULL) {
        return BENCH_OK;
    }
    bench_inspect_open(&request, "diffs");
    bench_inspect_put_diff(&request, op->conflict_path, op->conflict_old, op->conflict_new);
    return bench_inspect_ask_diffs(&request, 1, diff, err);
}
