/* What the supervisor makes of its worker's lines, and how results come to count. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/message.h"
#include "bench/run/supervise_impl.h"
#include "bench/util/mem.h"

/* Only the supervisor knows which of several devices it gave to the worker. */
static void name_device(const struct bench_supervisor *v, struct bench_record *record)
{
    const struct bench_device_info *info = v->device ? &v->device->info : &v->run->info;
    bool several = v->run->device_count > 0 || v->run->options.shard_count > 0;
    record->device_id = several ? info->id : NULL;
    record->device_name = several ? info->name : NULL;
    record->device_index = several ? info->index : 0;
}

/* Into the journal first; then it counts. */
int bench_supervisor_take_record(struct bench_supervisor *v, struct bench_record *record,
                                 struct bench_err *err)
{
    record->process = v->run->process;
    record->session = v->run->session;
    name_device(v, record);
    int rc = bench_results_append(v->results, v->run, record, err);
    if (rc != BENCH_OK)
        return rc;
    bench_run_add(v->run, record);
    bench_progress_record(v->progress, v->run, record);
    return BENCH_OK;
}

/* The first case from `index` on that this process measures, and has not yet. */
static size_t next_case(const struct bench_run *run, size_t index)
{
    while (index < run->suite->case_count &&
           (!bench_run_wants(run, index) || bench_run_is_done(run, run->process, index)))
        index++;
    return index;
}

void bench_supervisor_finish_case(struct bench_supervisor *v)
{
    struct bench_run *run = v->run;
    size_t index = v->case_due;
    bench_run_mark_done(run, run->process, index);
    if (v->next != NULL)
        v->next(v);
    else
        v->case_due = next_case(run, index + 1);
    bench_progress_case(v->progress, run, index);
    bench_run_let_go(run, v->kept);
    v->kept = run->record_count;
    bench_arena_free(v->arena);
    v->arena = NULL;
}

/* All records of the case, or none: of a part of them, a run that is resumed could make nothing. */
static int read_records(struct bench_supervisor *v, const struct bench_json *array,
                        struct bench_record *records, struct bench_err *err)
{
    const struct bench_run *run = v->run;
    const struct bench_record *before = NULL;
    unsigned roles = 0;
    size_t count = 0;
    if (v->arena == NULL)
        v->arena = bench_arena_new();
    for (const struct bench_json *o = bench_json_first(array); o; o = bench_json_next(o)) {
        struct bench_record *r = &records[count++];
        int rc = bench_record_read(o, v->arena, r, err);
        if (rc == BENCH_OK && r->case_index != v->case_due)
            rc = bench_json_error(o, err, "a record of another case");
        if (rc != BENCH_OK)
            return rc;
        roles |= r->roles;
    }
    while ((before = bench_run_next_of_case(run, before, v->case_due, run->process)) != NULL)
        roles |= before->roles;
    if (roles != (1u << BENCH_ROLE_COUNT) - 1)
        return bench_json_error(array, err, "the records of case %zu leave a role out",
                                v->case_due);
    return BENCH_OK;
}

