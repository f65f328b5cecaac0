/* bench history import, check and prune: what goes in, whether it is whole, and what goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bench/cli/history_options.h"
#include "bench/cli/history_record.h"
#include "bench/cli/run_folder.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* ---- import ---- */

static const struct bench_command import_command = {
    .name = "history import",
    .summary = "Record runs that were measured earlier, or elsewhere.",
    .usage = "history import [options] FOLDER...",
    .details =
        "FOLDER is the folder of a run or of a night, or a folder of such folders (results, "
        "nights). Runs that are in "
        "the history already change nothing. A run that cannot be read, or was not finished, is "
        "named and passed over.\n\n"
        "Exit codes: 0 all are in the history; 1 some were passed over; 2 bad usage, or the file "
        "is no history; 4 the system failed: what was recorded until then stays."};

struct importing {
    struct bench_history *history;
    bool quiet;
    size_t added, known, untimed, failed;
};

/* System errors end the import: the next folder would have the same. */
static int import_run(struct importing *in, const char *folder)
{
    struct bench_outcome *outcome = NULL;
    struct bench_err err = {0};
    bool added = false;
    int rc = bench_outcome_load(folder, 0, &outcome, &err);
    if (rc == BENCH_OK) {
        rc = bench_history_record(in->history, outcome, &added, &err);
        if (rc != BENCH_OK && rc != BENCH_EUNSUPPORTED) {
            bench_outcome_free(outcome);
            return history_fail("history import", &err);
        }
    }
    if (rc == BENCH_OK) {
        in->added += added;
        in->known += !added;
    } else {
        in->failed += rc != BENCH_EUNSUPPORTED;
        in->untimed += rc == BENCH_EUNSUPPORTED;
        fprintf(stderr, "passed over: %s\n", err.message);
    }
    bench_outcome_free(outcome);
    if (bench_history_batch_is_due(in->history)) {
        rc = bench_history_commit(in->history, &err);
        if (rc == BENCH_OK)
            rc = bench_history_begin(in->history, &err);
        if (rc != BENCH_OK)
            return history_fail("history import", &err);
    }
    return BENCH_EXIT_OK;
}

static bool is_run(const char *folder)
{
    char *path = bench_path_join(folder, "run.json");
    bool found = bench_file_exists(path);
    free(path);
    return found;
}

