/* `bench import --undo`, and what `bench import` does first in a tree where an import died. */
#ifndef BENCH_CLI_IMPORT_UNDO_H
#define BENCH_CLI_IMPORT_UNDO_H

#include <stdbool.h>

struct bench_import_undo {
    const char *tree;
    bool dry_run; /* say what would be undone */
    bool force;   /* also of files that were edited since */
    bool commit;  /* commit the undoing, where the import was committed */
    bool quiet;
};

/* Takes the last import into the tree back; an exit code. */
int bench_import_undo(const struct bench_import_undo *options);

/* Finishes or takes back what an import that died has left, and says so on standard error. With
 * `dry_run` that is only refused. An exit code; fine, too, for a folder that is no tree. */
int bench_import_repair(const char *tree, bool dry_run);

#endif
