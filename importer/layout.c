#include "importer/layout.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/str.h"

static const char *const names[] = {[BENCH_LAYOUT_AUTO] = "auto",
                                    [BENCH_LAYOUT_EXPERIMENTAL] = "experimental",
                                    [BENCH_LAYOUT_EXPERIMENTAL_OPS] = "experimental_ops"};
#define LAYOUT_COUNT (sizeof(names) / sizeof(*names))

const char *bench_layout_name(enum bench_layout layout)
{
    return names[layout];
}

int bench_layout_parse(const char *name, enum bench_layout *layout, struct bench_err *err)
{
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            *layout = (enum bench_layout)i;
            return BENCH_OK;
        }
    }
    return bench_err_set(err, BENCH_EINPUT,
                         "--layout: '%s', expected auto, experimental or experimental_ops", name);
}

static bool has_folder(const struct bench_tree *tree, const char *path)
{
    char *full = bench_path_join(tree->root, path);
    bool found = bench_file_is_dir(full);
    free(full);
    return found;
}

int bench_layout_find(const struct bench_tree *tree, enum bench_layout asked,
                      enum bench_layout *layout, const char **why, struct bench_err *err)
{
    bool experimental = has_folder(tree, BENCH_EXPERIMENTAL);
    bool experimental_ops = has_folder(tree, BENCH_EXPERIMENTAL_OPS);
    if (asked != BENCH_LAYOUT_AUTO) {
        *layout = asked;
        *why = "asked for";
        return BENCH_OK;
    }
    if (experimental && experimental_ops) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s has both " BENCH_EXPERIMENTAL " and " BENCH_EXPERIMENTAL_OPS
                             "; say where the operators are to go with --layout experimental or "
                             "--layout experimental_ops",
                             tree->root);
    }
    *layout = experimental_ops ? BENCH_LAYOUT_EXPERIMENTAL_OPS : BENCH_LAYOUT_EXPERIMENTAL;
    *why = experimental_ops ? "the tree has " BENCH_EXPERIMENTAL_OPS
           : experimental   ? "the tree has " BENCH_EXPERIMENTAL
                            : "the tree has neither layout yet";
    return BENCH_OK;
}
