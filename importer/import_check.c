/* What the selection says of operators, and their code, as Python sees it. */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/import_impl.h"
#include "importer/inspect.h"

bool import_check_correct(struct import_item *item)
{
    size_t wrong = 0;
    for (size_t i = 0; i < item->op->case_count; i++) {
        wrong += item->op->cases[i].correct ? 0 : 1;
    }
    if (wrong > 0) {
        import_fail(
            item,
            "the result is wrong in %zu of its %zu selected cases (\"correct\": false), and "
            "wrong operators are not imported; select again with bench select",
            wrong, item->op->case_count);
    }
    return wrong == 0;
}

static void put_cases(struct bench_json_writer *w, const struct import_item *item)
{
    bench_json_put_key(w, "cases");
    bench_json_open_array(w);
    for (size_t i = 0; i < item->op->case_count; i++) {
        const struct bench_selected_case *c = &item->op->cases[i];
        bench_json_open_object(w);
        bench_json_put_key(w, "shape");
        bench_json_open_array(w);
        for (int k = 0; k < c->ndim; k++) {
            bench_json_put_int(w, c->shape[k]);
        }
        bench_json_close_array(w);
        bench_json_put_key_string(w, "dtype", c->dtype_name);
        bench_json_put_key(w, "params");
        if (c->params != NULL) {
            bench_json_put_value(w, c->params);
        } else {
            bench_json_put_null(w);
        }
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_item(const struct import_context *x, struct bench_json_writer *w,
                     const struct import_item *item)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "tree", x->plan->tree.root);
    bench_json_put_key_string(w, "layout", bench_layout_name(x->plan->layout));
    bench_json_put_key_string(w, "name", item->data.name);
    bench_json_put_key_string(w, "aten", item->is_aten ? item->aten.name.data : NULL);
    bench_json_put_key_string(w, "overload", item->is_aten ? item->aten.overload.data : "");
    bench_json_put_key_string(w, "overloads", item->is_aten ? item->aten.overloads.data : "");
    bench_json_put_key_int(w, "batch", item->selected->batch);
    bench_json_put_key_string(w, "category", item->result->category);
    bench_json_put_key_string(w, "module", item->module);
    bench_json_put_key_string(w, "code", item->data.code);
    bench_json_put_key_string(w, "test_func", item->data.test_func);
    put_cases(w, item);
    bench_json_close_object(w);
}

static const char *member(const struct bench_json *object, const char *key)
{
    return bench_json_string(bench_json_get(object, key));
}

static struct import_module read_module(const struct bench_json *v)
{
    const struct bench_json *future = bench_json_first(bench_json_get(v, "future"));
    return (struct import_module){.docstring = member(v, "docstring"),
                                  .future = future != NULL ? bench_json_string(future) : NULL,
                                  .body = member(v, "body"),
                                  .comments = member(v, "comments"),
                                  .rest = member(v, "rest")};
}

static void read_verdict(struct import_item *item, const struct bench_json *v)
{
    const struct bench_json *errors = bench_json_get(v, "errors");
    const struct bench_json *warnings = bench_json_get(v, "warnings");
    const struct bench_json *performance = bench_json_get(v, "performance");
    if (bench_json_size(errors) > 0) {
        struct bench_str text;
        bench_str_init(&text);
        for (const struct bench_json *e = bench_json_first(errors); e != NULL;
             e = bench_json_next(e)) {
            bench_str_addf(&text, "%s%s", text.len > 0 ? "; " : "", bench_json_string(e));
        }
        import_fail(item, "%s: %s", item->data.origin, text.data);
        bench_str_fini(&text);
        return;
    }
    for (const struct bench_json *e = bench_json_first(warnings); e != NULL;
         e = bench_json_next(e)) {
        import_remark(item, bench_json_string(e));
    }
    item->code = read_module(bench_json_get(v, "code"));
    item->test = read_module(bench_json_get(v, "test"));
    item->exports = bench_json_get(v, "exports");
    item->defined = bench_json_get(v, "defined");
    item->inventory_names = bench_json_get(v, "inventory_names");
    item->made_test = bench_json_bool(bench_json_get(v, "generated"));
    item->is_public = bench_json_bool(bench_json_get(v, "public"));
    item->performance =
        bench_json_type(performance) == BENCH_JSON_STRING ? bench_json_string(performance) : NULL;
}

int import_check_code(struct import_context *x, struct bench_err *err)
{
    struct bench_inspect request;
    size_t count = 0;
    bench_inspect_open(&request, "operators");
    for (size_t i = 0; i < x->count; i++) {
        if (!import_failed(&x->items[i])) {
            put_item(x, &request.writer, &x->items[i]);
            count++;
        }
    }
    int rc = bench_inspect_ask(&request, count, &x->answer, err);
    if (rc != 0) {
        return rc;
    }
    const struct bench_json *v = bench_json_first(bench_json_root(x->answer));
    for (size_t i = 0; i < x->count; i++) {
        if (!import_failed(&x->items[i])) {
            read_verdict(&x->items[i], v);
            v = bench_json_next(v);
        }
    }
    return BENCH_OK;
}
