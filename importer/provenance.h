/* What a run's journal tells of the code that was measured (docs/formats.md, "journal.jsonl"). */
#ifndef BENCH_IMPORTER_PROVENANCE_H
#define BENCH_IMPORTER_PROVENANCE_H

#include "importer/export_selected.h"

/* Distinct hashes; owned strings. */
struct bench_binary_hashes {
    char **items;
    size_t count;
};

/* Reads journal.jsonl beside the run.json that `facts` were read from, and fills hashes[i] for
 * selected->ops[i]: those of the implementations that its cases name. Nothing is found, and that is
 * no error, where there is no run, no journal, or nothing of the kind in it. `hashes` has
 * selected->op_count elements, all zero. */
void bench_binary_hashes_read(const struct bench_selected *selected,
                              const struct bench_run_facts *facts,
                              struct bench_binary_hashes *hashes);
void bench_binary_hashes_fini(struct bench_binary_hashes *hashes); /* a zeroed one is fine */

#endif
