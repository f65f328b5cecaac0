#include "bench/run/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/run/journal.h"
#include "bench/run/run_differ.h"
#include "bench/run/run_json_parts.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

struct bench_resume {
    char *folder, *run_json, *journal; /* paths */
    struct bench_json_doc *doc;        /* run.json */
    const struct bench_json *root;
    struct bench_journal held; /* none: the run is finished, or it was handed out */
    char **argv;
    int argc;
};

/* ---- opening ---- */

/* "results/latest/" -> "results/20261122T102600Z-quick": the folder's name is the run's. */
static char *real_folder(const char *given)
{
    char *folder = bench_xstrdup(given), *real = realpath(given, NULL);
    for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
        folder[n - 1] = '\0';
    if (real != NULL && strcmp(bench_path_basename(real), bench_path_basename(folder)) != 0) {
        char *parent = bench_path_dirname(folder);
        char *beside = bench_path_join(parent, bench_path_basename(real));
        char *again = realpath(beside, NULL);
        bool same = again != NULL && strcmp(again, real) == 0;
        free(folder);
        folder = bench_xstrdup(same ? beside : real);
        free(again);
        free(beside);
        free(parent);
    }
    free(real);
    return folder;
}

static int read_command(struct bench_resume *r, struct bench_err *err)
{
    const struct bench_json *command = NULL;
    int rc = bench_json_get_array(r->root, "command", true, &command, err);
    if (rc != BENCH_OK)
        return rc;
    r->argv = bench_xcalloc(bench_json_size(command) + 1, sizeof *r->argv);
    for (const struct bench_json *v = bench_json_first(command); v; v = bench_json_next(v)) {
        if ((rc = bench_json_expect(v, BENCH_JSON_STRING, err)) != BENCH_OK)
            return rc;
        r->argv[r->argc++] = bench_xstrdup(bench_json_string(v));
    }
    if (bench_json_get(r->root, "merged") != NULL)
        return bench_json_error(r->root, err,
                                "it was put together by `bench merge`: go on with the runs that "
                                "it was made from, and merge again");
    if (r->argc == 0 || strcmp(r->argv[0], "run") != 0)
        return bench_json_error(command, err,
                                "it was not made by `bench run`, and cannot be "
                                "resumed");
    return BENCH_OK;
}

static int read_run_json(struct bench_resume *r, struct bench_err *err)
{
    bench_json_free(r->doc);
    r->doc = NULL;
    int rc = bench_json_read(r->run_json, 0, &r->doc, err);
    if (rc == BENCH_ENOTFOUND)
        return bench_err_set(err, rc,
                             "%s: there is no run.json: it is no folder of a run, or of one that "
                             "ended before it began to measure",
                             r->folder);
    if (rc != BENCH_OK)
        return rc;
    r->root = bench_json_root(r->doc);
    return bench_json_expect(r->root, BENCH_JSON_OBJECT, err);
}

static int open_folder(struct bench_resume *r, struct bench_err *err)
{
    int rc = read_run_json(r, err);
    if (rc != BENCH_OK || bench_resume_is_finished(r))
        return rc;
    rc = bench_journal_open(r->journal, false, &r->held, err);
    /* Who held it may have written it in the meantime. */
    if (rc == BENCH_OK)
        rc = read_run_json(r, err);
    return rc == BENCH_OK ? read_command(r, err) : rc;
}

int bench_resume_open(const char *folder, struct bench_resume **resume, struct bench_err *err)
{
    if (!bench_file_is_dir(folder))
        return bench_err_set(err, BENCH_ENOTFOUND, "--resume %s: %s, expected the folder of a run",
                             folder, bench_file_exists(folder) ? "is a file" : "no such folder");
    struct bench_resume *r = bench_xcalloc(1, sizeof *r);
    r->held = (struct bench_journal){-1, -1};
    r->folder = real_folder(folder);
    r->run_json = bench_path_join(r->folder, "run.json");
    r->journal = bench_path_join(r->folder, BENCH_JOURNAL);
    int rc = open_folder(r, err);
    if (rc != BENCH_OK) {
        bench_resume_free(r);
        return rc;
    }
    *resume = r;
    return BENCH_OK;
}

