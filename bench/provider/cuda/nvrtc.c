/* CUDA C to a cubin for one architecture, by NVRTC. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/nvrtc_impl.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* ptxas then tells registers, shared memory and spills of each kernel in the log. */
static const char verbose_option[] = "--ptxas-options=-v";
/* How much of a log goes into an error message: the first errors are the ones that matter. */
#define MAX_LOG 5000

struct job {
    const struct bench_nvrtc *nvrtc;
    const struct bench_compile_request *request;
    const char *text;
    bench_nvrtc_program program;
    char **options;
    size_t option_count;
    struct bench_nvrtc_log log;
};

/* Takes `option`. */
static void add_option(struct job *job, char *option)
{
    job->options = bench_xrealloc(job->options, (job->option_count + 1) * sizeof *job->options);
    job->options[job->option_count++] = option;
}

static const char *own_arch(const struct bench_compile_request *request)
{
    return bench_compile_own_arch(request->options, request->option_count);
}

/* "sm_90a" has instructions that "sm_90" has not, and runs on the same devices. Anything else would
 * not load on the device that this is compiled for. */
static int check_arch(const struct bench_compile_request *request, struct bench_err *err)
{
    const char *own = own_arch(request);
    size_t n = strlen(request->arch);
    if (!own || (strncmp(own, request->arch, n) == 0 && !(own[n] >= '0' && own[n] <= '9')))
        return BENCH_OK;
    return bench_err_set(err, BENCH_EUNSUPPORTED,
                         "%s: its options ask for --gpu-architecture=%s, which does not run on %s",
                         request->source, own, request->arch);
}

