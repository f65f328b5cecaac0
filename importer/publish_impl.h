/* Shared by the files that make a pull request's text: publish_text.c (what was imported, and how
 * it was measured), publish_players.c (against whom) and publish_reproduce.c (the commands by which
 * somebody else does the same). */
#ifndef BENCH_IMPORTER_PUBLISH_IMPL_H
#define BENCH_IMPORTER_PUBLISH_IMPL_H

#include "importer/import_impl.h"
#include "importer/publish.h"

/* It is in the commit: new or changed. */
bool publish_is_written(const struct bench_import_op *op);
const struct import_item *publish_item(const struct bench_import *plan, size_t i);
/* How many operators of a batch are written; batch 0: of both. */
size_t publish_count(const struct bench_import *plan, int batch);
/* The selection of this batch, or NULL. */
const struct bench_selected *publish_selection(const struct bench_import *plan, int batch);
/* A string member, "" if there is none; `object` may be NULL. */
const char *publish_fact(const struct bench_json *object, const char *key);

/* Which implementations played reference and baseline, where the selections name them. */
void publish_add_players(struct bench_str *out, const struct bench_import *plan);
/* "baseline" where they do, else "CUDA", which the data then mean. */
const char *publish_baseline_word(const struct bench_import *plan);

/* Selected by criteria that bench does not ship: a file of the policy's name. */
bool publish_has_own_criteria(const struct bench_selected *selected);

/* "## How to reproduce": commands for a shell, in which no path of this machine is left. */
void publish_add_reproduction(struct bench_str *out, const struct bench_import *plan,
                              const struct bench_verify *tests);

#endif
