/*
 * journal.jsonl: what every role of every case did. Of a line only what counts is kept, so that
 * memory goes with the number of cases and not with the samples.
 *
 * Of a case, in each process, the lines of the last session count that has any, and only if every
 * role is in them (docs/formats.md, "journal.jsonl"). Lines of cases may be mixed, so what is not
 * whole yet waits in `attempts`.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/stats.h"
#include "bench/outcome/outcome_impl.h"
#include "bench/outcome/outcome_time.h"
#include "bench/run/journal_lines.h"

#define ALL_ROLES ((1u << BENCH_ROLE_COUNT) - 1)

/* A time in one process. */
struct timed {
    size_t at; /* of the case, in the store */
    int role, process;
    const char *implementation;
    double ms;
    int64_t line; /* where it is in the file */
};

/* The lines of one case in one process that are not whole yet. */
struct attempt {
    int session;
    unsigned roles;
    struct timed times[BENCH_ROLE_COUNT];
    struct bench_outcome_role found[BENCH_ROLE_COUNT]; /* process 0 only */
    const struct bench_outcome_device *device;
    double roofline_ms;
    const char *roofline_bound;
};

struct reader {
    const struct bench_outcome *outcome;
    struct bench_outcome_store *store;
    struct bench_journal_lines lines;
    struct bench_index *names; /* "case process" -> index in attempts */
    struct attempt **attempts; /* of each name; NULL: nothing of it waits */
    size_t attempt_count, attempt_capacity;
    struct timed *times; /* of all that count */
    size_t time_count, time_capacity;
    size_t dropped; /* cases that are not whole, each process counted */
};

/* ---- one line ---- */

static double positive(double v)
{
    return v > 0 ? v : NAN;
}

static void read_samples(const struct bench_record *r, struct bench_outcome_role *role)
{
    struct bench_summary s;
    double low, high;
    double *net = bench_xmalloc((r->round_count + 1) * sizeof *net);
    for (size_t i = 0; i < r->round_count; i++)
        net[i] = bench_record_net(r, r->elapsed_ns[i]);
    bench_summarize(net, r->round_count, &s);
    bench_outcome_interval(net, r->round_count, r->resolution_ns, &low, &high);
    role->time_ms = bench_record_time_ns(r) * 1e-6;
    role->low_ms = fmin(low * 1e-6, role->time_ms);
    role->high_ms = fmax(high * 1e-6, role->time_ms);
    role->q25_ms = s.q25 * 1e-6;
    role->q75_ms = s.q75 * 1e-6;
    role->min_ms = s.min * 1e-6;
    free(net);
}

static void take_role(const struct reader *rd, const struct bench_record *r,
                      struct bench_outcome_role *role)
{
    struct bench_outcome_store *s = rd->store;
    bench_outcome_role_init(role);
    role->implementation = bench_outcome_intern(s, r->implementation);
    role->variant = bench_outcome_intern(s, r->variant);
    role->library = bench_outcome_intern(s, r->library);
    role->source_hash = bench_outcome_intern(s, r->source_hash);
    role->binary_hash = bench_outcome_intern(s, r->binary_hash);
    role->registers = r->registers;
    role->shared_bytes = r->registers >= 0 ? (int64_t)r->shared_bytes : -1;
    role->spill_bytes = r->registers >= 0 ? (int64_t)r->spill_bytes : -1;
    role->verified = r->verified;
    if (r->verified) {
        role->max_ratio = r->errors.max_ratio;
        role->max_abs = r->errors.max_abs;
        role->rel_l2 = r->errors.rel_l2;
    }
    if (!bench_status_right(r->status)) {
        bench_outcome_role_fail(role, s, bench_status_name(r->status), r->reason);
        return;
    }
    role->standing = BENCH_OUTCOME_OK;
    role->status = bench_status_name(r->status);
    role->near_floor = r->near_floor;
    role->throttled = r->throttled;
    role->rounds = r->round_count;
    role->floor_ms = bench_record_floor_ns(r) * 1e-6;
    role->floor_high_ms = r->floor_high_ns * 1e-6;
    role->do_bench_ms = positive(r->do_bench_ns * 1e-6);
    role->clock_mhz = positive(r->clock_median_mhz);
    if (r->round_count > 0)
        read_samples(r, role);
}