static bool has_option(const struct bench_compile_request *request, const char *prefix)
{
    for (size_t i = 0; i < request->option_count; i++)
        if (strncmp(request->options[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static int make_options(struct job *job, struct bench_err *err)
{
    const struct bench_compile_request *request = job->request;
    int rc = check_arch(request, err);
    if (rc == BENCH_OK)
        rc = bench_nvrtc_need_headers(job->nvrtc, err);
    if (rc != BENCH_OK)
        return rc;
    if (!own_arch(request))
        add_option(job, bench_xprintf("--gpu-architecture=%s", request->arch));
    if (!has_option(request, "-std") && !has_option(request, "--std"))
        add_option(job, bench_xstrdup("-std=c++17"));
    add_option(job, bench_xstrdup("-lineinfo"));
    if (request->text == NULL) {
        char *dir = bench_path_dirname(request->source);
        add_option(job, bench_xprintf("--include-path=%s", dir));
        free(dir);
    }
    add_option(job, bench_xprintf("--include-path=%s", job->nvrtc->include));
    char *cccl = bench_path_join(job->nvrtc->include, "cccl"); /* <cuda/std/…> since CUDA 13 */
    if (bench_file_is_dir(cccl))
        add_option(job, bench_xprintf("--include-path=%s", cccl));
    free(cccl);
    add_option(job, bench_xstrdup("-include=cuda_fp16.h"));
    add_option(job, bench_xstrdup("-include=cuda_bf16.h"));
    for (size_t i = 0; i < request->define_count; i++)
        add_option(job,
                   bench_xprintf("-D%s=%s", request->defines[i].name, request->defines[i].value));
    for (size_t i = 0; i < request->option_count; i++)
        add_option(job, bench_xstrdup(request->options[i]));
    add_option(job, bench_xstrdup(verbose_option)); /* the last: compile_program can leave it out */
    return BENCH_OK;
}

static int call_failed(const struct job *job, const char *what, int result, struct bench_err *err)
{
    return bench_err_set(err, BENCH_ERROR, "%s: %s: %s", job->request->source, what,
                         job->nvrtc->GetErrorString(result));
}

static int read_log(struct job *job, struct bench_err *err)
{
    size_t size = 0;
    int result = job->nvrtc->GetProgramLogSize(job->program, &size);
    char *log = bench_xcalloc(size + 1, 1);
    if (result == BENCH_NVRTC_SUCCESS && size > 0)
        result = job->nvrtc->GetProgramLog(job->program, log);
    bench_nvrtc_log_fini(&job->log);
    bench_nvrtc_log_parse(log, &job->log);
    free(log);
    return result == BENCH_NVRTC_SUCCESS ? BENCH_OK
                                         : call_failed(job, "nvrtcGetProgramLog", result, err);
}

/* Creates the program anew and compiles it with the first `option_count` options. *result is the
 * compiler's answer; the return value says whether there is one. */
static int compile_program(struct job *job, size_t option_count, int *result, struct bench_err *err)
{
    const struct bench_nvrtc *nvrtc = job->nvrtc;
    const struct bench_compile_request *request = job->request;
    if (job->program)
        nvrtc->DestroyProgram(&job->program);
    *result = nvrtc->CreateProgram(&job->program, job->text, request->source, 0, NULL, NULL);
    if (*result != BENCH_NVRTC_SUCCESS) {
        job->program = NULL;
        return call_failed(job, "nvrtcCreateProgram", *result, err);
    }
    for (size_t i = 0; i < request->entry_count; i++) {
        *result = nvrtc->AddNameExpression(job->program, request->entries[i]);
        if (*result != BENCH_NVRTC_SUCCESS)
            return call_failed(job, "nvrtcAddNameExpression", *result, err);
    }
    *result =
        nvrtc->CompileProgram(job->program, (int)option_count, (const char *const *)job->options);
    return read_log(job, err);
}

static int unknown_entry(const struct job *job, const char *entry, const char *reason,
                         struct bench_err *err)
{
    struct bench_str kernels;
    bench_str_init(&kernels);
    bench_source_kernels(job->text, &kernels);
    int rc = bench_err_set(
        err, BENCH_ENOTFOUND, "%s: no kernel for entry '%s': %s. The source's kernels are: %s",
        job->request->source, entry, reason, kernels.len ? kernels.data : "none");
    bench_str_fini(&kernels);
    return rc;
}

static int compile_error(const struct job *job, int result, struct bench_err *err)
{
    const struct bench_nvrtc_log *log = &job->log;
    const char *source = job->request->source;
    if (result == BENCH_NVRTC_INVALID_OPTION && !own_arch(job->request) &&
        strstr(log->text.data, "--gpu-architecture")) {
        int rc = bench_nvrtc_check(job->request->arch, err);
        if (rc != BENCH_OK)
            return rc;
    }
    if (result == BENCH_NVRTC_INVALID_OPTION)
        return bench_err_set(err, BENCH_EINPUT, "%s: %s does not accept the options: %s", source,
                             job->nvrtc->version, log->text.data);
    if (result == BENCH_NVRTC_COMPILATION && log->entry_errors && log->errors == 0)
        return unknown_entry(job, log->bad_entry ? log->bad_entry : "?", log->entry_error, err);
    if (result != BENCH_NVRTC_COMPILATION)
        return call_failed(job, log->text.len ? log->text.data : "nvrtcCompileProgram", result,
                           err);
    return bench_err_set(err, BENCH_EINPUT, "%s does not compile for %s (%s):\n%.*s%s", source,
                         job->request->arch, job->nvrtc->version, MAX_LOG, log->text.data,
                         log->text.len > MAX_LOG ? "\n[...]" : "");
}

static int compile(struct job *job, struct bench_err *err)
{
    int result = BENCH_NVRTC_SUCCESS;
    int rc = compile_program(job, job->option_count, &result, err);
    if (rc == BENCH_OK && result == BENCH_NVRTC_COMPILATION && job->log.errors == 0 &&
        job->log.entry_errors == 0)
        /* Under -v some of ptxas's errors (too much shared memory) are missing from NVRTC's log. */
        rc = compile_program(job, job->option_count - 1, &result, err);
    if (rc == BENCH_OK && result != BENCH_NVRTC_SUCCESS)
        rc = compile_error(job, result, err);
    return rc;
}

static int read_entry(const struct job *job, size_t index, struct bench_entry_resources *out,
                      struct bench_err *err)
{
    const char *expression = job->request->entries[index], *symbol = NULL;
    int result = job->nvrtc->GetLoweredName(job->program, expression, &symbol);
    if (result != BENCH_NVRTC_SUCCESS || !symbol)
        return call_failed(job, expression, result, err);
    const struct bench_ptxas_info *info = bench_nvrtc_log_find(&job->log, symbol);
    if (job->log.info_count && (!info || !info->is_entry)) {
        return unknown_entry(job, expression, "it is no __global__ function", err);
    }
    out->symbol = bench_xstrdup(symbol);
    out->registers = info ? info->registers : -1;
    if (info) {
        out->shared_bytes = info->shared_bytes;
        out->spill_store_bytes = info->spill_store_bytes;
        out->spill_load_bytes = info->spill_load_bytes;
        out->stack_bytes = info->stack_bytes;
    }
    return BENCH_OK;
}

static int write_cubin(const struct job *job, const char *path, struct bench_err *err)
{
    size_t size = 0;
    int result = job->nvrtc->GetCUBINSize(job->program, &size);
    if (result != BENCH_NVRTC_SUCCESS)
        return call_failed(job, "nvrtcGetCUBINSize", result, err);
    if (size == 0) /* "compute_90" among the options gives PTX only */
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: NVRTC made no cubin: --gpu-architecture must name a real "
                             "architecture (sm_…)",
                             job->request->source);
    char *cubin = bench_xmalloc(size);
    result = job->nvrtc->GetCUBIN(job->program, cubin);
    int rc = BENCH_OK;
    if (result != BENCH_NVRTC_SUCCESS)
        rc = call_failed(job, "nvrtcGetCUBIN", result, err);
    FILE *file = rc == BENCH_OK ? fopen(path, "wbe") : NULL;
    if (rc == BENCH_OK && !file)
        rc = bench_err_set(err, BENCH_ERROR, "%s: %s", path, strerror(errno));
    if (file && (fwrite(cubin, 1, size, file) != size) + (fclose(file) != 0) != 0)
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot write: %s", path, strerror(errno));
    free(cubin);
    return rc;
}

static int read_results(const struct job *job, const char *path, struct bench_compiled *out,
                        struct bench_err *err)
{
    out->entries = bench_xcalloc(job->request->entry_count + 1, sizeof *out->entries);
    for (size_t i = 0; i < job->request->entry_count; i++) {
        int rc = read_entry(job, i, &out->entries[i], err);
        if (rc != BENCH_OK)
            return rc;
    }
    out->log = bench_xstrdup(job->log.text.data);
    return write_cubin(job, path, err);
}

int bench_nvrtc_compile(const struct bench_compile_request *request, const char *text,
                        const char *path, struct bench_compiled *out, struct bench_err *err)
{
    struct job job = {.request = request, .text = text};
    int rc = bench_nvrtc_open(&job.nvrtc, err);
    if (rc != BENCH_OK)
        return rc;
    bench_nvrtc_log_parse("", &job.log);
    rc = make_options(&job, err);
    if (rc == BENCH_OK)
        rc = compile(&job, err);
    if (rc == BENCH_OK)
        rc = read_results(&job, path, out, err);
    if (job.program)
        job.nvrtc->DestroyProgram(&job.program);
    for (size_t i = 0; i < job.option_count; i++)
        free(job.options[i]);
    free(job.options);
    bench_nvrtc_log_fini(&job.log);
    return rc;
}
