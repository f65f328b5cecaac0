/* The texts of an import's files (layout "experimental"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/hash.h"
#include "bench/util/mem.h"
#include "importer/import_impl.h"
#include "importer/inspect.h"
#include "importer/python_text.h"

#define EXPERIMENTAL "src/flag_gems/experimental"

static int count_lines(const char *text)
{
    int lines = 0;
    for (const char *c = text; *c != '\0'; c++) {
        lines += *c == '\n' ? 1 : 0;
    }
    return lines;
}

/* Docstring and __future__ imports: what goes before the code's own text. */
static void add_module(struct bench_str *out, const char *header, const struct import_module *m)
{
    bench_str_add(out, "\"\"\"");
    bench_python_add_docstring(out, header);
    if (m->docstring[0] != '\0') {
        bench_str_addc(out, '\n');
        bench_python_add_docstring(out, m->docstring);
        bench_str_addc(out, '\n');
    }
    bench_str_add(out, "\"\"\"\n\n");
    if (m->future != NULL) {
        bench_str_addf(out, "%s\n\n", m->future);
    }
    if (bench_str_starts(m->body, "def ") || bench_str_starts(m->body, "class ") ||
        bench_str_starts(m->body, "@") || bench_str_starts(m->body, "async ")) {
        bench_str_addc(out, '\n'); /* two blank lines before a function */
    }
}

static char *operator_text(struct import_item *item)
{
    struct bench_str out;
    bench_str_init(&out);
    char *header = bench_xprintf(
        "%s - Experimental Implementation\n\n"
        "This operator was imported from generated code by bench.\n\n"
        "Metadata:\n    op_id: %s\n    category: %s\n    status: EXPERIMENTAL\n"
        "    generator_tool: bench\n    generation_date: %s\n\n"
        "Warning:\n    This operator is experimental: its interface may change, and it is not yet\n"
        "    part of what FlagGems registers.\n",
        item->data.name, item->result->op_id, item->result->category, item->generation_date);
    add_module(&out, header, &item->code);
    free(header);
    item->line_start = count_lines(out.data) + 1;
    bench_str_add(&out, item->code.body);
    item->line_end = count_lines(out.data);
    return out.data; /* the caller frees */
}

static char *test_text(const struct import_item *item)
{
    struct bench_str out;
    bench_str_init(&out);
    char *header = bench_xprintf("Tests of %s - Experimental Implementation\n\n"
                                 "Imported with the operator by bench.\n\nop_id: %s\n",
                                 item->data.name, item->result->op_id);
    add_module(&out, header, &item->test);
    free(header);
    bench_str_add(&out, item->test.body);
    return out.data; /* the caller frees */
}

/* Fails the item unless the file is as an import wrote it, or is not there. */
static void check_untouched(const struct import_context *x, struct import_item *item,
                            const char *path, const char *recorded)
{
    char *text = NULL;
    char hash[33];
    struct bench_err err = {.code = 0};
    if (bench_tree_read(&x->plan->tree, path, &text, &err) != 0) {
        import_fail(item, "%s", err.message);
        return;
    }
    if (text == NULL) {
        return;
    }
    bench_hash_bytes_hex(text, strlen(text), hash);
    free(text);
    if (recorded == NULL || recorded[0] == '\0') {
        import_fail(item,
                    "%s exists, and nothing says that an import by bench wrote it; move it away to "
                    "import this operator",
                    path);
    } else if (strcmp(hash, recorded) != 0) {
        import_fail(item,
                    "%s was changed by hand since it was imported; it is not overwritten. Move it "
                    "away (or undo the change) to import this operator again",
                    path);
    }
}

static void plan_file(struct import_context *x, struct import_item *item, const char *path,
                      const char *text, char hash[33])
{
    struct bench_err err = {.code = 0};
    bench_hash_bytes_hex(text, strlen(text), hash);
    if (bench_tree_change(&x->plan->tree, path, text, &err) != 0) {
        import_fail(item, "%s", err.message);
    }
}

void import_plan_files(struct import_context *x, struct import_item *item)
{
    const struct bench_metadata_entry *entry = &item->entry;
    item->code_path =
        bench_xprintf(EXPERIMENTAL "/generated/%s/%s.py", item->result->category, item->data.name);
    item->test_path = bench_xprintf(EXPERIMENTAL "/tests/test_%s.py", item->data.name);
    if (item->is_known && entry->category != NULL &&
        strcmp(entry->category, item->result->category) != 0) {
        import_fail(
            item,
            "it is in the tree in the category '%s', but would now be '%s'; remove it there "
            "first, or give its operator data that category",
            entry->category, item->result->category);
        return;
    }
    check_untouched(x, item, item->code_path, item->is_known ? entry->file_hash : NULL);
    if (!import_failed(item) && item->has_test) {
        check_untouched(x, item, item->test_path, item->is_known ? entry->test_hash : NULL);
    }
    if (import_failed(item)) {
        return;
    }
    char *code = operator_text(item);
    plan_file(x, item, item->code_path, code, item->file_hash);
    free(code);
    item->test_hash[0] = '\0';
    if (item->has_test && !import_failed(item)) {
        char *test = test_text(item);
        plan_file(x, item, item->test_path, test, item->test_hash);
        free(test);
    }
}

/* One __init__.py: what it must import. */
struct init {
    const char *path;
    const char *docstring;
    bool packages;
    const char *category; /* NULL: of `generated` */
};

