#include "bench/run/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/run/journal.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

struct bench_resume {
    char *folder, *run_json, *journal; /* paths */
    struct bench_json_doc *doc;        /* run.json */
    const struct bench_json *root;
    int journal_fd; /* -1: the run is finished, or the descriptor was handed out */
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
    rc = bench_journal_open(r->journal, false, &r->journal_fd, err);
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
    r->journal_fd = -1;
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
    if (r->journal_fd >= 0)
        close(r->journal_fd);
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

struct difference {
    struct bench_str text;
    size_t count;
};

/* Of what may be missing, or something else than it should be: a difference, like any other. */
static const struct bench_json *member(const struct bench_json *object, const char *key)
{
    return object != NULL ? bench_json_get(object, key) : NULL;
}

static const struct bench_json *first(const struct bench_json *v)
{
    return v != NULL ? bench_json_first(v) : NULL;
}

static char *text_of(const struct bench_json *v)
{
    struct bench_json_writer w;
    struct bench_str text;
    if (v == NULL)
        return bench_xstrdup("nothing");
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, v);
    char *taken = bench_str_take(&text);
    bench_str_fini(&text);
    return taken;
}

static bool differ(const struct bench_json *a, const struct bench_json *b)
{
    char *before = text_of(a), *now = text_of(b);
    bool different = strcmp(before, now) != 0;
    free(before);
    free(now);
    return different;
}

static void begin(struct difference *d)
{
    bench_str_add(&d->text, "\n  ");
    d->count++;
}

static void compare_member(const struct bench_json *then, const struct bench_json *now,
                           const char *prefix, const char *key, struct difference *d)
{
    const struct bench_json *a = member(then, key), *b = member(now, key);
    if (!differ(a, b))
        return;
    char *before = text_of(a), *after = text_of(b);
    begin(d);
    bench_str_addf(&d->text, "%s%s: it was %s, and is %s", prefix, key, before, after);
    free(before);
    free(after);
}

/* All members of either. */
static void compare_settings(const struct bench_json *then, const struct bench_json *now,
                             struct difference *d)
{
    const struct bench_json *a = member(then, "settings");
    const struct bench_json *b = member(now, "settings");
    for (const struct bench_json *v = first(b); v; v = bench_json_next(v))
        compare_member(a, b, "settings: ", bench_json_key(v), d);
    for (const struct bench_json *v = first(a); v; v = bench_json_next(v))
        if (member(b, bench_json_key(v)) == NULL)
            compare_member(a, b, "settings: ", bench_json_key(v), d);
}

static const struct bench_json *named(const struct bench_json *array, const char *name)
{
    for (const struct bench_json *v = first(array); v; v = bench_json_next(v)) {
        const char *found = "";
        if (bench_json_get_string(v, "name", true, &found, NULL) == BENCH_OK &&
            strcmp(found, name) == 0)
            return v;
    }
    return NULL;
}

static void compare_sources(const struct bench_json *then, const struct bench_json *now,
                            const struct bench_operator *op, struct difference *d)
{
    const struct bench_json *a = member(then, "sources");
    const struct bench_json *b = member(now, "sources");
    for (const struct bench_json *v = first(b); v; v = bench_json_next(v)) {
        const char *name = bench_json_key(v);
        const struct bench_implementation *impl =
            strcmp(name, "oracle") == 0 ? &op->oracle : bench_operator_find(op, name);
        if (!differ(member(a, name), v))
            continue;
        begin(d);
        bench_str_addf(&d->text,
                       "operator %s: the code of %s was changed (%s, or a file that it includes)",
                       op->name, name, impl != NULL && impl->source ? impl->source : op->file);
    }
}

static void compare_operators(const struct bench_json *then, const struct bench_json *now,
                              const struct bench_suite *suite, struct difference *d)
{
    for (size_t i = 0; i < suite->operator_count; i++) {
        const struct bench_operator *op = suite->operators[i];
        const struct bench_json *a = named(member(then, "operators"), op->name);
        const struct bench_json *b = named(member(now, "operators"), op->name);
        if (a == NULL || differ(member(a, "hash"), member(b, "hash"))) {
            begin(d);
            bench_str_addf(&d->text, "operator %s: its description was changed (%s)", op->name,
                           op->file);
        } else {
            compare_sources(a, b, op, d);
        }
    }
}

static void compare_suite(const struct bench_json *then, const struct bench_json *now,
                          const struct bench_suite *suite, struct difference *d)
{
    const struct bench_json *a = member(then, "suite"), *b = member(now, "suite");
    if (differ(member(a, "hash"), member(b, "hash"))) {
        begin(d);
        bench_str_addf(&d->text, "suite %s: it was changed (%s, or its base)", suite->name,
                       suite->file);
    }
    compare_member(a, b, "suite: ", "cases", d);
}

