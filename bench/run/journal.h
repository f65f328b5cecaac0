/*
 * journal.jsonl, for who writes it and for who reads it back (docs/formats.md, "journal.jsonl").
 *
 * Lines are only ever added. A run that ended in the middle of a case is resumed with that case
 * measured anew as a whole, so lines carry the session that wrote them: of a case, in each process,
 * only those of its last session count, and they are whole if every role is in them.
 */
#ifndef BENCH_RUN_JOURNAL_H
#define BENCH_RUN_JOURNAL_H

#include "bench/run/run.h"

#define BENCH_JOURNAL "journal.jsonl"

/* Two descriptors, because children inherit both: the lock is for them, too, and they may run code
 * of others. -1: none. */
struct bench_journal {
    int fd;   /* adds lines */
    int held; /* only read; what keeps others away until all that have it have ended */
};

/* Opens it for adding lines, and holds it for this process and its children until all of them have
 * ended: BENCH_EINPUT if others do so still after a few seconds. `create`: it must not exist;
 * otherwise it must. Nothing is open after an error. */
int bench_journal_open(const char *path, bool create, struct bench_journal *journal,
                       struct bench_err *err);
void bench_journal_close(struct bench_journal *journal);
/* In a child: it goes on holding the journal, and cannot change it. */
void bench_journal_leave(struct bench_journal *journal);

/* Reads the records of the cases that are whole into `run` (records, cases_done); it has none yet.
 * A last line that is not whole, or no JSON, is what a loss of power leaves: *whole_bytes is the
 * length without it, *torn says whether there was one. Damage at any other place, and lines that
 * are not of this suite, are BENCH_EINPUT. */
int bench_journal_read(const char *path, struct bench_run *run, int64_t *whole_bytes, bool *torn,
                       struct bench_err *err);

/* The same, but records are let go (bench_run_let_go) as they are read: of a line, only its form
 * and what tells which cases are whole are looked at. All that a run needs that goes on; its lines
 * are parsed when it is judged. */
int bench_journal_scan(const char *path, struct bench_run *run, int64_t *whole_bytes, bool *torn,
                       struct bench_err *err);

#endif