/* Links (results/latest) are not followed: what they point to is there by its own name. */
static bool is_folder(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int import_folder(struct importing *in, const char *folder)
{
    char **names = NULL;
    size_t count = 0, runs = 0;
    struct bench_err err = {0};
    int exit_code = BENCH_EXIT_OK;
    if (!bench_file_is_dir(folder) || is_run(folder))
        return import_run(in, folder); /* which says so if there is no such thing */
    if (bench_file_list(folder, &names, &count, &err) != BENCH_OK) {
        fprintf(stderr, "passed over: %s\n", err.message);
        in->failed++;
        return exit_code;
    }
    for (size_t i = 0; i < count && exit_code == BENCH_EXIT_OK; i++) {
        char *path = bench_path_join(folder, names[i]);
        if (is_folder(path) && is_run(path)) {
            exit_code = import_run(in, path);
            runs++;
        } else if (is_folder(path) && bench_run_folder_is_night(path)) {
            exit_code = import_folder(in, path);
            runs++;
        }
        free(path);
    }
    bench_file_list_free(names, count);
    if (runs == 0) {
        fprintf(stderr,
                "passed over: %s: neither the folder of a run (it has no run.json) or of a night, "
                "nor a folder "
                "of such folders\n",
                folder);
        in->failed++;
    }
    return exit_code;
}

static int import_all(struct importing *in, const char *const *folders, size_t count)
{
    struct bench_err err = {0};
    int exit_code = BENCH_EXIT_OK;
    if (bench_history_begin(in->history, &err) != BENCH_OK)
        return history_fail("history import", &err);
    for (size_t i = 0; i < count && exit_code == BENCH_EXIT_OK; i++)
        exit_code = import_folder(in, folders[i]);
    if (bench_history_commit(in->history, &err) != BENCH_OK && exit_code == BENCH_EXIT_OK)
        exit_code = history_fail("history import", &err);
    if (exit_code != BENCH_EXIT_OK)
        return exit_code;
    if (!in->quiet) {
        printf("%zu run%s recorded", in->added, in->added == 1 ? "" : "s");
        if (in->known > 0)
            printf(", %zu there already", in->known);
        if (bench_history_completed(in->history) > 0)
            printf(" (%zu of them now with the devices of their results)",
                   bench_history_completed(in->history));
        if (in->failed + in->untimed > 0)
            printf(", %zu passed over", in->failed + in->untimed);
        printf(": %s\n", bench_history_path(in->history));
    }
    return in->failed > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
}

int history_import(int argc, char **argv)
{
    struct history_choice choice = {0};
    struct importing in = {0};
    const struct bench_option options[] = {
        HISTORY_DB_OPTION(&choice),
        {"quiet", BENCH_OPTION_FLAG, &in.quiet, NULL, "Print only what was passed over.", 0, 0},
        {0}};
    const char **folders = bench_xcalloc((size_t)argc + 1, sizeof *folders);
    size_t count = 0;
    int exit_code;
    if (bench_options_parse(&import_command, options, argc, argv, folders, (size_t)argc, &count,
                            &exit_code) == 0) {
        exit_code = BENCH_EXIT_USAGE;
        if (count == 0)
            fprintf(stderr, "bench history import: name the folders of runs: bench history import "
                            "results\n");
        else
            exit_code = history_open("history import", choice.db, BENCH_HISTORY_WRITE, &in.history);
        if (in.history != NULL)
            exit_code = import_all(&in, folders, count);
    }
    bench_history_close(in.history);
    free(folders);
    return exit_code;
}

/* ---- check ---- */

static const struct bench_command check_command = {
    .name = "history check",
    .summary = "Say whether the history is whole.",
    .usage = "history check [options]",
    .details =
        "Checks the pages of the file (PRAGMA quick_check), that every row that is referred to is "
        "there, and that every run has all of its results.\n\n"
        "Exit codes: 0 nothing is wrong; 1 something is; 2 bad usage, or no such file; 4 the "
        "system failed."};

int history_check(int argc, char **argv)
{
    struct history_choice choice = {0};
    struct bench_history *history = NULL;
    struct bench_err err = {0};
    char *report = NULL;
    bool full = false;
    size_t count;
    int exit_code;
    const struct bench_option options[] = {
        HISTORY_DB_OPTION(&choice),
        {"full", BENCH_OPTION_FLAG, &full, NULL,
         "Check that indexes and tables agree, too (PRAGMA integrity_check); takes longer.", 0, 0},
        {0}};
    if (bench_options_parse(&check_command, options, argc, argv, NULL, 0, &count, &exit_code) != 0)
        return exit_code;
    exit_code = history_open("history check", choice.db, BENCH_HISTORY_READ, &history);
    if (exit_code != BENCH_EXIT_OK)
        return exit_code;
    int rc = bench_history_check(history, full, &report, &err);
    if (rc == BENCH_OK) {
        printf("%s: nothing is wrong\n", bench_history_path(history));
    } else {
        fputs(report, stdout);
        exit_code = history_fail("history check", &err);
        exit_code = rc == BENCH_EINPUT ? BENCH_EXIT_FAILED : exit_code;
    }
    free(report);
    bench_history_close(history);
    return exit_code;
}

/* ---- prune ---- */

static const struct bench_command prune_command = {
    .name = "history prune",
    .summary = "Delete runs from the history.",
    .usage = "history prune (--before TIME | --run NAME) [--dry-run]",
    .details = "Deletes the runs that started before TIME, and makes the file smaller, or the one "
               "of this name. The folders of the runs stay; what is deleted "
               "can be imported from them again.\n\n"
               "Exit codes: 0; 2 bad usage, no such file, no such run; 4 the system failed: "
               "nothing was deleted."};

static int prune(struct bench_history *history, const struct bench_history_prune *what)
{
    struct bench_err err = {0};
    size_t runs = 0, results = 0;
    if (bench_history_prune(history, what, &runs, &results, &err) != BENCH_OK)
        return history_fail("history prune", &err);
    printf("%zu run%s with %zu results %s: %s\n", runs, runs == 1 ? "" : "s", results,
           what->dry_run ? "would be deleted" : "deleted", bench_history_path(history));
    return BENCH_EXIT_OK;
}

int history_prune(int argc, char **argv)
{
    struct history_choice choice = {0};
    struct bench_history_prune what = {0};
    struct bench_history *history = NULL;
    struct bench_err err = {0};
    const char *before = NULL;
    size_t count;
    int exit_code;
    const struct bench_option options[] = {
        HISTORY_DB_OPTION(&choice),
        {"before", BENCH_OPTION_STRING, &before, "TIME",
         "Runs that started before this (2026-10-01, in UTC), or longer ago (365d).", 0, 0},
        {"run", BENCH_OPTION_STRING, &what.run, "NAME", "This run: its name or its uid.", 0, 0},
        {"dry-run", BENCH_OPTION_FLAG, &what.dry_run, NULL, "Only say how many there are.", 0, 0},
        {0}};
    if (bench_options_parse(&prune_command, options, argc, argv, NULL, 0, &count, &exit_code) != 0)
        return exit_code;
    if ((before == NULL) == (what.run == NULL)) {
        fprintf(stderr, "bench history prune: say which runs: --before TIME or --run NAME\n");
        return BENCH_EXIT_USAGE;
    }
    if (before != NULL && history_parse_time(before, time(NULL), &what.before_s, &err) != BENCH_OK)
        return history_fail("history prune", &err);
    exit_code = history_open("history prune", choice.db,
                             what.dry_run ? BENCH_HISTORY_READ : BENCH_HISTORY_CHANGE, &history);
    if (exit_code == BENCH_EXIT_OK)
        exit_code = prune(history, &what);
    bench_history_close(history);
    return exit_code;
}
