#include "importer/import.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/clock.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "importer/import_impl.h"
#include "importer/inspect.h"
#include "importer/undo.h"

void import_fail(struct import_item *item, const char *format, ...)
{
    struct bench_str text;
    va_list args;
    bench_str_init(&text);
    va_start(args, format);
    bench_str_addv(&text, format, args);
    va_end(args);
    free(item->result->message);
    item->result->message = bench_str_take(&text);
    item->result->state = BENCH_IMPORT_FAILED;
    bench_str_fini(&text);
}

bool import_failed(const struct import_item *item)
{
    return item->result->state == BENCH_IMPORT_FAILED ||
           item->result->state == BENCH_IMPORT_SKIPPED;
}

void import_remark(struct import_item *item, const char *text)
{
    char *old = item->result->message;
    item->result->message = old != NULL ? bench_xprintf("%s; %s", old, text) : bench_xstrdup(text);
    free(old);
}

static void hash_inputs(struct import_item *item)
{
    struct bench_str text;
    struct bench_json_writer w;
    struct bench_hash *hash = bench_hash_new();
    bench_hash_add_str(hash, item->data.code);
    bench_hash_add_str(hash, item->data.test_func != NULL ? item->data.test_func : "");
    bench_hash_hex(hash, item->code_hash);
    bench_hash_free(hash);
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_array(&w);
    bench_json_put_int(&w, item->selected->batch);
    bench_json_put_value(&w, item->op->json);
    bench_json_close_array(&w);
    bench_hash_bytes_hex(text.data, text.len, item->measurements_hash);
    bench_str_fini(&text);
}

/* "2026-11-22T10:26:00Z" as Python writes it without a zone. */
static char *without_zone(const char *time)
{
    if (time == NULL) {
        return NULL;
    }
    char *copy = bench_xstrdup(time);
    size_t length = strlen(copy);
    if (length > 0 && copy[length - 1] == 'Z') {
        copy[length - 1] = '\0';
    }
    return copy;
}

static int set_identity(struct import_context *x, struct import_item *item, struct bench_err *err)
{
    char id[37];
    const struct bench_metadata_entry *entry = &item->entry;
    int rc = import_find_entry(x, item, err);
    bool has_id = rc == 0 && item->is_known && entry->op_id != NULL;
    if (rc == 0 && !has_id) {
        rc = bench_uuid4(id, err);
    }
    if (rc != 0) {
        return rc;
    }
    item->code_changed = !item->is_known || entry->code_hash == NULL ||
                         strcmp(entry->code_hash, item->code_hash) != 0;
    bool same_date = !item->code_changed && entry->generation_date != NULL;
    bool same_birth = item->is_known && entry->created_at != NULL;
    item->result->op_id = bench_xstrdup(has_id ? entry->op_id : id);
    item->generation_date = bench_xstrdup(same_date ? entry->generation_date : x->now);
    item->created_at = bench_xstrdup(same_birth ? entry->created_at : x->now);
    item->measured_at = without_zone(item->facts->time);
    return BENCH_OK;
}

/* Unchanged: the same code, the same measurements, and no file to be written. */
static void set_state(struct import_context *x, struct import_item *item, size_t changes_before)
{
    bool same_files = x->plan->tree.count == changes_before;
    bool same = import_same_numbers(item) && same_files && !item->code_changed;
    item->result->state = !item->is_known ? BENCH_IMPORT_NEW
                          : same          ? BENCH_IMPORT_UNCHANGED
                                          : BENCH_IMPORT_CHANGED;
    item->result->module = bench_xstrdup(item->module);
    item->result->code_path = bench_xstrdup(item->code_path);
    item->result->test_path = bench_xstrdup(item->test_path);
    item->result->test_origin = bench_xstrdup(item->made_test ? "made by bench" : "given");
}

static void prepare_item(struct import_context *x, const struct bench_opdata_index *index,
                         struct import_item *item)
{
    struct bench_err err = {.code = 0};
    if (!import_check_correct(item)) {
        return;
    }
    if (import_read_data(x, index, item, &err) != 0) {
        import_fail(item, "%s", err.message);
        return;
    }
    item->result->python_name = bench_xstrdup(item->data.name);
    item->is_aten = bench_aten_find(item->data.name, &item->aten);
    if (item->is_aten && item->aten.overloads.len == 0) { /* known, but by no such name to ATen */
        bench_aten_fini(&item->aten);
        item->is_aten = false;
    }
    if (import_set_category(item) != 0) {
        return;
    }
    import_set_place(x, item);
    import_check_name(x, item);
    if (import_failed(item)) {
        return;
    }
    hash_inputs(item);
    /* Only who played which role is looked up in it: without one, names stand alone. */
    if (bench_measured_operator_read(item->op, x->request.kernels_dir, &item->description, NULL) !=
        0) {
        item->description = NULL;
    }
    if (set_identity(x, item, &err) != 0) {
        import_fail(item, "%s", err.message);
    }
}

