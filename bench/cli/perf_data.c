#include "bench/cli/perf_data.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/run_folder.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static int fail(const char *command, int rc, const struct bench_err *err)
{
    fprintf(stderr, "bench %s: %s\n", command, err->message);
    return bench_exit_of(rc);
}

/* One of the two files; each is read by a thread of its own. */
struct load {
    const char *path;
    enum bench_dataset_kind kind;
    struct bench_faults faults;
    struct bench_dataset *set;
    struct bench_err err;
    int rc;
};

static void *load_one(void *context)
{
    struct load *load = context;
    load->rc = bench_dataset_load(load->path, load->kind, &load->faults, &load->set, &load->err);
    return NULL;
}

static int load_files(struct bench_perf_data *data, const char *your_path,
                      const char *flaggems_path, struct bench_err *err)
{
    struct load loads[2] = {
        {.path = your_path, .kind = BENCH_DATASET_YOUR, .faults.keep = data->faults.keep},
        {.path = flaggems_path, .kind = BENCH_DATASET_FLAGGEMS, .faults.keep = data->faults.keep}};
    pthread_t other;
    bool threaded = flaggems_path && pthread_create(&other, NULL, load_one, &loads[1]) == 0;
    load_one(&loads[0]);
    if (threaded)
        pthread_join(other, NULL);
    else if (flaggems_path)
        load_one(&loads[1]);

    data->your = loads[0].set;
    data->flaggems = loads[1].set;
    for (size_t i = 0; i < 2; i++)
        bench_faults_move(&data->faults, &loads[i].faults);
    for (size_t i = 0; i < 2; i++)
        if (loads[i].rc != BENCH_OK)
            return bench_err_set(err, loads[i].rc, "%s", loads[i].err.message);
    bench_join_init(&data->join, data->your, data->flaggems);
    return BENCH_OK;
}

int bench_perf_data_load(struct bench_perf_data *data, const char *command, const char *your_path,
                         const char *flaggems_path, const char *run_folder)
{
    return bench_perf_data_load_faults(data, command, your_path, flaggems_path, run_folder,
                                       BENCH_PERF_DATA_FAULTS);
}

int bench_perf_data_load_faults(struct bench_perf_data *data, const char *command,
                                const char *your_path, const char *flaggems_path,
                                const char *run_folder, size_t keep)
{
    struct bench_err err = {0};
    *data = (struct bench_perf_data){0};
    bench_faults_init(&data->faults);
    data->faults.keep = keep;
    if (your_path) {
        int rc = load_files(data, your_path, flaggems_path, &err);
        return rc == BENCH_OK ? BENCH_EXIT_OK : fail(command, rc, &err);
    }

    if (run_folder && bench_file_exists(run_folder) && !bench_file_is_dir(run_folder)) {
        int refused = bench_err_set(&err, BENCH_EINPUT,
                                    "%s: is a file, expected the folder of a run; a file of "
                                    "performance data is named by --your-data",
                                    run_folder);
        return fail(command, refused, &err);
    }
    int rc = bench_run_folder_find(run_folder, &data->run_folder, &err);
    if (rc == BENCH_OK) {
        char *your = bench_path_join(data->run_folder, "your_perf_data.json");
        if (!bench_file_exists(your))
            rc = bench_err_set(&err, BENCH_ENOTFOUND,
                               "%s has no your_perf_data.json, so it is no run that was finished "
                               "(runs with --sanitize measure nothing): run 'bench run', or name "
                               "the folder of another run",
                               data->run_folder);
        if (rc == BENCH_OK)
            rc = bench_run_folder_check_finished(
                data->run_folder, "what was measured can be named by --your-data", &err);
        char *flaggems = bench_path_join(data->run_folder, "flaggems_perf_data.json");
        /* A run without any reference has no such file: all its operators are new. */
        if (rc == BENCH_OK)
            rc = load_files(data, your, bench_file_exists(flaggems) ? flaggems : NULL, &err);
        free(your);
        free(flaggems);
    }
    return rc == BENCH_OK ? BENCH_EXIT_OK : fail(command, rc, &err);
}

void bench_perf_data_fini(struct bench_perf_data *data)
{
    bench_join_fini(&data->join);
    bench_dataset_free(data->your);
    bench_dataset_free(data->flaggems);
    bench_faults_fini(&data->faults);
    free(data->run_folder);
}

void bench_perf_data_print_faults(const struct bench_faults *faults, bool quiet)
{
    for (size_t i = 0; i < faults->count; i++) {
        bool error = faults->items[i].level == BENCH_FAULT_ERROR;
        if (error || !quiet)
            fprintf(stderr, "%s: %s\n", error ? "error" : "warning", faults->items[i].message);
    }
    for (size_t i = 0; i < faults->kind_count; i++) {
        const struct bench_fault_count *kind = &faults->kinds[i];
        bool error = kind->level == BENCH_FAULT_ERROR;
        if (kind->count > kind->kept && (error || !quiet))
            fprintf(stderr,
                    "%s: … and %zu more of the kind '%s' (`bench validate` with --all or --format "
                    "json shows them)\n",
                    error ? "error" : "warning", kind->count - kind->kept, kind->code);
    }
}
