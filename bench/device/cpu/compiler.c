#include "bench/device/cpu/compiler.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

int bench_cpu_compiler(char **path, struct bench_err *err)
{
    const char *wanted = getenv("BENCH_CXX");
    if (wanted && *wanted) {
        if (!bench_process_exists(wanted))
            return bench_err_set(err, BENCH_EUNSUPPORTED,
                                 "BENCH_CXX is %s, but there is no such program", wanted);
        *path = bench_xstrdup(wanted);
        return BENCH_OK;
    }
    static const char *const names[] = {"c++", "g++", "clang++"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (bench_process_exists(names[i])) {
            *path = bench_xstrdup(names[i]);
            return BENCH_OK;
        }
    }
    return bench_err_set(err, BENCH_EUNSUPPORTED,
                         "the cpu device needs a C++ compiler, and neither c++, g++ nor clang++ is "
                         "in PATH: install g++, or name one in BENCH_CXX");
}

int bench_cpu_shim(char **folder, struct bench_err *err)
{
    /* Installed; in the source tree. */
    if (bench_path_find_home("shim", folder, NULL) == BENCH_OK)
        return BENCH_OK;
    return bench_path_find_home("bench/device/cpu/shim", folder, err);
}

static int ask_version(const char *compiler, char **version, struct bench_err *err)
{
    const char *argv[] = {compiler, "--version", NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 30000};
    struct bench_process_result result = {0};
    int rc = bench_process_run(&spec, &result, err);
    if (rc == BENCH_OK && (result.exit_code != 0 || result.out_length == 0))
        rc =
            bench_err_set(err, BENCH_EUNSUPPORTED, "%s --version failed: %s", compiler, result.err);
    if (rc == BENCH_OK)
        *version = bench_xprintf("%.*s", (int)strcspn(result.out, "\n"), result.out);
    bench_process_result_fini(&result);
    return rc;
}

int bench_cpu_compiler_version(const char *compiler, char **version, struct bench_err *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char known_compiler[4096];
    static char known_version[512];
    int rc = BENCH_OK;
    pthread_mutex_lock(&lock);
    if (strcmp(known_compiler, compiler) == 0) {
        *version = bench_xstrdup(known_version);
    } else {
        rc = ask_version(compiler, version, err);
        if (rc == BENCH_OK) {
            snprintf(known_compiler, sizeof(known_compiler), "%s", compiler);
            snprintf(known_version, sizeof(known_version), "%s", *version);
        }
    }
    pthread_mutex_unlock(&lock);
    return rc;
}