static bool already_planned(const struct import_context *x, const char *name)
{
    for (size_t i = 0; i < x->count; i++) {
        if (strcmp(x->items[i].result->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_items(struct import_context *x, size_t input)
{
    const struct bench_selected *selected = x->selected[input];
    const struct bench_run_facts *facts = &x->facts[input];
    x->binaries[input] = bench_xcalloc(selected->op_count + 1, sizeof(**x->binaries));
    bench_binary_hashes_read(selected, facts, x->binaries[input]);
    for (size_t i = 0; i < selected->op_count; i++) {
        struct bench_import_op *result = &x->plan->ops[x->plan->op_count++];
        const struct bench_selected_op *op = &selected->ops[i];
        bool again = already_planned(x, op->name);
        *result = (struct bench_import_op){
            .name = bench_xstrdup(op->name), .batch = selected->batch, .state = BENCH_IMPORT_NEW};
        if (again) {
            result->state = BENCH_IMPORT_SKIPPED;
            result->message = bench_xprintf("batch 1 has it too; imported from there");
        }
        x->items[x->count++] = (struct import_item){.result = result,
                                                    .selected = selected,
                                                    .op = op,
                                                    .facts = facts,
                                                    .binaries = &x->binaries[input][i]};
    }
}

static void fini_items(struct import_context *x)
{
    for (size_t i = 0; i < x->count; i++) {
        struct import_item *item = &x->items[i];
        bench_opdata_fini(&item->data);
        bench_operator_free(item->description);
        if (item->is_aten) {
            bench_aten_fini(&item->aten);
        }
        bench_json_free(item->record);
        free(item->module);
        free(item->code_path);
        free(item->test_path);
        free(item->performance_path);
        free(item->generation_date);
        free(item->created_at);
        free(item->measured_at);
    }
    free(x->items);
}

static int read_metadata(struct import_context *x, struct bench_err *err)
{
    char *text = NULL;
    if (x->plan->layout != BENCH_LAYOUT_EXPERIMENTAL) {
        return BENCH_OK;
    }
    int rc = bench_tree_read(&x->plan->tree, BENCH_METADATA_PATH, &text, err);
    rc = rc == 0 ? bench_metadata_parse(text, &x->metadata, err) : rc;
    free(text);
    return rc;
}

/* What is recorded is planned last, so that it is in place last. */
static int plan_records(struct import_context *x, struct bench_err *err)
{
    x->plan->records_at = x->plan->tree.count;
    return x->plan->layout == BENCH_LAYOUT_EXPERIMENTAL ? import_plan_metadata(x, err)
                                                        : import_plan_inventory(x, err);
}

static int plan_items(struct import_context *x, const struct bench_opdata_index *index,
                      struct bench_err *err)
{
    int rc = read_metadata(x, err);
    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < x->count; i++) {
        if (!import_failed(&x->items[i])) {
            prepare_item(x, index, &x->items[i]);
        }
    }
    bool any = false;
    rc = import_check_code(x, err);
    for (size_t i = 0; rc == 0 && i < x->count; i++) {
        struct import_item *item = &x->items[i];
        size_t before = x->plan->tree.count;
        if (!import_failed(item)) {
            import_plan_files(x, item);
        }
        if (import_failed(item)) {
            bench_tree_forget(&x->plan->tree, before);
            continue;
        }
        set_state(x, item, before);
        any = true;
    }
    rc = rc == 0 && any ? import_plan_inits(x, err) : rc;
    return rc == 0 && any ? plan_records(x, err) : rc;
}

/* Notes where the times come from, if that is no GPU. Scripted times are refused: nothing was run.
 */
static int check_device(const struct bench_selected *selected, const struct bench_run_facts *facts,
                        struct bench_import *plan, struct bench_err *err)
{
    if (facts->kind == NULL || strcmp(facts->kind, "cuda") == 0) {
        return BENCH_OK;
    }
    if (strcmp(facts->kind, "null") == 0) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: was measured on the null device: its times are scripted and "
                             "nothing was verified, so nothing can be imported; measure on a GPU "
                             "(bench run --device cuda)",
                             selected->path);
    }
    if (plan->device_kind == NULL) {
        plan->device_kind = bench_xstrdup(facts->kind);
        const char *device = facts->device;
        for (size_t i = 0; i < selected->op_count && device == NULL; i++) {
            device = selected->ops[i].device;
        }
        plan->device = device != NULL ? bench_xstrdup(device) : NULL;
    }
    return BENCH_OK;
}

/* The commit that the tree has checked out; NULL if it is no git checkout, or git is not there. */
static char *tree_commit(const char *root)
{
    const char *argv[] = {"git", "-C", root, "rev-parse", "--verify", "HEAD", NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 30000};
    struct bench_process_result result;
    char *commit = NULL;
    if (bench_process_run(&spec, &result, NULL) == 0 && result.exit_code == 0) {
        commit = bench_xprintf("%.*s", (int)strcspn(result.out, "\n"), result.out);
    }
    bench_process_result_fini(&result);
    return commit;
}

static int plan_selected(struct import_context *x, struct bench_err *err)
{
    const struct bench_import_request *request = &x->request;
    struct bench_import *plan = x->plan;
    struct bench_opdata_index index = {.count = 0};
    size_t total = 0;
    for (size_t i = 0; i < request->input_count; i++) {
        total += x->selected[i]->op_count;
    }
    bench_clock_iso_python(x->now);
    plan->commit = tree_commit(plan->tree.root);
    x->items = bench_xcalloc(total + 1, sizeof(*x->items));
    plan->ops = bench_xcalloc(total + 1, sizeof(*plan->ops));
    for (size_t i = 0; i < request->input_count; i++) {
        add_items(x, i);
    }
    int rc = request->operators_dir != NULL
                 ? bench_opdata_index_read(request->operators_dir, &index, err)
                 : BENCH_OK;
    rc = rc == 0 && total > 0 ? plan_items(x, &index, err) : rc;
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_import_op *op = &plan->ops[i];
        bool failed = op->state == BENCH_IMPORT_FAILED;
        bool is_unknown =
            !failed && op->state != BENCH_IMPORT_SKIPPED && op->measured == BENCH_MEASURED_UNKNOWN;
        plan->failed_count += failed ? 1 : 0;
        plan->unknown_count += is_unknown ? 1 : 0;
    }
    bench_opdata_index_fini(&index);
    return rc;
}

