#include "bench/run/run_json_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/json_text.h"
#include "bench/run/device_json.h"
#include "bench/util/hash.h"
#include "bench/util/mem.h"

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of the cases, whatever their order: a run that is resumed must have the same ones. */
static void hash_shard(const struct bench_run *run, char hex[33])
{
    const struct bench_suite *suite = run->suite;
    const char **keys = bench_xmalloc((suite->case_count + 1) * sizeof *keys);
    struct bench_hash *hash = bench_hash_new();
    size_t count = 0;
    for (size_t i = 0; i < suite->case_count; i++)
        if (run->mine == NULL || run->mine[i])
            keys[count++] = suite->cases[i].plan.key;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 0; i < count; i++)
        bench_hash_add_str(hash, keys[i]);
    bench_hash_hex(hash, hex);
    bench_hash_free(hash);
    free(keys);
}

static void write_shard(const struct bench_run *run, struct bench_json_writer *w)
{
    char hash[33];
    size_t cases = 0;
    if (run->options.shard_count == 0)
        return;
    hash_shard(run, hash);
    for (size_t i = 0; i < run->suite->case_count; i++)
        cases += run->mine == NULL || run->mine[i];
    bench_json_put_key(w, "shard");
    bench_json_open_object(w);
    bench_json_put_key_int(w, "number", run->options.shard);
    bench_json_put_key_int(w, "of", run->options.shard_count);
    bench_json_put_key_int(w, "cases", (int64_t)cases);
    bench_json_put_key_string(w, "hash", hash);
    bench_json_close_object(w);
}

void bench_run_json_write_noise(size_t aa_cases, size_t aa_outside, double aa_worst,
                                double noise_floor, struct bench_json_writer *w)
{
    bench_json_put_key_int(w, "aa_cases", (int64_t)aa_cases);
    bench_json_put_key_int(w, "aa_outside", (int64_t)aa_outside);
    bench_json_put_key_double(w, "aa_worst", aa_worst);
    bench_json_put_key_double(w, "noise_floor", noise_floor);
}

static void write_device_noise(const struct bench_run_device *d, const struct bench_judge *judge,
                               struct bench_json_writer *w)
{
    const struct bench_noise *found = NULL;
    for (size_t i = 0; judge != NULL && i < judge->device_count; i++)
        if (judge->devices[i].index == d->info.index &&
            strcmp(judge->devices[i].id, d->info.id) == 0)
            found = &judge->devices[i];
    bench_json_put_key(w, "noise_floor");
    if (found == NULL || found->aa_cases == 0) {
        bench_json_put_null(w);
        return;
    }
    bench_json_open_object(w);
    bench_run_json_write_noise(found->aa_cases, found->aa_outside, found->aa_worst,
                               found->noise_floor, w);
    bench_json_close_object(w);
}

static void write_device(const struct bench_run_device *d, const struct bench_judge *judge,
                         struct bench_json_writer *w)
{
    bench_json_open_object(w);
    bench_device_json_write(&d->info, w);
    bench_json_put_key_int(w, "cases", (int64_t)d->cases);
    bench_json_put_key_string(w, "lost", d->lost);
    bench_json_put_key(w, "floor");
    bench_json_open_object(w);
    bench_floor_write(&d->gated, "gated", w);
    bench_floor_write(&d->ungated, "ungated", w);
    bench_json_close_object(w);
    bench_graph_floor_write(&d->graph_floor, "graph_floor", w);
    bench_cache_check_write(&d->cache_check, "cache_check", w);
    bench_roofline_write(&d->roofline, "roofline", w);
    bench_json_put_key(w, "facts");
    bench_json_open_object(w);
    bench_facts_write(&d->facts_at_start, "start", w);
    bench_facts_write(&d->facts_at_end, "end", w);
    bench_json_close_object(w);
    write_device_noise(d, judge, w);
    bench_json_close_object(w);
}

void bench_run_json_write_parts(const struct bench_run *run, const struct bench_judge *judge,
                                struct bench_json_writer *w)
{
    write_shard(run, w);
    if (run->device_count > 0) {
        bench_json_put_key(w, "devices");
        bench_json_open_array(w);
        for (size_t i = 0; i < run->device_count; i++)
            write_device(&run->devices[i], judge, w);
        bench_json_close_array(w);
    }
    if (run->merged != NULL)
        bench_json_text_put(w, "merged", run->merged);
}

int bench_run_json_read_calibration(const struct bench_json *o, struct bench_run_device *d,
                                    struct bench_err *err)
{
    const struct bench_json *floor = NULL, *facts = NULL;
    int rc;
    if ((rc = bench_json_get_object(o, "floor", true, &floor, err)) != 0 ||
        (rc = bench_json_get_object(o, "facts", true, &facts, err)) != 0 ||
        (rc = bench_floor_read(floor, "gated", &d->gated, err)) != 0 ||
        (rc = bench_floor_read(floor, "ungated", &d->ungated, err)) != 0 ||
        (rc = bench_graph_floor_read(o, "graph_floor", &d->graph_floor, err)) != 0 ||
        (rc = bench_cache_check_read(o, "cache_check", &d->cache_check, err)) != 0 ||
        (rc = bench_roofline_read(o, "roofline", &d->roofline, err)) != 0 ||
        (rc = bench_facts_read(facts, "start", &d->facts_at_start, err)) != 0)
        return rc;
    return bench_facts_read(facts, "end", &d->facts_at_end, err);
}

static int read_device(const struct bench_json *o, struct bench_run_device *d,
                       struct bench_err *err)
{
    const char *lost = "";
    int64_t cases = 0;
    int rc;
    if ((rc = bench_json_expect(o, BENCH_JSON_OBJECT, err)) != 0 ||
        (rc = bench_device_json_read(o, &d->info, err)) != 0 ||
        (rc = bench_json_get_int(o, "cases", true, 0, INT64_MAX, &cases, err)) != 0 ||
        (rc = bench_json_get_string(o, "lost", true, &lost, err)) != 0)
        return rc;
    d->cases = (size_t)cases;
    snprintf(d->lost, sizeof d->lost, "%s", lost);
    return bench_run_json_read_calibration(o, d, err);
}

int bench_run_json_read_devices(const struct bench_json *root, struct bench_run_device **list,
                                size_t *count, struct bench_err *err)
{
    const struct bench_json *array = NULL;
    int rc = bench_json_get_array(root, "devices", false, &array, err);
    if (rc != BENCH_OK || array == NULL)
        return rc;
    struct bench_run_device *devices = bench_xcalloc(bench_json_size(array) + 1, sizeof *devices);
    size_t n = 0;
    for (const struct bench_json *v = bench_json_first(array); rc == BENCH_OK && v;
         v = bench_json_next(v))
        rc = read_device(v, &devices[n++], err);
    if (rc != BENCH_OK) {
        free(devices);
        return rc;
    }
    *list = devices;
    *count = n;
    return BENCH_OK;
}
