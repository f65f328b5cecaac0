#include "bench/run/ahead_python.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/case/check_seed.h"
#include "bench/case/hidden_shapes.h"
#include "bench/perf/json.h"
#include "bench/provider/python/python.h"
#include "bench/run/python_worker.h"
#include "bench/run/sandbox.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/parallel.h"

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

/* The implementations of both roles that are called in Python, at the shape of `c`. */
static int add_roles(const struct bench_suite_case *sc, const struct bench_case *c,
                     struct bench_str *plan, struct bench_err *err)
{
    static const enum bench_role roles[] = {BENCH_CANDIDATE, BENCH_REFERENCE};
    int rc = BENCH_OK;
    for (size_t r = 0; r < 2; r++)
        for (size_t k = 0; rc == BENCH_OK && k < sc->roles[roles[r]].count; k++) {
            const struct bench_implementation *impl =
                bench_operator_find(c->op, sc->roles[roles[r]].names[k]);
            if (impl != NULL && impl->provider == BENCH_PROVIDER_PYTHON)
                rc = add_implementation(c, impl, plan, err);
        }
    return rc;
}

/* Triton compiles odd sizes anew. The hidden shapes themselves are not told, for candidates run in
 * the helpers: shapes of their kinds are. One for which the description makes no sense is left out,
 * as it will be there. */
static int add_hidden_shapes(const struct bench_suite_case *sc, struct bench_str *plan,
                             struct bench_err *err)
{
    const struct bench_case *timed = &sc->plan;
    struct bench_json_doc *params = NULL;
    struct bench_arena *arena = bench_arena_new();
    int rc =
        bench_json_parse("params", timed->params_json, strlen(timed->params_json), &params, err);
    for (int kind = 0; rc == BENCH_OK && kind < bench_hidden_shape_kinds(timed->op); kind++) {
        int64_t shape[BENCH_MAX_DIMS] = {0};
        struct bench_err ignored = {0};
        struct bench_case c;
        uint64_t seed = bench_check_seed(0, timed->key, BENCH_CHECK_HIDDEN, (uint64_t)kind);
        bench_hidden_shape(timed, kind, seed, shape);
        if (bench_case_plan(timed->op, timed->dtype, shape, timed->ndim, bench_json_root(params),
                            arena, &c, &ignored) != BENCH_OK)
            continue;
        rc = add_roles(sc, &c, plan, err);
        bench_case_fini(&c);
    }
    bench_json_free(params);
    bench_arena_free(arena);
    return rc;
}

/* Hidden shapes are tried with the first case of an operator, dtype and parameters. */
static bool is_alike(const struct bench_case *a, const struct bench_case *b)
{
    return a->op == b->op && a->dtype == b->dtype && strcmp(a->params_json, b->params_json) == 0;
}

int bench_ahead_python_plan(const struct bench_run *run, struct bench_str *plan,
                            struct bench_err *err)
{
    const struct bench_suite_case *last = NULL;
    int rc = BENCH_OK;
    for (size_t i = bench_run_first_due(run); rc == BENCH_OK && i < run->suite->case_count; i++) {
        const struct bench_suite_case *sc = &run->suite->cases[i];
        if (!bench_run_wants(run, i))
            continue;
        rc = add_roles(sc, &sc->plan, plan, err);
        if (rc == BENCH_OK && sc->plan.ndim > 0 &&
            (last == NULL || !is_alike(&last->plan, &sc->plan)))
            rc = add_hidden_shapes(sc, plan, err);
        last = sc;
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
    int jobs = run->options.jobs > 0 ? run->options.jobs : (int)(bench_parallel_cpus() / 2);
    return jobs < 1 ? 1 : jobs > MOST_JOBS ? MOST_JOBS : jobs;
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
