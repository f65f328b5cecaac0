/* What a candidate may try that is not its business, on the cpu device, where it is a program like
 * any other. Each attempt returns true if it was prevented; way 0 is what an honest one may do. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* <stdlib.h> does not go together with the shim's abs(). */
extern "C" char *getenv(const char *name) throw();

static bool in_folder(const char *variable, const char *name, char path[4096])
{
    const char *folder = getenv(variable);
    snprintf(path, 4096, "%s/%s", folder ? folder : "/nonexistent", name);
    return folder != NULL;
}

static bool cannot_write(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd >= 0)
        close(fd);
    return fd < 0;
}

/* Temporary files, child processes, threads' memory: compilers and interpreters live on these. */
static bool honest_work_is_possible()
{
    char path[4096];
    int status = 1;
    if (!in_folder("TMPDIR", "mine", path) || cannot_write(path))
        return false;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    bool forked = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
    bool removed = unlink(path) == 0;
    int pair[2];
    return forked && removed && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
}

static bool cannot_reach_memory_of_parent()
{
    char path[64], word[8];
    struct iovec mine = {word, sizeof word}, theirs = {word, sizeof word};
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    return open(path, O_RDWR) < 0 && process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0) < 0 &&
           process_vm_writev(getppid(), &mine, 1, &theirs, 1, 0) < 0;
}

static bool cannot_make_large_file()
{
    char path[4096];
    in_folder("TMPDIR", "large", path);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    return fd >= 0 && ftruncate(fd, (off_t)1 << 36) < 0 && errno == EFBIG;
}

/* Of the files that a worker inherits: the journal, and where it says what it is at, without which
 * the supervisor would die. */
static bool cannot_cut_what_is_inherited()
{
    char link[64], path[4096];
    int found = 0;
    for (int fd = 0; fd < 1024; fd++) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof path - 1);
        path[n < 0 ? 0 : n] = '\0';
        if (strstr(path, "/journal.jsonl") == NULL && strstr(path, "bench-position") == NULL)
            continue;
        found++;
        if (ftruncate(fd, 0) == 0 || ftruncate(fd, 1) == 0)
            return false;
    }
    return found == 2;
}

static void note_pid(pid_t pid)
{
    char path[4096];
    in_folder("ESCAPER_NOTES", "pids", path);
    FILE *file = fopen(path, "a");
    if (file == NULL)
        return;
    fprintf(file, "%d\n", (int)pid);
    fclose(file);
}

/* In a session of its own, and nobody's child. */
static void leave_a_daemon()
{
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        pid_t again = fork();
        if (again == 0) {
            note_pid(getpid());
            for (int fd = 0; fd < 256; fd++)
                close(fd);
            for (;;)
                pause();
        }
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static void start_many()
{
    for (int i = 0; i < 400; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            setsid();
            note_pid(getpid());
            for (;;)
                pause();
        }
    }
    for (;;)
        pause();
}

static void take_memory()
{
    const size_t size = (size_t)1 << 30;
    char *all = (char *)mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (;;)
        for (size_t i = 0; i < size; i += 4096)
            all[i] = 1;
}

static bool prevented(int way)
{
    char path[4096];
    struct rlimit limit = {0, 0};
    switch (way) {
    case 0:
        return honest_work_is_possible();
    case 1:
        return socket(AF_INET, SOCK_STREAM, 0) < 0 && socket(AF_INET, SOCK_DGRAM, 0) < 0;
    case 2:
        return socket(AF_INET6, SOCK_STREAM, 0) < 0;
    case 3:
        return socket(AF_PACKET, SOCK_RAW, 0) < 0 && socket(AF_VSOCK, SOCK_STREAM, 0) < 0;
    case 4:
        return in_folder("HOME", "escaped", path) && cannot_write(path);
    case 5:
        return cannot_write("escaped") && cannot_write("/tmp/bench-escaped");
    case 6:
        return in_folder("TMPDIR", "../run.json", path) && truncate(path, 0) < 0 &&
               unlink(path) < 0 && rename(path, "elsewhere") < 0;
    case 7:
        return ptrace(PTRACE_ATTACH, getppid(), 0, 0) < 0 && ptrace(PTRACE_TRACEME, 0, 0, 0) < 0;
    case 8:
        return cannot_reach_memory_of_parent();
    case 9:
        return kill(getppid(), SIGTERM) < 0 && kill(-getpgid(getppid()), SIGTERM) < 0 &&
               syscall(SYS_tkill, getppid(), SIGTERM) < 0;
    case 10:
        return syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */) < 0;
    case 11:
        return syscall(425 /* io_uring_setup */, 1, path) < 0 && errno == EPERM;
    case 12:
        return prlimit(getppid(), RLIMIT_NOFILE, &limit, NULL) < 0;
    case 13:
        return cannot_make_large_file();
    case 14:
        return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0;
    case 18:
        return cannot_cut_what_is_inherited();
    case 15:
        leave_a_daemon();
        return true;
    case 16:
        start_many();
        return true;
    case 17:
        take_memory();
        return true;
    }
    return false;
}

extern "C" __global__ void right(const float *x, float *out, long long n)
{
    for (long long i = 0; i < n; i++)
        out[i] = x[i];
}

extern "C" __global__ void escape(const float *x, float *out, long long n, int way)
{
    float added = prevented(way) ? 0.0f : 1.0f;
    for (long long i = 0; i < n; i++)
        out[i] = x[i] + added;
}