void bench_resume_free(struct bench_resume *r)
{
    if (r == NULL)
        return;
    bench_journal_close(&r->held);
    for (int i = 0; i < r->argc; i++)
        free(r->argv[i]);
    free(r->argv);
    bench_json_free(r->doc);
    free(r->journal);
    free(r->run_json);
    free(r->folder);
    free(r);
}

bool bench_resume_is_finished(const struct bench_resume *r)
{
    const char *status = "";
    return bench_json_get_string(r->root, "status", true, &status, NULL) == BENCH_OK &&
           strcmp(status, "finished") == 0;
}

const char *bench_resume_folder(const struct bench_resume *r)
{
    return r->folder;
}

uint64_t bench_resume_seed(const struct bench_resume *r)
{
    const struct bench_json *settings = NULL;
    int64_t seed = 0;
    if (bench_json_get_object(r->root, "settings", true, &settings, NULL) == BENCH_OK)
        bench_json_get_int(settings, "seed", true, 0, INT64_MAX, &seed, NULL);
    return (uint64_t)seed;
}

void bench_resume_command(const struct bench_resume *r, int *argc, char ***argv)
{
    *argc = r->argc;
    *argv = r->argv;
}

/* ---- what differs ---- */

int bench_resume_check(const struct bench_resume *r, const struct bench_run *run,
                       const struct bench_run_origin *now, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    struct bench_run_difference d;
    struct bench_str text;
    bench_str_init(&text);
    bench_run_difference_init(&d, "it was", "and is");
    bench_run_json_write(run, NULL, now, "running", -1, &text);
    int rc = bench_json_parse("run.json", text.data, text.len, &doc, err);
    if (rc == BENCH_OK) {
        bench_run_difference_find(&d, r->root, bench_json_root(doc), run->suite);
        bench_json_free(doc);
    }
    if (rc == BENCH_OK && d.count > 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: it would not go on as it began; put back what differs, or start a "
                           "new run:%s",
                           r->folder, d.text.data);
    bench_run_difference_fini(&d);
    bench_str_fini(&text);
    return rc;
}

/* ---- loading ---- */

static int load_calibration(const struct bench_json *root, struct bench_run *run,
                            struct bench_err *err)
{
    struct bench_run_device d = {0};
    int rc = bench_run_json_read_calibration(root, &d, err);
    if (rc != BENCH_OK)
        return rc;
    run->gated = d.gated;
    run->ungated = d.ungated;
    run->graph_floor = d.graph_floor;
    run->cache_check = d.cache_check;
    run->roofline = d.roofline;
    run->facts_at_start = d.facts_at_start;
    run->facts_at_end = d.facts_at_end;
    return BENCH_OK;
}

/* Those that the run had and that are not here any more stay in its list: records name them. What
 * was calibrated since it began counts for those that are. */
static int load_devices(const struct bench_json *root, struct bench_run *run, struct bench_err *err)
{
    struct bench_run_device *before = NULL;
    size_t count = 0, here = run->device_count;
    int rc = bench_run_json_read_devices(root, &before, &count, err);
    if (rc != BENCH_OK || here == 0) {
        free(before);
        return rc;
    }
    run->devices = bench_xrealloc(run->devices, (here + count) * sizeof *run->devices);
    for (size_t i = 0; i < count; i++) {
        struct bench_run_device *d = NULL;
        for (size_t k = 0; k < here && d == NULL; k++)
            if (run->devices[k].info.index == before[i].info.index &&
                strcmp(run->devices[k].info.id, before[i].info.id) == 0)
                d = &run->devices[k];
        if (d == NULL) {
            d = &run->devices[run->device_count++];
            *d = before[i];
            d->spec[0] = '\0';
            if (d->lost[0] == '\0')
                snprintf(d->lost, sizeof d->lost, "it was not here when the run was resumed");
        } else {
            before[i].lost[0] = '\0'; /* it is back */
            memcpy(before[i].spec, d->spec, sizeof d->spec);
            before[i].info = d->info;
            *d = before[i];
        }
    }
    free(before);
    return BENCH_OK;
}

