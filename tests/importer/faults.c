#include "faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct faults faults;

const char *fault_name(enum fault_kind kind)
{
    static const char *const names[] = {"none", "kill", "torn",   "short", "eintr",
                                        "eio",  "eio+", "enospc", "full"};
    return names[kind];
}

/* What a call may do. */
#define PLAIN 0U
#define CAN_INTERRUPT 1U
#define NEEDS_SPACE 2U    /* a new file, or more bytes in it */
#define MAY_NEED_SPACE 4U /* a name in a folder, or what is written late */
#define WRITES 8U

/* The system call itself, without the functions below. */
static long system_call(long number, long a, long b, long c, long d, long e)
{
    static long (*next)(long, ...);
    if (next == NULL) {
        void *found = dlsym(RTLD_NEXT, "syscall");
        memcpy(&next, &found, sizeof(next));
    }
    return next(number, a, b, c, d, e);
}

int fault_applies(enum fault_kind kind, unsigned char traits)
{
    switch (kind) {
    case FAULT_TORN:
    case FAULT_SHORT:
        return (traits & WRITES) != 0;
    case FAULT_EINTR:
        return (traits & CAN_INTERRUPT) != 0;
    case FAULT_ENOSPC:
        return (traits & (NEEDS_SPACE | MAY_NEED_SPACE)) != 0;
    case FAULT_FULL:
        return (traits & NEEDS_SPACE) != 0;
    default:
        return 1;
    }
}

static void die(void)
{
    system_call(SYS_kill, (long)((long)getpid()), (long)((long)SIGKILL), 0, 0, 0);
}

/* Counts the call; true if it is to fail, with errno set. *length is cut where a write is. */
static bool fails(unsigned char traits, size_t *length)
{
    if (!faults.armed) {
        return false;
    }
    faults.count++;
    if (faults.traits != NULL && faults.count < faults.traits_size) {
        faults.traits[faults.count] = traits;
    }
    bool lasting = faults.kind == FAULT_EIO_ON || faults.kind == FAULT_FULL;
    bool now = faults.count == faults.at || (lasting && faults.count > faults.at);
    if (!now || !fault_applies(faults.kind, traits)) {
        return false;
    }
    switch (faults.kind) {
    case FAULT_KILL:
        die();
        return false;
    case FAULT_TORN:
    case FAULT_SHORT:
        *length -= *length / 2;
        return false;
    case FAULT_EINTR:
        errno = EINTR;
        return true;
    case FAULT_EIO:
    case FAULT_EIO_ON:
        errno = EIO;
        return true;
    case FAULT_ENOSPC:
    case FAULT_FULL:
        errno = ENOSPC;
        return true;
    default:
        return false;
    }
}

/* After a write that was cut in two. */
static ssize_t after_write(ssize_t n)
{
    if (faults.armed && faults.kind == FAULT_TORN && faults.count == faults.at) {
        die();
    }
    return n;
}

/* With $FAULTS_LOG, calls that change files are named there, by all processes that inherit it: for
 * programs that must make none. */
static void note(const char *call, int dir, const char *path)
{
    const char *log = getenv("FAULTS_LOG");
    char line[600];
    if (log == NULL || (path != NULL && strncmp(path, "/dev/", 5) == 0)) {
        return;
    }
    long fd = system_call(SYS_openat, (long)AT_FDCWD, (long)log,
                          (long)(O_WRONLY | O_CREAT | O_APPEND), (long)0644, 0);
    int n = snprintf(line, sizeof(line), "%s %s %d %.400s\n", program_invocation_short_name, call,
                     dir, path != NULL ? path : "");
    if (fd >= 0) {
        system_call(SYS_write, (long)fd, (long)line, (long)n, 0, 0);
        system_call(SYS_close, (long)fd, 0, 0, 0, 0);
    }
}

/* $FAULTS_AT "kind:number" arms the program that is named by $FAULTS_PROGRAM. */
__attribute__((constructor)) static void arm(void)
{
    const char *at = getenv("FAULTS_AT");
    const char *program = getenv("FAULTS_PROGRAM");
    int kind;
    if (at != NULL && program != NULL && strcmp(program, program_invocation_short_name) == 0 &&
        sscanf(at, "%d:%ld", &kind, &faults.at) == 2) {
        faults.kind = (enum fault_kind)kind;
        faults.armed = 1;
    }
}

/* $FAULTS_COUNT: how many calls there were. */
__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("FAULTS_COUNT");
    char text[40];
    if (faults.armed && path != NULL) {
        long fd = system_call(SYS_openat, (long)AT_FDCWD, (long)path,
                              (long)(O_WRONLY | O_CREAT | O_TRUNC), (long)0644, 0);
        int n = snprintf(text, sizeof(text), "%ld\n", faults.count);
        system_call(SYS_write, (long)fd, (long)text, (long)n, 0, 0);
        system_call(SYS_close, (long)fd, 0, 0, 0, 0);
    }
}

static int open_any(int dir, const char *path, int flags, mode_t mode)
{
    bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0;
    if (writes) {
        note("open", dir, path);
    }
    if (fails(CAN_INTERRUPT | (flags & O_CREAT ? NEEDS_SPACE : PLAIN), NULL)) {
        return -1;
    }
    return (int)system_call(SYS_openat, (long)dir, (long)path, (long)flags, (long)mode, 0);
}

#define OPEN_MODE                                                                                  \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | __O_TMPFILE)) {                                                         \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode = va_arg(args, mode_t);                                                               \
        va_end(args);                                                                              \
    }

