/* Opens NVRTC and finds the CUDA headers that go with it, once a process. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/locate.h"
#include "bench/provider/cuda/nvrtc_impl.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* The library numbers its soname by CUDA's major version; 11 has no cudaLibrary and is too old for
 * the devices here. */
static const char *const sonames[] = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", NULL};
static const char *const pip_libraries[] = {"cu13/lib", "cuda_nvrtc/lib", NULL};
static const char *const pip_headers[] = {"cu13/include", "cuda_runtime/include", NULL};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct bench_nvrtc table;
static struct bench_err open_error;

static const struct bench_library_function functions[] = {
#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "nvrtc" #name, (void **)&table.name                                                        \
    }
    FUNCTION(GetErrorString),
    FUNCTION(Version),
    FUNCTION(GetNumSupportedArchs),
    FUNCTION(GetSupportedArchs),
    FUNCTION(CreateProgram),
    FUNCTION(DestroyProgram),
    FUNCTION(CompileProgram),
    FUNCTION(GetProgramLogSize),
    FUNCTION(GetProgramLog),
    FUNCTION(AddNameExpression),
    FUNCTION(GetLoweredName),
    FUNCTION(GetCUBINSize),
    FUNCTION(GetCUBIN),
    {NULL, NULL},
#undef FUNCTION
};

static bool has_headers(const char *folder)
{
    char *fp16 = bench_path_join(folder, "cuda_fp16.h");
    char *bf16 = bench_path_join(folder, "cuda_bf16.h");
    bool found = bench_file_exists(fp16) && bench_file_exists(bf16);
    free(fp16);
    free(bf16);
    return found;
}

/* Takes `folder`: the headers' place if they are there and none was found before. */
static void try_headers(char *folder, struct bench_str *looked)
{
    if (!table.include && has_headers(folder)) {
        table.include = folder;
        return;
    }
    bench_str_addf(looked, "%s%s", looked->len ? ", " : "", folder);
    free(folder);
}

/* Headers and compiler should be of one version, so those beside the library come first: lib64 and
 * include of a toolkit, cuda_nvrtc/lib and cuda_runtime/include of pip. */
static void find_headers(struct bench_str *looked)
{
    char *real = realpath(table.path, NULL);
    char *lib = bench_path_dirname(real ? real : table.path);
    try_headers(bench_path_join(lib, "../include"), looked);
    try_headers(bench_path_join(lib, "../../cuda_runtime/include"), looked);
    free(lib);
    free(real);
    const char *home = getenv("BENCH_HOME");
    if (home && *home)
        try_headers(bench_path_join(home, "include"), looked);

    struct bench_folders folders;
    bench_locate_folders("share/bench/include", "include", pip_headers, &folders);
    for (size_t i = 0; i < folders.count; i++)
        try_headers(bench_xstrdup(folders.items[i]), looked);
    bench_folders_fini(&folders);
    try_headers(bench_xstrdup("/usr/include"), looked);
}

static void set_include(void)
{
    struct bench_str looked;
    bench_str_init(&looked);
    const char *own = getenv("BENCH_CUDA_INCLUDE");
    if (own && *own)
        try_headers(bench_xstrdup(own), &looked);
    else
        find_headers(&looked);
    if (!table.include)
        table.include_missing = bench_xstrdup(looked.data);
    bench_str_fini(&looked);
}

static void hash_headers(void)
{
    static const char *const names[] = {"cuda_fp16.h", "cuda_fp16.hpp", "cuda_bf16.h",
                                        "cuda_bf16.hpp"};
    struct bench_hash *hash = bench_hash_new();
    for (size_t i = 0; table.include && i < sizeof names / sizeof *names; i++) {
        char *path = bench_path_join(table.include, names[i]), *text = NULL;
        size_t length = 0;
        if (bench_file_read(path, 0, &text, &length, NULL) == BENCH_OK)
            bench_hash_add(hash, text, length);
        free(text);
        free(path);
    }
    bench_hash_hex(hash, table.header_hash);
    bench_hash_free(hash);
}

