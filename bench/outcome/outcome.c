#include "bench/outcome/outcome.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/outcome/outcome_impl.h"
#include "bench/run/journal.h"
#include "bench/util/file.h"
#include "bench/util/str.h"

const char *bench_outcome_rule_key(enum bench_outcome_rule rule)
{
    return rule == BENCH_OUTCOME_SPEEDUP ? "speedup_vs_flaggems" : "relative_to_cuda";
}

const char *bench_outcome_standing_name(enum bench_outcome_standing standing)
{
    static const char *const names[] = {"absent", "ok", "failed", "unfilled"};
    return names[standing];
}

/* ---- what is found while reading ---- */

/* Room for one more. */
static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 64;
    return bench_xrealloc(items, *capacity * size);
}

const char *bench_outcome_intern(struct bench_outcome_store *s, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return "";
    size_t at = bench_index_find(s->strings, text);
    if (at != BENCH_INDEX_NONE)
        return s->texts[at];
    s->texts = grown(s->texts, s->text_count, &s->text_capacity, sizeof *s->texts);
    s->texts[s->text_count] = bench_arena_strdup(s->arena, text);
    bench_index_add(s->strings, s->texts[s->text_count], s->text_count);
    return s->texts[s->text_count++];
}

void bench_outcome_note(struct bench_outcome_store *s, const char *format, ...)
{
    struct bench_str text;
    va_list args;
    bench_str_init(&text);
    va_start(args, format);
    bench_str_addv(&text, format, args);
    va_end(args);
    s->notes = grown(s->notes, s->note_count, &s->note_capacity, sizeof *s->notes);
    s->notes[s->note_count++] = bench_arena_strdup(s->arena, text.data);
    bench_str_fini(&text);
}

size_t bench_outcome_operator_at(struct bench_outcome_store *s, const char *name)
{
    size_t at = bench_index_find(s->operator_names, name);
    if (at != BENCH_INDEX_NONE)
        return at;
    s->operators =
        grown(s->operators, s->operator_count, &s->operator_capacity, sizeof *s->operators);
    struct bench_outcome_operator *op = &s->operators[s->operator_count];
    *op = (struct bench_outcome_operator){
        .name = bench_outcome_intern(s, name), .category = "", .hash = ""};
    for (int i = 0; i < BENCH_OUTCOME_RULES; i++)
        op->decisions[i].reason = op->decisions[i].method = "";
    bench_index_add(s->operator_names, op->name, s->operator_count);
    return s->operator_count++;
}

void bench_outcome_role_init(struct bench_outcome_role *role)
{
    *role = (struct bench_outcome_role){.status = "",
                                        .reason = "",
                                        .implementation = "",
                                        .variant = "",
                                        .library = "",
                                        .source_hash = "",
                                        .binary_hash = "",
                                        .time_ms = NAN,
                                        .low_ms = NAN,
                                        .high_ms = NAN,
                                        .q25_ms = NAN,
                                        .q75_ms = NAN,
                                        .min_ms = NAN,
                                        .floor_ms = NAN,
                                        .floor_high_ms = NAN,
                                        .do_bench_ms = NAN,
                                        .max_ratio = NAN,
                                        .max_abs = NAN,
                                        .rel_l2 = NAN,
                                        .clock_mhz = NAN,
                                        .registers = -1,
                                        .shared_bytes = -1,
                                        .spill_bytes = -1};
}

void bench_outcome_role_fail(struct bench_outcome_role *role, struct bench_outcome_store *s,
                             const char *status, const char *reason)
{
    bool unfilled = strcmp(status, bench_status_name(BENCH_STATUS_UNSUPPORTED)) == 0 ||
                    strcmp(status, bench_status_name(BENCH_STATUS_UNAVAILABLE)) == 0;
    role->standing = unfilled ? BENCH_OUTCOME_UNFILLED : BENCH_OUTCOME_FAILED;
    role->status = bench_outcome_intern(s, status);
    role->reason = bench_outcome_intern(s, reason);
}

