#include "bench/device/null/options.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct key {
    const char *name;
    size_t offset;
    double most;
} keys[] = {
    {"floor", offsetof(struct bench_null_options, floor_ns), 1e12},
    {"resolution", offsetof(struct bench_null_options, resolution_ns), 1e9},
    {"clock", offsetof(struct bench_null_options, clock_mhz), 1e6},
    {"throttle", offsetof(struct bench_null_options, throttle), 1},
    {"warmup", offsetof(struct bench_null_options, warmup), 1e9},
    {"index", offsetof(struct bench_null_options, index), BENCH_NULL_DEVICES - 1},
    {"model", offsetof(struct bench_null_options, model), 1e6},
    {"pace", offsetof(struct bench_null_options, pace_ns), 1e9},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static int malformed(const char *text, const char *what, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EINPUT,
                         "device null:%s: %s; after the colon comes the time that every launch "
                         "takes besides the kernel, in ns, or a list of floor=NS, resolution=NS, "
                         "clock=MHZ, throttle=SHARE (0 to 1), warmup=COUNT, index=NUMBER, "
                         "model=NUMBER, pace=NS, with commas between "
                         "(null:floor=2200,clock=1980,throttle=0.1)",
                         text, what);
}

/* A number in [0, most] that ends at a comma or the end. NULL if it is none. */
static const char *parse_number(const char *p, double most, double *number)
{
    char *end;
    *number = strtod(p, &end);
    if (end == p || (*end && *end != ',') || !(*number >= 0) || *number > most)
        return NULL;
    return end;
}

static const struct key *find_key(const char *name, size_t length)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strlen(keys[i].name) == length && memcmp(keys[i].name, name, length) == 0)
            return &keys[i];
    return NULL;
}

static int parse_list(const char *text, struct bench_null_options *options, struct bench_err *err)
{
    for (const char *p = text;; p++) {
        size_t length = strcspn(p, "=,");
        const struct key *key = p[length] == '=' ? find_key(p, length) : NULL;
        if (!key)
            return malformed(text, "there is a key that is none of these", err);
        p = parse_number(p + length + 1, key->most,
                         (double *)(void *)((char *)options + key->offset));
        if (!p)
            return malformed(text, "there is a value that is no number or out of range", err);
        if (*p == '\0')
            return BENCH_OK;
    }
}

int bench_null_options_parse(const char *text, struct bench_null_options *options,
                             struct bench_err *err)
{
    *options = (struct bench_null_options){0};
    if (!text)
        return BENCH_OK;
    const char *end = parse_number(text, keys[0].most, &options->floor_ns);
    if (end && *end == '\0')
        return BENCH_OK;
    options->floor_ns = 0;
    int rc = parse_list(text, options, err);
    if (rc != BENCH_OK)
        return rc;
    if (options->warmup != floor(options->warmup))
        return malformed(text, "warmup is no whole number", err);
    if (options->index != floor(options->index) || options->model != floor(options->model))
        return malformed(text, "index or model is no whole number", err);
    if ((options->throttle > 0 || options->warmup > 0) && options->clock_mhz == 0)
        return malformed(text, "throttle and warmup need a clock", err);
    return BENCH_OK;
}