/* A run that was killed did not say how long it went on: until its last record. */
static double unsaid_s(const struct bench_resume *r)
{
    struct stat said, last;
    if (stat(r->run_json, &said) != 0 || stat(r->journal, &last) != 0)
        return 0;
    double s = (double)(last.st_mtim.tv_sec - said.st_mtim.tv_sec) +
               (double)(last.st_mtim.tv_nsec - said.st_mtim.tv_nsec) * 1e-9;
    return s > 0 ? s : 0;
}

static int load_times(const struct bench_resume *r, struct bench_run *run,
                      struct bench_run_origin *origin, struct bench_err *err)
{
    const struct bench_json *totals = NULL;
    const char *started = NULL;
    double duration_s = 0, measuring_s = 0;
    int64_t lost = 0;
    int rc;
    if ((rc = bench_json_get_string(r->root, "started", true, &started, err)) != 0 ||
        (rc = bench_json_get_double(r->root, "duration_s", true, &duration_s, err)) != 0 ||
        (rc = bench_json_get_double(r->root, "measuring_s", true, &measuring_s, err)) != 0 ||
        (rc = bench_json_get_object(r->root, "totals", true, &totals, err)) != 0 ||
        (rc = bench_json_get_int(totals, "workers_lost", true, 0, INT64_MAX, &lost, err)) != 0)
        return rc;
    double unsaid = unsaid_s(r);
    run->measuring_s = measuring_s + unsaid;
    run->workers_lost = (size_t)lost;
    origin->earlier_s = duration_s + unsaid;
    origin->started[0] = '\0';
    strncat(origin->started, started, sizeof origin->started - 1);
    return BENCH_OK;
}

static int load_resumptions(const struct bench_json *root, const struct bench_run *run,
                            struct bench_run_origin *origin, struct bench_err *err)
{
    const struct bench_json *array = NULL;
    int rc = bench_json_get_array(root, "resumed", true, &array, err);
    if (rc != BENCH_OK)
        return rc;
    origin->resumptions = bench_arena_alloc(origin->arena, (bench_json_size(array) + 1) *
                                                               sizeof *origin->resumptions);
    for (const struct bench_json *v = bench_json_first(array); v; v = bench_json_next(v)) {
        struct bench_resumption *one = &origin->resumptions[origin->resumption_count++];
        const char *at = NULL;
        int64_t done = 0;
        if ((rc = bench_json_get_string(v, "at", true, &at, err)) != 0 ||
            (rc = bench_json_get_int(v, "cases_done", true, 0, INT64_MAX, &done, err)) != 0)
            return rc;
        strncat(one->at, at, sizeof one->at - 1);
        one->cases_done = (size_t)done;
    }
    struct bench_resumption *last = &origin->resumptions[origin->resumption_count++];
    bench_clock_iso(last->at);
    last->cases_done = run->cases_done;
    return BENCH_OK;
}

static int cut(const struct bench_resume *r, int64_t length, struct bench_str *note,
               struct bench_err *err)
{
    if (ftruncate(r->held.fd, (off_t)length) != 0 || fsync(r->held.fd) != 0)
        return bench_err_set(err, BENCH_ERROR, "%s: its torn last line cannot be cut off: %s",
                             r->journal, strerror(errno));
    bench_str_addf(note, "%s: the last line was torn, and is cut off; its case is measured again",
                   r->journal);
    return BENCH_OK;
}

int bench_resume_load(struct bench_resume *r, struct bench_run *run,
                      struct bench_run_origin *origin, struct bench_journal *journal,
                      struct bench_str *note, struct bench_err *err)
{
    int64_t whole_bytes = 0;
    bool torn = false;
    int rc;
    if ((rc = load_calibration(r->root, run, err)) != 0 ||
        (rc = load_devices(r->root, run, err)) != 0 ||
        (rc = load_times(r, run, origin, err)) != 0 ||
        (rc = bench_journal_scan(r->journal, run, &whole_bytes, &torn, err)) != 0 ||
        (rc = load_resumptions(r->root, run, origin, err)) != 0)
        return rc;
    if (torn && (rc = cut(r, whole_bytes, note, err)) != BENCH_OK)
        return rc;
    origin->argc = r->argc;
    origin->argv = r->argv;
    run->session = (int)origin->resumption_count;
    *journal = r->held;
    r->held = (struct bench_journal){-1, -1};
    return BENCH_OK;
}