size_t bench_outcome_case_at(struct bench_outcome_store *s, const struct bench_outcome_identity *id)
{
    char key[BENCH_OUTCOME_KEY];
    bench_outcome_key_of(id, key);
    size_t at = bench_index_find(s->keys, key);
    if (at != BENCH_INDEX_NONE)
        return at;
    s->cases = grown(s->cases, s->case_count, &s->case_capacity, sizeof *s->cases);
    struct bench_outcome_case *c = &s->cases[s->case_count];
    int64_t *shape = bench_arena_alloc(s->arena, (id->ndim + 1) * sizeof *shape);
    for (size_t i = 0; i < id->ndim; i++)
        shape[i] = id->shape[i];
    *c = (struct bench_outcome_case){.key = bench_arena_strdup(s->arena, key),
                                     .op_name = bench_outcome_intern(s, id->op_name),
                                     .dtype = bench_outcome_intern(s, id->dtype),
                                     .shape = shape,
                                     .ndim = id->ndim,
                                     .params = bench_outcome_intern(s, id->params),
                                     .label = bench_outcome_label(s->arena, id),
                                     .number = BENCH_OUTCOME_UNKNOWN,
                                     .bytes = NAN,
                                     .flops = NAN,
                                     .roofline_ms = NAN,
                                     .roofline_bound = ""};
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        bench_outcome_role_init(&c->roles[r]);
    for (int i = 0; i < BENCH_OUTCOME_RULES; i++)
        c->decisions[i].reason = c->decisions[i].method = "";
    bench_outcome_operator_at(s, c->op_name);
    bench_index_add(s->keys, c->key, s->case_count);
    return s->case_count++;
}

/* ---- members that may be absent ---- */

static bool is_there(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) != BENCH_JSON_NULL;
}

int bench_outcome_text(const struct bench_json *object, const char *key, const char **out,
                       struct bench_err *err)
{
    return is_there(object, key) ? bench_json_get_string(object, key, true, out, err) : BENCH_OK;
}

int bench_outcome_number(const struct bench_json *object, const char *key, double *out,
                         struct bench_err *err)
{
    return is_there(object, key) ? bench_json_get_double(object, key, true, out, err) : BENCH_OK;
}

int bench_outcome_object(const struct bench_json *object, const char *key,
                         const struct bench_json **out, struct bench_err *err)
{
    *out = NULL;
    return is_there(object, key) ? bench_json_get_object(object, key, true, out, err) : BENCH_OK;
}

/* ---- the whole ---- */

void bench_outcome_device_init(struct bench_outcome_device *device)
{
    *device = (struct bench_outcome_device){.name = "",
                                            .kind = "",
                                            .id = "",
                                            .arch = "",
                                            .driver = "",
                                            .cuda = "",
                                            .throttle = "",
                                            .clock_mhz = NAN,
                                            .clock_end_mhz = NAN,
                                            .clock_max_mhz = NAN,
                                            .memory_clock_mhz = NAN};
}

int bench_outcome_read_device(const struct bench_outcome *o, const struct bench_json *object,
                              const struct bench_outcome_device **device, struct bench_err *err)
{
    const struct bench_json *on = NULL;
    const char *id = "", *name = "";
    int rc = bench_outcome_object(object, "measured_on", &on, err);
    if (rc != BENCH_OK || on == NULL ||
        (rc = bench_json_get_string(on, "id", true, &id, err)) != 0 ||
        (rc = bench_json_get_string(on, "name", true, &name, err)) != 0)
        return rc;
    for (size_t i = 0; i < o->device_count; i++)
        if (strcmp(o->devices[i].id, id) == 0 && strcmp(o->devices[i].name, name) == 0) {
            *device = &o->devices[i];
            return BENCH_OK;
        }
    return BENCH_OK;
}

static struct bench_outcome *new_outcome(const char *path)
{
    struct bench_outcome *o = bench_xcalloc(1, sizeof *o);
    struct bench_outcome_store *s = o->store = bench_xcalloc(1, sizeof *s);
    s->arena = bench_arena_new();
    s->strings = bench_index_new();
    s->operator_names = bench_index_new();
    s->keys = bench_index_new();
    o->path = bench_arena_strdup(s->arena, path);
    o->id = o->suite = o->suite_hash = o->status = o->started = o->command = "";
    o->bench_version = o->git_commit = o->host = o->compiler = o->mode = o->cache = "";
    bench_outcome_device_init(&o->device);
    o->exit_code = -1;
    o->started_s = o->seed = -1;
    o->duration_s = o->noise_floor = NAN;
    for (int i = 0; i < BENCH_OUTCOME_RULES; i++)
        o->thresholds[i] = NAN;
    return o;
}

void bench_outcome_free(struct bench_outcome *outcome)
{
    if (outcome == NULL)
        return;
    struct bench_outcome_store *s = outcome->store;
    bench_index_free(s->strings);
    bench_index_free(s->operator_names);
    bench_index_free(s->keys);
    bench_json_free(s->run_json);
    free(s->texts);
    free(s->operators);
    free(s->cases);
    free(s->notes);
    free(s->journal);
    bench_arena_free(s->arena);
    free(s);
    free(outcome);
}

/* Of one file in the folder, if it is there. */
static int read_member(struct bench_outcome *o, const char *name,
                       int (*read)(struct bench_outcome *, const char *, struct bench_err *),
                       bool *found, struct bench_err *err)
{
    char *path = bench_path_join(o->folder, name);
    *found = bench_file_exists(path);
    int rc = *found ? read(o, path, err) : BENCH_OK;
    free(path);
    return rc;
}

