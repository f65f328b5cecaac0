/*
 * What one import writes, step by step, as it is kept while it is at work and for --undo. It is
 * written once, before the first file of the tree is touched, and never changed; how far an import
 * came shows in which of its files are still in the store (transaction.h).
 *
 * The file is two lines: compact JSON, and the hash of the first line.
 */
#ifndef BENCH_IMPORTER_JOURNAL_H
#define BENCH_IMPORTER_JOURNAL_H

#include <stddef.h>

#include "importer/beneath.h"

struct import_step {
    char *path;                  /* relative to the tree */
    struct beneath_state before; /* does not exist: a new file */
    struct beneath_state after;  /* does not exist: a file that goes */
};

struct import_journal {
    char *time; /* when it began, UTC */
    char *host;
    long process;
    struct import_step *steps; /* in the order in which they are done */
    size_t count;
    char **folders; /* that had to be made, outer ones first */
    size_t folder_count;
};

/* "process 12 on host, 2026-11-22T10:26:00Z"; the caller frees. */
char *import_journal_who(const struct import_journal *journal);

/* The caller frees. */
char *import_journal_format(const struct import_journal *journal);
/* `name` stands for the file in messages. BENCH_EINPUT if it is not whole. */
int import_journal_parse(const char *name, const char *text, size_t length,
                         struct import_journal *journal, struct bench_err *err);
void import_journal_fini(struct import_journal *journal); /* a zeroed one is fine */

#endif
