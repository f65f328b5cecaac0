/*
 * The lines of a journal, one after another, for all that read one back. A line is parsed and let
 * go with the next one, so that memory does not go with the file.
 *
 * A last line that has no newline, or is no JSON, is what a loss of power leaves: it is torn, and
 * is no line (docs/formats.md, "Resuming"). What is no JSON anywhere else is damage.
 */
#ifndef BENCH_RUN_JOURNAL_LINES_H
#define BENCH_RUN_JOURNAL_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/perf/json.h"

struct bench_journal_lines {
    const char *path; /* for messages; borrowed */
    size_t number;    /* of the line that was read last, from 1; 0: none was */
    int64_t offset;   /* of its first byte in the file */
    int64_t end;      /* of the last whole line: where the next one begins */
    bool torn;        /* the last line is: `number` and `offset` are its own */

    FILE *file; /* private, as what follows */
    struct bench_json_doc *doc;
    char *text;
    size_t capacity;
};

/* BENCH_ENOTFOUND where there is no such file, BENCH_ERROR where it cannot be read. Nothing is to
 * be closed then. */
int bench_journal_lines_open(struct bench_journal_lines *lines, const char *path,
                             struct bench_err *err);
/* The same of a text, which must outlive it; `path` is where it came from. */
int bench_journal_lines_open_text(struct bench_journal_lines *lines, const char *path, char *text,
                                  size_t length, struct bench_err *err);
void bench_journal_lines_close(struct bench_journal_lines *lines);

/* The next line's value, which lives until the next call; *line is NULL behind the last one, and at
 * a torn one. BENCH_EINPUT with path:line:column for what is no JSON elsewhere, BENCH_ERROR where
 * the file cannot be read. */
int bench_journal_lines_next(struct bench_journal_lines *lines, const struct bench_json **line,
                             struct bench_err *err);

/* The next line is the one that begins at `offset`, which is the file's `number`th. */
int bench_journal_lines_seek(struct bench_journal_lines *lines, int64_t offset, size_t number,
                             struct bench_err *err);

#endif
