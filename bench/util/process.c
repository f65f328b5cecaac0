#include "bench/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/clock.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* How often a child is asked whether it has ended while its pipes are silent. A child whose own
 * children keep the pipes open is noticed by this, and only by this. */
#define POLL_MS 20

extern char **environ;

struct child {
    pid_t pid;
    int in, out, err; /* our ends; -1 once closed */
    const char *input;
    size_t input_left;
    struct bench_str out_text, err_text;
    int status;
    bool ended;
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The environment with `added` in it; the array is the caller's, the strings are not. */
static char **merge_environment(const char *const *added)
{
    size_t n = 0;
    size_t m = 0;
    while (environ[n])
        n++;
    while (added && added[m])
        m++;

    char **env = bench_xmalloc((n + m + 1) * sizeof(*env));
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        bool replaced = false;
        for (size_t j = 0; j < m && !replaced; j++) {
            size_t name = strcspn(added[j], "=");
            replaced = strncmp(environ[i], added[j], name) == 0 && environ[i][name] == '=';
        }
        if (!replaced)
            env[count++] = environ[i];
    }
    for (size_t j = 0; j < m; j++)
        memcpy(&env[count++], &added[j], sizeof(*env));
    env[count] = NULL;
    return env;
}

/* In the child, after fork: only calls that are safe there. Reports through `report` why it could
 * not start; that pipe closes itself at a successful exec. */
_Noreturn static void become(const struct bench_process_spec *spec, char **env, const int fds[3],
                             int report, const sigset_t *mask)
{
    setpgid(0, 0);
    /* Nothing is left behind if we are killed. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);

    bool ready = !spec->cwd || chdir(spec->cwd) == 0;
    for (int i = 0; i < 3 && ready; i++)
        ready = dup2(fds[i], i) >= 0;
    if (ready) {
        char **argv;
        memcpy(&argv, &spec->argv, sizeof(argv));
        execvpe(argv[0], argv, env);
    }
    int cause = errno;
    ssize_t ignored = write(report, &cause, sizeof(cause));
    (void)ignored;
    _exit(127);
}

/* Moves a descriptor above the standard three, so that dup2 in the child cannot clobber it. */
static int safe_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (ends[i] > 2)
            continue;
        int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
        close(ends[i]);
        ends[i] = moved;
        if (moved < 0)
            return -1;
    }
    return 0;
}

static int start_failed(const struct bench_process_spec *spec, int cause, struct bench_err *err)
{
    if (spec->cwd && access(spec->cwd, X_OK) != 0)
        return bench_err_set(err, BENCH_ERROR, "%s: cannot be started in %s: %s", spec->argv[0],
                             spec->cwd, strerror(errno));
    if (cause == ENOENT || cause == ENOTDIR)
        return bench_err_set(err, BENCH_ENOTFOUND, "%s: no such program", spec->argv[0]);
    return bench_err_set(err, BENCH_ERROR, "%s: cannot be started: %s", spec->argv[0],
                         strerror(cause));
}

static int start(const struct bench_process_spec *spec, struct child *c, const sigset_t *mask,
                 struct bench_err *err)
{
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    int errors[2] = {-1, -1};
    int report[2] = {-1, -1};
    int cause = 0;
    char **env = merge_environment(spec->env);
    if (safe_pipe(in) != 0 || safe_pipe(out) != 0 || safe_pipe(errors) != 0 ||
        safe_pipe(report) != 0) {
        cause = errno;
    } else {
        c->pid = fork();
        if (c->pid == 0) {
            int fds[3] = {in[0], out[1], errors[1]};
            become(spec, env, fds, report[1], mask);
        }
        if (c->pid < 0)
            cause = errno;
    }
    free(env);
    close_end(&in[0]);
    close_end(&out[1]);
    close_end(&errors[1]);
    close_end(&report[1]);
    c->in = in[1];
    c->out = out[0];
    c->err = errors[0];

    if (cause == 0) {
        setpgid(c->pid, c->pid); /* here too: whoever comes first */
        ssize_t n;
        do
            n = read(report[0], &cause, sizeof(cause));
        while (n < 0 && errno == EINTR);
        if (n == (ssize_t)sizeof(cause))
            waitpid(c->pid, &c->status, 0);
        else
            cause = 0;
    }
    close_end(&report[0]);
    return cause ? start_failed(spec, cause, err) : BENCH_OK;
}

static void feed(struct child *c)
{
    ssize_t n = write(c->in, c->input, c->input_left);
    if (n > 0) {
        c->input += n;
        c->input_left -= (size_t)n;
    }
    /* A program that does not read its input (EPIPE) is no failure of ours. */
    if (c->input_left == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&c->in);
}

