#include "importer/import.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/clock.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"
#include "importer/categories.h"
#include "importer/import_impl.h"
#include "importer/inspect.h"

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

/* Where an operator's Python code comes from. */
struct sources {
    const struct bench_import_request *request;
    struct bench_opdata_index index;
};

static int export_data(const struct sources *s, struct import_item *item, struct bench_err *err)
{
    struct bench_export e;
    int rc = bench_export_selected(item->op, s->request->kernels_dir, item->facts, &e, err);
    if (rc == BENCH_ENOTFOUND) {
        return bench_err_prefix(err, "no operator data was given with --operators, and ");
    }
    if (rc == 0) {
        bench_opdata_from_export(&e, &item->data);
    }
    return rc;
}

static int find_data(const struct sources *s, struct import_item *item, struct bench_err *err)
{
    const char *path = NULL;
    if (s->request->operators_dir == NULL) {
        return export_data(s, item, err);
    }
    int rc = bench_opdata_index_find(&s->index, item->op->name, item->selected->batch, &path, err);
    return rc == 0 ? bench_opdata_read(path, &item->data, err) : rc;
}

/* Operator data, selection and the list of ATen's operators can say it, in this order. */
static int set_category(struct import_item *item)
{
    const char *category = item->data.category != NULL  ? item->data.category
                           : item->op->category != NULL ? item->op->category
                                                        : bench_category_of(item->op->name);
    if (!bench_category_is_known(category)) {
        import_fail(item, "unknown category '%s'; expected pointwise, reduction, blas or custom",
                    category);
        return -1;
    }
    item->result->category = bench_xstrdup(category);
    return 0;
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
    int rc = bench_metadata_find(&x->metadata, item->data.name, &item->is_known, &item->entry, err);
    if (rc == 0 && !item->is_known) {
        rc = bench_uuid4(id, err);
    }
    if (rc != 0) {
        return rc;
    }
    item->code_changed = !item->is_known || entry->code_hash == NULL ||
                         strcmp(entry->code_hash, item->code_hash) != 0;
    bool same_date = !item->code_changed && entry->generation_date != NULL;
    bool same_birth = item->is_known && entry->created_at != NULL;
    item->result->op_id = bench_xstrdup(item->is_known ? entry->op_id : id);
    item->generation_date = bench_xstrdup(same_date ? entry->generation_date : x->now);
    item->created_at = bench_xstrdup(same_birth ? entry->created_at : x->now);
    item->measured_at = without_zone(item->facts->time);
    return BENCH_OK;
}

/* Unchanged: the same code, the same measurements, and no file to be written. */
static void set_state(struct import_context *x, struct import_item *item, size_t changes_before)
{
    bool same_numbers = item->is_known && item->entry.measurements_hash != NULL &&
                        strcmp(item->entry.measurements_hash, item->measurements_hash) == 0;
    bool same_files = x->plan->tree.count == changes_before;
    item->result->state = !item->is_known ? BENCH_IMPORT_NEW
                          : same_numbers && same_files && !item->code_changed
                              ? BENCH_IMPORT_UNCHANGED
                              : BENCH_IMPORT_CHANGED;
}

