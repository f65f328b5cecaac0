/* Which compiler makes code for the cpu device, and what decides that code besides the request. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/device/cpu/compiler.h"
#include "bench/provider/cuda/compile_impl.h"
#include "bench/util/file.h"

char *bench_host_version(struct bench_err *err)
{
    char *compiler;
    char *version = NULL;
    if (bench_cpu_compiler(&compiler, err) != BENCH_OK)
        return NULL;
    int rc = bench_cpu_compiler_version(compiler, &version, err);
    free(compiler);
    return rc == BENCH_OK ? version : NULL;
}

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
    int rc = bench_cpu_shim(&shim, err);
    if (rc != BENCH_OK)
        return rc;
    rc = add_folder(key, shim, err);
    add_processor(key);
    free(shim);
    return rc;
}