static int read_folder(struct bench_outcome *o, unsigned flags, struct bench_err *err)
{
    bool your = false, flaggems = false;
    char *run = bench_path_join(o->folder, "run.json");
    bool has_run = bench_file_exists(run);
    int rc = has_run ? bench_outcome_read_run(o, run, flags, err) : BENCH_OK;
    free(run);
    if (rc != BENCH_OK ||
        (rc = read_member(o, "your_perf_data.json", bench_outcome_read_perf, &your, err)) != 0 ||
        (rc = read_member(o, "flaggems_perf_data.json", bench_outcome_read_perf, &flaggems, err)) !=
            0)
        return rc;
    if (!(flags & BENCH_OUTCOME_NO_JOURNAL))
        rc = read_member(o, BENCH_JOURNAL, bench_outcome_read_journal, &o->has_journal, err);
    if (rc != BENCH_OK)
        return rc;
    if (!has_run && !your && !flaggems && !o->has_journal)
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "%s: is no folder of a run: it has no run.json, no performance data "
                             "and no journal; name a folder that `bench run` has made",
                             o->folder);
    if (!has_run)
        bench_outcome_note(o->store, "%s has no run.json: its environment is not known", o->path);
    if (!your && !flaggems)
        bench_outcome_note(o->store, "%s has no performance data, so nothing was decided in it",
                           o->path);
    if (!o->has_journal)
        bench_outcome_note(o->store,
                           flags & BENCH_OUTCOME_NO_JOURNAL
                               ? "the journal of %s was not read: errors, registers and samples "
                                 "are not known"
                               : "%s has no journal.jsonl: errors, registers and samples are not "
                                 "known",
                           o->path);
    return rc;
}

/* ---- order ---- */

struct place {
    size_t op, number, found;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->op != y->op)
        return x->op < y->op ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->found < y->found ? -1 : x->found > y->found;
}

/* By operator, then as in the suite, then as in the file. */
static void sort_cases(struct bench_outcome_store *s)
{
    struct place *places = bench_xmalloc((s->case_count + 1) * sizeof *places);
    struct bench_outcome_case *sorted = bench_xmalloc((s->case_count + 1) * sizeof *sorted);
    for (size_t i = 0; i < s->case_count; i++)
        places[i] = (struct place){bench_index_find(s->operator_names, s->cases[i].op_name),
                                   s->cases[i].number, i};
    qsort(places, s->case_count, sizeof *places, compare_places);
    bench_index_free(s->keys);
    s->keys = bench_index_new();
    for (size_t i = 0; i < s->case_count; i++) {
        struct bench_outcome_operator *op = &s->operators[places[i].op];
        sorted[i] = s->cases[places[i].found];
        bench_index_add(s->keys, sorted[i].key, i);
        if (op->case_count++ == 0)
            op->first_case = i;
    }
    free(places);
    free(s->cases);
    s->cases = sorted;
}

int bench_outcome_load(const char *path, unsigned flags, struct bench_outcome **outcome,
                       struct bench_err *err)
{
    struct stat status;
    *outcome = NULL;
    if (stat(path, &status) != 0)
        return bench_err_set(err, errno == ENOENT ? BENCH_ENOTFOUND : BENCH_ERROR,
                             "%s: cannot be read: %s; name the folder of a run, or a file of "
                             "performance data",
                             path, strerror(errno));
    struct bench_outcome *o = new_outcome(path);
    int rc;
    if (S_ISDIR(status.st_mode)) {
        o->folder = o->path;
        rc = read_folder(o, flags, err);
    } else {
        rc = bench_outcome_read_perf(o, path, err);
        bench_outcome_note(o->store,
                           "%s is a file of performance data: the run's environment, errors, "
                           "registers and samples are not known",
                           o->path);
    }
    if (rc != BENCH_OK) {
        bench_outcome_free(o);
        return rc;
    }
    sort_cases(o->store);
    o->operators = o->store->operators;
    o->operator_count = o->store->operator_count;
    o->cases = o->store->cases;
    o->case_count = o->store->case_count;
    o->notes = o->store->notes;
    o->note_count = o->store->note_count;
    *outcome = o;
    return BENCH_OK;
}

const struct bench_outcome_case *bench_outcome_find(const struct bench_outcome *o, const char *key)
{
    size_t at = bench_index_find(o->store->keys, key);
    return at == BENCH_INDEX_NONE ? NULL : &o->cases[at];
}

const struct bench_outcome_operator *bench_outcome_find_operator(const struct bench_outcome *o,
                                                                 const char *name)
{
    size_t at = bench_index_find(o->store->operator_names, name);
    return at == BENCH_INDEX_NONE ? NULL : &o->operators[at];
}
