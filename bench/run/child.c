#include "bench/run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/util/clock.h"

/* What the end of a process may take once its descriptors are closed, before it is helped: a driver
 * takes its time to give back a GPU's memory. */
#define END_NS INT64_C(10000000000)
/* For the last words of one that is dead. */
#define LAST_WORDS_NS 1000000000
#define MAX_STDERR_BYTES ((size_t)64 << 10)
/* The longest line of a worker has the samples of a case: as a rule less than a megabyte, but a
 * million rounds may be asked for, and with 20 digits a sample four arms then have 80 MB. */
#define MAX_LINE_BYTES ((size_t)256 << 20)
/* No pipe holds more, unless root made it so (/proc/sys/fs/pipe-max-size). */
#define PIPE_BYTES ((size_t)1 << 20)

static void become_child(pid_t parent, int line_fd, int err_fd)
{
    setpgid(0, 0);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(1);
    dup2(err_fd, STDERR_FILENO);
    /* A kernel's printf must not get into our own output. */
    dup2(err_fd, STDOUT_FILENO);
    close(err_fd);
    setvbuf(stdout, NULL, _IONBF, 0);
    (void)line_fd;
}

int bench_child_start(struct bench_child *child, int (*body)(void *data, int line_fd), void *data,
                      struct bench_err *err)
{
    int lines[2] = {-1, -1}, errors[2] = {-1, -1};
    memset(child, 0, sizeof *child);
    if (pipe(lines) != 0 || pipe(errors) != 0) {
        int code = errno;
        close(lines[0]);
        close(lines[1]);
        return bench_err_set(err, BENCH_ERROR, "no pipe for a worker process: %s", strerror(code));
    }
    fcntl(lines[0], F_SETFD, FD_CLOEXEC); /* no program that a later child becomes has them */
    fcntl(errors[0], F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    fflush(NULL); /* or the child would write our buffers a second time */
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close(lines[0]);
        close(errors[0]);
        become_child(parent, lines[1], errors[1]);
        _exit(body(data, lines[1]));
    }
    int code = errno;
    close(lines[1]);
    close(errors[1]);
    if (pid < 0) {
        close(lines[0]);
        close(errors[0]);
        return bench_err_set(err, BENCH_ERROR, "no worker process: %s", strerror(code));
    }
    setpgid(pid, pid); /* in both, whoever comes first */
    child->pid = pid;
    child->line_fd = lines[0];
    child->err_fd = errors[0];
    bench_str_init(&child->lines);
    bench_str_init(&child->err);
    return BENCH_OK;
}

/* Reads what is there; closes and forgets the descriptor at its end. */
static void drain(int *fd, struct bench_str *into)
{
    char buffer[65536];
    ssize_t got = read(*fd, buffer, sizeof buffer);
    if (got > 0) {
        bench_str_addn(into, buffer, (size_t)got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*fd);
        *fd = -1;
    }
}

static void keep_tail(struct bench_str *s, size_t most)
{
    if (s->len <= most)
        return;
    memmove(s->data, s->data + s->len - most, most + 1);
    s->len = most;
}

/* Hands out the first line held back, if there is a whole one: its newline becomes the end of the
 * text, and it is cut off at the next call. */
static bool next_line(struct bench_child *child, const char **line)
{
    const size_t from = child->searched;
    char *end = memchr(child->lines.data + from, '\n', child->lines.len - from);
    child->searched = end == NULL ? child->lines.len : 0;
    if (end == NULL)
        return false;
    *end = '\0';
    *line = child->lines.data;
    return true;
}

static void drop_line(struct bench_child *child)
{
    size_t length = strlen(child->lines.data);
    if (length >= child->lines.len) /* no line was handed out */
        return;
    memmove(child->lines.data, child->lines.data + length + 1, child->lines.len - length);
    child->lines.len -= length + 1;
    child->searched = 0;
}

static bool is_stopped(pid_t pid)
{
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    /* "PID (NAME) STATE …", where the name may be anything. */
    char text[512];
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *name_end = strrchr(text, ')');
    if (name_end != NULL)
        sscanf(name_end, ") %c", &state);
    return state == 'T';
}

/* Its pipe for lines is closed at both ends: as a rule because it is ending, which may take a
 * while. What ends cannot be stopped, so one that can has closed it and goes on; where it is says
 * who did that. */
static bool ends_by_itself(struct bench_child *child)
{
    pid_t done = waitpid(child->pid, &child->wait_status, WNOHANG);
    if (done == 0)
        kill(-child->pid, SIGSTOP);
    for (int64_t deadline = bench_clock_ns() + END_NS; done == 0 && bench_clock_ns() < deadline;) {
        struct timespec pause = {0, 2000000};
        nanosleep(&pause, NULL);
        if (is_stopped(child->pid)) {
            child->closed_lines = true;
            return false;
        }
        done = waitpid(child->pid, &child->wait_status, WNOHANG);
    }
    return done == child->pid;
}

