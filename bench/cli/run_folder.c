#include "bench/cli/run_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/perf/json.h"
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

/* "running" is also what a run says that was killed. */
static int refuse_run(const char *path, const char *status, const struct bench_json *run,
                      const char *instead, struct bench_err *err)
{
    const struct bench_json *totals = bench_json_get(run, "totals");
    int64_t done = -1;
    int64_t cases = -1;
    struct bench_err ignored;
    char *after = NULL, *folder = bench_path_dirname(path);
    if (totals &&
        bench_json_get_int(totals, "cases_done", true, 0, INT64_MAX, &done, &ignored) == BENCH_OK &&
        bench_json_get_int(totals, "cases", true, 0, INT64_MAX, &cases, &ignored) == BENCH_OK)
        after = bench_xprintf(" after %lld of %lld cases", (long long)done, (long long)cases);
    if (bench_json_get(run, "merged") != NULL) {
        bench_err_set(err, BENCH_EINPUT,
                      "%s: the run is partial, put together%s: add what is missing with `bench "
                      "merge OUT %s RUN...` (%s)",
                      path, after ? after : "", folder, instead);
        free(folder);
        free(after);
        return BENCH_EINPUT;
    }
    const char *what = strcmp(status, "running") == 0  ? "is still running or was killed"
                       : strcmp(status, "failed") == 0 ? "failed"
                                                       : "was interrupted";
    bench_err_set(err, BENCH_EINPUT,
                  "%s: the run %s%s; run it again, or go on with `bench run --resume %s` (%s)",
                  path, what, after ? after : "", folder, instead);
    free(folder);
    free(after);
    return BENCH_EINPUT;
}

/* Nothing is decided over a part of an operator's cases. */
static int refuse_shard(const char *path, const struct bench_json *run, const char *instead,
                        struct bench_err *err)
{
    const struct bench_json *shard = bench_json_get(run, "shard");
    int64_t number = 0, of = 0;
    if (shard == NULL ||
        bench_json_get_int(shard, "number", true, 1, INT32_MAX, &number, err) != 0 ||
        bench_json_get_int(shard, "of", true, 1, INT32_MAX, &of, err) != 0)
        return shard == NULL ? BENCH_OK : BENCH_EINPUT;
    return bench_err_set(err, BENCH_EINPUT,
                         "%s: the run is partial, shard %lld/%lld of its suite: put all shards "
                         "together with `bench merge OUT RUN...` first (%s)",
                         path, (long long)number, (long long)of, instead);
}

int bench_run_folder_check_finished(const char *folder, const char *instead, struct bench_err *err)
{
    char *path = bench_path_join(folder, "run.json");
    struct bench_json_doc *doc = NULL;
    const char *status = NULL;
    int rc = BENCH_OK;
    if (bench_file_exists(path)) {
        rc = bench_json_read(path, 0, &doc, err);
        const struct bench_json *root = rc == BENCH_OK ? bench_json_root(doc) : NULL;
        rc = rc == BENCH_OK ? bench_json_expect(root, BENCH_JSON_OBJECT, err) : rc;
        rc = rc == BENCH_OK ? bench_json_get_string(root, "status", true, &status, err) : rc;
        if (rc == BENCH_OK && strcmp(status, "finished") != 0)
            rc = refuse_run(path, status, root, instead, err);
        if (rc == BENCH_OK)
            rc = refuse_shard(path, root, instead, err);
    }
    bench_json_free(doc);
    free(path);
    return rc;
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
