#include "bench/run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/record_index.h"
#include "bench/util/mem.h"

/* Workers of a supervisor that was killed die with it, but not in the same instant. */
#define PATIENCE_MS 5000
#define PAUSE_MS 20

/* ---- opening ---- */

/* Where files cannot be locked (some network file systems), nothing keeps two processes apart. */
static int hold(int fd, const char *path, struct bench_err *err)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += PAUSE_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return BENCH_OK;
        if (waited >= PATIENCE_MS)
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s: another process writes it: the run goes on, or a worker of "
                                 "it has not ended yet",
                                 path);
        nanosleep(&pause, NULL);
    }
    return BENCH_OK;
}

int bench_journal_open(const char *path, bool create, int *fd, struct bench_err *err)
{
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
    *fd = open(path, flags, 0666);
    if (*fd < 0)
        return bench_err_set(err, errno == ENOENT ? BENCH_ENOTFOUND : BENCH_ERROR,
                             create ? "%s: cannot be made: %s" : "%s: cannot be written: %s", path,
                             strerror(errno));
    int rc = hold(*fd, path, err);
    if (rc != BENCH_OK) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

/* ---- reading ---- */

struct reader {
    const char *path;
    FILE *file;
    struct bench_run *run;
    size_t number; /* of the line */
};

static int check_line(const struct reader *r, const struct bench_json *line,
                      const struct bench_record *record, struct bench_err *err)
{
    const struct bench_suite *suite = r->run->suite;
    const char *key = NULL;
    int rc = bench_json_get_string(line, "key", true, &key, err);
    if (rc != BENCH_OK)
        return rc;
    if (record->case_index >= suite->case_count ||
        strcmp(suite->cases[record->case_index].plan.key, key) != 0)
        return bench_json_error(line, err, "case %zu is not that of the suite %s",
                                record->case_index, suite->file);
    if (record->process > r->run->settings.confirm)
        return bench_json_error(line, err, "process %d of a run that confirms in %d",
                                record->process, r->run->settings.confirm);
    return BENCH_OK;
}

static int take_line(const struct reader *r, const struct bench_json *line, struct bench_err *err)
{
    struct bench_record record;
    int rc = bench_record_read(line, r->run->arena, &record, err);
    if (rc == BENCH_OK)
        rc = check_line(r, line, &record, err);
    if (rc == BENCH_OK)
        bench_run_add(r->run, &record);
    return rc;
}

static bool at_end(FILE *file)
{
    int c = getc(file);
    if (c != EOF)
        ungetc(c, file);
    return c == EOF;
}

/* `text` without its newline, `whole` if it had one. */
static int read_line(struct reader *r, const char *text, size_t length, bool whole, bool *torn,
                     struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    char *name = bench_xprintf("%s, line %zu", r->path, r->number);
    int rc = whole ? bench_json_parse(name, text, length, &doc, err) : BENCH_EINPUT;
    free(name);
    if (rc != BENCH_OK) {
        *torn = at_end(r->file);
        return *torn ? BENCH_OK : rc;
    }
    rc = take_line(r, bench_json_root(doc), err);
    bench_json_free(doc);
    return rc;
}

static int read_lines(struct reader *r, int64_t *whole_bytes, bool *torn, struct bench_err *err)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    int rc = BENCH_OK;
    while (rc == BENCH_OK && !*torn && (length = getline(&text, &capacity, r->file)) > 0) {
        bool whole = text[length - 1] == '\n';
        r->number++;
        rc = read_line(r, text, (size_t)length - whole, whole, torn, err);
        if (rc == BENCH_OK && !*torn)
            *whole_bytes += length;
    }
    if (rc == BENCH_OK && ferror(r->file))
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be read: %s", r->path, strerror(errno));
    free(text);
    return rc;
}

/* ---- what counts ---- */

/* Of one case in one process. */
struct attempt {
    int session; /* the last one */
    unsigned roles;
};

static bool is_whole(const struct attempt *a)
{
    return a->roles == (1u << BENCH_ROLE_COUNT) - 1;
}

static struct attempt *attempt_of(const struct bench_run *run, struct attempt *attempts,
                                  const struct bench_record *r)
{
    return &attempts[(size_t)r->process * run->suite->case_count + r->case_index];
}

static void find_attempts(const struct bench_run *run, struct attempt *attempts)
{
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        struct attempt *a = attempt_of(run, attempts, r);
        if (r->session > a->session)
            *a = (struct attempt){.session = r->session};
        if (r->session == a->session)
            a->roles |= r->roles;
    }
}

static void keep_whole(struct bench_run *run, struct attempt *attempts)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct attempt *a = attempt_of(run, attempts, &run->records[i]);
        if (is_whole(a) && run->records[i].session == a->session)
            run->records[kept++] = run->records[i];
    }
    run->record_count = kept;
    if (run->index != NULL)
        bench_record_index_reset(run->index);
}

/* Cases are measured in order, and confirmed after all of them. */
static int check_order(const struct reader *r, struct bench_err *err)
{
    const struct bench_run *run = r->run;
    for (size_t i = 0; i < run->record_count; i++)
        if (run->cases_done < run->suite->case_count &&
            (run->records[i].process > 0 || run->records[i].case_index > run->cases_done))
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s: lines of case %zu are missing, although later ones are "
                                 "there: the file was changed or damaged",
                                 r->path, run->cases_done);
    return BENCH_OK;
}

int bench_journal_read(const char *path, struct bench_run *run, int64_t *whole_bytes, bool *torn,
                       struct bench_err *err)
{
    struct reader r = {.path = path, .file = fopen(path, "re"), .run = run};
    *whole_bytes = 0;
    *torn = false;
    if (r.file == NULL)
        return bench_err_set(err, errno == ENOENT ? BENCH_ENOTFOUND : BENCH_ERROR,
                             "%s: cannot be read: %s", path, strerror(errno));
    int rc = read_lines(&r, whole_bytes, torn, err);
    fclose(r.file);
    if (rc != BENCH_OK)
        return rc;
    size_t processes = (size_t)run->settings.confirm + 1;
    struct attempt *attempts =
        bench_xcalloc(processes * run->suite->case_count + 1, sizeof *attempts);
    find_attempts(run, attempts);
    keep_whole(run, attempts);
    free(attempts);
    run->cases_done = bench_run_first_due(run);
    return check_order(&r, err);
}
