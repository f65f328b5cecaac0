/* Samples, read from the journal line by line when they are asked for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/outcome/outcome_impl.h"

static int changed(const char *path, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EINPUT,
                         "%s: is another file than when the run was read: read it again", path);
}

/* The line that begins at `at`, which must be of this case. */
static int read_samples_at(const struct bench_outcome_store *s, const struct bench_outcome_case *c,
                           const char *text, size_t length, struct bench_arena *arena,
                           struct bench_record *record, struct bench_err *err)
{
    char key[BENCH_OUTCOME_KEY];
    struct bench_json_doc *doc = NULL;
    struct bench_outcome_identity id;
    int rc = bench_json_parse(s->journal, text, length, &doc, NULL);
    if (rc != BENCH_OK)
        return changed(s->journal, err);
    if ((rc = bench_outcome_read_identity(bench_json_root(doc), arena, &id, err)) == BENCH_OK)
        rc = bench_record_read(bench_json_root(doc), arena, record, err);
    if (rc == BENCH_OK) {
        bench_outcome_key_of(&id, key);
        rc = strcmp(key, c->key) == 0 ? BENCH_OK : changed(s->journal, err);
    }
    bench_json_free(doc);
    return rc;
}

static int take_samples(const struct bench_outcome_store *s, const struct bench_outcome_case *c,
                        FILE *file, double **samples, size_t *count, struct bench_err *err)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_record record = {0};
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length = getline(&text, &capacity, file);
    int rc = length > 0 ? read_samples_at(s, c, text, (size_t)length, arena, &record, err)
                        : changed(s->journal, err);
    if (rc == BENCH_OK) {
        *count = record.round_count;
        *samples = bench_xmalloc((record.round_count + 1) * sizeof **samples);
        for (size_t i = 0; i < *count; i++)
            (*samples)[i] = bench_record_net(&record, record.elapsed_ns[i]) * 1e-6;
    }
    free(text);
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
    FILE *file = fopen(s->journal, "re");
    if (file == NULL)
        return bench_err_set(err, BENCH_ERROR, "%s: cannot be read: %s", s->journal,
                             strerror(errno));
    int rc = fseeko(file, (off_t)r->journal_at[process], SEEK_SET) == 0
                 ? take_samples(s, c, file, samples, count, err)
                 : changed(s->journal, err);
    fclose(file);
    return rc;
}
