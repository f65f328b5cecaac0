#include "bench/run/run.h"

#include <stdlib.h>
#include <string.h>

#include "bench/run/ahead.h"
#include "bench/run/child.h"
#include "bench/run/progress.h"
#include "bench/run/record_index.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

/* How often the display is renewed and a signal is looked for, while a child is quiet. */
#define TICK_MS 100

void bench_run_init(struct bench_run *run, const struct bench_suite *suite,
                    const struct bench_run_options *options)
{
    memset(run, 0, sizeof *run);
    run->suite = suite;
    run->settings = suite->settings;
    run->options = *options;
    run->arena = bench_arena_new();
    run->index = bench_record_index_new(suite);
}

void bench_run_fini(struct bench_run *run)
{
    free(run->records);
    free(run->done);
    free(run->devices);
    bench_record_index_free(run->index);
    bench_arena_free(run->arena);
    memset(run, 0, sizeof *run);
}

void bench_run_add(struct bench_run *run, const struct bench_record *record)
{
    if (run->record_count == run->record_capacity) {
        run->record_capacity = run->record_capacity ? 2 * run->record_capacity : 64;
        run->records = bench_xrealloc(run->records, run->record_capacity * sizeof *run->records);
    }
    run->records[run->record_count++] = *record;
}

/* What later workers must know of it. */
static struct bench_record as_death(const struct bench_record *r, struct bench_arena *arena)
{
    struct bench_record death;
    bench_record_init(&death);
    death.case_index = r->case_index;
    death.roles = r->roles;
    death.status = r->status;
    death.process = r->process;
    death.session = r->session;
    if (r->implementation != NULL)
        death.implementation = bench_arena_strdup(arena, r->implementation);
    death.reason = bench_arena_strdup(arena, r->reason);
    return death;
}

void bench_run_let_go(struct bench_run *run, size_t first)
{
    size_t kept = 0, count = run->record_count - first;
    struct bench_record *deaths = bench_xcalloc(count + 1, sizeof *deaths);
    for (size_t i = first; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        if (bench_status_ends_worker(r->status)) {
            deaths[kept++] = as_death(r, run->arena);
            continue;
        }
        run->let_go[r->status]++;
        run->let_go_count++;
    }
    if (run->index != NULL)
        bench_record_index_cut(run->index, run->records, first);
    run->record_count = first;
    for (size_t i = 0; i < kept; i++)
        bench_run_add(run, &deaths[i]);
    free(deaths);
}

/* Without an index. */
static const struct bench_record *search(const struct bench_run *run, size_t from,
                                         size_t case_index, int process)
{
    for (size_t i = from; i < run->record_count; i++)
        if (run->records[i].case_index == case_index && run->records[i].process == process)
            return &run->records[i];
    return NULL;
}

void bench_run_index(const struct bench_run *run)
{
    bench_run_next_of_case(run, NULL, 0, 0);
}

const struct bench_record *bench_run_next_of_case(const struct bench_run *run,
                                                  const struct bench_record *after,
                                                  size_t case_index, int process)
{
    if (run->index == NULL)
        return search(run, after != NULL ? (size_t)(after - run->records) + 1 : 0, case_index,
                      process);
    if (after != NULL)
        return bench_record_index_next(run->index, run->records, after);
    return bench_record_index_first(run->index, run->records, run->record_count, case_index,
                                    process);
}

const struct bench_record *bench_run_next_of_operator(const struct bench_run *run,
                                                      const struct bench_record *after, size_t op)
{
    if (run->index != NULL)
        return after != NULL
                   ? bench_record_index_next_of(run->index, run->records, after)
                   : bench_record_index_first_of(run->index, run->records, run->record_count, op);
    for (size_t i = after != NULL ? (size_t)(after - run->records) + 1 : 0; i < run->record_count;
         i++)
        if (run->suite->cases[run->records[i].case_index].plan.op == run->suite->operators[op])
            return &run->records[i];
    return NULL;
}

const struct bench_record *bench_run_find_process(const struct bench_run *run, size_t case_index,
                                                  enum bench_role role, int process)
{
    const struct bench_record *r = NULL;
    while ((r = bench_run_next_of_case(run, r, case_index, process)) != NULL)
        if (r->roles & 1u << role)
            return r;
    return NULL;
}

const struct bench_record *bench_run_find(const struct bench_run *run, size_t case_index,
                                          enum bench_role role)
{
    return bench_run_find_process(run, case_index, role, 0);
}

bool bench_run_wants(const struct bench_run *run, size_t case_index)
{
    return (run->wanted == NULL || run->wanted[case_index]) &&
           (run->mine == NULL || run->mine[case_index]);
}

bool bench_run_is_done(const struct bench_run *run, int process, size_t case_index)
{
    return (size_t)process < run->done_processes &&
           run->done[(size_t)process * run->suite->case_count + case_index];
}

