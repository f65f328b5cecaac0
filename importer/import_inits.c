/* The __init__.py files of an import. Python edits them (inspect_inits.py). */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/import_impl.h"
#include "importer/inspect.h"

struct init {
    enum bench_layout layout;
    const char *path, *package;
    const char *docstring; /* of a new one */
    const char *category;  /* NULL: of all categories */
    bool packages;         /* imports the categories' packages */
};

#define GENERATED BENCH_EXPERIMENTAL "/generated"
#define GENERATED_PACKAGE "flag_gems.experimental.generated"

static const struct init inits[] = {
    {BENCH_LAYOUT_EXPERIMENTAL, GENERATED "/pointwise/__init__.py", GENERATED_PACKAGE ".pointwise",
     "Experimental pointwise operators.", "pointwise", false},
    {BENCH_LAYOUT_EXPERIMENTAL, GENERATED "/reduction/__init__.py", GENERATED_PACKAGE ".reduction",
     "Experimental reductions.", "reduction", false},
    {BENCH_LAYOUT_EXPERIMENTAL, GENERATED "/blas/__init__.py", GENERATED_PACKAGE ".blas",
     "Experimental linear algebra operators.", "blas", false},
    {BENCH_LAYOUT_EXPERIMENTAL, GENERATED "/custom/__init__.py", GENERATED_PACKAGE ".custom",
     "Experimental operators of no other category.", "custom", false},
    {BENCH_LAYOUT_EXPERIMENTAL, GENERATED "/__init__.py", GENERATED_PACKAGE,
     "Operators that were generated and measured.", NULL, true},
    {BENCH_LAYOUT_EXPERIMENTAL_OPS, BENCH_EXPERIMENTAL_OPS "/__init__.py",
     "flag_gems.experimental_ops", "Operators on trial; nothing here is registered.", NULL, false},
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

/* The package `custom` is made when it is needed, the other three always. */
static bool is_wanted(const struct import_context *x, const struct init *init)
{
    return init->layout == x->plan->layout &&
           (init->category == NULL || strcmp(init->category, "custom") != 0 ||
            has_category(x, init->category));
}

/* A name of experimental_ops becomes one of flag_gems (by `import *`), so it is exported only where
 * flag_gems has no other object of this name. */
static bool is_exported(const struct import_item *item, const struct init *init)
{
    return !import_failed(item) && (init->layout == BENCH_LAYOUT_EXPERIMENTAL || item->is_public) &&
           (init->category == NULL || strcmp(item->result->category, init->category) == 0);
}

static void put_packages(const struct import_context *x, struct bench_json_writer *w)
{
    for (size_t i = 0; i < INIT_COUNT; i++) {
        if (inits[i].category != NULL && is_wanted(x, &inits[i])) {
            bench_json_put_key(w, inits[i].category);
            bench_json_open_array(w);
            bench_json_close_array(w);
        }
    }
}

static void put_modules(const struct import_context *x, const struct init *init, const char *key,
                        bool exports, struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    if (init->packages) {
        put_packages(x, w);
    }
    for (size_t i = 0; !init->packages && i < x->count; i++) {
        const struct import_item *item = &x->items[i];
        if (is_exported(item, init)) {
            bench_json_put_key(w, item->data.name);
            bench_json_put_value(w, exports ? item->exports : item->defined);
        }
    }
    bench_json_close_object(w);
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
        bench_json_put_key_string(w, "tree", x->plan->tree.root);
        bench_json_put_key_string(w, "package", init->package);
        bench_json_put_key_bool(w, "packages", init->packages);
        bench_json_put_key_bool(w, "absolute", init->layout == BENCH_LAYOUT_EXPERIMENTAL_OPS);
        bench_json_put_key_string(w, "docstring", init->docstring);
        put_modules(x, init, "modules", true, w);
        put_modules(x, init, "defined", false, w);
        bench_json_close_object(w);
    }
    free(text);
    return rc;
}

/* What is wrong with the files as they are, all of it: whoever corrects it wants one round. */
struct problems {
    struct bench_str text;
    size_t count;
};
#define MAX_PROBLEMS 40

static void add_problems(struct problems *problems, const struct init *init,
                         const struct bench_json *list)
{
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        if (++problems->count <= MAX_PROBLEMS) {
            bench_str_addf(&problems->text, "\n  %s: %s", init->path, bench_json_string(v));
        }
    }
}

static int complain(const struct problems *problems, struct bench_err *err)
{
    char *more = problems->count > MAX_PROBLEMS
                     ? bench_xprintf("\n  … and %zu more", problems->count - MAX_PROBLEMS)
                     : bench_xstrdup("");
    int rc = bench_err_set(err, BENCH_EINPUT,
                           "the tree's packages are broken as they are, or cannot be edited; "
                           "correct this to go on (%zu %s):%s%s",
                           problems->count, problems->count == 1 ? "place" : "places",
                           problems->text.data, more);
    free(more);
    return rc;
}

static int plan_init(struct import_context *x, const struct init *init, const struct bench_json *v,
                     struct problems *problems, struct bench_err *err)
{
    const struct bench_json *errors = bench_json_get(v, "errors");
    if (bench_json_size(errors) > 0) {
        add_problems(problems, init, errors);
        return BENCH_OK;
    }
    return bench_tree_change(&x->plan->tree, init->path,
                             bench_json_string(bench_json_get(v, "text")), err);
}

static int plan_package(struct import_context *x, struct bench_err *err)
{
    static const char path[] = BENCH_EXPERIMENTAL "/__init__.py";
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
    struct problems problems = {.count = 0};
    bench_str_init(&problems.text);
    rc = bench_inspect_ask(&request, count, &answer, err);
    const struct bench_json *v = rc == 0 ? bench_json_first(bench_json_root(answer)) : NULL;
    for (size_t i = 0; rc == 0 && i < INIT_COUNT; i++) {
        if (is_wanted(x, &inits[i])) {
            rc = plan_init(x, &inits[i], v, &problems, err);
            v = bench_json_next(v);
        }
    }
    rc = rc == 0 && problems.count > 0 ? complain(&problems, err) : rc;
    bench_str_fini(&problems.text);
    bench_json_free(answer);
    return rc == 0 && x->plan->layout == BENCH_LAYOUT_EXPERIMENTAL ? plan_package(x, err) : rc;
}
