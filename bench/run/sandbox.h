/*
 * What a worker may do to its host: candidates run in it, and nobody has read them. Enforced by the
 * kernel, and inherited by every process that the worker starts (docs/sandbox.md):
 *
 *   Landlock     no file is written, made, removed or renamed but in the folders named here and on
 *                the devices of GPUs; no TCP; no signal to a process outside
 *   seccomp      no sockets but AF_UNIX and AF_NETLINK; no ptrace, no reading of other processes'
 *                memory, no io_uring, no mounts, namespaces, clocks, kernel modules, keys, BPF
 *   rlimits      no core dumps, files of a bounded size, a bounded number of processes
 *   watching     the supervisor counts the memory and the processes of the worker with all that it
 *                started, and kills them beyond their limits (bench/run/watch.h)
 *
 * A host that cannot enforce a part runs on without it, and says so (struct bench_sandbox_host).
 */
#ifndef BENCH_RUN_SANDBOX_H
#define BENCH_RUN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

/* What this host enforces. */
struct bench_sandbox_host {
    int landlock;                             /* the kernel's ABI; 0: none that would do */
    bool signals;                             /* Landlock keeps signals in (ABI 6) */
    bool seccomp;                             /* libseccomp was found, and takes the filter */
    bool process_limit;                       /* RLIMIT_NPROC binds (not for root) */
    char landlock_why[160], seccomp_why[160]; /* why not; "" */
    char lacks[512]; /* what is missing and why, for people; "" if nothing is */
};

struct bench_sandbox;

/* Limits of a worker with all that it starts; 0: none. */
struct bench_sandbox_limits {
    uint64_t memory_bytes; /* resident */
    uint64_t file_bytes;   /* a single file */
    int processes;         /* and threads, beyond those that the user has already */
};

/* Memory: three quarters of what the host (or the control group) has; files of 16 GiB; 4096
 * processes and threads: torch and compilers start some hundred. */
void bench_sandbox_default_limits(struct bench_sandbox_limits *limits);

/* Finds out, in a child, what the host can enforce. */
void bench_sandbox_probe(struct bench_sandbox_host *host);

struct bench_sandbox_request {
    const struct bench_sandbox_host *host;
    const struct bench_sandbox_limits *limits;
    const char *folder;       /* of the run: temporary files go to <folder>/scratch/<process> */
    const char *const *extra; /* further folders that workers may write to */
    size_t extra_count;
    const char *log;   /* a file in `folder` that helpers in Python on GPUs write; it is
                          made; NULL: none */
    bool python, cuda; /* whose caches are made if they are missing */
};

/* Besides scratch and the extra folders, workers may write to the caches of bench, Triton,
 * FlagGems, torch and CUDA, to GPUs and /dev/shm. Makes this process the one that orphans of
 * workers fall to. BENCH_EINPUT if an extra folder is missing. Copies what it needs. */
int bench_sandbox_new(const struct bench_sandbox_request *request, struct bench_sandbox **sandbox,
                      struct bench_err *err);
void bench_sandbox_free(struct bench_sandbox *sandbox); /* NULL-safe */
const struct bench_sandbox_host *bench_sandbox_host_of(const struct bench_sandbox *sandbox);
const struct bench_sandbox_limits *bench_sandbox_limits_of(const struct bench_sandbox *sandbox);
/* Removes the temporary files of a process that had entered it: what one worker left is not for the
 * next. */
void bench_sandbox_clean(const struct bench_sandbox *sandbox, int process);

/* In the child, before any code of others runs, and before an exec: from here on it holds, for
 * good. `supervisor` may not be signalled. NULL for `sandbox` does nothing. An error means that
 * something which this host was found to enforce is not in force: the child must end. */
int bench_sandbox_enter(const struct bench_sandbox *sandbox, int supervisor, struct bench_err *err);

#endif
