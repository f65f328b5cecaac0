#include "bench/case/cache_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/case/sample.h"
#include "bench/case/support.h"
#include "bench/measure/stats.h"
#include "bench/util/rng.h"

/* What is read in the timed region: a part of the cache that stays in it whole. On GPUs whose cache
 * is in two halves, data may be kept in both, so that only half of it can be counted on. */
#define PROBE_FRACTION 4
/* What evicts for certain: the replacement is not least-recently-used, and one cache size leaves
 * some of what was there. */
#define EVICT_FACTOR 4
#define ROUNDS 15
#define WARMUP_ROUNDS 2
#define ORDER_SEED 1
/* Medians of that many samples of the same thing differ by a per cent at most (0.26 % is the
 * standard deviation of a ratio of medians of a 4 us kernel on an H100); a flush that leaves a
 * fifth of the data in the cache makes more: cold reads take 1.4 times as long as hot ones there.
 */
#define SAME 0.05
/* Hot and cold must differ by twice as much, or the check could not tell a flush from none. */
#define TOLD_APART 0.10

enum state { HOT, FLUSHED, EVICTED, AFTER_WRITES, STATES };

struct probe {
    struct bench_session *s;
    void *data, *written, *evictor;
    size_t data_bytes, written_bytes, evictor_bytes;
    double samples[STATES][ROUNDS];
};

static int take_memory(struct probe *p, struct bench_err *err)
{
    struct bench_device *device = p->s->device;
    size_t l2 = p->s->info->l2_bytes;
    p->data_bytes = l2 / PROBE_FRACTION;
    p->written_bytes = l2;
    p->evictor_bytes = EVICT_FACTOR * l2;
    int rc = bench_device_alloc(device, p->data_bytes, &p->data, err);
    if (rc == BENCH_OK)
        rc = bench_device_alloc(device, p->written_bytes, &p->written, err);
    if (rc == BENCH_OK)
        rc = bench_device_alloc(device, p->evictor_bytes, &p->evictor, err);
    return rc;
}

static void release_memory(struct probe *p)
{
    bench_device_release(p->s->device, p->evictor);
    bench_device_release(p->s->device, p->written);
    bench_device_release(p->s->device, p->data);
}

/* Random data, as kernels have them. */
static int fill(struct probe *p, struct bench_err *err)
{
    struct bench_tensor t = {.dtype = BENCH_FLOAT32,
                             .numel = (int64_t)(p->data_bytes / sizeof(float)),
                             .fill = BENCH_FILL_NORMAL,
                             .fill_b = 1};
    int rc = bench_support_fill(p->s, p->data, &t, ORDER_SEED, 0, err);
    t.numel = (int64_t)(p->evictor_bytes / sizeof(float));
    if (rc == BENCH_OK)
        rc = bench_support_fill(p->s, p->evictor, &t, ORDER_SEED, 1, err);
    return rc;
}

static int read_data(struct bench_session *s, const void *what, struct bench_err *err)
{
    const struct probe *p = what;
    return bench_support_read(s, p->data, p->data_bytes, err);
}

/* The data are brought into the cache first, so that it is the state's doing if they are not there.
 */
static int enter(struct probe *p, enum state state, struct bench_err *err)
{
    struct bench_session *s = p->s;
    int rc = read_data(s, p, err);
    if (rc == BENCH_OK && state == AFTER_WRITES)
        rc = bench_support_poison(s, p->written, BENCH_FLOAT32, p->written_bytes, err);
    if (rc == BENCH_OK && (state == FLUSHED || state == AFTER_WRITES))
        rc = bench_device_flush(s->device, err);
    if (rc == BENCH_OK && state == EVICTED)
        rc = bench_support_read(s, p->evictor, p->evictor_bytes, err);
    return rc;
}

static int measure(struct probe *p, struct bench_err *err)
{
    int order[STATES] = {HOT, FLUSHED, EVICTED, AFTER_WRITES}, rc = BENCH_OK;
    struct bench_rng rng;
    bench_rng_init(&rng, ORDER_SEED);
    for (int round = -WARMUP_ROUNDS; round < ROUNDS; round++) {
        bench_rng_shuffle(&rng, order, STATES);
        for (int i = 0; rc == BENCH_OK && i < STATES; i++) {
            bool was_late;
            double ns = 0;
            rc = enter(p, (enum state)order[i], err);
            if (rc == BENCH_OK)
                rc = bench_sample_launch(p->s, true, read_data, p, &ns, &was_late, err);
            p->samples[order[i]][round < 0 ? 0 : round] = ns;
        }
    }
    return rc;
}