static int take_case(struct bench_supervisor *v, const struct bench_json *line,
                     struct bench_err *err)
{
    struct bench_run *run = v->run;
    const struct bench_json *array = NULL;
    int64_t index = 0;
    int rc = bench_json_get_int(line, "index", true, 0, INT32_MAX, &index, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_array(line, "records", true, &array, err);
    if (rc == BENCH_OK && ((size_t)index != v->case_due || v->case_due >= run->suite->case_count))
        rc = bench_json_error(line, err, "case %lld is reported; case %zu was due",
                              (long long)index, v->case_due);
    if (rc == BENCH_OK)
        rc = bench_facts_read(line, "facts",
                              v->device ? &v->device->facts_at_end : &run->facts_at_end, err);
    if (rc != BENCH_OK)
        return rc;
    const size_t count = bench_json_size(array);
    struct bench_record *records = bench_xcalloc(count + 1, sizeof *records);
    rc = read_records(v, array, records, err);
    for (size_t i = 0; i < count && rc == BENCH_OK; i++)
        rc = bench_supervisor_take_record(v, &records[i], err);
    free(records);
    if (rc == BENCH_OK)
        bench_supervisor_finish_case(v);
    return rc;
}

/* The cache check of the process that is the worst counts: answers rest on all of them. */
static int take_calibration(const struct bench_json *line, struct bench_cache_check *cache_check,
                            struct bench_roofline *roofline, struct bench_err *err)
{
    struct bench_cache_check check = {0};
    int rc = bench_cache_check_read(line, "cache_check", &check, err);
    bool failed_before = cache_check->checked && !(cache_check->evicts && cache_check->clean);
    if (rc == BENCH_OK && !failed_before)
        *cache_check = check;
    if (rc == BENCH_OK)
        rc = bench_roofline_read(line, "roofline", roofline, err);
    return rc;
}

/* Those of the main run, whose times are shown; each record has its own, too. */
static int take_floors(const struct bench_json *line, struct bench_floor *gated,
                       struct bench_floor *ungated, struct bench_graph_floor *graph,
                       struct bench_err *err)
{
    int rc = bench_floor_read(line, "gated", gated, err);
    if (rc == BENCH_OK)
        rc = bench_floor_read(line, "ungated", ungated, err);
    if (rc == BENCH_OK)
        rc = bench_graph_floor_read(line, "graph_floor", graph, err);
    return rc;
}

static int take_ready(struct bench_supervisor *v, const struct bench_json *line,
                      struct bench_err *err)
{
    struct bench_run *run = v->run;
    struct bench_run_device *d = v->device;
    struct bench_facts *start = d ? &d->facts_at_start : &run->facts_at_start;
    int rc = BENCH_OK;
    v->started = true;
    if (run->process == 0)
        rc = take_floors(line, d ? &d->gated : &run->gated, d ? &d->ungated : &run->ungated,
                         d ? &d->graph_floor : &run->graph_floor, err);
    if (rc == BENCH_OK)
        rc = take_calibration(line, d ? &d->cache_check : &run->cache_check,
                              d ? &d->roofline : &run->roofline, err);
    if (rc == BENCH_OK && start->count == 0)
        rc = bench_facts_read(line, "facts", start, err);
    /* What the answers of its cases will rest on must outlive us as its records do. */
    if (rc == BENCH_OK)
        rc = bench_results_update(v->results, run, err);
    return rc;
}

/* Lines without the token are not the worker's, unless it says that it cannot even begin: nothing
 * but our own code has run by then. */
static bool is_ours(const struct bench_supervisor *v, const struct bench_json *line)
{
    char want[17];
    const char *token = "", *event = "";
    snprintf(want, sizeof want, "%016" PRIx64, v->token);
    if (bench_json_type(line) != BENCH_JSON_OBJECT ||
        bench_json_get_string(line, "event", true, &event, NULL) != BENCH_OK ||
        bench_json_get_string(line, "token", false, &token, NULL) != BENCH_OK)
        return false;
    return strcmp(token, want) == 0 || (!v->started && strcmp(event, "fatal") == 0);
}

static int take_fault(struct bench_supervisor *v, const struct bench_json *line,
                      const char *message, struct bench_err *err)
{
    int64_t code = BENCH_EPOISONED;
    int rc = bench_json_get_int(line, "code", false, INT32_MIN, INT32_MAX, &code, err);
    free(v->fault);
    v->fault = bench_xstrdup(message);
    v->fault_status = code == BENCH_PYTHON_CHANGED_GLOBALS ? BENCH_STATUS_CHANGED_GLOBALS
                                                           : BENCH_STATUS_DEVICE_FAULT;
    return rc;
}

int bench_supervisor_take_line(struct bench_supervisor *v, const char *text, struct bench_err *err)
{
    struct bench_json_doc *doc;
    const char *event = "", *message = "";
    int rc = bench_json_parse("worker", text, strlen(text), &doc, NULL);
    if (rc != BENCH_OK || (v->token != 0 && !is_ours(v, bench_json_root(doc)))) {
        if (rc == BENCH_OK)
            bench_json_free(doc);
        v->forged = true;
        bench_child_kill(&v->child);
        return BENCH_OK;
    }
    const struct bench_json *line = bench_json_root(doc);
    rc = bench_json_get_string(line, "event", true, &event, err);
    if (rc == BENCH_OK && strcmp(event, "case") == 0) {
        rc = take_case(v, line, err);
    } else if (rc == BENCH_OK && strcmp(event, "ready") == 0) {
        rc = take_ready(v, line, err);
    } else if (rc == BENCH_OK) {
        rc = bench_json_get_string(line, "message", true, &message, err);
        if (rc == BENCH_OK && strcmp(event, "fault") == 0) {
            rc = take_fault(v, line, message, err);
        } else if (rc == BENCH_OK) {
            v->fatal = true;
            rc = bench_err_set(err, BENCH_ERROR, "%s",
                               message[0] != '\0' ? message : "the worker did not say why");
            bench_str_disarm(err->message);
        }
    }
    bench_json_free(doc);
    return rc;
}
