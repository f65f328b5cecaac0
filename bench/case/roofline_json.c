/* What a device can do, in JSON: in the cache, in run.json, and on its way from a worker. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bench/case/roofline.h"

/* Fields by name; the order is that of the file. */
struct field {
    const char *key;
    size_t offset;
    enum { ABOVE_ZERO, ZERO_OR_MORE, LIMIT } range; /* LIMIT: zero or more, or null for no limit */
};
#define FIELD(name, range)                                                                         \
    {                                                                                              \
#name, offsetof(struct bench_roofline, name), range                                        \
    }

static const struct field fields[] = {
    FIELD(read_bytes_s, ABOVE_ZERO),
    FIELD(write_bytes_s, ABOVE_ZERO),
    FIELD(copy_bytes_s, ABOVE_ZERO),
    FIELD(l2_read_bytes_s, LIMIT),
    FIELD(fp64_flops, LIMIT),
    FIELD(fp32_flops, LIMIT),
    FIELD(fp16_flops, LIMIT),
    FIELD(fp64_tensor_flops, LIMIT),
    FIELD(tf32_tensor_flops, LIMIT),
    FIELD(fp16_tensor_flops, LIMIT),
    FIELD(bf16_tensor_flops, LIMIT),
    FIELD(int8_tensor_flops, LIMIT),
    FIELD(fp64_mma_flops, ZERO_OR_MORE),
    FIELD(tf32_mma_flops, ZERO_OR_MORE),
    FIELD(fp16_mma_flops, ZERO_OR_MORE),
    FIELD(bf16_mma_flops, ZERO_OR_MORE),
    FIELD(int8_mma_flops, ZERO_OR_MORE),
    FIELD(clock_mhz, ZERO_OR_MORE),
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

void bench_roofline_write(const struct bench_roofline *roofline, const char *key,
                          struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_bool(w, "known", roofline->known);
    bench_json_put_key_string(w, "why", roofline->why);
    if (roofline->known) {
        bench_json_put_key_string(w, "measured", roofline->measured);
        for (size_t i = 0; i < FIELD_COUNT; i++) {
            double value;
            memcpy(&value, (const char *)roofline + fields[i].offset, sizeof value);
            bench_json_put_key(w, fields[i].key);
            if (isfinite(value))
                bench_json_put_double(w, value);
            else
                bench_json_put_null(w);
        }
    }
    bench_json_close_object(w);
}

static int read_field(const struct bench_json *object, const struct field *field, double *value,
                      struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(object, field->key);
    if (field->range == LIMIT && v != NULL && bench_json_type(v) == BENCH_JSON_NULL) {
        *value = INFINITY;
        return BENCH_OK;
    }
    int rc = bench_json_get_double(object, field->key, true, value, err);
    if (rc != BENCH_OK)
        return rc;
    if (!isfinite(*value) || *value < 0 || (field->range == ABOVE_ZERO && *value == 0))
        return bench_json_error(v, err, "found %g, expected a finite number %s", *value,
                                field->range == ABOVE_ZERO ? "above 0" : "that is not negative");
    return BENCH_OK;
}

int bench_roofline_read(const struct bench_json *object, const char *key,
                        struct bench_roofline *roofline, struct bench_err *err)
{
    const struct bench_json *members = NULL;
    const char *why = "", *measured = "";
    struct bench_roofline r = {0};
    int rc = bench_json_get_object(object, key, true, &members, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_bool(members, "known", true, &r.known, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(members, "why", false, &why, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(members, "measured", false, &measured, err);
    for (size_t i = 0; rc == BENCH_OK && r.known && i < FIELD_COUNT; i++) {
        double value = 0;
        rc = read_field(members, &fields[i], &value, err);
        memcpy((char *)&r + fields[i].offset, &value, sizeof value);
    }
    if (rc != BENCH_OK)
        return rc;
    snprintf(r.why, sizeof r.why, "%s", why);
    snprintf(r.measured, sizeof r.measured, "%s", measured);
    *roofline = r;
    return BENCH_OK;
}
