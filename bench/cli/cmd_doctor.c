/* bench doctor: what this host has, what it lacks, what that disables, and how to get it. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/options.h"
#include "bench/device/device.h"
#include "bench/perf/json.h"
#include "bench/provider/cuda/compile.h"
#include "bench/provider/library/library.h"
#include "bench/run/python_worker.h"
#include "bench/run/sandbox.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "bench/util/str.h"

#define MAX_GPUS 64
#define BYTES_PER_GIB 1073741824.0
/* Any architecture will do to ask which NVRTC there is. */
#define SOME_GPU_ARCH "sm_90"

static void found(const char *what, const char *text)
{
    printf("  ok       %-12s %s\n", what, text);
}

/* `remedy` is something to do, to type if it can be. */
static void missing(const char *what, const char *reason, const char *disables, const char *remedy)
{
    printf("  missing  %-12s %s\n", what, reason);
    printf("           %-12s without it: %s\n", "", disables);
    printf("           %-12s remedy: %s\n", "", remedy);
}

/* How a package is installed here: by its name in Debian, or in Fedora and its like. */
static const char *install(const char *debian, const char *fedora, char text[128])
{
    bool dnf = !bench_process_exists("apt-get") && bench_process_exists("dnf");
    snprintf(text, 128, "%s%s install %s", geteuid() == 0 ? "" : "sudo ", dnf ? "dnf" : "apt-get",
             dnf ? fedora : debian);
    return text;
}

#define CUDA_REMEDY                                                                                \
    "install the CUDA toolkit (https://developer.nvidia.com/cuda-downloads), or name a folder "    \
    "that has the library in LD_LIBRARY_PATH"
#define DRIVER_REMEDY                                                                              \
    "install NVIDIA's driver (https://www.nvidia.com/drivers); a container needs `--gpus all` "    \
    "and "                                                                                         \
    "the NVIDIA Container Toolkit"

static void check_folder(const char *name, const char *disables)
{
    struct bench_err err = {0};
    char *path = NULL;
    if (bench_path_find_home(name, &path, &err) == BENCH_OK)
        found(name, path);
    else
        missing(
            name, err.message, disables,
            "set BENCH_HOME to the folder with kernels/ and configs/: a checkout, or share/bench "
            "of an installation");
    free(path);
}

static void check_cache(void)
{
    struct bench_err err = {0};
    char *cache = bench_path_cache();
    int rc = bench_file_mkdirs(cache, &err);
    if (rc == BENCH_OK && access(cache, W_OK) != 0)
        rc = bench_err_set(&err, BENCH_ERROR,
                           "%s cannot be written; set BENCH_CACHE to a folder that can", cache);
    if (rc == BENCH_OK)
        found("cache", cache);
    else
        missing("cache", err.message,
                "compiled code is kept in $TMPDIR/bench-cache-<uid> or /tmp only",
                "set BENCH_CACHE to a folder on a disk that this user can write");
    free(cache);
}

static void check_compiler(const char *what, const char *arch, const char *disables,
                           const char *remedy)
{
    struct bench_err err = {0};
    char *text = bench_compiler_describe(arch, &err);
    if (text)
        found(what, text);
    else
        missing(what, err.message, disables, remedy);
    free(text);
}

static void check_library(const char *what, const char *entry, const char *disables)
{
    struct bench_err err = {0};
    char *path = NULL;
    if (bench_library_locate(entry, &path, &err) == BENCH_OK)
        found(what, path);
    else
        missing(what, err.message, disables, CUDA_REMEDY);
    free(path);
}

static void check_python(void)
{
    static const char *const argv[] = {"python3", "--version", NULL};
    const struct bench_process_spec spec = {.argv = argv, .timeout_ms = 10000};
    struct bench_process_result result = {0};
    struct bench_err err = {0};
    char how[128];
    int rc = bench_process_run(&spec, &result, &err);
    if (rc == BENCH_OK && result.exit_code == 0) {
        result.out[strcspn(result.out, "\n")] = '\0';
        found("python3", result.out);
    } else {
        missing("python3", rc == BENCH_OK ? "python3 --version fails" : err.message,
                "`bench import` and `bench export` cannot check Python code",
                install("python3", "python3", how));
    }
    bench_process_result_fini(&result);
}