static enum bench_child_event reap(struct bench_child *child)
{
    if (child->line_fd >= 0 || !ends_by_itself(child)) {
        bench_child_kill(child);
        while (waitpid(child->pid, &child->wait_status, 0) < 0 && errno == EINTR)
            continue;
    }
    kill(-child->pid, SIGKILL); /* what it may have started */
    child->pid = 0;
    return BENCH_CHILD_ENDED;
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static void close_lines(struct bench_child *child)
{
    if (child->line_fd >= 0)
        close(child->line_fd);
    child->line_fd = -1;
}

/* What it has started may hold its pipe open when it is dead itself, and go on writing: what lies
 * in the pipe now is all that can be its own. */
static void leave_dead(struct bench_child *child)
{
    struct pollfd rest = {.fd = child->line_fd, .events = POLLIN};
    if (!has_ended(child->pid))
        return;
    for (size_t most = child->lines.len + PIPE_BYTES;
         child->line_fd >= 0 && child->lines.len < most && poll(&rest, 1, 0) > 0;)
        drain(&child->line_fd, &child->lines);
    close_lines(child);
}

static void drain_stderr(struct bench_child *child)
{
    drain(&child->err_fd, &child->err);
    keep_tail(&child->err, MAX_STDERR_BYTES);
}

/* As a rule nobody else holds the pipe. What is in it is taken even if the deadline has passed
 * before anybody looked. */
static void take_last_words(struct bench_child *child)
{
    int64_t deadline = bench_clock_ns() + LAST_WORDS_NS;
    bool in_time = true;
    for (; child->err_fd >= 0 && in_time; in_time = bench_clock_ns() < deadline) {
        struct pollfd last = {.fd = child->err_fd, .events = POLLIN};
        if (poll(&last, 1, 200) <= 0)
            break;
        drain_stderr(child);
    }
}

/* Takes what has come by the deadline; false if there was nothing, or no time is left. */
static bool receive(struct bench_child *child, int64_t deadline_ns)
{
    struct pollfd fds[2] = {{.fd = child->line_fd, .events = POLLIN},
                            {.fd = child->err_fd, .events = POLLIN}};
    int64_t left_ms = (deadline_ns - bench_clock_ns()) / 1000000;
    if (poll(fds, 2, left_ms > 0 ? (int)left_ms : 0) <= 0)
        return false;
    if (child->err_fd >= 0 && fds[1].revents)
        drain_stderr(child);
    if (fds[0].revents)
        drain(&child->line_fd, &child->lines);
    return bench_clock_ns() < deadline_ns; /* one that never pauses has no more time than others */
}

enum bench_child_event bench_child_wait(struct bench_child *child, int timeout_ms,
                                        const char **line)
{
    drop_line(child);
    int64_t deadline_ns = bench_clock_ns() + (int64_t)timeout_ms * 1000000;
    for (bool in_time = true;; in_time = receive(child, deadline_ns)) {
        if (child->line_fd >= 0)
            leave_dead(child);
        if (next_line(child, line))
            return BENCH_CHILD_LINE;
        if (child->line_fd >= 0 && child->lines.len > MAX_LINE_BYTES) { /* no line */
            child->closed_lines = true;
            close_lines(child);
        }
        if (child->line_fd < 0) {
            take_last_words(child);
            return child->pid ? reap(child) : BENCH_CHILD_ENDED;
        }
        if (!in_time)
            return BENCH_CHILD_QUIET;
    }
}

void bench_child_kill(struct bench_child *child)
{
    if (child->pid > 0) {
        kill(-child->pid, SIGKILL);
        kill(child->pid, SIGKILL);
    }
}

void bench_child_fini(struct bench_child *child)
{
    if (child->lines.data == NULL)
        return;
    bench_child_kill(child);
    if (child->pid > 0)
        reap(child);
    if (child->line_fd >= 0)
        close(child->line_fd);
    if (child->err_fd >= 0)
        close(child->err_fd);
    bench_str_fini(&child->lines);
    bench_str_fini(&child->err);
    memset(child, 0, sizeof *child);
}

void bench_child_end_text(int wait_status, char text[96])
{
    if (WIFSIGNALED(wait_status))
        snprintf(text, 96, "signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(text, 96, "exit code %d", WEXITSTATUS(wait_status));
}

int bench_child_send(int line_fd, const struct bench_str *line)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addn(&text, line->data, line->len);
    bench_str_addc(&text, '\n');
    size_t sent = 0;
    while (sent < text.len) {
        ssize_t n = write(line_fd, text.data + sent, text.len - sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        sent += (size_t)n;
    }
    int rc = sent == text.len ? BENCH_OK : BENCH_ERROR;
    bench_str_fini(&text);
    return rc;
}
