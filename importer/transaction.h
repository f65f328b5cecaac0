/*
 * One import as a transaction (docs/import-transaction.md). All of it lies in a folder of the store
 * first, and the folder's name says how far it is; every change of name is one atomic rename:
 *
 *   next/     being prepared: the tree is untouched. Left by a kill, it is deleted
 *   current/  complete and synced, its steps are being done. Left by a kill, it is finished
 *   undoing/  its steps are being taken back. Left by a kill, that is finished
 *   last/     done: what --undo takes back
 *   junk/     being deleted
 *
 * In it: journal; new/N, which step N moves into the tree; old/N, a copy of the file that it
 * replaces or deletes, which taking back moves into the tree; wrote/N, a copy of new/N, to show
 * what was edited since.
 */
#ifndef BENCH_IMPORTER_TRANSACTION_H
#define BENCH_IMPORTER_TRANSACTION_H

#include "importer/journal.h"
#include "importer/store.h"
#include "importer/tree.h"

/* Steps are done in the order of their ranks, so that a package can be imported at every moment:
 * modules, then the __init__.py that names them, then what goes, then lists and metadata. */
int import_step_rank(const char *path, bool goes);

/* Writes next/ and makes it current/. `changes` are in the order of the steps. BENCH_EINPUT if a
 * file is no longer as it was planned, BENCH_EINTERRUPTED if `stop` says so; the tree is untouched
 * if it fails. */
int import_prepare(struct import_store *store, const struct bench_change *const *changes,
                   size_t count, bool (*stop)(void), struct bench_err *err);

/* Does the steps of current/ that are not done. BENCH_EINPUT names a file that is neither as before
 * the import nor as after it. */
int import_forward(struct import_store *store, const struct import_journal *journal,
                   struct bench_err *err);
/* current/ becomes last/. */
int import_finish(struct import_store *store, struct bench_err *err);

/* What could not be as before, though nothing failed: folders that hold other files by now. */
struct import_kept {
    char **folders;
    size_t count;
};
void import_kept_fini(struct import_kept *kept);

/* Makes `from` (current, last or undoing) undoing/, takes its steps back, and deletes it. With
 * `force` files are taken back that are neither as before the import nor as after it; without,
 * BENCH_EINPUT names the first. `kept` may be NULL. */
int import_take_back(struct import_store *store, const char *from,
                     const struct import_journal *journal, bool force, struct import_kept *kept,
                     struct bench_err *err);

int import_load(const struct import_store *store, const char *where, struct import_journal *journal,
                struct bench_err *err);

/* Finishes or takes back what an import that died has left. *note says what was done (NULL:
 * nothing was left), the caller frees. BENCH_EINPUT if somebody has edited those files since. */
int import_recover(struct import_store *store, char **note, struct bench_err *err);

/* For the files of the transaction: "current/new/12"; the caller frees. */
char *import_part(const char *where, const char *kind, size_t step);
int import_rename_in_store(const struct import_store *store, const char *from, const char *to,
                           struct bench_err *err);

#endif