int openat(int dir, const char *path, int flags, ...)
{
    OPEN_MODE
    return open_any(dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
    OPEN_MODE
    return open_any(dir, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    OPEN_MODE
    return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    OPEN_MODE
    return open_any(AT_FDCWD, path, flags, mode);
}

ssize_t read(int fd, void *data, size_t length)
{
    return fails(CAN_INTERRUPT, NULL)
               ? -1
               : (ssize_t)system_call(SYS_read, (long)fd, (long)data, (long)length, 0, 0);
}

ssize_t write(int fd, const void *data, size_t length)
{
    if (fails(CAN_INTERRUPT | NEEDS_SPACE | WRITES, &length)) {
        return -1;
    }
    return after_write((ssize_t)system_call(SYS_write, (long)fd, (long)data, (long)length, 0, 0));
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    if (fails(CAN_INTERRUPT | NEEDS_SPACE | WRITES, &length)) {
        return -1;
    }
    return after_write(
        (ssize_t)system_call(SYS_pwrite64, (long)fd, (long)data, (long)length, (long)offset, 0));
}

ssize_t pread(int fd, void *data, size_t length, off_t offset)
{
    return fails(CAN_INTERRUPT, NULL) ? -1
                                      : (ssize_t)system_call(SYS_pread64, (long)fd, (long)data,
                                                             (long)length, (long)offset, 0);
}

int fsync(int fd)
{
    (void)fd;
    return fails(CAN_INTERRUPT | MAY_NEED_SPACE, NULL) ? -1 : 0;
}

/* It is closed even where it fails, as Linux does. */
int close(int fd)
{
    bool failed = fails(CAN_INTERRUPT, NULL);
    int cause = errno;
    int rc = (int)system_call(SYS_close, (long)fd, 0, 0, 0, 0);
    errno = failed ? cause : errno;
    return failed ? -1 : rc;
}

int ftruncate(int fd, off_t length)
{
    note("ftruncate", fd, NULL);
    return fails(CAN_INTERRUPT | NEEDS_SPACE, NULL)
               ? -1
               : (int)system_call(SYS_ftruncate, (long)fd, (long)length, 0, 0, 0);
}

int fchmod(int fd, mode_t mode)
{
    note("fchmod", fd, NULL);
    return fails(PLAIN, NULL) ? -1 : (int)system_call(SYS_fchmod, (long)fd, (long)mode, 0, 0, 0);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
    note("fchown", fd, NULL);
    return fails(PLAIN, NULL) ? -1
                              : (int)system_call(SYS_fchown, (long)fd, (long)uid, (long)gid, 0, 0);
}

int futimens(int fd, const struct timespec times[2])
{
    note("futimens", fd, NULL);
    return fails(PLAIN, NULL)
               ? -1
               : (int)system_call(SYS_utimensat, (long)fd, 0, (long)times, (long)0, 0);
}

int flock(int fd, int how)
{
    return fails(CAN_INTERRUPT, NULL) ? -1
                                      : (int)system_call(SYS_flock, (long)fd, (long)how, 0, 0, 0);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    note("rename", to_dir, to);
    return fails(MAY_NEED_SPACE, NULL) ? -1
                                       : (int)system_call(SYS_renameat2, (long)from_dir, (long)from,
                                                          (long)to_dir, (long)to, (long)0);
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    note("link", to_dir, to);
    return fails(MAY_NEED_SPACE, NULL) ? -1
                                       : (int)system_call(SYS_linkat, (long)from_dir, (long)from,
                                                          (long)to_dir, (long)to, (long)flags);
}

int unlinkat(int dir, const char *path, int flags)
{
    note("unlink", dir, path);
    return fails(PLAIN, NULL)
               ? -1
               : (int)system_call(SYS_unlinkat, (long)dir, (long)path, (long)flags, 0, 0);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
    note("mkdir", dir, path);
    return fails(NEEDS_SPACE, NULL)
               ? -1
               : (int)system_call(SYS_mkdirat, (long)dir, (long)path, (long)mode, 0, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int faccessat(int dir, const char *path, int mode, int flags)
{
    /* The system call knows no flags; ours runs as one user. */
    (void)flags;
    return fails(PLAIN, NULL)
               ? -1
               : (int)system_call(SYS_faccessat, (long)dir, (long)path, (long)mode, 0, 0);
}

int fstat(int fd, struct stat *st)
{
    return fails(PLAIN, NULL) ? -1 : (int)system_call(SYS_fstat, (long)fd, (long)st, 0, 0, 0);
}

int fstatat(int dir, const char *path, struct stat *st, int flags)
{
    return fails(PLAIN, NULL)
               ? -1
               : (int)system_call(SYS_newfstatat, (long)dir, (long)path, (long)st, (long)flags, 0);
}

int statx(int dir, const char *path, int flags, unsigned mask, struct statx *st)
{
    return fails(PLAIN, NULL) ? -1
                              : (int)system_call(SYS_statx, (long)dir, (long)path, (long)flags,
                                                 (long)mask, (long)st);
}

DIR *fdopendir(int fd)
{
    static DIR *(*next)(int);
    if (next == NULL) {
        void *found = dlsym(RTLD_NEXT, "fdopendir");
        memcpy(&next, &found, sizeof(next));
    }
    return fails(PLAIN, NULL) ? NULL : next(fd);
}

/* Of the calls that have no function of their own an import makes one. */
long syscall(long number, ...)
{
    long args[5];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 5; i++) {
        args[i] = va_arg(list, long);
    }
    va_end(list);
    if (number == SYS_openat2) {
        if (faults.no_openat2) {
            errno = ENOSYS;
            return -1;
        }
        if (fails(CAN_INTERRUPT, NULL)) {
            return -1;
        }
    }
    return system_call(number, args[0], args[1], args[2], args[3], args[4]);
}
