#include "bench/outcome/tuning.h"

#include <stdlib.h>

#include "bench/measure/stats.h"
#include "bench/outcome/outcome_impl.h"
#include "bench/run/journal.h"
#include "bench/run/journal_lines.h"
#include "bench/util/file.h"
#include "bench/util/process.h"

struct reader {
    struct bench_arena *arena;
    struct bench_index *keys; /* -> index in items */
    struct bench_tuning *items;
    int *sessions; /* that wrote each item */
    size_t count, capacity;
};

/* ---- one line ---- */

/* Median of every second sample from `first` on; samples of a throttled clock are among them, as
 * they were when the variant was chosen. */
static double half_median(const struct bench_record *r, const struct bench_tuned *t, size_t first)
{
    size_t count = 0;
    double *net = bench_xmalloc((t->round_count + 1) * sizeof *net);
    for (size_t i = first; i < t->round_count; i += 2)
        net[count++] = bench_record_net(r, t->elapsed_ns[i]);
    double median = bench_median(net, count);
    free(net);
    return median;
}

static void take_variants(struct reader *rd, const struct bench_record *r, struct bench_tuning *to)
{
    struct bench_tuning_variant *variants =
        bench_arena_alloc(rd->arena, (r->tuned_count + 1) * sizeof *variants);
    to->halves = 2;
    for (size_t i = 0; i < r->tuned_count; i++)
        if (r->tuned[i].round_count < 2)
            to->halves = 1;
    for (size_t i = 0; i < r->tuned_count; i++) {
        const struct bench_tuned *t = &r->tuned[i];
        variants[i].label = bench_arena_strdup(rd->arena, t->label);
        variants[i].half_ns[0] =
            to->halves == 2 ? half_median(r, t, 0) : bench_record_net(r, t->median_ns);
        variants[i].half_ns[1] = to->halves == 2 ? half_median(r, t, 1) : 0;
    }
    to->variants = variants;
    to->variant_count = r->tuned_count;
}

static struct bench_tuning *item_of(struct reader *rd, const char *key, int session)
{
    size_t at = bench_index_find(rd->keys, key);
    if (at != BENCH_INDEX_NONE) {
        if (session < rd->sessions[at])
            return NULL;
        rd->sessions[at] = session;
        return &rd->items[at];
    }
    if (rd->count == rd->capacity) {
        rd->capacity = rd->capacity ? rd->capacity * 2 : 256;
        rd->items = bench_xrealloc(rd->items, rd->capacity * sizeof *rd->items);
        rd->sessions = bench_xrealloc(rd->sessions, rd->capacity * sizeof *rd->sessions);
    }
    rd->sessions[rd->count] = session;
    rd->items[rd->count] =
        (struct bench_tuning){.key = bench_arena_strdup(rd->arena, key), .halves = 1};
    bench_index_add(rd->keys, rd->items[rd->count].key, rd->count);
    return &rd->items[rd->count++];
}

/* Of a case the last session counts, also where the candidate failed in it. */
static void add_record(struct reader *rd, const struct bench_record *r,
                       const struct bench_outcome_identity *id)
{
    char key[BENCH_OUTCOME_KEY];
    if (r->process != 0 || !(r->roles & 1u << BENCH_CANDIDATE))
        return;
    bench_outcome_key_of(id, key);
    struct bench_tuning *item = item_of(rd, key, r->session);
    if (item == NULL)
        return;
    item->op_name = bench_arena_strdup(rd->arena, id->op_name);
    item->implementation =
        bench_arena_strdup(rd->arena, r->implementation ? r->implementation : "");
    item->source_hash = bench_arena_strdup(rd->arena, r->source_hash);
    item->variant_count = 0;
    if (r->status == BENCH_STATUS_OK && r->tuned_count > 1)
        take_variants(rd, r, item);
}

static int read_line(struct reader *rd, const struct bench_json *line, struct bench_err *err)
{
    struct bench_record record;
    struct bench_outcome_identity id;
    struct bench_arena *arena = bench_arena_new();
    int rc = bench_record_read(line, arena, &record, err);
    if (rc == BENCH_OK && (rc = bench_outcome_read_identity(line, arena, &id, err)) == BENCH_OK)
        add_record(rd, &record, &id);
    bench_arena_free(arena);
    return rc;
}

/* ---- the file ---- */

/* Closes `lines`. */
static int read_lines(struct reader *rd, struct bench_journal_lines *lines, struct bench_err *err)
{
    const struct bench_json *line;
    int rc;
    while ((rc = bench_journal_lines_next(lines, &line, err)) == BENCH_OK && line != NULL)
        if ((rc = read_line(rd, line, err)) != BENCH_OK)
            break;
    bench_journal_lines_close(lines);
    return rc;
}

static int read_plain(struct reader *rd, const char *path, struct bench_err *err)
{
    struct bench_journal_lines lines;
    int rc = bench_journal_lines_open(&lines, path, err);
    return rc == BENCH_OK ? read_lines(rd, &lines, err) : rc;
}

static int read_unpacked(struct reader *rd, const char *path, struct bench_process_result *unpacked,
                         struct bench_err *err)
{
    struct bench_journal_lines lines;
    if (unpacked->exit_code != 0)
        return bench_err_set(err, BENCH_EINPUT, "%s: cannot be unpacked: %s", path, unpacked->err);
    int rc = bench_journal_lines_open_text(&lines, path, unpacked->out, unpacked->out_length, err);
    return rc == BENCH_OK ? read_lines(rd, &lines, err) : rc;
}

static int read_packed(struct reader *rd, const char *path, struct bench_err *err)
{
    const char *const argv[] = {"gzip", "-dc", "--", path, NULL};
    struct bench_process_spec spec = {.argv = argv};
    struct bench_process_result unpacked;
    int rc = bench_process_run(&spec, &unpacked, err);
    if (rc == BENCH_OK)
        rc = read_unpacked(rd, path, &unpacked, err);
    bench_process_result_fini(&unpacked);
    return rc;
}

static int read_journal(struct reader *rd, const char *folder, struct bench_err *err)
{
    char *plain = bench_path_join(folder, BENCH_JOURNAL);
    char *packed = bench_xprintf("%s.gz", plain);
    int rc = BENCH_OK;
    if (bench_file_exists(plain))
        rc = read_plain(rd, plain, err);
    else if (bench_file_exists(packed))
        rc = read_packed(rd, packed, err);
    free(packed);
    free(plain);
    return rc;
}

int bench_tunings_read(const char *folder, struct bench_tunings **tunings, struct bench_err *err)
{
    struct reader rd = {.arena = bench_arena_new(), .keys = bench_index_new()};
    size_t kept = 0;
    int rc = folder ? read_journal(&rd, folder, err) : BENCH_OK;
    struct bench_tuning *items = bench_arena_alloc(rd.arena, (rd.count + 1) * sizeof *items);
    for (size_t i = 0; i < rd.count; i++)
        if (rd.items[i].variant_count > 0)
            items[kept++] = rd.items[i];
    if (rc == BENCH_OK) {
        *tunings = bench_xcalloc(1, sizeof **tunings);
        **tunings = (struct bench_tunings){items, kept, rd.arena};
    } else {
        bench_arena_free(rd.arena);
    }
    bench_index_free(rd.keys);
    free(rd.sessions);
    free(rd.items);
    return rc;
}

void bench_tunings_free(struct bench_tunings *tunings)
{
    if (tunings == NULL)
        return;
    bench_arena_free(tunings->arena);
    free(tunings);
}