/* Absent where no operator is in Python. */
static void compare_python(const struct bench_json *then, const struct bench_json *now,
                           struct difference *d)
{
    static const char *const versions[] = {"python", "torch", "triton", "flag_gems"};
    const struct bench_json *a = bench_json_get(then, "python"), *b = bench_json_get(now, "python");
    if (a == NULL || b == NULL) {
        compare_member(then, now, "", "python", d);
        return;
    }
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        compare_member(a, b, "Python: ", versions[i], d);
}

static void compare(const struct bench_json *then, const struct bench_json *now,
                    const struct bench_suite *suite, struct difference *d)
{
    static const char *const device[] = {"kind",   "name",     "id",          "arch",
                                         "driver", "sm_count", "memory_bytes"};
    compare_member(then, now, "", "format", d);
    compare_member(then, now, "", "bench_version", d);
    for (size_t i = 0; i < sizeof device / sizeof *device; i++)
        compare_member(member(then, "device"), member(now, "device"), "device: ", device[i], d);
    compare_member(then, now, "", "compiler", d);
    compare_python(then, now, d);
    compare_suite(then, now, suite, d);
    compare_operators(then, now, suite, d);
    compare_settings(then, now, d);
}

int bench_resume_check(const struct bench_resume *r, const struct bench_run *run,
                       const struct bench_run_origin *now, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    struct difference d = {.count = 0};
    struct bench_str text;
    bench_str_init(&text);
    bench_str_init(&d.text);
    bench_run_json_write(run, NULL, now, "running", -1, &text);
    int rc = bench_json_parse("run.json", text.data, text.len, &doc, err);
    if (rc == BENCH_OK) {
        compare(r->root, bench_json_root(doc), run->suite, &d);
        bench_json_free(doc);
    }
    if (rc == BENCH_OK && d.count > 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: it would not go on as it began; put back what differs, or start a "
                           "new run:%s",
                           r->folder, d.text.data);
    bench_str_fini(&d.text);
    bench_str_fini(&text);
    return rc;
}

/* ---- loading ---- */

static int load_calibration(const struct bench_json *root, struct bench_run *run,
                            struct bench_err *err)
{
    const struct bench_json *floor = NULL, *facts = NULL;
    int rc;
    if ((rc = bench_json_get_object(root, "floor", true, &floor, err)) != 0 ||
        (rc = bench_json_get_object(root, "facts", true, &facts, err)) != 0 ||
        (rc = bench_floor_read(floor, "gated", &run->gated, err)) != 0 ||
        (rc = bench_floor_read(floor, "ungated", &run->ungated, err)) != 0 ||
        (rc = bench_graph_floor_read(root, "graph_floor", &run->graph_floor, err)) != 0 ||
        (rc = bench_cache_check_read(root, "cache_check", &run->cache_check, err)) != 0 ||
        (rc = bench_roofline_read(root, "roofline", &run->roofline, err)) != 0 ||
        (rc = bench_facts_read(facts, "start", &run->facts_at_start, err)) != 0)
        return rc;
    return bench_facts_read(facts, "end", &run->facts_at_end, err);
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
    if (ftruncate(r->journal_fd, (off_t)length) != 0 || fsync(r->journal_fd) != 0)
        return bench_err_set(err, BENCH_ERROR, "%s: its torn last line cannot be cut off: %s",
                             r->journal, strerror(errno));
    bench_str_addf(note, "%s: the last line was torn, and is cut off; its case is measured again",
                   r->journal);
    return BENCH_OK;
}

int bench_resume_load(struct bench_resume *r, struct bench_run *run,
                      struct bench_run_origin *origin, int *journal_fd, struct bench_str *note,
                      struct bench_err *err)
{
    int64_t whole_bytes = 0;
    bool torn = false;
    int rc;
    if ((rc = load_calibration(r->root, run, err)) != 0 ||
        (rc = load_times(r, run, origin, err)) != 0 ||
        (rc = bench_journal_scan(r->journal, run, &whole_bytes, &torn, err)) != 0 ||
        (rc = load_resumptions(r->root, run, origin, err)) != 0)
        return rc;
    if (torn && (rc = cut(r, whole_bytes, note, err)) != BENCH_OK)
        return rc;
    origin->argc = r->argc;
    origin->argv = r->argv;
    run->session = (int)origin->resumption_count;
    *journal_fd = r->journal_fd;
    r->journal_fd = -1;
    return BENCH_OK;
}
