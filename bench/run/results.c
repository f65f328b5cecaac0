#include "bench/run/results.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/run/journal.h"
#include "bench/run/python_versions.h"
#include "bench/run/record_index.h"
#include "bench/run/run_json.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define RESULTS_DIR "results"
#define LATEST RESULTS_DIR "/latest"
/* "The system failed", of `bench run` (docs/formats.md, "Run folder"). */
#define EXIT_CODE_SYSTEM 4

struct bench_results {
    char *folder;
    char *journal; /* path */
    struct bench_journal held;
    bool in_results_dir, has_performance_data;
    struct bench_run_origin facts;
};

/* "20261122T102600Z-quick": sorts by time; no colons, for other systems' sake. */
static char *folder_name(const char *suite)
{
    char iso[32], compact[32];
    size_t n = 0;
    bench_clock_iso(iso);
    for (const char *c = iso; *c; c++)
        if (*c != '-' && *c != ':')
            compact[n++] = *c;
    compact[n] = '\0';
    char *name = bench_xprintf("%s-%s", compact, suite);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_' && *c != '.')
            *c = '_';
    return name;
}

/* mkdir tells who came first, should two runs start in the same second. */
static int make_unique(const char *suite, char **folder, struct bench_err *err)
{
    int rc = bench_file_mkdirs(RESULTS_DIR, err);
    if (rc != BENCH_OK)
        return rc;
    char *name = folder_name(suite);
    for (int i = 1; i <= 1000; i++) {
        *folder = i == 1 ? bench_xprintf(RESULTS_DIR "/%s", name)
                         : bench_xprintf(RESULTS_DIR "/%s-%d", name, i);
        if (mkdir(*folder, 0777) == 0) {
            free(name);
            return BENCH_OK;
        }
        int code = errno;
        if (code != EEXIST || i == 1000) {
            rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be made: %s", *folder, strerror(code));
            free(*folder);
            break;
        }
        free(*folder);
    }
    *folder = NULL;
    free(name);
    return rc;
}

static bool has_file(const char *folder, const char *name)
{
    char *path = bench_path_join(folder, name);
    bool there = bench_file_exists(path);
    free(path);
    return there;
}

/* What is put into a run's folder before it begins. */
static const char *const prepared_names[] = {"operators", "reproduce"};

/* The caller frees; NULL: nothing is in it but what is hidden, and, if `prepared`, what is put
 * there before a run begins. */
static char *find_foreign(const char *folder, bool prepared)
{
    char **names = NULL, *foreign = NULL;
    size_t count = 0;
    if (bench_file_list(folder, &names, &count, NULL) != BENCH_OK)
        return NULL;
    for (size_t i = 0; foreign == NULL && i < count; i++) {
        bool known = names[i][0] == '.';
        for (size_t k = 0; prepared && k < sizeof prepared_names / sizeof *prepared_names; k++)
            known |= strcmp(names[i], prepared_names[k]) == 0;
        if (!known)
            foreign = bench_xstrdup(names[i]);
    }
    bench_file_list_free(names, count);
    return foreign;
}

static int refuse_foreign(const char *given, bool prepared, struct bench_err *err)
{
    char *foreign = find_foreign(given, prepared);
    if (foreign == NULL)
        return BENCH_OK;
    bench_str_disarm(foreign);
    bench_err_set(err, BENCH_EINPUT,
                  "--output %s: is not empty (it has %s), and a run would mix with what is there; "
                  "name a new folder, or an empty one",
                  given, foreign);
    free(foreign);
    return BENCH_EINPUT;
}

static int use_folder(const char *given, bool prepared, char **folder, struct bench_err *err)
{
    if (given[0] == '\0')
        return bench_err_set(err, BENCH_EINPUT, "--output: the folder's name is empty");
    if (bench_file_exists(given) && !bench_file_is_dir(given))
        return bench_err_set(err, BENCH_EINPUT, "--output %s: is no folder; name a new one", given);
    if (has_file(given, "run.json") || has_file(given, BENCH_JOURNAL))
        return bench_err_set(err, BENCH_EINPUT,
                             "--output %s: there is a run in it already (run.json or " BENCH_JOURNAL
                             "); name a new folder",
                             given);
    int rc = refuse_foreign(given, prepared, err);
    if (rc == BENCH_OK)
        rc = bench_file_mkdirs(given, err);
    if (rc == BENCH_OK)
        *folder = bench_xstrdup(given);
    return rc;
}

