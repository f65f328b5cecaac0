/*
 * Child processes that report to us line by line: a fork, a pipe for lines, and what it says on
 * standard error. The child leads a process group of its own, ignores SIGINT (its parent decides)
 * and dies with its parent.
 */
#ifndef BENCH_RUN_CHILD_H
#define BENCH_RUN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "bench/util/err.h"
#include "bench/util/str.h"

struct bench_child {
    pid_t pid; /* 0: none */
    int line_fd, err_fd;
    struct bench_str lines; /* received and not yet handed out */
    size_t searched;        /* so many bytes of `lines` have no newline */
    struct bench_str err;   /* last part of its standard error, at most 64 KiB */
    int wait_status;        /* of waitpid, once it has ended */
    bool
        closed_lines; /* it had closed its pipe for lines, or flooded it, and was killed for that */
};

enum bench_child_event {
    BENCH_CHILD_LINE,  /* *line is one line, without its newline; valid until the next call */
    BENCH_CHILD_ENDED, /* no more lines; wait_status is set */
    BENCH_CHILD_QUIET  /* nothing in the time given, or a signal arrived */
};

/* Runs `body` in a child; what it returns is the exit code. Lines are written to `line_fd`. */
int bench_child_start(struct bench_child *child, int (*body)(void *data, int line_fd), void *data,
                      struct bench_err *err);
enum bench_child_event bench_child_wait(struct bench_child *child, int timeout_ms,
                                        const char **line);
/* Kills its process group, waits for it, frees everything; a zeroed one is fine. */
void bench_child_fini(struct bench_child *child);
/* Kills it; bench_child_wait reports the end. */
void bench_child_kill(struct bench_child *child);

/* "signal 11 (Segmentation fault)", "exit code 3"; into 96 bytes. */
void bench_child_end_text(int wait_status, char text[96]);

/* In the child: writes one line. Returns BENCH_ERROR if the parent is gone. */
int bench_child_send(int line_fd, const struct bench_str *line);

#endif
