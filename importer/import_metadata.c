/* What an import records: _metadata.json, or entries of FlagGems' inventory. */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/import_impl.h"
#include "importer/inspect.h"

bool import_same_numbers(const struct import_item *item)
{
    return item->is_known && item->entry.measurements_hash != NULL &&
           strcmp(item->entry.measurements_hash, item->measurements_hash) == 0;
}

struct bench_metadata_update import_update_of(const struct import_context *x,
                                              const struct import_item *item)
{
    const struct bench_import_op *result = item->result;
    return (struct bench_metadata_update){
        .old = item->is_known ? &item->entry : NULL,
        .code_changed = item->code_changed,
        .name = item->data.name,
        .op_id = result->op_id,
        .category = result->category,
        .created_at = item->created_at,
        .generation_date = item->generation_date,
        .code_hash = item->code_hash,
        .file_hash = item->file_hash,
        .test_hash = item->test_hash,
        .performance_hash =
            x->plan->layout == BENCH_LAYOUT_EXPERIMENTAL_OPS ? item->performance_hash : NULL,
        .measurements_hash = item->measurements_hash,
        .file_path = item->code_path,
        .commit = x->plan->commit,
        .is_measured = result->measured == BENCH_MEASURED_SAME,
        .exports = item->exports,
        .binaries = item->binaries,
        .tests = {.total = result->tests_total,
                  .passed = result->tests_passed,
                  .time = result->tests_time},
        .line_start = item->line_start,
        .line_end = item->line_end,
        .data = &item->data,
        .selected = item->selected,
        .op = item->op,
        .description = item->description,
        .run = item->op->run != NULL ? item->op->run : item->facts->name,
        .device = item->facts->device != NULL ? item->facts->device : item->op->device,
        .measured_at = item->measured_at};
}

int import_plan_metadata(struct import_context *x, struct bench_err *err)
{
    struct bench_metadata_update *updates = bench_xcalloc(x->count + 1, sizeof(*updates));
    size_t count = 0;
    for (size_t i = 0; i < x->count; i++) {
        const struct import_item *item = &x->items[i];
        if (!import_failed(item) && item->result->state != BENCH_IMPORT_UNCHANGED) {
            updates[count++] = import_update_of(x, item);
        }
    }
    int rc = BENCH_OK;
    if (count > 0) {
        char *text = bench_metadata_format(&x->metadata, updates, count, x->now);
        rc = bench_tree_change(&x->plan->tree, BENCH_METADATA_PATH, text, err);
        free(text);
    }
    free(updates);
    return rc;
}

/* The first line of the code's own docstring, or a sentence that is true of every operator. */
static char *describe(const struct import_item *item)
{
    const char *text = item->code.docstring;
    size_t length = strcspn(text, "\n");
    if (length > 0) {
        return bench_xprintf("%.*s", (int)length, text);
    }
    return item->is_aten
               ? bench_xprintf("Implementation of the ATen operator `%s`, imported by bench.",
                               item->aten.name.data)
               : bench_xprintf("Implementation of `%s`, imported by bench.", item->data.name);
}

/* The name that an operator and its in-place form have in common. */
static char *abstract_name(const struct import_item *item)
{
    char *name = bench_xstrdup(item->is_aten ? item->aten.name.data : item->data.name);
    size_t length = strlen(name);
    if (length > 1 && name[length - 1] == '_' && name[length - 2] != '_') {
        name[length - 1] = '\0';
    }
    return name;
}

static void put_entry(struct bench_json_writer *w, const struct import_item *item)
{
    char *description = describe(item);
    char *name = abstract_name(item);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "id", item->data.name);
    bench_json_put_key_string(w, "description", description);
    bench_json_put_key(w, "for");
    if (bench_json_size(item->inventory_names) > 0) {
        bench_json_put_value(w, item->inventory_names);
    } else {
        bench_json_open_array(w);
        bench_json_put_string(w, "None"); /* as the inventory writes it of fused operators */
        bench_json_close_array(w);
    }
    bench_json_put_key_string(w, "category", item->result->category);
    bench_json_put_key_string(w, "name", name);
    bench_json_put_key_string(w, "source", item->is_aten ? "aten" : NULL);
    bench_json_close_object(w);
    free(name);
    free(description);
}