int bench_results_make_folder(const char *given, const char *suite, char **folder,
                              struct bench_err *err)
{
    return given ? use_folder(given, false, folder, err) : make_unique(suite, folder, err);
}

/* `judge`: NULL while the run goes on. */
static int write_run_json(struct bench_results *results, const struct bench_run *run,
                          const struct bench_judge *judge, const char *status, int exit_code,
                          struct bench_err *err)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_run_json_write(run, judge, &results->facts, status, exit_code, &text);
    char *path = bench_path_join(results->folder, "run.json");
    int rc = bench_file_write_atomic(path, text.data, text.len, err);
    free(path);
    bench_str_fini(&text);
    return rc;
}

/* A run is called what its folder is, however that was named ("out/", "."). The caller frees. */
static char *run_name(const char *folder)
{
    char *real = realpath(folder, NULL);
    char *name = bench_xstrdup(bench_path_basename(real != NULL ? real : folder));
    free(real);
    return name;
}

/* Hands the folder out, with run.json saying "running", if all went well so far. */
static int begin(struct bench_results *results, const struct bench_run *run, int rc,
                 struct bench_results **out, struct bench_err *err)
{
    if (rc == BENCH_OK)
        rc = write_run_json(results, run, NULL, "running", -1, err);
    if (rc == BENCH_OK)
        *out = results;
    else
        bench_results_free(results);
    return rc;
}

int bench_results_open(const struct bench_run *run, const struct bench_results_options *options,
                       struct bench_results **out, struct bench_err *err)
{
    struct bench_results *results = bench_xcalloc(1, sizeof *results);
    results->held = (struct bench_journal){-1, -1};
    results->in_results_dir = options->folder == NULL || options->is_in_results;
    int rc = options->folder != NULL ? use_folder(options->folder, true, &results->folder, err)
                                     : make_unique(run->suite->name, &results->folder, err);
    if (rc != BENCH_OK) {
        bench_results_free(results);
        return rc;
    }
    char *name = run_name(results->folder);
    bench_run_origin_gather(&results->facts, name, run->suite, options->argc, options->argv);
    free(name);
    results->facts.python = bench_python_versions(run, results->facts.arena);
    results->journal = bench_path_join(results->folder, BENCH_JOURNAL);
    rc = bench_journal_open(results->journal, true, &results->held, err);
    return begin(results, run, rc, out, err);
}