static void open_once(void)
{
    static const struct bench_library_search search = {
        .what = "NVRTC (the CUDA compiler library)",
        .env = "BENCH_NVRTC",
        .sonames = sonames,
        .pip = pip_libraries,
        .install = "Install the CUDA toolkit, or `pip install nvidia-cuda-nvrtc "
                   "nvidia-cuda-runtime`",
        .needs = "CUDA 12 or newer",
    };
    int major = 0, minor = 0;
    if (bench_locate_functions(&search, functions, &table.path, &open_error) != BENCH_OK)
        return;
    if (table.Version(&major, &minor) != BENCH_NVRTC_SUCCESS) {
        bench_err_set(&open_error, BENCH_EUNSUPPORTED, "NVRTC: %s does not tell its version",
                      table.path);
        return;
    }
    snprintf(table.version, sizeof table.version, "NVRTC %d.%d", major, minor);
    set_include();
    hash_headers();
}

int bench_nvrtc_need_headers(const struct bench_nvrtc *nvrtc, struct bench_err *err)
{
    if (nvrtc->include)
        return BENCH_OK;
    return bench_err_set(err, BENCH_EUNSUPPORTED,
                         "the CUDA headers cuda_fp16.h and cuda_bf16.h were not found: looked in "
                         "%s. Install the CUDA toolkit, or `pip install nvidia-cuda-runtime`, or "
                         "set BENCH_CUDA_INCLUDE to their folder",
                         nvrtc->include_missing);
}

int bench_nvrtc_open(const struct bench_nvrtc **nvrtc, struct bench_err *err)
{
    pthread_once(&once, open_once);
    *nvrtc = &table;
    if (open_error.code != BENCH_OK)
        return bench_err_set(err, open_error.code, "%s", open_error.message);
    return BENCH_OK;
}

char *bench_nvrtc_version(struct bench_err *err)
{
    const struct bench_nvrtc *nvrtc;
    return bench_nvrtc_open(&nvrtc, err) == BENCH_OK ? bench_xstrdup(nvrtc->version) : NULL;
}

/* The number in "sm_90" or "sm_90a"; -1 if it is written otherwise. */
static long arch_number(const char *arch)
{
    char *end = NULL;
    if (strncmp(arch, "sm_", 3) != 0 || arch[3] < '0' || arch[3] > '9')
        return -1;
    long number = strtol(arch + 3, &end, 10);
    return *end == '\0' || ((*end == 'a' || *end == 'f') && end[1] == '\0') ? number : -1;
}

int bench_nvrtc_check(const char *arch, struct bench_err *err)
{
    const struct bench_nvrtc *nvrtc;
    int rc = bench_nvrtc_open(&nvrtc, err);
    int count = 0;
    if (rc != BENCH_OK)
        return rc;
    if (nvrtc->GetNumSupportedArchs(&count) != BENCH_NVRTC_SUCCESS || count < 1)
        return bench_err_set(err, BENCH_ERROR, "%s does not say what it can compile for",
                             nvrtc->version);
    int *archs = bench_xcalloc((size_t)count, sizeof *archs);
    struct bench_str known;
    bench_str_init(&known);
    bool found = false;
    if (nvrtc->GetSupportedArchs(archs) == BENCH_NVRTC_SUCCESS)
        for (int i = 0; i < count; i++) {
            found = found || archs[i] == arch_number(arch);
            bench_str_addf(&known, "%ssm_%d", i ? ", " : "", archs[i]);
        }
    if (!found)
        rc = bench_err_set(err, BENCH_EUNSUPPORTED,
                           "%s cannot compile for %s; it knows %s. Another NVRTC can be named by "
                           "BENCH_NVRTC",
                           nvrtc->version, arch, known.data);
    bench_str_fini(&known);
    free(archs);
    return rc;
}

char *bench_nvrtc_describe(struct bench_err *err)
{
    const struct bench_nvrtc *nvrtc;
    if (bench_nvrtc_open(&nvrtc, err) != BENCH_OK ||
        bench_nvrtc_need_headers(nvrtc, err) != BENCH_OK)
        return NULL;
    char *include = realpath(nvrtc->include, NULL);
    char *text = bench_xprintf("%s (%s, headers in %s)", nvrtc->version, nvrtc->path,
                               include ? include : nvrtc->include);
    free(include);
    return text;
}

int bench_nvrtc_key(struct bench_hash *key, struct bench_err *err)
{
    const struct bench_nvrtc *nvrtc;
    int rc = bench_nvrtc_open(&nvrtc, err);
    if (rc == BENCH_OK)
        bench_hash_add_str(key, nvrtc->header_hash);
    return rc;
}