void bench_run_mark_done(struct bench_run *run, int process, size_t case_index)
{
    const size_t cases = run->suite->case_count, before = run->done_processes;
    if ((size_t)process >= before) {
        run->done_processes = (size_t)process + 1;
        run->done = bench_xrealloc(run->done, run->done_processes * cases + 1);
        memset(run->done + before * cases, 0, (run->done_processes - before) * cases);
    }
    unsigned char *mark = &run->done[(size_t)process * cases + case_index];
    run->cases_done += process == 0 && !*mark;
    *mark = 1;
}

void bench_run_forget_done(struct bench_run *run)
{
    free(run->done);
    run->done = NULL;
    run->done_processes = run->cases_done = 0;
}

size_t bench_run_count_wanted(const struct bench_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->suite->case_count; i++)
        count += bench_run_wants(run, i);
    return count;
}

size_t bench_run_count_done(const struct bench_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->suite->case_count; i++)
        count += bench_run_wants(run, i) && bench_run_is_done(run, run->process, i);
    return count;
}

size_t bench_run_first_due(const struct bench_run *run)
{
    const unsigned all = (1u << BENCH_ROLE_COUNT) - 1;
    size_t cases = run->suite->case_count, due = 0;
    unsigned char *roles = bench_xcalloc(cases + 1, sizeof *roles);
    for (size_t i = 0; i < run->record_count; i++)
        if (run->records[i].process == run->process)
            roles[run->records[i].case_index] |= (unsigned char)run->records[i].roles;
    while (due < cases && (!bench_run_wants(run, due) || roles[due] == all ||
                           bench_run_is_done(run, run->process, due)))
        due++;
    free(roles);
    return due;
}

/* How many of the cases have a twin. Every device wants a noise floor of its own. */
static size_t twin_count(size_t cases, int parts)
{
    size_t count = cases / 10, least = BENCH_RUN_LEAST_TWINS * (size_t)(parts > 1 ? parts : 1);
    count = count < least ? least : count;
    return count < cases ? count : cases;
}

/* Case i has one if i * twins / cases is not that of the case before it: evenly spread, so that
 * every operator of some size has one, and a function of the number alone. */
bool bench_run_has_twin(const struct bench_run *run, size_t case_index)
{
    size_t cases = run->suite->case_count, twins = twin_count(cases, run->parts);
    if (!run->settings.aa || run->options.sanitize || run->process != 0)
        return false;
    return case_index == 0 || case_index * twins / cases != (case_index - 1) * twins / cases;
}

bool bench_run_needs_python(const struct bench_run *run)
{
    return bench_suite_is_in_python(run->suite);
}

size_t bench_run_failures(const struct bench_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->record_count; i++)
        count += bench_status_failed(run->records[i].status);
    for (int i = 0; i < BENCH_STATUS_COUNT; i++)
        count += bench_status_failed((enum bench_status)i) ? run->let_go[i] : 0;
    return count;
}

bool bench_run_interrupted(struct bench_run *run)
{
    if (run->options.interrupted != NULL && *run->options.interrupted)
        run->was_interrupted = true;
    return run->was_interrupted;
}

bool bench_run_stops_at_once(const struct bench_run *run)
{
    return run->options.interrupted != NULL && *run->options.interrupted > 1;
}

static void show_compiled(struct bench_progress *progress, const char *line)
{
    struct bench_json_doc *doc;
    int64_t done = 0, total = 0;
    const char *what = "";
    if (bench_json_parse("compiler", line, strlen(line), &doc, NULL) != BENCH_OK)
        return;
    const struct bench_json *root = bench_json_root(doc);
    bench_json_get_int(root, "done", false, 0, INT32_MAX, &done, NULL);
    bench_json_get_int(root, "total", false, 0, INT32_MAX, &total, NULL);
    bench_json_get_string(root, "what", false, &what, NULL);
    bench_progress_compiled(progress, (size_t)done, (size_t)total, what);
    bench_json_free(doc);
}

/* A source that the compiler never finishes is left to the worker that needs it, whose deadline has
 * a name to blame. */
static bool waits_too_long(const struct bench_run *run, int64_t heard_ns)
{
    double most_s = run->options.compile_timeout_s;
    return most_s > 0 && (double)(bench_clock_ns() - heard_ns) * 1e-9 > most_s;
}

int bench_run_compile(struct bench_run *run, struct bench_progress *progress, struct bench_err *err)
{
    struct bench_child child;
    const char *line;
    int rc = bench_child_start(&child, bench_ahead_main, run, err);
    if (rc != BENCH_OK)
        return rc;
    for (int64_t heard_ns = bench_clock_ns();;) {
        enum bench_child_event event = bench_child_wait(&child, TICK_MS, &line);
        if (event == BENCH_CHILD_LINE) {
            show_compiled(progress, line);
            heard_ns = bench_clock_ns();
        }
        if (event == BENCH_CHILD_ENDED)
            break;
        if (waits_too_long(run, heard_ns))
            bench_child_kill(&child);
        if (bench_run_interrupted(run)) {
            rc = bench_err_set(err, BENCH_EINTERRUPTED, "interrupted while compiling");
            break;
        }
    }
    bench_child_fini(&child);
    return rc;
}
