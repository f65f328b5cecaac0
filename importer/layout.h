/*
 * The two places where a FlagGems tree keeps operators on trial (docs/import.md):
 *   experimental       src/flag_gems/experimental/generated/<category>/<op>.py, tests beside them,
 *                      _metadata.json
 *   experimental_ops   src/flag_gems/experimental_ops/<op>.py, experimental_tests/, an entry in
 *                      conf/operators.yaml
 */
#ifndef BENCH_IMPORTER_LAYOUT_H
#define BENCH_IMPORTER_LAYOUT_H

#include "importer/tree.h"

enum bench_layout {
    BENCH_LAYOUT_AUTO, /* the one that the tree has */
    BENCH_LAYOUT_EXPERIMENTAL,
    BENCH_LAYOUT_EXPERIMENTAL_OPS
};

#define BENCH_EXPERIMENTAL "src/flag_gems/experimental"
#define BENCH_EXPERIMENTAL_OPS "src/flag_gems/experimental_ops"
#define BENCH_INVENTORY_PATH "conf/operators.yaml"

/* "auto", "experimental", "experimental_ops" */
const char *bench_layout_name(enum bench_layout layout);
/* BENCH_EINPUT, with what is possible, for another word. */
int bench_layout_parse(const char *name, enum bench_layout *layout, struct bench_err *err);

/* The layout that an import uses: `asked`, or the one that the tree has; a tree that has neither
 * gets "experimental". *why says what was found, in words (static). BENCH_EINPUT if the tree has
 * both and none was asked for. */
int bench_layout_find(const struct bench_tree *tree, enum bench_layout asked,
                      enum bench_layout *layout, const char **why, struct bench_err *err);

#endif