static bool same_folder(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

int bench_results_resume(struct bench_run *run, struct bench_resume *resume,
                         struct bench_results **out, struct bench_str *note, struct bench_err *err)
{
    struct bench_results *results = bench_xcalloc(1, sizeof *results);
    results->held = (struct bench_journal){-1, -1};
    results->folder = bench_xstrdup(bench_resume_folder(resume));
    results->journal = bench_path_join(results->folder, BENCH_JOURNAL);
    char *parent = bench_path_dirname(results->folder);
    results->in_results_dir = same_folder(parent, RESULTS_DIR);
    free(parent);
    char *name = run_name(results->folder);
    bench_run_origin_gather(&results->facts, name, run->suite, 0, NULL);
    free(name);
    results->facts.python = bench_python_versions(run, results->facts.arena);
    int rc = bench_resume_check(resume, run, &results->facts, err);
    if (rc == BENCH_OK)
        rc = bench_resume_load(resume, run, &results->facts, &results->held, note, err);
    return begin(results, run, rc, out, err);
}

int bench_results_update(struct bench_results *results, const struct bench_run *run,
                         struct bench_err *err)
{
    return write_run_json(results, run, NULL, "running", -1, err);
}

int bench_results_append(struct bench_results *results, const struct bench_run *run,
                         const struct bench_record *record, struct bench_err *err)
{
    struct bench_str line;
    struct bench_json_writer w;
    bench_str_init(&line);
    bench_json_writer_init(&w, &line, BENCH_JSON_COMPACT);
    bench_record_write(record, &run->suite->cases[record->case_index].plan, &w);
    off_t before = lseek(results->held.fd, 0, SEEK_END);
    int rc = bench_file_append_line(results->held.fd, results->journal, line.data, line.len, err);
    /* On a full disk a part of the line may be there: readers want whole ones. */
    if (rc != BENCH_OK && before >= 0 && ftruncate(results->held.fd, before) != 0)
        bench_err_prefix(err, "(and the last line of the journal is not whole) ");
    bench_str_fini(&line);
    return rc;
}

int bench_results_reload(const struct bench_results *results, struct bench_run *run,
                         struct bench_err *err)
{
    const int process = run->process;
    const bool *wanted = run->wanted;
    int64_t whole_bytes;
    bool torn;
    if (run->let_go_count == 0)
        return BENCH_OK;
    bench_arena_free(run->arena);
    run->arena = bench_arena_new();
    run->record_count = run->let_go_count = 0;
    memset(run->let_go, 0, sizeof run->let_go);
    bench_record_index_reset(run->index);
    run->process = 0;
    run->wanted = NULL;
    int rc = bench_journal_read(results->journal, run, &whole_bytes, &torn, err);
    run->process = process;
    run->wanted = wanted;
    return rc;
}

typedef void (*perf_writer)(const struct bench_run *run, const struct bench_judge *judge,
                            const char *name, struct bench_str *out);

static int write_perf(const struct bench_results *results, const struct bench_run *run,
                      const struct bench_judge *judge, const char *file, perf_writer write,
                      struct bench_err *err)
{
    struct bench_str text;
    bench_str_init(&text);
    write(run, judge, results->facts.name, &text);
    char *path = bench_path_join(results->folder, file);
    int rc = bench_file_write_atomic(path, text.data, text.len, err);
    free(path);
    bench_str_fini(&text);
    return rc;
}

static int latest_refused(const char *why, struct bench_err *err)
{
    return bench_err_set(err, BENCH_ERROR,
                         LATEST " does not point to this run: %s; name the run's folder to `bench "
                                "select`",
                         why);
}

/* A symbolic link cannot be changed in place: a new one is renamed over the old. */
int bench_results_point_latest(const struct bench_results *results, struct bench_err *err)
{
    struct stat st;
    if (!results->in_results_dir || !results->has_performance_data)
        return BENCH_OK;
    if (lstat(LATEST, &st) == 0 && !S_ISLNK(st.st_mode))
        return latest_refused("it is no symbolic link, and is left alone", err);
    char *temporary = bench_xprintf(RESULTS_DIR "/.latest-%ld", (long)getpid());
    int rc = BENCH_OK;
    unlink(temporary);
    if (symlink(bench_path_basename(results->folder), temporary) != 0 ||
        rename(temporary, LATEST) != 0) {
        rc = latest_refused(strerror(errno), err);
        unlink(temporary);
    }
    free(temporary);
    return rc;
}

static int write_performance_data(struct bench_results *results, const struct bench_run *run,
                                  const struct bench_judge *judge, struct bench_err *err)
{
    if (run->options.sanitize || run->record_count == 0)
        return BENCH_OK;
    int rc = write_perf(results, run, judge, "your_perf_data.json", bench_perf_write_your, err);
    if (rc == BENCH_OK)
        rc = write_perf(results, run, judge, "flaggems_perf_data.json", bench_perf_write_flaggems,
                        err);
    results->has_performance_data = rc == BENCH_OK;
    return rc;
}

int bench_results_finish(struct bench_results *results, const struct bench_run *run,
                         const struct bench_judge *judge, const char *status, int exit_code,
                         struct bench_err *err)
{
    /* After a failure of the system (a full disk) perhaps not all of it can be written: then what
     * became of the run matters most. Otherwise it is said last, when all the rest is there. */
    int failed = exit_code == EXIT_CODE_SYSTEM
                     ? write_run_json(results, run, judge, status, exit_code, err)
                     : BENCH_OK;
    int rc = write_performance_data(results, run, judge, err);
    if (rc != BENCH_OK)
        write_run_json(results, run, judge, "failed", EXIT_CODE_SYSTEM, NULL);
    else if (exit_code != EXIT_CODE_SYSTEM)
        rc = write_run_json(results, run, judge, status, exit_code, err);
    return failed != BENCH_OK ? failed : rc;
}

void bench_results_free(struct bench_results *results)
{
    if (results == NULL)
        return;
    bench_journal_close(&results->held);
    bench_run_origin_fini(&results->facts);
    free(results->journal);
    free(results->folder);
    free(results);
}

void bench_results_leave(struct bench_results *results)
{
    bench_journal_leave(&results->held);
}

const char *bench_results_folder(const struct bench_results *results)
{
    return results->folder;
}