static int ask_inventory(struct import_context *x, const char *text, struct bench_json_doc **answer,
                         struct bench_err *err)
{
    struct bench_inspect request;
    bench_inspect_open(&request, "inventory");
    bench_json_open_object(&request.writer);
    bench_json_put_key_string(&request.writer, "text", text);
    bench_json_put_key(&request.writer, "entries");
    bench_json_open_array(&request.writer);
    for (size_t i = 0; i < x->count; i++) {
        if (!import_failed(&x->items[i])) {
            put_entry(&request.writer, &x->items[i]);
        }
    }
    bench_json_close_array(&request.writer);
    bench_json_close_object(&request.writer);
    return bench_inspect_ask(&request, 1, answer, err);
}

int import_plan_inventory(struct import_context *x, struct bench_err *err)
{
    char *text = NULL;
    struct bench_json_doc *answer = NULL;
    int rc = bench_tree_read(&x->plan->tree, BENCH_INVENTORY_PATH, &text, err);
    if (rc != 0 || text == NULL) {
        x->plan->no_inventory = rc == 0;
        return rc;
    }
    rc = ask_inventory(x, text, &answer, err);
    if (rc == 0) {
        const struct bench_json *v = bench_json_first(bench_json_root(answer));
        const struct bench_json *problem = bench_json_first(bench_json_get(v, "errors"));
        rc = problem != NULL ? bench_err_set(err, BENCH_EINPUT, BENCH_INVENTORY_PATH ": %s",
                                             bench_json_string(problem))
                             : bench_tree_change(&x->plan->tree, BENCH_INVENTORY_PATH,
                                                 bench_json_string(bench_json_get(v, "text")), err);
        bench_json_free(answer);
    }
    free(text);
    return rc;
}

static const struct bench_import_tests *
tests_of(const struct import_item *item, const struct bench_import_tests *tests, size_t count)
{
    for (size_t i = 0; i < count && !import_failed(item); i++) {
        if (strcmp(tests[i].name, item->data.name) == 0) {
            return &tests[i];
        }
    }
    return NULL;
}

/* True if the tree's entry says the same of the operator's tests. */
static bool says_so_already(const struct import_item *item, const struct bench_import_tests *tests)
{
    const struct bench_json *validation =
        item->is_known ? bench_json_get(item->entry.json, "validation_info") : NULL;
    int64_t total = -1;
    int64_t passed = -1;
    return validation != NULL &&
           bench_json_is_int(bench_json_get(validation, "test_cases_total"), &total) &&
           bench_json_is_int(bench_json_get(validation, "test_cases_passed"), &passed) &&
           total == tests->total && passed == tests->passed;
}

int bench_import_set_tests(struct bench_import *plan, const struct bench_import_tests *tests,
                           size_t count, struct bench_err *err)
{
    struct import_context *x = plan->inner;
    bool records = plan->layout == BENCH_LAYOUT_EXPERIMENTAL;
    x->plan = plan;
    for (size_t i = 0; i < x->count; i++) {
        struct import_item *item = &x->items[i];
        const struct bench_import_tests *t = tests_of(item, tests, count);
        if (t == NULL) {
            continue;
        }
        item->result->tests_total = t->total;
        item->result->tests_passed = t->passed;
        free(item->result->tests_time);
        item->result->tests_time = bench_xstrdup(x->now);
        if (records && item->result->state == BENCH_IMPORT_UNCHANGED && !says_so_already(item, t)) {
            item->result->state = BENCH_IMPORT_CHANGED;
        }
    }
    if (!records || count == 0) {
        return BENCH_OK;
    }
    bench_tree_forget(&plan->tree, plan->records_at);
    return import_plan_metadata(x, err);
}
