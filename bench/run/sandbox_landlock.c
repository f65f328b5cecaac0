/* Landlock by its system calls: https://docs.kernel.org/userspace-api/landlock.html. Headers of a
 * build host may be older than the kernel that it runs on, so the numbers stand here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/run/sandbox_impl.h"

/* The same on all architectures. */
#define SYS_CREATE_RULESET 444
#define SYS_ADD_RULE 445
#define SYS_RESTRICT_SELF 446

#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1

/* Accesses, by bit: everything that changes a file system. Reading and executing are not handled,
 * so they stay as they are; nor is ioctl on devices (ABI 5), which CUDA lives on. */
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_CHANGE (UINT64_C(0x1ff) << 4) /* REMOVE_DIR … MAKE_SYM, bits 4 to 12 */
#define FS_REFER (UINT64_C(1) << 13)     /* ABI 2: renaming between folders */
#define FS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define NET_TCP UINT64_C(3)              /* ABI 4: bind and connect */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)  /* ABI 6 */

/* Without FS_REFER no file can be renamed into another folder, and Triton's cache does that. */
#define LEAST_ABI 2
#define NET_ABI 4
#define SIGNAL_ABI 6

struct ruleset {
    uint64_t fs, net, scoped;
};

struct __attribute__((packed)) beneath {
    uint64_t allowed;
    int32_t folder;
};

int bench_landlock_abi(char why[160])
{
    long abi = syscall(SYS_CREATE_RULESET, NULL, 0, CREATE_VERSION);
    if (abi >= LEAST_ABI)
        return (int)abi;
    if (abi > 0)
        snprintf(why, 160, "the kernel's Landlock has ABI %ld, and %d (Linux 5.19) is needed", abi,
                 LEAST_ABI);
    else
        snprintf(why, 160, "the kernel has no Landlock, or it is switched off (%s)",
                 strerror(errno));
    return 0;
}

static uint64_t handled(int abi)
{
    return FS_WRITE_FILE | FS_CHANGE | FS_REFER | (abi >= 3 ? FS_TRUNCATE : 0);
}

/* Of a file that is no folder, only writing it can be allowed. */
static int allow(int ruleset, int abi, const char *path, struct bench_err *err)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return BENCH_OK;
    uint64_t file = FS_WRITE_FILE | (abi >= 3 ? FS_TRUNCATE : 0);
    bool folder = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    struct beneath rule = {.allowed = folder ? handled(abi) : file, .folder = fd};
    long rc = syscall(SYS_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
    int code = errno;
    close(fd);
    if (rc != 0)
        return bench_err_set(err, BENCH_ERROR, "Landlock takes no rule for %s: %s", path,
                             strerror(code));
    return BENCH_OK;
}

int bench_landlock_enter(int abi, const char *const *writable, size_t count, struct bench_err *err)
{
    struct ruleset attributes = {
        .fs = handled(abi),
        .net = abi >= NET_ABI ? NET_TCP : 0,
        .scoped = abi >= SIGNAL_ABI ? SCOPE_SIGNAL : 0,
    };
    /* A kernel refuses a longer struct than it knows, unless the rest is zeros. */
    int ruleset = (int)syscall(SYS_CREATE_RULESET, &attributes, sizeof attributes, 0);
    if (ruleset < 0)
        return bench_err_set(err, BENCH_ERROR, "Landlock takes no rules: %s", strerror(errno));
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < count; i++)
        rc = allow(ruleset, abi, writable[i], err);
    if (rc == BENCH_OK && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                           syscall(SYS_RESTRICT_SELF, ruleset, 0) != 0))
        rc = bench_err_set(err, BENCH_ERROR, "Landlock does not take effect: %s", strerror(errno));
    close(ruleset);
    return rc;
}