/* NULL if it is not there, or null. */
static const char *text_in(const struct bench_json *facts, const char *key)
{
    const struct bench_json *value = bench_json_get(facts, key);
    return value && bench_json_type(value) == BENCH_JSON_STRING ? bench_json_string(value) : NULL;
}

/* One line for a module: its version, or why it cannot be imported, what that disables, and what
 * pip installs it by. */
static void check_module(const struct bench_json *facts, const char *label, const char *key,
                         const char *disables, const char *pip)
{
    const char *version = text_in(facts, key);
    char *why_key = bench_xprintf("%s_why", key);
    const char *why = text_in(facts, why_key), *python = text_in(facts, "executable");
    char *remedy = bench_xprintf("%s -m pip install %s", python ? python : "python3", pip);
    if (version)
        found(label, version);
    else
        missing(label, why ? why : "it is not installed", disables, remedy);
    free(remedy);
    free(why_key);
}

static void check_torch(const struct bench_json *facts)
{
    const char *version = text_in(facts, "torch"), *cuda = text_in(facts, "cuda");
    bool sees = false;
    if (version == NULL) {
        check_module(facts, "torch", "torch", "operators in Python cannot be described or run",
                     "torch");
        return;
    }
    bench_json_get_bool(facts, "cuda_available", false, &sees, NULL);
    char *text = bench_xprintf("%s, %s%s, %s", version, cuda ? "CUDA " : "without CUDA",
                               cuda ? cuda : "", sees ? "sees a GPU" : "sees no GPU");
    found("torch", text);
    free(text);
}

static void print_modules(const struct bench_json *facts)
{
    const char *version = text_in(facts, "python"), *executable = text_in(facts, "executable");
    char *text = bench_xprintf("%s, %s", version ? version : "?", executable ? executable : "?");
    found("interpreter", text);
    free(text);
    check_torch(facts);
    check_module(facts, "Triton", "triton", "operators written in Triton cannot be imported",
                 "triton");
    check_module(facts, "FlagGems", "flag_gems",
                 "operators have no reference but by --reference CHECKOUT, and those that import "
                 "flag_gems cannot be imported",
                 "git+https://github.com/FlagOpen/FlagGems");
    check_module(facts, "PyYAML", "yaml", "--from-flaggems cannot read core_shapes.yaml", "pyyaml");
}

/* What the interpreter of --operators says of itself. */
static void check_operators(const char *python)
{
    const char *argv[] = {python, "-m", "bench_python", "doctor", NULL};
    struct bench_process_result result = {0};
    struct bench_err err = {0};
    struct bench_json_doc *doc = NULL;
    char *folder = NULL, *path = NULL;
    int rc = bench_python_folder(&folder, &err);
    if (rc == BENCH_OK) {
        path = bench_python_path(folder);
        const char *env[] = {path, NULL};
        const struct bench_process_spec spec = {.argv = argv, .env = env, .timeout_ms = 120000};
        rc = bench_process_run(&spec, &result, &err);
    }
    if (rc == BENCH_OK)
        rc = bench_json_parse("bench_python doctor", result.out, result.out_length, &doc, &err);
    if (rc == BENCH_OK) {
        print_modules(bench_json_root(doc));
    } else {
        char *why = bench_xprintf("%s: %s", python, err.message);
        missing("interpreter", why, "there are no operators in Python",
                "name an interpreter that has torch with --python or BENCH_PYTHON");
        free(why);
    }
    bench_json_free(doc);
    bench_process_result_fini(&result);
    free(path);
    free(folder);
}

static void check_nvml(void)
{
    void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library) {
        found("NVML", "libnvidia-ml.so.1");
        dlclose(library);
    } else {
        missing("NVML", "libnvidia-ml.so.1, a part of the NVIDIA driver, was not found",
                "runs do not record temperature, power and throttling", DRIVER_REMEDY);
    }
}

