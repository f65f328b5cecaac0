/*
 * The heads of a journal's lines: of each, all that tells which cases are whole, found without
 * parsing the line. Private to bench_journal_scan.
 *
 * The file is cut into parts that end with a line, and threads read one each.
 */
#ifndef BENCH_RUN_JOURNAL_HEADS_H
#define BENCH_RUN_JOURNAL_HEADS_H

#include "bench/run/run.h"

struct bench_line_head {
    int64_t offset; /* of the line, in the file */
    uint32_t case_index;
    int32_t process, session;
    unsigned roles;
    enum bench_status status;
    /* False of lines that are not ours to the letter, not whole, or do not fit the suite, and of
     * those of implementations that ended a worker: they must be read as a whole, and nothing but
     * `offset` is set. */
    bool is_known;
    bool is_record; /* it is one of run->records; not set here */
};

struct bench_line_heads {
    struct bench_line_head *items; /* in the order of the file; the caller frees them */
    size_t count;
    int64_t bytes; /* of the file, a last line without an end included */
};

/* A thread reads at least so much: less is read sooner than a thread is started. */
#define BENCH_HEADS_LEAST_BYTES ((int64_t)1 << 20)

/* `run`: its suite and settings.confirm. `threads`: at most; 0: one a CPU, each with at least
 * BENCH_HEADS_LEAST_BYTES to read. Errors are of reading the file: BENCH_ENOTFOUND, BENCH_ERROR. */
int bench_line_heads_read(const char *path, const struct bench_run *run, int threads,
                          struct bench_line_heads *heads, struct bench_err *err);

#endif
