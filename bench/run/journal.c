#include "bench/run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/journal_heads.h"
#include "bench/run/journal_lines.h"
#include "bench/run/record_index.h"
#include "bench/util/mem.h"

/* Workers of a supervisor that was killed die with it, but not in the same instant. */
#define PATIENCE_MS 5000
#define PAUSE_MS 20

/* ---- opening ---- */

/* Where files cannot be locked (some network file systems), nothing keeps two processes apart. NFS
 * locks only what may be written (flock(2)): there it is the writer that holds it. */
static int hold(const struct bench_journal *journal, const char *path, struct bench_err *err)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    int fd = journal->held;
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += PAUSE_MS) {
        if (errno == EBADF && fd == journal->held) {
            fd = journal->fd;
            continue;
        }
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

static int open_both(const char *path, bool create, struct bench_journal *journal,
                     struct bench_err *err)
{
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
    *journal = (struct bench_journal){.fd = open(path, flags, 0666), .held = -1};
    if (journal->fd >= 0)
        journal->held = open(path, O_RDONLY | O_CLOEXEC);
    if (journal->held >= 0)
        return BENCH_OK;
    return bench_err_set(err, errno == ENOENT ? BENCH_ENOTFOUND : BENCH_ERROR,
                         create ? "%s: cannot be made: %s" : "%s: cannot be written: %s", path,
                         strerror(errno));
}

int bench_journal_open(const char *path, bool create, struct bench_journal *journal,
                       struct bench_err *err)
{
    int rc = open_both(path, create, journal, err);
    if (rc == BENCH_OK)
        rc = hold(journal, path, err);
    if (rc != BENCH_OK)
        bench_journal_close(journal);
    return rc;
}

void bench_journal_leave(struct bench_journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
}

void bench_journal_close(struct bench_journal *journal)
{
    bench_journal_leave(journal);
    if (journal->held >= 0)
        close(journal->held);
    journal->held = -1;
}

/* ---- reading ---- */

struct reader {
    const char *path;
    struct bench_run *run;
    struct bench_journal_lines lines;
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

static int read_lines(struct reader *r, struct bench_err *err)
{
    const struct bench_json *line;
    int rc;
    while ((rc = bench_journal_lines_next(&r->lines, &line, err)) == BENCH_OK && line != NULL)
        if ((rc = take_line(r, line, err)) != BENCH_OK)
            break;
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

static struct attempt *new_attempts(const struct bench_run *run)
{
    size_t processes = (size_t)run->settings.confirm + 1;
    return bench_xcalloc(processes * run->suite->case_count + 1, sizeof(struct attempt));
}

static struct attempt *attempt_of(const struct bench_run *run, struct attempt *attempts,
                                  int process, size_t case_index)
{
    return &attempts[(size_t)process * run->suite->case_count + case_index];
}

static void note(struct attempt *a, int session, unsigned roles)
{
    if (session > a->session)
        *a = (struct attempt){.session = session};
    if (session == a->session)
        a->roles |= roles;
}

static void find_attempts(const struct bench_run *run, struct attempt *attempts)
{
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        note(attempt_of(run, attempts, r->process, r->case_index), r->session, r->roles);
    }
}

static void keep_whole(struct bench_run *run, struct attempt *attempts)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        const struct attempt *a = attempt_of(run, attempts, r->process, r->case_index);
        if (is_whole(a) && r->session == a->session)
            run->records[kept++] = *r;
    }
    run->record_count = kept;
    if (run->index != NULL)
        bench_record_index_reset(run->index);
}

static int missing_lines(const struct reader *r, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EINPUT,
                         "%s: lines of case %zu are missing, although later ones are there: the "
                         "file was changed or damaged",
                         r->path, bench_run_first_due(r->run));
}

/* Cases are measured in order, unless several devices measure them, and confirmed after all of
 * them. Of a shard it must be known which cases it has. */
static bool is_out_of_order(const struct bench_run *run, size_t due, int process, size_t case_index)
{
    bool known = run->options.shard_count == 0 || run->mine != NULL;
    return due < run->suite->case_count &&
           ((process > 0 && known) || (!run->unordered && case_index > due));
}

static void mark_whole(struct bench_run *run, const struct attempt *attempts)
{
    const size_t cases = run->suite->case_count;
    bench_run_forget_done(run);
    for (int process = 0; process <= run->settings.confirm; process++)
        for (size_t i = 0; i < cases; i++)
            if (is_whole(&attempts[(size_t)process * cases + i]))
                bench_run_mark_done(run, process, i);
}

static int check_order(const struct reader *r, struct bench_err *err)
{
    const struct bench_run *run = r->run;
    const size_t due = bench_run_first_due(run);
    for (size_t i = 0; i < run->record_count; i++)
        if (is_out_of_order(run, due, run->records[i].process, run->records[i].case_index))
            return missing_lines(r, err);
    return BENCH_OK;
}