static void prepare_item(struct import_context *x, const struct sources *s,
                         struct import_item *item)
{
    struct bench_err err = {.code = 0};
    if (find_data(s, item, &err) != 0) {
        import_fail(item, "%s", err.message);
        return;
    }
    for (const struct import_item *other = x->items; other < item; other++) {
        if (!import_failed(other) && strcmp(other->data.name, item->data.name) == 0) {
            import_fail(item, "its operator data is for '%s', which '%s' is imported as already",
                        item->data.name, other->op->name);
            return;
        }
    }
    if (set_category(item) != 0) {
        return;
    }
    hash_inputs(item);
    /* Only who played which role is looked up in it: without one, names stand alone. */
    if (bench_measured_operator_read(item->op, s->request->kernels_dir, &item->description, NULL) !=
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

static void add_items(struct import_context *x, const struct bench_selected *selected,
                      const struct bench_run_facts *facts)
{
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
        x->items[x->count++] =
            (struct import_item){.result = result, .selected = selected, .op = op, .facts = facts};
    }
}

static void fini_items(struct import_context *x)
{
    for (size_t i = 0; i < x->count; i++) {
        struct import_item *item = &x->items[i];
        bench_opdata_fini(&item->data);
        bench_operator_free(item->description);
        free(item->code_path);
        free(item->test_path);
        free(item->generation_date);
        free(item->created_at);
        free(item->measured_at);
    }
    free(x->items);
}

static int plan_items(struct import_context *x, const struct sources *s, struct bench_err *err)
{
    char *text = NULL;
    int rc = bench_tree_read(&x->plan->tree, BENCH_METADATA_PATH, &text, err);
    rc = rc == 0 ? bench_metadata_parse(text, &x->metadata, err) : rc;
    free(text);
    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < x->count; i++) {
        if (!import_failed(&x->items[i])) {
            prepare_item(x, s, &x->items[i]);
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
    return rc == 0 ? import_plan_metadata(x, err) : rc;
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

static int plan_selected(const struct bench_import_request *request,
                         struct bench_selected *const *selected,
                         const struct bench_run_facts *facts, struct bench_import *plan,
                         struct bench_err *err)
{
    struct sources s = {.request = request};
    struct import_context x = {.plan = plan};
    size_t total = 0;
    for (size_t i = 0; i < request->input_count; i++) {
        total += selected[i]->op_count;
    }
    bench_clock_iso_python(x.now);
    x.items = bench_xcalloc(total + 1, sizeof(*x.items));
    plan->ops = bench_xcalloc(total + 1, sizeof(*plan->ops));
    for (size_t i = 0; i < request->input_count; i++) {
        add_items(&x, selected[i], &facts[i]);
    }
    int rc = request->operators_dir != NULL
                 ? bench_opdata_index_read(request->operators_dir, &s.index, err)
                 : BENCH_OK;
    rc = rc == 0 && total > 0 ? plan_items(&x, &s, err) : rc;
    for (size_t i = 0; i < plan->op_count; i++) {
        plan->failed_count += plan->ops[i].state == BENCH_IMPORT_FAILED ? 1 : 0;
    }
    bench_opdata_index_fini(&s.index);
    bench_metadata_free(&x.metadata);
    bench_json_free(x.answer);
    fini_items(&x);
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

int bench_import_plan(const struct bench_import_request *request, struct bench_import *plan,
                      struct bench_err *err)
{
    size_t count = request->input_count;
    struct bench_selected **selected = bench_xcalloc(count + 1, sizeof(struct bench_selected *));
    struct bench_run_facts *facts = bench_xcalloc(count + 1, sizeof(*facts));
    *plan = (struct bench_import){.ops = NULL};
    int rc = bench_tree_open(request->tree, &plan->tree, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = read_input(request, request->inputs[i], &selected[i], err);
        if (rc == 0) {
            bench_run_facts_read(selected[i], &facts[i]);
            rc = check_device(selected[i], &facts[i], plan, err);
        }
    }
    rc = rc == 0 ? plan_selected(request, selected, facts, plan, err) : rc;
    for (size_t i = 0; i < count; i++) {
        bench_selected_free(selected[i]);
        bench_run_facts_fini(&facts[i]);
    }
    free(selected);
    free(facts);
    if (rc != 0) {
        bench_import_fini(plan);
    }
    return rc;
}

void bench_import_fini(struct bench_import *plan)
{
    for (size_t i = 0; i < plan->op_count; i++) {
        free(plan->ops[i].name);
        free(plan->ops[i].category);
        free(plan->ops[i].op_id);
        free(plan->ops[i].message);
    }
    free(plan->ops);
    free(plan->device_kind);
    free(plan->device);
    bench_tree_fini(&plan->tree);
    *plan = (struct bench_import){.ops = NULL};
}

int bench_import_apply(struct bench_import *plan, struct bench_err *err)
{
    return bench_tree_apply(&plan->tree, err);
}

int bench_import_diff(const struct bench_import *plan, char **diff, struct bench_err *err)
{
    struct bench_inspect request;
    struct bench_json_doc *answer = NULL;
    struct bench_str text;
    bench_inspect_open(&request, "diffs");
    for (size_t i = 0; i < plan->tree.count; i++) {
        const struct bench_change *c = &plan->tree.changes[i];
        bench_json_open_object(&request.writer);
        bench_json_put_key_string(&request.writer, "path", c->path);
        bench_json_put_key_string(&request.writer, "old", c->old_text);
        bench_json_put_key_string(&request.writer, "new", c->new_text);
        bench_json_close_object(&request.writer);
    }
    int rc = bench_inspect_ask(&request, plan->tree.count, &answer, err);
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
