#include "bench/run/python_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/run/affinity.h"
#include "bench/run/job.h"
#include "bench/run/message.h"
#include "bench/run/sandbox.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define PACKAGE "bench_python"
#define LIBRARY "lib/bench/libbench_worker.so"

const char *bench_python_default(void)
{
    const char *given = getenv("BENCH_PYTHON");
    return given != NULL && given[0] != '\0' ? given : "python3";
}

int bench_python_folder(char **path, struct bench_err *err)
{
    char *package = NULL;
    int rc = bench_path_find_home("python/" PACKAGE, &package, err);
    if (rc != BENCH_OK)
        rc = bench_path_find_home("bench/provider/python/" PACKAGE, &package, NULL);
    if (rc == BENCH_OK)
        *path = bench_path_dirname(package);
    free(package);
    return rc;
}

char *bench_python_path(const char *folder)
{
    const char *before = getenv("PYTHONPATH");
    bool set = before != NULL && before[0] != '\0';
    return bench_xprintf("PYTHONPATH=%s%s%s", folder, set ? ":" : "", set ? before : "");
}

/* <prefix>/bin/bench -> <prefix>/lib/bench/libbench_worker.so */
static int find_library(char **path, struct bench_err *err)
{
    char *self = bench_path_self();
    char *bin = bench_path_dirname(self ? self : "");
    char *prefix = bench_path_dirname(bin);
    *path = bench_path_join(prefix, LIBRARY);
    free(prefix);
    free(bin);
    free(self);
    if (bench_file_exists(*path))
        return BENCH_OK;
    int rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "%s is missing: operators in Python need it; build or install all of "
                           "bench",
                           *path);
    free(*path);
    *path = NULL;
    return rc;
}

/* ---- the supervisor's side ---- */

struct command {
    const char *python;
    char *script, *library;
    char device[32]; /* torch's word for it */
    int job_fd, position_fd;
    const struct bench_sandbox *sandbox;
    const struct bench_affinity *cpus;
};

/* In the child. Only comes back if the interpreter cannot be started. */
static int become_python(void *data, int line_fd)
{
    const struct command *c = data;
    char job[16], position[16], line[16];
    struct bench_err err = {0};
    fcntl(c->job_fd, F_SETFD, 0);
    fcntl(c->position_fd, F_SETFD, 0);
    snprintf(job, sizeof job, "%d", c->job_fd);
    snprintf(position, sizeof position, "%d", c->position_fd);
    snprintf(line, sizeof line, "%d", line_fd);
    if (c->cpus != NULL)
        bench_affinity_enter(c->cpus);
    if (bench_sandbox_enter(c->sandbox, getppid(), &err) != BENCH_OK) {
        bench_message_send_error(line_fd, "fatal", &err);
        return 1;
    }
    execlp(c->python, c->python, c->script, c->library, c->device, job, position, line,
           (char *)NULL);
    bench_err_set(&err, BENCH_ERROR,
                  "the Python interpreter '%s' cannot be started: %s; name another with --python",
                  c->python, strerror(errno));
    bench_message_send_error(line_fd, "fatal", &err);
    return 1;
}

int bench_python_hand_over(const char *name, const struct bench_str *text, int *fd,
                           struct bench_err *err)
{
    *fd = memfd_create(name, MFD_CLOEXEC);
    size_t done = 0;
    ssize_t n = 0;
    while (*fd >= 0 && done < text->len &&
           (n = write(*fd, text->data + done, text->len - done)) > 0)
        done += (size_t)n;
    if (*fd >= 0 && done == text->len && lseek(*fd, 0, SEEK_SET) == 0)
        return BENCH_OK;
    return bench_err_set(err, BENCH_ERROR, "%s cannot be written to memory: %s", name,
                         strerror(errno));
}

static int write_job(const struct bench_worker_job *job, int *fd, struct bench_err *err)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_job_write(job, &text);
    int rc = bench_python_hand_over("bench-job", &text, fd, err);
    bench_str_fini(&text);
    return rc;
}

static int prepare_command(const struct bench_worker_job *job, struct command *c,
                           struct bench_err *err)
{
    const struct bench_run *run = job->run;
    char *folder = NULL;
    int rc = find_library(&c->library, err);
    if (rc == BENCH_OK)
        rc = bench_python_folder(&folder, err);
    if (rc != BENCH_OK)
        return rc;
    c->script = bench_path_join(folder, "worker.py");
    free(folder);
    c->python = run->options.python ? run->options.python : bench_python_default();
    c->position_fd = job->position->fd;
    c->sandbox = run->options.sandbox;
    c->cpus = job->cpus;
    if (strcmp(run->info.kind, "cuda") == 0)
        snprintf(c->device, sizeof c->device, "cuda:%d",
                 job->device ? job->device->info.index : run->info.index);
    else
        snprintf(c->device, sizeof c->device, "cpu");
    return write_job(job, &c->job_fd, err);
}

int bench_python_worker_start(struct bench_child *child, const struct bench_worker_job *job,
                              struct bench_err *err)
{
    struct command command = {.job_fd = -1};
    int rc = prepare_command(job, &command, err);
    if (rc == BENCH_OK)
        rc = bench_child_start(child, become_python, &command, err);
    if (command.job_fd >= 0)
        close(command.job_fd);
    free(command.script);
    free(command.library);
    return rc;
}

/* ---- the interpreter's side ---- */

int bench_python_worker(const struct bench_python_hooks *hooks, const char *versions, int job_fd,
                        int position_fd, int line_fd)
{
    struct bench_job job = {0};
    struct bench_err err = {0};
    char path[64];
    int exit_code = 1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", job_fd);
    int rc = bench_python_check(hooks, &err);
    if (rc == BENCH_OK)
        rc = bench_job_read(path, &job, &err);
    close(job_fd); /* it has the token that our lines have */
    if (rc == BENCH_OK) {
        job.worker.position = bench_position_attach(position_fd);
        close(position_fd); /* the memory stays */
        job.worker.python = hooks;
        job.worker.python_versions = versions;
        if (job.worker.position == NULL)
            rc = bench_err_set(&err, BENCH_ERROR, "the memory for the position was not inherited");
    }
    if (rc == BENCH_OK)
        exit_code = bench_worker_main(&job.worker, line_fd);
    else
        bench_message_send_error(line_fd, "fatal", &err);
    bench_job_fini(&job);
    return exit_code;
}
