#include "bench/cli/step.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

void bench_words_add(struct bench_words *words, const char *before, const char *value)
{
    assert(words->count < BENCH_WORDS_MAX);
    if (value != NULL)
        words->items[words->count++] = bench_xprintf("%s%s", before, value);
}

void bench_words_add_number(struct bench_words *words, const char *before, double value)
{
    char *text = bench_xprintf("%.17g", value);
    bench_words_add(words, before, text);
    free(text);
}

void bench_words_fini(struct bench_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
    *words = (struct bench_words){.count = 0};
}

/* ---- processes ---- */

static volatile sig_atomic_t child, last_signal;

static void pass_on(int number)
{
    last_signal = number;
    if (child > 0)
        kill((pid_t)child, number);
}

static const int passed[] = {SIGINT, SIGTERM, SIGHUP};
#define PASSED (sizeof passed / sizeof *passed)

/* Appends to `path`; returns false, with errno, if it cannot be opened. */
static bool redirect(const char *path, int to)
{
    if (path == NULL)
        return true;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return fd >= 0 && dup2(fd, to) >= 0;
}

/* A process group of its own: Ctrl-C reaches it once, from us, and not from the terminal as well.
 */
static void become(const struct bench_step *step, const char *program, char **argv, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* it died before we asked */
        _exit(127);
    if (!redirect(step->out, STDOUT_FILENO) || !redirect(step->err, STDERR_FILENO))
        _exit(126);
    if (step->env != NULL)
        putenv(step->env);
    execv(program, argv);
    _exit(127);
}

static pid_t start(const struct bench_step *step, const char *program, char **argv)
{
    sigset_t all, before;
    pid_t parent = getpid();
    sigfillset(&all);
    /* None may come between the fork and `child`. */
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) {
        for (size_t i = 0; i < PASSED; i++)
            signal(passed[i], SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        become(step, program, argv, parent);
    }
    child = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int bench_step_run(const struct bench_step *step, int *exit_code, int *signalled,
                   struct bench_err *err)
{
    struct sigaction before[PASSED], action = {.sa_handler = pass_on};
    char *program = bench_path_self();
    size_t count = 0;
    while (step->argv[count] != NULL)
        count++;
    if (program == NULL)
        return bench_err_set(err, BENCH_ERROR, "this program's own path is not known");
    char **argv = bench_xcalloc(count + 2, sizeof *argv);
    argv[0] = bench_xstrdup("bench");
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = bench_xstrdup(step->argv[i]);
    last_signal = 0;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < PASSED; i++) {
        sigaction(passed[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(passed[i], &action, NULL);
    }
    fflush(NULL);
    pid_t pid = start(step, program, argv);
    int rc = BENCH_OK;
    if (pid < 0)
        rc = bench_err_set(err, BENCH_ERROR, "no process for `bench %s`: %s", step->argv[0],
                           strerror(errno));
    else
        *exit_code = wait_for(pid);
    for (size_t i = 0; i < PASSED; i++)
        sigaction(passed[i], &before[i], NULL);
    *signalled = (int)last_signal;
    for (size_t i = 0; i <= count; i++)
        free(argv[i]);
    free(argv);
    free(program);
    return rc;
}