/* Compiles and runs a kernel that writes 42: the device and its compiler really work together. */
static int try_kernel(struct bench_device *device, struct bench_err *err)
{
    static const char *const entries[] = {"answer"};
    const struct bench_compile_request request = {
        .source = "doctor.cu",
        .text = "extern \"C\" __global__ void answer(int *x) { x[threadIdx.x] = 42; }\n",
        .arch = bench_device_info(device)->arch,
        .entries = entries,
        .entry_count = 1,
    };
    static const uint32_t grid[3] = {1, 1, 1}, block[3] = {32, 1, 1};
    struct bench_compiled compiled;
    struct bench_module *module = NULL;
    struct bench_function *function = NULL;
    int values[32] = {0};
    void *memory = NULL;
    int rc = bench_compile(&request, &compiled, err);
    if (rc != BENCH_OK)
        return rc;
    rc = bench_device_load(device, compiled.path, &module, err);
    if (rc == BENCH_OK)
        rc =
            bench_device_function(device, module, compiled.entries[0].symbol, &function, NULL, err);
    if (rc == BENCH_OK)
        rc = bench_device_alloc(device, sizeof values, &memory, err);
    void *args[] = {&memory};
    if (rc == BENCH_OK)
        rc = bench_device_launch(device, function, grid, block, 0, args, err);
    if (rc == BENCH_OK)
        rc = bench_device_download(device, values, memory, sizeof values, err);
    for (int i = 0; i < 32 && rc == BENCH_OK; i++)
        if (values[i] != 42)
            rc =
                bench_err_set(err, BENCH_ERROR, "a test kernel wrote %d in place of 42", values[i]);
    bench_device_release(device, memory);
    bench_device_unload(device, module);
    bench_compiled_fini(&compiled);
    return rc;
}

static void print_facts(struct bench_device *device)
{
    struct bench_device_fact facts[16];
    size_t count = bench_device_facts(device, facts, 16);
    if (count == 0)
        return;
    printf("           %-12s", "");
    for (size_t i = 0; i < count; i++)
        printf("%s %s %s", i ? "," : "", facts[i].name, facts[i].value);
    printf("\n");
}

/* True if the device opens and runs a kernel. */
static bool check_device(const char *spec)
{
    struct bench_err err = {0};
    struct bench_device *device = NULL;
    int rc = bench_device_open(spec, 1, &device, NULL, &err);
    if (rc == BENCH_OK)
        rc = try_kernel(device, &err);
    if (rc == BENCH_OK) {
        const struct bench_device_info *info = bench_device_info(device);
        char *text =
            bench_xprintf("%s, %s, %d %s, %.1f GB, %s: ran a kernel", info->name, info->arch,
                          info->sm_count, strcmp(info->kind, "cuda") == 0 ? "SMs" : "threads",
                          (double)info->memory_bytes * 1e-9, info->driver);
        found(spec, text);
        free(text);
        print_facts(device);
    } else {
        printf("  failed   %-12s %s\n", spec, err.message);
    }
    bench_device_close(device);
    return rc == BENCH_OK;
}

/* GPUs are numbered without gaps: the first that is not there ends the list. */
static bool check_gpus(void)
{
    bool any = false;
    for (int i = 0; i < MAX_GPUS; i++) {
        char spec[24];
        struct bench_err err = {0};
        struct bench_device *device = NULL;
        snprintf(spec, sizeof spec, "cuda:%d", i);
        int rc = bench_device_open(spec, 1, &device, NULL, &err);
        bench_device_close(device);
        if (rc == BENCH_ENOTFOUND && i == 0)
            missing("cuda", err.message, "kernels are verified on the CPU; no times of a GPU",
                    DRIVER_REMEDY);
        if (rc == BENCH_ENOTFOUND)
            break;
        any |= check_device(spec);
    }
    return any;
}