/* ---- which lines count ---- */

static struct attempt *attempt_of(struct reader *rd, size_t case_index, int process, size_t *slot)
{
    char name[48];
    snprintf(name, sizeof name, "%zu %d", case_index, process);
    size_t at = bench_index_find(rd->names, name);
    if (at == BENCH_INDEX_NONE) {
        if (rd->attempt_count == rd->attempt_capacity) {
            rd->attempt_capacity *= 2;
            rd->attempts =
                bench_xrealloc(rd->attempts, rd->attempt_capacity * sizeof *rd->attempts);
        }
        char *key = bench_arena_strdup(rd->store->arena, name);
        at = rd->attempt_count++;
        rd->attempts[at] = NULL;
        bench_index_add(rd->names, key, at);
    }
    if (rd->attempts[at] == NULL)
        rd->attempts[at] = bench_xcalloc(1, sizeof **rd->attempts);
    *slot = at;
    return rd->attempts[at];
}

static void take_time(struct reader *rd, const struct timed *t)
{
    if (rd->time_count == rd->time_capacity) {
        rd->time_capacity = rd->time_capacity ? rd->time_capacity * 2 : 1024;
        rd->times = bench_xrealloc(rd->times, rd->time_capacity * sizeof *rd->times);
    }
    rd->times[rd->time_count++] = *t;
}

/* The case is whole: what it has counts. */
static void take_attempt(struct reader *rd, const struct attempt *a, size_t at, size_t number,
                         int process)
{
    struct bench_outcome_case *c = &rd->store->cases[at];
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (a->times[r].line >= 0)
            take_time(rd, &a->times[r]);
    if (process != 0)
        return;
    c->number = number;
    memcpy(c->roles, a->found, sizeof c->roles);
    c->device = a->device;
    if (a->roofline_ms > 0) {
        c->roofline_ms = a->roofline_ms;
        c->roofline_bound = a->roofline_bound;
    }
}

static void add_record(struct reader *rd, const struct bench_record *r,
                       const struct bench_outcome_device *device, size_t at)
{
    size_t slot = 0;
    struct attempt *a = attempt_of(rd, r->case_index, r->process, &slot);
    if (r->session > a->session || a->roles == 0)
        *a = (struct attempt){.session = r->session};
    if (r->session < a->session)
        return;
    for (int i = 0; i < BENCH_ROLE_COUNT; i++) {
        if (!(r->roles & 1u << i))
            continue;
        if (r->process == 0)
            take_role(rd, r, &a->found[i]);
        bool has_time = r->status == BENCH_STATUS_OK && r->round_count > 0;
        a->times[i] =
            (struct timed){.at = at,
                           .role = i,
                           .process = r->process,
                           .implementation = bench_outcome_intern(rd->store, r->implementation),
                           .ms = has_time ? bench_record_time_ns(r) * 1e-6 : NAN,
                           .line = has_time ? rd->lines.offset : -1};
    }
    if (r->roofline_ns > 0) {
        a->roofline_ms = r->roofline_ns * 1e-6;
        a->roofline_bound = bench_outcome_intern(rd->store, r->roofline_bound);
    }
    a->device = device;
    a->roles |= r->roles;
    if (a->roles != ALL_ROLES)
        return;
    take_attempt(rd, a, at, r->case_index, r->process);
    free(a);
    rd->attempts[slot] = NULL;
}

