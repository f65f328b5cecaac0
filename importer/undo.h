/* Taking back the last import into a tree: every byte and mode, and the folders that it made. */
#ifndef BENCH_IMPORTER_UNDO_H
#define BENCH_IMPORTER_UNDO_H

#include "importer/tree.h"

struct bench_undo_file {
    char *path;
    bool was_new;   /* it goes; else it becomes what it was */
    bool was_there; /* the import changed it; false with was_new false: the import deleted it */
    bool is_edited; /* somebody changed it after the import */
    /* Of an edited file: what the import wrote and what is there now; NULL: nothing, or not known
     * any more. Not always text. */
    char *written, *found;
};

struct bench_undo {
    char *who;       /* process and time of the import */
    bool unfinished; /* it died, and is taken back instead of being finished */
    struct bench_undo_file *files;
    size_t count;
    size_t edited_count;
    char **kept; /* folders that the import made and that stay, because others put files there */
    size_t kept_count;
};

/* What there is to undo; writes nothing. BENCH_ENOTFOUND: no import is known here. */
int bench_undo_look(const struct bench_tree *tree, struct bench_undo *undo, struct bench_err *err);

/* BENCH_EINPUT if files were edited since, unless `force` says that those edits may be lost. */
int bench_undo_check(const struct bench_undo *undo, bool force, struct bench_err *err);

/* Takes it back. If files were edited since, that is BENCH_EINPUT without `force`, and nothing is
 * done; with it, those edits are lost. `undo` is filled as by bench_undo_look, and with `kept`. */
int bench_undo_run(const struct bench_tree *tree, bool force, struct bench_undo *undo,
                   struct bench_err *err);

void bench_undo_fini(struct bench_undo *undo); /* a zeroed one is fine */

/* Unified diff of what the import wrote and what is there now, of the edited files; the caller
 * frees. Needs python3 (BENCH_EUNSUPPORTED). */
int bench_undo_diff(const struct bench_undo *undo, char **diff, struct bench_err *err);

#endif
