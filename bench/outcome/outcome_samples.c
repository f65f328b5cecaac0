/* Samples, read from the journal line by line when they are asked for. */
#include <string.h>

#include "bench/outcome/outcome_impl.h"
#include "bench/run/journal_lines.h"

static int changed(const char *path, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EINPUT,
                         "%s: is another file than when the run was read: read it again", path);
}

/* `line` must be of this case. */
static int read_samples(const struct bench_outcome_store *s, const struct bench_outcome_case *c,
                        const struct bench_json *line, struct bench_arena *arena,
                        struct bench_record *record, struct bench_err *err)
{
    char key[BENCH_OUTCOME_KEY];
    struct bench_outcome_identity id;
    int rc = bench_outcome_read_identity(line, arena, &id, err);
    if (rc == BENCH_OK)
        rc = bench_record_read(line, arena, record, err);
    if (rc != BENCH_OK)
        return rc;
    bench_outcome_key_of(&id, key);
    return strcmp(key, c->key) == 0 ? BENCH_OK : changed(s->journal, err);
}

/* The next line's. */
static int take_samples(const struct bench_outcome_store *s, const struct bench_outcome_case *c,
                        struct bench_journal_lines *lines, double **samples, size_t *count,
                        struct bench_err *err)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_record record = {0};
    const struct bench_json *line;
    int rc = bench_journal_lines_next(lines, &line, err);
    if (rc == BENCH_EINPUT || (rc == BENCH_OK && line == NULL))
        rc = changed(s->journal, err); /* no line begins there now */
    else if (rc == BENCH_OK)
        rc = read_samples(s, c, line, arena, &record, err);
    if (rc == BENCH_OK) {
        *count = record.round_count;
        *samples = bench_xmalloc((record.round_count + 1) * sizeof **samples);
        for (size_t i = 0; i < *count; i++)
            (*samples)[i] = bench_record_net(&record, record.elapsed_ns[i]) * 1e-6;
    }
    bench_arena_free(arena);
    return rc;
}

int bench_outcome_samples(const struct bench_outcome *o, const struct bench_outcome_case *c,
                          enum bench_role role, size_t process, double **samples, size_t *count,
                          struct bench_err *err)
{
    const struct bench_outcome_store *s = o->store;
    const struct bench_outcome_role *r = &c->roles[role];
    *samples = NULL;
    *count = 0;
    if (r->journal_at == NULL || process >= r->process_count)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "%s: no samples of the %s of %s %s in process %zu", o->path,
                             bench_role_name(role), c->op_name, c->label, process);
    struct bench_journal_lines lines;
    int rc = bench_journal_lines_open(&lines, s->journal, err);
    if (rc != BENCH_OK)
        return rc;
    rc = bench_journal_lines_seek(&lines, r->journal_at[process], 1, err);
    if (rc == BENCH_OK)
        rc = take_samples(s, c, &lines, samples, count, err);
    bench_journal_lines_close(&lines);
    return rc;
}