/* Reads once, so that a program that never stops talking cannot keep us from the deadline; closes
 * at the end of the stream. */
static size_t read_some(int *fd, struct bench_str *text)
{
    char buffer[65536];
    ssize_t n = read(*fd, buffer, sizeof(buffer));
    if (n > 0)
        bench_str_addn(text, buffer, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        close_end(fd);
    return n > 0 ? (size_t)n : 0;
}

/* What the program had written when it ended, and not what its own children go on to write. */
static void read_rest(int *fd, struct bench_str *text)
{
    int waiting = 0;
    if (*fd < 0 || ioctl(*fd, FIONREAD, &waiting) != 0)
        return;
    for (size_t left = (size_t)waiting; left > 0;) {
        size_t n = read_some(fd, text);
        if (n == 0)
            break;
        left -= n < left ? n : left;
    }
}

static void wait_for_data(struct child *c, int timeout_ms)
{
    struct pollfd fds[3] = {{c->in, POLLOUT, 0}, {c->out, POLLIN, 0}, {c->err, POLLIN, 0}};
    if (poll(fds, 3, timeout_ms) <= 0)
        return;
    if (fds[0].revents)
        feed(c);
    if (fds[1].revents)
        read_some(&c->out, &c->out_text);
    if (fds[2].revents)
        read_some(&c->err, &c->err_text);
}

static void converse(struct child *c, int timeout_ms, struct bench_process_result *result)
{
    int64_t deadline = bench_clock_ns() + (int64_t)timeout_ms * 1000000;
    fcntl(c->in, F_SETFL, O_NONBLOCK);
    fcntl(c->out, F_SETFL, O_NONBLOCK);
    fcntl(c->err, F_SETFL, O_NONBLOCK);
    if (c->input_left == 0)
        close_end(&c->in);

    while (!c->ended) {
        wait_for_data(c, c->out < 0 && c->err < 0 && c->in < 0 ? 1 : POLL_MS);
        c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
        if (!c->ended && timeout_ms > 0 && bench_clock_ns() >= deadline && !result->timed_out) {
            result->timed_out = true;
            kill(-c->pid, SIGKILL);
        }
    }
    read_rest(&c->out, &c->out_text);
    read_rest(&c->err, &c->err_text);
}

static void report_result(struct child *c, struct bench_process_result *result)
{
    bool exited = WIFEXITED(c->status);
    result->exit_code = exited ? WEXITSTATUS(c->status) : -1;
    result->signal = exited ? 0 : WTERMSIG(c->status);
    result->out_length = c->out_text.len;
    result->out = bench_str_take(&c->out_text);
    result->err_length = c->err_text.len;
    result->err = bench_str_take(&c->err_text);
}

int bench_process_run(const struct bench_process_spec *spec, struct bench_process_result *result,
                      struct bench_err *err)
{
    *result = (struct bench_process_result){.exit_code = -1};
    struct child c = {
        .pid = -1, .input = spec->input, .input_left = spec->input ? spec->input_length : 0};
    bench_str_init(&c.out_text);
    bench_str_init(&c.err_text);

    /* Writing to a program that has ended must give EPIPE, not kill us; other threads and the
     * caller's own handling of the signal stay as they are. */
    sigset_t pipe_signal;
    sigset_t old;
    sigset_t pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);

    int rc = start(spec, &c, &old, err);
    if (rc == BENCH_OK) {
        converse(&c, spec->timeout_ms, result);
        report_result(&c, result);
    }
    close_end(&c.in);
    close_end(&c.out);
    close_end(&c.err);

    struct timespec now = {0, 0};
    if (!was_pending)
        while (sigtimedwait(&pipe_signal, NULL, &now) > 0) {
        }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    bench_str_fini(&c.out_text);
    bench_str_fini(&c.err_text);
    return rc;
}

void bench_process_result_fini(struct bench_process_result *result)
{
    free(result->out);
    free(result->err);
    *result = (struct bench_process_result){.exit_code = -1};
}

static bool is_program(const char *path)
{
    struct stat st;
    return access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool bench_process_exists(const char *name)
{
    if (strchr(name, '/'))
        return is_program(name);
    const char *path = getenv("PATH");
    bool found = false;
    while (path && *path && !found) {
        size_t n = strcspn(path, ":");
        char *candidate = bench_xprintf("%.*s/%s", n ? (int)n : 1, n ? path : ".", name);
        found = is_program(candidate);
        free(candidate);
        path += n + (path[n] == ':');
    }
    return found;
}