static int read_line(struct reader *rd, const struct bench_json *line, struct bench_err *err)
{
    struct bench_record record;
    struct bench_outcome_identity id;
    const struct bench_outcome_device *device = NULL;
    struct bench_arena *arena = bench_arena_new();
    int rc = bench_record_read(line, arena, &record, err);
    if (rc == BENCH_OK && (rc = bench_outcome_read_identity(line, arena, &id, err)) == BENCH_OK &&
        (rc = bench_outcome_read_device(rd->outcome, line, &device, err)) == BENCH_OK)
        add_record(rd, &record, device, bench_outcome_case_at(rd->store, &id));
    bench_arena_free(arena);
    return rc;
}

/* ---- the file ---- */

static int read_lines(struct reader *rd, struct bench_err *err)
{
    const struct bench_json *line;
    int rc;
    while ((rc = bench_journal_lines_next(&rd->lines, &line, err)) == BENCH_OK && line != NULL)
        if ((rc = read_line(rd, line, err)) != BENCH_OK)
            return rc;
    if (rd->lines.torn)
        bench_outcome_note(rd->store,
                           "the last line of %s (line %zu) is torn, as a loss of power leaves "
                           "it: it does not count",
                           rd->lines.path, rd->lines.number);
    return rc;
}

/* Of one role of a case: the main process first; of one process, what was read last. */
static int compare_times(const void *a, const void *b)
{
    const struct timed *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->role != y->role)
        return x->role - y->role;
    if (x->process != y->process)
        return x->process - y->process;
    return x->line > y->line ? -1 : x->line < y->line;
}

/* times[0 .. count) are of one role. */
static void put_times(struct bench_outcome_store *s, const struct timed *times, size_t count)
{
    struct bench_outcome_role *role = &s->cases[times[0].at].roles[times[0].role];
    double *ms = bench_arena_alloc(s->arena, count * sizeof *ms);
    int64_t *lines = bench_arena_alloc(s->arena, count * sizeof *lines);
    int *processes = bench_arena_alloc(s->arena, count * sizeof *processes);
    size_t kept = 0;
    /* A role that was not ok in the main run has no times, whatever later processes found. */
    if (role->standing != BENCH_OUTCOME_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        if (times[i].implementation != role->implementation ||
            (i > 0 && times[i].process == times[i - 1].process))
            continue;
        ms[kept] = times[i].ms;
        processes[kept] = times[i].process;
        lines[kept++] = times[i].line;
    }
    role->process_ms = ms;
    role->processes = processes;
    role->journal_at = lines;
    role->process_count = kept;
}

static void put_all_times(struct reader *rd)
{
    struct timed *t = rd->times;
    size_t end;
    if (rd->time_count > 0)
        qsort(t, rd->time_count, sizeof *t, compare_times);
    for (size_t i = 0; i < rd->time_count; i = end) {
        for (end = i + 1; end < rd->time_count && t[end].at == t[i].at && t[end].role == t[i].role;)
            end++;
        put_times(rd->store, &t[i], end - i);
    }
}

static void fini(struct reader *rd)
{
    for (size_t i = 0; i < rd->attempt_count; i++) {
        rd->dropped += rd->attempts[i] != NULL;
        free(rd->attempts[i]);
    }
    if (rd->dropped > 0)
        bench_outcome_note(rd->store, "%zu cases of %s are there in part only and do not count",
                           rd->dropped, rd->lines.path);
    free(rd->attempts);
    free(rd->times);
    bench_index_free(rd->names);
    bench_journal_lines_close(&rd->lines);
}

int bench_outcome_read_journal(struct bench_outcome *o, const char *path, struct bench_err *err)
{
    struct reader rd = {.outcome = o, .store = o->store};
    int rc = bench_journal_lines_open(&rd.lines, path, err);
    if (rc != BENCH_OK)
        return rc;
    rd.names = bench_index_new();
    rd.attempt_capacity = 256;
    rd.attempts = bench_xmalloc(rd.attempt_capacity * sizeof *rd.attempts);
    rc = read_lines(&rd, err);
    put_all_times(&rd);
    fini(&rd);
    o->store->journal = bench_xstrdup(path);
    return rc;
}