static void check_sandbox(void)
{
    struct bench_sandbox_host host;
    struct bench_sandbox_limits limits;
    char text[128], how[128];
    bench_sandbox_probe(&host);
    bench_sandbox_default_limits(&limits);
    snprintf(text, sizeof text, "ABI %d: files%s%s", host.landlock,
             host.landlock >= 4 ? ", TCP" : "", host.signals ? ", signals" : "");
    if (host.landlock > 0)
        found("Landlock", text);
    else
        missing("Landlock", host.landlock_why, "candidates can write wherever this user can",
                "a Linux kernel of 5.13 or newer with `landlock` in its lsm= (see "
                "/sys/kernel/security/lsm); else a user or machine of its own for measuring");
    if (host.seccomp)
        found("seccomp", "networks, tracing, mounts and the like are refused");
    else
        missing("seccomp", host.seccomp_why,
                "candidates can use the network and reach other processes",
                install("libseccomp2", "libseccomp", how));
    snprintf(text, sizeof text, "memory %.1f GiB, files %.0f GiB, %d processes%s",
             (double)limits.memory_bytes / BYTES_PER_GIB, (double)limits.file_bytes / BYTES_PER_GIB,
             limits.processes,
             host.process_limit ? ""
                                : " (counted twice a second: the kernel does not limit root's)");
    found("limits", text);
}

static void check_parts(const char *cpu_arch, const char *python)
{
    char how[128];
    printf("Compilers\n");
    check_compiler("NVRTC", SOME_GPU_ARCH,
                   "no GPU kernel can be compiled, so the cuda device and `bench compile --arch "
                   "sm_…` do not work",
                   CUDA_REMEDY);
    check_compiler("C++", cpu_arch, "the cpu device does not work", install("g++", "gcc-c++", how));
    printf("Libraries\n");
    check_library("cuBLAS", "cublas.gemm", "implementations that name cublas.* are unsupported");
    check_library("cuDNN", "cudnn.softmax", "implementations that name cudnn.* are unsupported");
    check_nvml();
    check_python();
    printf("Operators in Python (bench run --operators)\n");
    check_operators(python);
    printf("Sandbox of workers (docs/sandbox.md)\n");
    check_sandbox();
    printf("Folders\n");
    check_folder("kernels", "there are no operators; name a folder with --kernels");
    check_folder("configs", "there are no suites; name a suite's file with --suite");
    check_cache();
}

static int run_doctor(const struct bench_command *self, int argc, char **argv)
{
    const char *python = bench_python_default();
    const struct bench_option options[] = {
        {"python", BENCH_OPTION_STRING, &python, "PROGRAM",
         "The interpreter for operators in Python (default: $BENCH_PYTHON, else python3).", 0, 0},
        {0},
    };
    int exit_code = 0;
    size_t positionals = 0;
    if (bench_options_parse(self, options, argc, argv, NULL, 0, &positionals, &exit_code) != 0)
        return exit_code;

    struct bench_err err = {0};
    struct bench_device *cpu = NULL;
    char arch[32] = "x86-64";
    if (bench_device_open("cpu", 1, &cpu, NULL, &err) == BENCH_OK)
        snprintf(arch, sizeof arch, "%s", bench_device_info(cpu)->arch);
    bench_device_close(cpu);

    char *program = bench_path_self();
    printf("bench %s (%s)\n", BENCH_VERSION, program ? program : "?");
    free(program);
    check_parts(arch, python);
    printf("Devices\n");
    bool gpu = check_gpus();
    bool host = check_device("cpu");
    if (gpu)
        printf("\n`--device auto` takes the first GPU that is listed.\n");
    else if (host)
        printf(
            "\n`--device auto` takes the CPU: results are verified, times say nothing of a GPU.\n");
    else
        printf("\nNo device can run a kernel.\n");
    return gpu || host ? BENCH_EXIT_OK : BENCH_EXIT_NO_DEVICE;
}

const struct bench_command bench_cmd_doctor = {
    .name = "doctor",
    .summary = "Say what this host has, what it lacks, what that disables, and what to do.",
    .usage = "doctor [options]",
    .details = "Looks for compilers, libraries, Python modules, folders and devices, and runs a "
               "small kernel on every "
               "device. Exits 0 if at least one device can run, else 3.",
    .run = run_doctor,
};