static void add_why(struct bench_cache_check *check, const char *text)
{
    size_t length = strlen(check->why);
    snprintf(check->why + length, sizeof check->why - length, "%s%s", length ? "; " : "", text);
}

void bench_cache_check_judge(struct bench_cache_check *check)
{
    char text[160];
    bool apart = check->hot_ns < (1 - TOLD_APART) * check->evicted_ns;
    bool cold = check->flushed_ns >= (1 - SAME) * check->evicted_ns;
    check->checked = true;
    check->evicts = cold && (!apart || check->hot_ns < (1 - TOLD_APART) * check->flushed_ns);
    check->clean = fabs(check->after_writes_ns - check->flushed_ns) <= SAME * check->flushed_ns;
    check->why[0] = '\0';
    if (!check->evicts) {
        snprintf(text, sizeof text, "a flush leaves data: %.0f ns hot, %.0f flushed, %.0f evicted",
                 check->hot_ns, check->flushed_ns, check->evicted_ns);
        add_why(check, text);
    } else if (!apart) {
        snprintf(text, sizeof text, "hot (%.0f ns) and evicted (%.0f) are too alike to tell",
                 check->hot_ns, check->evicted_ns);
        add_why(check, text);
    }
    if (!check->clean) {
        snprintf(text, sizeof text, "dirty lines after a flush: %.0f ns, %.0f without writes",
                 check->after_writes_ns, check->flushed_ns);
        add_why(check, text);
    }
}

int bench_cache_check(struct bench_session *s, struct bench_cache_check *check,
                      struct bench_err *err)
{
    struct probe p = {.s = s};
    *check = (struct bench_cache_check){0};
    if (!s->info->computes || !s->info->gates || s->info->l2_bytes == 0)
        return BENCH_OK;
    int rc = take_memory(&p, err);
    if (rc == BENCH_OK)
        rc = fill(&p, err);
    if (rc == BENCH_OK)
        rc = measure(&p, err);
    if (rc == BENCH_OK) {
        check->hot_ns = bench_median(p.samples[HOT], ROUNDS);
        check->flushed_ns = bench_median(p.samples[FLUSHED], ROUNDS);
        check->evicted_ns = bench_median(p.samples[EVICTED], ROUNDS);
        check->after_writes_ns = bench_median(p.samples[AFTER_WRITES], ROUNDS);
        bench_cache_check_judge(check);
    }
    release_memory(&p);
    return rc == BENCH_OK ? rc : bench_err_prefix(err, "checking the cache flush: ");
}

void bench_cache_check_write(const struct bench_cache_check *check, const char *key,
                             struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_bool(w, "checked", check->checked);
    if (check->checked) {
        bench_json_put_key_double(w, "hot_ns", check->hot_ns);
        bench_json_put_key_double(w, "flushed_ns", check->flushed_ns);
        bench_json_put_key_double(w, "evicted_ns", check->evicted_ns);
        bench_json_put_key_double(w, "after_writes_ns", check->after_writes_ns);
        bench_json_put_key_bool(w, "evicts", check->evicts);
        bench_json_put_key_bool(w, "clean", check->clean);
        bench_json_put_key_string(w, "why", check->why);
    }
    bench_json_close_object(w);
}

static int read_findings(const struct bench_json *members, struct bench_cache_check *check,
                         struct bench_err *err)
{
    const char *why = "";
    int rc = bench_json_get_double(members, "hot_ns", true, &check->hot_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "flushed_ns", true, &check->flushed_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "evicted_ns", true, &check->evicted_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "after_writes_ns", true, &check->after_writes_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_bool(members, "evicts", true, &check->evicts, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_bool(members, "clean", true, &check->clean, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(members, "why", true, &why, err);
    snprintf(check->why, sizeof check->why, "%s", why);
    return rc;
}

int bench_cache_check_read(const struct bench_json *object, const char *key,
                           struct bench_cache_check *check, struct bench_err *err)
{
    const struct bench_json *members = NULL;
    *check = (struct bench_cache_check){0};
    int rc = bench_json_get_object(object, key, true, &members, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_bool(members, "checked", true, &check->checked, err);
    return rc == BENCH_OK && check->checked ? read_findings(members, check, err) : rc;
}
