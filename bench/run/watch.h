/* All processes that come from this one: how many there are, what memory they hold, and their end.
 * Those whose parent has ended count, once this process is the one that orphans fall to
 * (PR_SET_CHILD_SUBREAPER, bench_sandbox_new). `spared` are children
 * that are left out with all that comes from them, ended by a 0; NULL: nobody. */
#ifndef BENCH_RUN_WATCH_H
#define BENCH_RUN_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bench_watch {
    size_t processes;
    uint64_t memory_bytes; /* resident, without what comes from files */
};

/* Without this process itself. Zeros where /proc does not tell. Pages that several processes share
 * count for each of them, or `exact`, which takes a millisecond for each GiB, once. */
void bench_watch_descendants(bool exact, const pid_t *spared, struct bench_watch *seen);
/* Kills all of them, and waits for those that are orphans. */
void bench_watch_kill_descendants(const pid_t *spared);
/* Processes and threads of this user. */
size_t bench_watch_user_tasks(void);

#endif
