#include "bench/cli/run_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

/* The longest name a folder can have (PATH_MAX of Linux). */
#define NAME_MAX_BYTES 4096

int bench_run_folder_latest(char **path, struct bench_err *err)
{
    char name[NAME_MAX_BYTES + 1];
    ssize_t length = readlink("results/latest", name, NAME_MAX_BYTES);
    if (length < 0) {
        char *text = NULL;
        int rc = bench_file_read("results/latest", NAME_MAX_BYTES, &text, NULL, err);
        if (rc == BENCH_ENOTFOUND)
            return bench_err_set(err, BENCH_ENOTFOUND,
                                 "there is no results/latest in this folder: run 'bench run' "
                                 "first, or name the folder of a run");
        if (rc != BENCH_OK)
            return rc;
        length = (ssize_t)strcspn(text, "\r\n");
        memcpy(name, text, (size_t)length);
        free(text);
    }
    name[length] = '\0';
    char *folder = bench_path_join("results", name);
    if (length > 0 && bench_file_is_dir(folder)) {
        *path = folder;
        return BENCH_OK;
    }
    bench_err_set(err, BENCH_ENOTFOUND,
                  "results/latest points to %s, which is no folder: run 'bench run' again, or name "
                  "the folder of a run",
                  folder);
    free(folder);
    return BENCH_ENOTFOUND;
}

bool bench_run_folder_is_night(const char *given)
{
    char *night = bench_path_join(given, "night.json");
    char *run = bench_path_join(given, "run/run.json");
    bool is = bench_file_exists(night) && bench_file_exists(run);
    free(night);
    free(run);
    return is;
}

char *bench_run_folder_of(const char *given)
{
    return bench_run_folder_is_night(given) ? bench_path_join(given, "run") : bench_xstrdup(given);
}

int bench_run_folder_find(const char *given, char **path, struct bench_err *err)
{
    if (!given)
        return bench_run_folder_latest(path, err);
    if (!bench_file_is_dir(given))
        return bench_err_set(err, BENCH_ENOTFOUND, "%s: %s, expected the folder of a run", given,
                             bench_file_exists(given) ? "is a file" : "no such folder");
    *path = bench_run_folder_of(given);
    return BENCH_OK;
}

int bench_run_folder_selections(int batch, char *paths[2], size_t *count, struct bench_err *err)
{
    char *run = NULL;
    *count = 0;
    int rc = bench_run_folder_latest(&run, err);
    for (int i = 1; rc == BENCH_OK && i <= 2; i++) {
        char *path = bench_xprintf("%s/selected_batch%d.json", run, i);
        if ((batch == 0 || batch == i) && bench_file_exists(path))
            paths[(*count)++] = path;
        else
            free(path);
    }
    if (rc == BENCH_OK && *count == 0)
        rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "%s has no selected_batch%s.json; run `bench select` first, or name a "
                           "file",
                           run,
                           batch == 1   ? "1"
                           : batch == 2 ? "2"
                                        : "1.json or selected_batch2");
    free(run);
    return rc;
}
