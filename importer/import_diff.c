/* What an import would change, as unified diffs. Python's difflib makes them. */
#include <stdlib.h>
#include <string.h>

#include "importer/import_impl.h"
#include "importer/inspect.h"

static void put_change(struct bench_inspect *request, const char *path, const char *old,
                       const char *text)
{
    bench_json_open_object(&request->writer);
    bench_json_put_key_string(&request->writer, "path", path);
    bench_json_put_key_string(&request->writer, "old", old);
    bench_json_put_key_string(&request->writer, "new", text);
    bench_json_close_object(&request->writer);
}

static int ask(struct bench_inspect *request, size_t count, char **diff, struct bench_err *err)
{
    struct bench_json_doc *answer = NULL;
    struct bench_str text;
    int rc = bench_inspect_ask(request, count, &answer, err);
    if (rc != 0) {
        return rc;
    }
    bench_str_init(&text);
    for (const struct bench_json *v = bench_json_first(bench_json_root(answer)); v != NULL;
         v = bench_json_next(v)) {
        bench_str_add(&text, bench_json_string(v));
    }
    *diff = bench_str_take(&text);
    bench_str_fini(&text);
    bench_json_free(answer);
    return BENCH_OK;
}

int bench_import_diff(const struct bench_import *plan, char **diff, struct bench_err *err)
{
    struct bench_inspect request;
    bench_inspect_open(&request, "diffs");
    for (size_t i = 0; i < plan->tree.count; i++) {
        const struct bench_change *c = &plan->tree.changes[i];
        put_change(&request, c->path, c->old_text, c->new_text);
    }
    return ask(&request, plan->tree.count, diff, err);
}

int bench_import_conflict_diff(const struct bench_import_op *op, char **diff, struct bench_err *err)
{
    struct bench_inspect request;
    *diff = NULL;
    if (op->conflict_path == NULL) {
        return BENCH_OK;
    }
    bench_inspect_open(&request, "diffs");
    put_change(&request, op->conflict_path, op->conflict_old, op->conflict_new);
    return ask(&request, 1, diff, err);
}