static const struct init inits[] = {
    {EXPERIMENTAL "/generated/pointwise/__init__.py", "Experimental pointwise operators.", false,
     "pointwise"},
    {EXPERIMENTAL "/generated/reduction/__init__.py", "Experimental reductions.", false,
     "reduction"},
    {EXPERIMENTAL "/generated/blas/__init__.py", "Experimental linear algebra operators.", false,
     "blas"},
    {EXPERIMENTAL "/generated/custom/__init__.py", "Experimental operators of no other category.",
     false, "custom"},
    {EXPERIMENTAL "/generated/__init__.py", "Operators that were generated and measured.", true,
     NULL},
};
#define INIT_COUNT (sizeof(inits) / sizeof(*inits))

static bool has_category(const struct import_context *x, const char *category)
{
    for (size_t i = 0; i < x->count; i++) {
        if (!import_failed(&x->items[i]) && strcmp(x->items[i].result->category, category) == 0) {
            return true;
        }
    }
    return false;
}

/* Names that an __init__.py must import. The package `custom` is made when it is needed, the other
 * three always. */
static void put_names(const struct import_context *x, const struct init *init,
                      struct bench_json_writer *w)
{
    bench_json_put_key(w, "names");
    bench_json_open_array(w);
    for (size_t i = 0; init->category != NULL && i < x->count; i++) {
        const struct import_item *item = &x->items[i];
        if (!import_failed(item) && strcmp(item->result->category, init->category) == 0) {
            bench_json_put_string(w, item->data.name);
        }
    }
    for (size_t i = 0; init->category == NULL && i < INIT_COUNT; i++) {
        const char *category = inits[i].category;
        if (category != NULL && (strcmp(category, "custom") != 0 || has_category(x, category))) {
            bench_json_put_string(w, category);
        }
    }
    bench_json_close_array(w);
}

static bool is_wanted(const struct import_context *x, const struct init *init)
{
    return init->category == NULL || strcmp(init->category, "custom") != 0 ||
           has_category(x, init->category);
}

static int put_init(const struct import_context *x, const struct init *init,
                    struct bench_json_writer *w, struct bench_err *err)
{
    char *text = NULL;
    int rc = bench_tree_read(&x->plan->tree, init->path, &text, err);
    if (rc == 0) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "path", init->path);
        bench_json_put_key_string(w, "text", text);
        bench_json_put_key_bool(w, "packages", init->packages);
        bench_json_put_key_string(w, "docstring", init->docstring);
        put_names(x, init, w);
        bench_json_close_object(w);
    }
    free(text);
    return rc;
}

static int plan_init(struct import_context *x, const struct init *init, const struct bench_json *v,
                     struct bench_err *err)
{
    const struct bench_json *problem = bench_json_first(bench_json_get(v, "errors"));
    if (problem != NULL) {
        return bench_err_set(err, BENCH_EINPUT, "%s: %s; correct it to go on", init->path,
                             bench_json_string(problem));
    }
    return bench_tree_change(&x->plan->tree, init->path,
                             bench_json_string(bench_json_get(v, "text")), err);
}

static int plan_package(struct import_context *x, struct bench_err *err)
{
    static const char path[] = EXPERIMENTAL "/__init__.py";
    char *text = NULL;
    int rc = bench_tree_read(&x->plan->tree, path, &text, err);
    if (rc == 0 && text == NULL) {
        rc =
            bench_tree_change(&x->plan->tree, path,
                              "\"\"\"Operators on trial; nothing here is registered.\"\"\"\n", err);
    }
    free(text);
    return rc;
}

int import_plan_inits(struct import_context *x, struct bench_err *err)
{
    struct bench_inspect request;
    struct bench_json_doc *answer = NULL;
    size_t count = 0;
    int rc = BENCH_OK;
    bench_inspect_open(&request, "inits");
    for (size_t i = 0; rc == 0 && i < INIT_COUNT; i++) {
        if (is_wanted(x, &inits[i])) {
            rc = put_init(x, &inits[i], &request.writer, err);
            count++;
        }
    }
    if (rc != 0) {
        bench_inspect_fini(&request);
        return rc;
    }
    rc = bench_inspect_ask(&request, count, &answer, err);
    const struct bench_json *v = rc == 0 ? bench_json_first(bench_json_root(answer)) : NULL;
    for (size_t i = 0; rc == 0 && i < INIT_COUNT; i++) {
        if (is_wanted(x, &inits[i])) {
            rc = plan_init(x, &inits[i], v, err);
            v = bench_json_next(v);
        }
    }
    bench_json_free(answer);
    return rc == 0 ? plan_package(x, err) : rc;
}

int import_plan_metadata(struct import_context *x, struct bench_err *err)
{
    struct bench_metadata_update *updates = bench_xcalloc(x->count + 1, sizeof(*updates));
    size_t count = 0;
    for (size_t i = 0; i < x->count; i++) {
        const struct import_item *item = &x->items[i];
        if (import_failed(item) || item->result->state == BENCH_IMPORT_UNCHANGED) {
            continue;
        }
        updates[count++] = (struct bench_metadata_update){
            .old = item->is_known ? &item->entry : NULL,
            .code_changed = item->code_changed,
            .name = item->data.name,
            .op_id = item->result->op_id,
            .category = item->result->category,
            .created_at = item->created_at,
            .generation_date = item->generation_date,
            .code_hash = item->code_hash,
            .file_hash = item->file_hash,
            .test_hash = item->test_hash,
            .measurements_hash = item->measurements_hash,
            .file_path = item->code_path,
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
    int rc = BENCH_OK;
    if (count > 0) {
        char *text = bench_metadata_format(&x->metadata, updates, count, x->now);
        rc = bench_tree_change(&x->plan->tree, BENCH_METADATA_PATH, text, err);
        free(text);
    }
    free(updates);
    return rc;
}
