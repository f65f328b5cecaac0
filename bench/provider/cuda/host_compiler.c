#include "bench/provider/cuda/host_compiler.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/compile_impl.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

int bench_host_compiler(char **path, struct bench_err *err)
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

int bench_host_shim(char **folder, struct bench_err *err)
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

char *bench_host_version(struct bench_err *err)
{
    /* Asked for with every compilation; the compiler is asked once. */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char known_compiler[4096];
    static char known_version[512];
    char *compiler;
    if (bench_host_compiler(&compiler, err) != BENCH_OK)
        return NULL;
    char *version = NULL;
    pthread_mutex_lock(&lock);
    if (strcmp(known_compiler, compiler) == 0) {
        version = bench_xstrdup(known_version);
    } else if (ask_version(compiler, &version, err) == BENCH_OK) {
        snprintf(known_compiler, sizeof(known_compiler), "%s", compiler);
        snprintf(known_version, sizeof(known_version), "%s", version);
    }
    pthread_mutex_unlock(&lock);
    free(compiler);
    return version;
}

/* --- the key --- */

static int add_folder(struct bench_hash *key, const char *folder, struct bench_err *err)
{
    char **names;
    size_t count;
    int rc = bench_file_list(folder, &names, &count, err);
    if (rc != BENCH_OK)
        return rc;
    for (size_t i = 0; i < count && rc == BENCH_OK; i++) {
        char *path = bench_path_join(folder, names[i]);
        char *text = NULL;
        size_t length = 0;
        if (bench_file_is_dir(path)) {
            rc = add_folder(key, path, err);
        } else {
            rc = bench_file_read(path, 0, &text, &length, err);
            if (rc == BENCH_OK) {
                bench_hash_add_str(key, names[i]);
                bench_hash_add(key, text, length);
            }
        }
        free(text);
        free(path);
    }
    bench_file_list_free(names, count);
    return rc;
}

/* Code is made for this very processor (-march=native): a cache that several machines share must
 * tell them apart. */
static void add_processor(struct bench_hash *key)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file)
        return;
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) > 0) {
        if (line[0] == '\n')
            break; /* the first processor stands for all */
        if (bench_str_starts(line, "flags") || bench_str_starts(line, "model") ||
            bench_str_starts(line, "cpu family") || bench_str_starts(line, "Features") ||
            bench_str_starts(line, "CPU part"))
            bench_hash_add_str(key, line);
    }
    free(line);
    fclose(file);
}

int bench_host_key(struct bench_hash *key, struct bench_err *err)
{
    char *shim;
    int rc = bench_host_shim(&shim, err);
    if (rc != BENCH_OK)
        return rc;
    rc = add_folder(key, shim, err);
    add_processor(key);
    free(shim);
    return rc;
}