int bench_journal_read(const char *path, struct bench_run *run, int64_t *whole_bytes, bool *torn,
                       struct bench_err *err)
{
    struct reader r = {.path = path, .run = run};
    *whole_bytes = 0;
    *torn = false;
    int rc = bench_journal_lines_open(&r.lines, path, err);
    if (rc != BENCH_OK)
        return rc;
    rc = read_lines(&r, err);
    *whole_bytes = r.lines.end;
    *torn = r.lines.torn;
    bench_journal_lines_close(&r.lines);
    if (rc != BENCH_OK)
        return rc;
    struct attempt *attempts = new_attempts(run);
    find_attempts(run, attempts);
    keep_whole(run, attempts);
    mark_whole(run, attempts);
    free(attempts);
    return check_order(&r, err);
}

/* ---- scanning ---- */

/* As check_order, where the records themselves are not there. */
static int check_heads(const struct reader *r, const struct bench_line_heads *heads,
                       struct attempt *attempts, struct bench_err *err)
{
    const struct bench_run *run = r->run;
    const size_t due = bench_run_first_due(run);
    for (size_t i = 0; i < heads->count; i++) {
        const struct bench_line_head *h = &heads->items[i];
        const struct attempt *a = attempt_of(run, attempts, h->process, h->case_index);
        if (is_whole(a) && h->session == a->session &&
            is_out_of_order(run, due, h->process, h->case_index))
            return missing_lines(r, err);
    }
    return BENCH_OK;
}

static void count_heads(struct bench_run *run, const struct bench_line_heads *heads,
                        struct attempt *attempts)
{
    for (size_t i = 0; i < heads->count; i++) {
        const struct bench_line_head *h = &heads->items[i];
        const struct attempt *a = attempt_of(run, attempts, h->process, h->case_index);
        if (h->is_record || !is_whole(a) || h->session != a->session)
            continue;
        run->let_go[h->status]++;
        run->let_go_count++;
    }
}

/* Reads a line as a whole: it is right after all, or torn, or the message says what is wrong. */
static int read_whole(struct reader *r, struct bench_line_head *head, size_t number,
                      struct bench_err *err)
{
    const struct bench_json *line = NULL;
    const size_t before = r->run->record_count;
    int rc = bench_journal_lines_seek(&r->lines, head->offset, number, err);
    if (rc == BENCH_OK)
        rc = bench_journal_lines_next(&r->lines, &line, err);
    if (rc == BENCH_OK && line != NULL)
        rc = take_line(r, line, err);
    if (rc == BENCH_OK && line == NULL && !r->lines.torn)
        rc = bench_err_set(err, BENCH_ERROR, "%s: line %zu is no longer there", r->path, number);
    if (rc != BENCH_OK || r->lines.torn)
        return rc;
    const struct bench_record *read = &r->run->records[before];
    *head = (struct bench_line_head){.offset = head->offset,
                                     .case_index = (uint32_t)read->case_index,
                                     .process = read->process,
                                     .session = read->session,
                                     .roles = read->roles,
                                     .status = read->status,
                                     .is_known = true,
                                     .is_record = true};
    return rc;
}

/* The lines whose heads do not tell enough, in the order of the file. A torn one, the last, is no
 * longer among the heads. */
static int read_rest(struct reader *r, struct bench_line_heads *heads, bool *torn,
                     struct bench_err *err)
{
    int rc = bench_journal_lines_open(&r->lines, r->path, err);
    if (rc != BENCH_OK)
        return rc;
    for (size_t i = 0; rc == BENCH_OK && i < heads->count; i++) {
        if (heads->items[i].is_known)
            continue;
        rc = read_whole(r, &heads->items[i], i + 1, err);
        *torn = r->lines.torn;
        if (*torn) {
            heads->bytes = heads->items[i].offset;
            heads->count = i;
        }
    }
    bench_journal_lines_close(&r->lines);
    return rc;
}

int bench_journal_scan(const char *path, struct bench_run *run, int64_t *whole_bytes, bool *torn,
                       struct bench_err *err)
{
    struct reader r = {.path = path, .run = run};
    struct bench_line_heads heads;
    *whole_bytes = 0;
    *torn = false;
    int rc = bench_line_heads_read(path, run, 0, &heads, err);
    if (rc == BENCH_OK)
        rc = read_rest(&r, &heads, torn, err);
    if (rc == BENCH_OK) {
        *whole_bytes = heads.bytes;
        struct attempt *attempts = new_attempts(run);
        for (size_t i = 0; i < heads.count; i++)
            note(attempt_of(run, attempts, heads.items[i].process, heads.items[i].case_index),
                 heads.items[i].session, heads.items[i].roles);
        count_heads(run, &heads, attempts);
        keep_whole(run, attempts);
        mark_whole(run, attempts);
        rc = check_heads(&r, &heads, attempts, err);
        free(attempts);
    }
    free(heads.items);
    return rc;
}
