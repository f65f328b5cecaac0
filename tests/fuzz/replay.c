/* A target without libFuzzer: runs it over every file of the folders that are named, over the
 * beginnings of each (a torn file is the commonest damage), and over nothing at all. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/util/file.h"
#include "fuzz.h"

/* Of a longer file, this many beginnings, evenly spread. */
#define MOST_BEGINNINGS 256

static size_t executions;

static void run(const char *data, size_t size)
{
    LLVMFuzzerTestOneInput((const uint8_t *)data, size);
    executions++;
}

static int run_file(const char *path)
{
    struct bench_err err = {0};
    char *data = NULL;
    size_t size = 0;
    if (bench_file_read(path, 0, &data, &size, &err) != BENCH_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    size_t step = size / MOST_BEGINNINGS + 1;
    run(data, size);
    for (size_t length = size; length > step; length -= step)
        run(data, length - step);
    free(data);
    return 0;
}

static int run_folder(const char *folder)
{
    struct bench_err err = {0};
    char **names = NULL;
    size_t count = 0;
    int failed = 0;
    if (bench_file_list(folder, &names, &count, &err) != BENCH_OK || count == 0) {
        fprintf(stderr, "%s: no corpus: %s\n", folder, err.message);
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        char *path = bench_path_join(folder, names[i]);
        failed |= run_file(path);
        free(path);
    }
    bench_file_list_free(names, count);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    run("", 0);
    for (int i = 1; i < argc; i++)
        failed |= bench_file_is_dir(argv[i]) ? run_folder(argv[i]) : run_file(argv[i]);
    printf("%zu executions\n", executions);
    return failed;
}