static int read_input(const struct bench_import_request *request, const char *path,
                      struct bench_selected **selected, struct bench_err *err)
{
    int rc = bench_selected_read(path, selected, err);
    if (rc == 0 && request->batch != 0 && (*selected)->batch != request->batch) {
        rc = bench_err_set(err, BENCH_EINPUT, "%s: \"batch\" is %d, but --batch is %d", path,
                           (*selected)->batch, request->batch);
    }
    return rc;
}

static void free_context(struct import_context *x)
{
    if (x == NULL) {
        return;
    }
    bench_metadata_free(&x->metadata);
    bench_json_free(x->answer);
    fini_items(x);
    for (size_t i = 0; i < x->request.input_count; i++) {
        for (size_t k = 0; x->binaries[i] != NULL && k < x->selected[i]->op_count; k++) {
            bench_binary_hashes_fini(&x->binaries[i][k]);
        }
        free(x->binaries[i]);
        bench_selected_free(x->selected[i]);
        bench_run_facts_fini(&x->facts[i]);
    }
    free(x->binaries);
    free(x->selected);
    free(x->facts);
    free(x);
}

int bench_import_plan(const struct bench_import_request *request, struct bench_import *plan,
                      struct bench_err *err)
{
    size_t count = request->input_count;
    struct import_context *x = bench_xcalloc(1, sizeof(*x));
    *plan = (struct bench_import){.inner = x};
    x->plan = plan;
    x->request = *request;
    x->selected = bench_xcalloc(count + 1, sizeof(struct bench_selected *));
    x->facts = bench_xcalloc(count + 1, sizeof(*x->facts));
    x->binaries = bench_xcalloc(count + 1, sizeof(*x->binaries));
    int rc = bench_tree_open(request->tree, &plan->tree, err);
    rc = rc == 0 ? bench_layout_find(&plan->tree, request->layout, &plan->layout, &plan->layout_why,
                                     err)
                 : rc;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = read_input(request, request->inputs[i], &x->selected[i], err);
        rc = rc == 0 ? bench_run_facts_read(x->selected[i], &x->facts[i], err) : rc;
        if (rc == 0) {
            rc = check_device(x->selected[i], &x->facts[i], plan, err);
        }
    }
    rc = rc == 0 ? plan_selected(x, err) : rc;
    if (rc != 0) {
        bench_import_fini(plan);
    }
    return rc;
}

static void fini_op(struct bench_import_op *op)
{
    free(op->name);
    free(op->python_name);
    free(op->category);
    free(op->op_id);
    free(op->message);
    free(op->conflict_path);
    free(op->conflict_old);
    free(op->conflict_new);
    free(op->module);
    free(op->code_path);
    free(op->test_path);
    free(op->test_origin);
    free(op->tests_time);
}

void bench_import_fini(struct bench_import *plan)
{
    free_context(plan->inner);
    for (size_t i = 0; i < plan->op_count; i++) {
        fini_op(&plan->ops[i]);
    }
    free(plan->ops);
    free(plan->commit);
    free(plan->device_kind);
    free(plan->device);
    bench_tree_fini(&plan->tree);
    *plan = (struct bench_import){.ops = NULL};
}

int bench_import_apply(struct bench_import *plan, struct bench_err *err)
{
    return bench_tree_apply(&plan->tree, err);
}

int bench_import_take_back(const struct bench_import *plan, struct bench_err *err)
{
    struct bench_undo undo = {.who = NULL};
    int rc = bench_undo_run(&plan->tree, false, &undo, err);
    bench_undo_fini(&undo);
    return rc;
}
