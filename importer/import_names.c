/* Names of operators, their categories, and where their files go. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/import_impl.h"
#include "importer/python_text.h"

/* File systems take 255 bytes, and temporary files have longer names than what they become. */
#define MAX_NAME 120

/* A file of the folder whose name differs from `<name>.py` in case only; NULL if there is none. The
 * caller frees. */
static char *same_but_case(const struct bench_tree *tree, const char *path)
{
    char *dir = bench_path_dirname(path);
    char *full = bench_path_join(tree->root, dir);
    const char *base = bench_path_basename(path);
    char **names = NULL;
    size_t count = 0;
    char *found = NULL;
    if (bench_file_is_dir(full) && bench_file_list(full, &names, &count, NULL) == 0) {
        for (size_t i = 0; i < count && found == NULL; i++) {
            if (strcasecmp(names[i], base) == 0 && strcmp(names[i], base) != 0) {
                found = bench_path_join(dir, names[i]);
            }
        }
        bench_file_list_free(names, count);
    }
    free(full);
    free(dir);
    return found;
}

static void check_other_items(const struct import_context *x, struct import_item *item)
{
    for (const struct import_item *other = x->items; other < item; other++) {
        if (import_failed(other) || strcasecmp(other->data.name, item->data.name) != 0) {
            continue;
        }
        if (strcmp(other->data.name, item->data.name) == 0) {
            import_fail(item, "its operator data is for '%s', which '%s' is imported as already",
                        item->data.name, other->op->name);
        } else {
            import_fail(item,
                        "its name differs from that of '%s' in upper and lower case only, which "
                        "is one file on some file systems; rename one",
                        other->data.name);
        }
        return;
    }
}

/* A module of this name in another category's package, which no metadata tell of. */
static void check_other_categories(const struct import_context *x, struct import_item *item)
{
    static const char *const categories[] = {"pointwise", "reduction", "blas", "custom"};
    if (x->plan->layout != BENCH_LAYOUT_EXPERIMENTAL) {
        return;
    }
    for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++) {
        char *path = bench_xprintf("%s/" BENCH_EXPERIMENTAL "/generated/%s/%s.py",
                                   x->plan->tree.root, categories[i], item->data.name);
        if (strcmp(categories[i], item->result->category) != 0 && bench_file_exists(path)) {
            import_fail(item,
                        "the tree has it in the category '%s' already (" BENCH_EXPERIMENTAL
                        "/generated/%s/%s.py), but it would now be '%s'; remove it there, or give "
                        "its operator data that category",
                        categories[i], categories[i], item->data.name, item->result->category);
        }
        free(path);
    }
}

/* An operator of the name `data.name` cannot be a module of this name. */
static bool check_word(struct import_item *item)
{
    const char *name = item->data.name;
    size_t length = strlen(name);
    if (length > MAX_NAME) {
        import_fail(item, "its name has %zu characters, and %d are possible for a file: %.40s...",
                    length, MAX_NAME, name);
        return false;
    }
    if (!bench_python_is_name(name)) {
        import_fail(item, "'%s' is no Python name", name);
        return false;
    }
    if (length > 4 && strncmp(name, "__", 2) == 0 && strcmp(name + length - 2, "__") == 0) {
        import_fail(item,
                    "names as '%s' are Python's own (a module of such a name is no operator's); "
                    "give its operator data another op_name",
                    name);
        return false;
    }
    return true;
}

void import_check_name(struct import_context *x, struct import_item *item)
{
    if (!check_word(item)) {
        return;
    }
    check_other_items(x, item);
    char *other = import_failed(item) ? NULL : same_but_case(&x->plan->tree, item->code_path);
    if (other != NULL) {
        import_fail(item,
                    "%s is in the tree, whose name differs in upper and lower case only, which is "
                    "one file on some file systems; rename one",
                    other);
        free(other);
    }
    if (!import_failed(item)) {
        check_other_categories(x, item);
    }
}

int import_set_category(struct import_item *item)
{
    const char *category = item->data.category != NULL  ? item->data.category
                           : item->op->category != NULL ? item->op->category
                                                        : bench_category_of(item->data.name);
    if (!bench_category_is_known(category)) {
        import_fail(
            item, "unknown category '%s' (%s); expected pointwise, reduction, blas or custom",
            category, item->data.category != NULL ? item->data.origin : item->selected->path);
        return -1;
    }
    item->result->category = bench_xstrdup(category);
    return 0;
}

void import_set_place(const struct import_context *x, struct import_item *item)
{
    const char *name = item->data.name;
    const char *category = item->result->category;
    if (x->plan->layout == BENCH_LAYOUT_EXPERIMENTAL) {
        item->module = bench_xprintf("flag_gems.experimental.generated.%s.%s", category, name);
        item->code_path = bench_xprintf(BENCH_EXPERIMENTAL "/generated/%s/%s.py", category, name);
        item->test_path = bench_xprintf(BENCH_EXPERIMENTAL "/tests/test_%s.py", name);
        return;
    }
    item->module = bench_xprintf("flag_gems.experimental_ops.%s", name);
    item->code_path = bench_xprintf(BENCH_EXPERIMENTAL_OPS "/%s.py", name);
    item->test_path = bench_xprintf("experimental_tests/unit/%s_test.py", name);
    item->performance_path = bench_xprintf("experimental_tests/performance/%s_test.py", name);
}

static int find_record(struct import_context *x, struct import_item *item, struct bench_err *err)
{
    char *text = NULL;
    int rc = bench_tree_read(&x->plan->tree, item->code_path, &text, err);
    item->record = rc == 0 && text != NULL ? import_ops_record(text) : NULL;
    free(text);
    if (item->record != NULL) {
        item->is_known = true;
        bench_metadata_read_record(bench_json_root(item->record), &item->entry);
    }
    return rc;
}

int import_find_entry(struct import_context *x, struct import_item *item, struct bench_err *err)
{
    if (x->plan->layout == BENCH_LAYOUT_EXPERIMENTAL_OPS) {
        return find_record(x, item, err);
    }
    int rc = bench_metadata_find(&x->metadata, item->data.name, &item->is_known, &item->entry, err);
    if (rc == 0 && item->is_known && item->entry.category != NULL &&
        strcmp(item->entry.category, item->result->category) != 0) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "it is in the tree in the category '%s', but would now be '%s'; remove "
                           "it there first, or give its operator data that category",
                           item->entry.category, item->result->category);
    }
    return rc;
}
