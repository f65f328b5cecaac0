#include "bench/run/ahead_python.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/provider/python/python.h"
#include "bench/run/python_worker.h"
#include "bench/run/sandbox.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* Each has torch, Triton and often FlagGems in memory, most of it shared; more than these compile
 * faster than any GPU measures (0.1 s a kernel, one CPU). */
#define MOST_JOBS 8

static struct bench_python_tensor *plan_tensors(const struct bench_tensor *tensors, size_t count)
{
    struct bench_python_tensor *planned = bench_xcalloc(count + 1, sizeof *planned);
    for (size_t i = 0; i < count; i++)
        planned[i] = (struct bench_python_tensor){.name = tensors[i].name,
                                                  .dtype = tensors[i].dtype,
                                                  .shape = tensors[i].shape,
                                                  .ndim = tensors[i].ndim};
    return planned;
}

static int add_implementation(const struct bench_case *c, const struct bench_implementation *impl,
                              struct bench_str *plan, struct bench_err *err)
{
    struct bench_python_tensor *inputs = plan_tensors(c->inputs, c->op->input_count);
    struct bench_python_tensor *outputs = plan_tensors(c->outputs, c->op->output_count);
    struct bench_python_request request = {
        .impl = impl, .plan = c, .inputs = inputs, .outputs = outputs};
    int rc = bench_python_write_request(&request, plan, err);
    bench_str_addf(plan, "\n");
    free(inputs);
    free(outputs);
    return rc;
}

int bench_ahead_python_plan(const struct bench_run *run, struct bench_str *plan,
                            struct bench_err *err)
{
    static const enum bench_role roles[] = {BENCH_CANDIDATE, BENCH_REFERENCE};
    int rc = BENCH_OK;
    for (size_t i = bench_run_first_due(run); rc == BENCH_OK && i < run->suite->case_count; i++) {
        const struct bench_suite_case *sc = &run->suite->cases[i];
        for (size_t r = 0; r < 2 && bench_run_wants(run, i); r++)
            for (size_t k = 0; rc == BENCH_OK && k < sc->roles[roles[r]].count; k++) {
                const struct bench_implementation *impl =
                    bench_operator_find(sc->plan.op, sc->roles[roles[r]].names[k]);
                if (impl != NULL && impl->provider == BENCH_PROVIDER_PYTHON)
                    rc = add_implementation(&sc->plan, impl, plan, err);
            }
    }
    return rc;
}

static void write_target(const struct bench_device_info *info, struct bench_str *text)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "arch", info->arch);
    bench_json_put_key_string(&w, "name", info->name);
    bench_json_put_key_int(&w, "index", info->index);
    bench_json_put_key_int(&w, "sm_count", info->sm_count);
    bench_json_put_key_int(&w, "max_threads_per_block", info->max_threads_per_block);
    bench_json_put_key_int(&w, "max_shared_bytes", (int64_t)info->max_shared_bytes);
    bench_json_put_key_int(&w, "memory_bytes", (int64_t)info->memory_bytes);
    bench_json_put_key_int(&w, "l2_bytes", (int64_t)info->l2_bytes);
    bench_json_close_object(&w);
}

struct command {
    const char *python;
    char *package, *log;
    struct bench_str target;
    char jobs[16];
    int plan_fd;
    const struct bench_sandbox *sandbox;
};

/* In the child. Only comes back if the interpreter cannot be started, which the worker will say. */
static int become_python(void *data, int line_fd)
{
    struct command *c = data;
    char plan[16];
    (void)line_fd;
    if (bench_sandbox_enter(c->sandbox, getppid(), NULL) != BENCH_OK)
        return 1;
    snprintf(plan, sizeof plan, "%d", c->plan_fd);
    fcntl(c->plan_fd, F_SETFD, 0);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC); /* nobody reads what it prints */
    if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
        putenv(bench_python_path(c->package)) != 0 || setenv("CUDA_VISIBLE_DEVICES", "", 1) != 0)
        return 1;
    execlp(c->python, c->python, "-m", "bench_python", "ahead", plan, "--target", c->target.data,
           "--jobs", c->jobs, "--log", c->log, (char *)NULL);
    return 1;
}

/* Half the CPUs: the rest stay with the worker and whoever else is there. */
static int count_jobs(const struct bench_run *run)
{
    long jobs = run->options.jobs > 0 ? run->options.jobs : sysconf(_SC_NPROCESSORS_ONLN) / 2;
    return (int)(jobs < 1 ? 1 : jobs > MOST_JOBS ? MOST_JOBS : jobs);
}

static int start(const struct bench_run *run, const struct bench_str *plan, const char *folder,
                 struct bench_child *child, struct bench_err *err)
{
    struct command c = {.plan_fd = -1};
    int rc = bench_python_folder(&c.package, err);
    if (rc == BENCH_OK)
        rc = bench_python_hand_over("bench-plan", plan, &c.plan_fd, err);
    if (rc == BENCH_OK) {
        c.python = run->options.python ? run->options.python : bench_python_default();
        c.log = bench_path_join(folder, BENCH_AHEAD_LOG);
        c.sandbox = run->options.sandbox;
        bench_str_init(&c.target);
        write_target(&run->info, &c.target);
        snprintf(c.jobs, sizeof c.jobs, "%d", count_jobs(run));
        rc = bench_child_start(child, become_python, &c, err);
        bench_str_fini(&c.target);
    }
    if (c.plan_fd >= 0)
        close(c.plan_fd);
    free(c.package);
    free(c.log);
    return rc;
}

int bench_ahead_python_start(const struct bench_run *run, const char *folder,
                             struct bench_child *child, struct bench_err *err)
{
    struct bench_str plan;
    memset(child, 0, sizeof *child);
    if (strcmp(run->info.kind, "cuda") != 0 || !bench_run_needs_python(run))
        return BENCH_OK;
    bench_str_init(&plan);
    int rc = bench_ahead_python_plan(run, &plan, err);
    if (rc == BENCH_OK && plan.len > 0)
        rc = start(run, &plan, folder, child, err);
    bench_str_fini(&plan);
    return rc;
}
