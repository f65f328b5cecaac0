/* The limits of a case, and the cache of what was measured. */
#include "bench/case/roofline.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/roofline_impl.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/hash.h"

/* Of the file's form. */
#define FILE_FORMAT 1
/* Such a file has about a kilobyte. */
#define FILE_MAX_BYTES ((size_t)1 << 20)
#define NS_PER_S 1e9

/* ---- limits ---- */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* 0: no limit is known. */
static double dtype_flops(const struct bench_roofline *r, enum bench_dtype dtype)
{
    switch (dtype) {
    case BENCH_FLOAT64:
        return larger(larger(r->fp64_flops, r->fp64_tensor_flops),
                      larger(r->tf32_tensor_flops / 3, r->int8_tensor_flops / 10));
    case BENCH_FLOAT32:
        return larger(r->fp32_flops, r->tf32_tensor_flops);
    case BENCH_FLOAT16:
    case BENCH_BFLOAT16:
        return larger(larger(r->fp32_flops, r->fp16_flops),
                      larger(r->fp16_tensor_flops, r->bf16_tensor_flops));
    default:
        return r->int8_tensor_flops;
    }
}

static double memory_s(const struct bench_roofline *r, double l2_bytes, const struct bench_case *c,
                       bool hot)
{
    double outputs = 0;
    for (size_t i = 0; i < c->op->output_count; i++)
        outputs += (double)c->outputs[i].bytes;
    double reads = larger(0, c->bytes - outputs);
    double writes = larger(0, fmin(c->bytes, outputs) - l2_bytes);
    double from_memory = hot ? larger(0, reads - l2_bytes) : reads;
    double fastest = larger(larger(r->read_bytes_s, r->write_bytes_s), r->copy_bytes_s);
    return larger(larger(from_memory / r->read_bytes_s, writes / r->write_bytes_s),
                  larger((from_memory + writes) / fastest,
                         r->l2_read_bytes_s > 0 ? reads / r->l2_read_bytes_s : 0));
}

double bench_roofline_case_ns(const struct bench_roofline *roofline,
                              const struct bench_device_info *info, const struct bench_case *c,
                              bool hot, const char **bound)
{
    *bound = "";
    if (!roofline->known || c->op->roofline_exempt != NULL)
        return 0;
    double rate = dtype_flops(roofline, c->dtype);
    double memory_ns = NS_PER_S * memory_s(roofline, (double)info->l2_bytes, c, hot);
    double compute_ns = rate > 0 ? NS_PER_S * c->flops / rate : 0;
    if (memory_ns > 0 || compute_ns > 0)
        *bound = memory_ns >= compute_ns ? "memory" : "compute";
    return larger(memory_ns, compute_ns);
}

/* ---- the cache ---- */

/* Null and cpu: nothing is measured, so nothing that decides a measurement is in the name. */
static bool is_measured(const struct bench_device_info *info)
{
    return strcmp(info->kind, "cuda") == 0;
}

char *bench_roofline_path(const struct bench_device_info *info)
{
    char id[sizeof info->id], driver[33], kernels[33];
    char *folder = bench_path_cache();
    size_t n = 0;
    for (; info->id[n] != '\0' && n + 1 < sizeof id; n++)
        id[n] =
            (char)(isalnum((unsigned char)info->id[n]) || info->id[n] == '-' ? info->id[n] : '_');
    id[n] = '\0';
    bench_hash_bytes_hex(info->driver, strlen(info->driver), driver);
    struct bench_hash *hash = bench_hash_new();
    bench_hash_add_str(hash, bench_roofline_source);
    bench_hash_add(hash, &(int){BENCH_ROOFLINE_METHOD}, sizeof(int));
    bench_hash_hex(hash, kernels);
    bench_hash_free(hash);
    /* Eight digits tell drivers and kernels of one device apart. */
    char *path = is_measured(info)
                     ? bench_xprintf("%s/roofline-%s-%.8s-%.8s.json", folder, id, driver, kernels)
                     : bench_xprintf("%s/roofline-%s.json", folder, id);
    free(folder);
    return path;
}

static int read_file(const char *path, struct bench_roofline *roofline, struct bench_err *err)
{
    static const char *const keys[] = {"format", "device", "driver", "roofline", NULL};
    struct bench_json_doc *doc = NULL;
    int64_t format = 0;
    int rc = bench_json_read(path, FILE_MAX_BYTES, &doc, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = bench_json_root(doc);
    rc = bench_json_expect(root, BENCH_JSON_OBJECT, err);
    if (rc == BENCH_OK)
        rc = bench_json_expect_keys(root, keys, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_int(root, "format", true, FILE_FORMAT, FILE_FORMAT, &format, err);
    if (rc == BENCH_OK)
        rc = bench_roofline_read(root, "roofline", roofline, err);
    if (rc == BENCH_OK && !roofline->known)
        rc = bench_json_error(bench_json_get(bench_json_get(root, "roofline"), "known"), err,
                              "a file in the cache is of a device that is known, found false");
    bench_json_free(doc);
    return rc;
}

static int write_file(const char *path, const struct bench_device_info *info,
                      const struct bench_roofline *roofline, struct bench_err *err)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", FILE_FORMAT);
    bench_json_put_key_string(&w, "device", info->name);
    bench_json_put_key_string(&w, "driver", info->driver);
    bench_roofline_write(roofline, "roofline", &w);
    bench_json_close_object(&w);
    bench_str_addc(&text, '\n');
    int rc = bench_file_write_atomic(path, text.data, text.len, err);
    bench_str_fini(&text);
    return rc;
}

static int measure(struct bench_session *s, const char *path, const char *warning,
                   struct bench_roofline *roofline, struct bench_err *err)
{
    struct bench_err why = {0};
    *roofline = (struct bench_roofline){0};
    int rc = bench_roofline_measure(s, roofline, &why);
    if (rc == BENCH_EUNSUPPORTED) {
        *roofline = (struct bench_roofline){0};
        snprintf(roofline->why, sizeof roofline->why, "not measured: %.*s",
                 (int)sizeof roofline->why - 20, why.message);
        return BENCH_OK;
    }
    if (rc != BENCH_OK)
        return bench_err_set(err, rc, "the device's rates: %s", why.message);
    bench_clock_iso(roofline->measured);
    if (write_file(path, s->info, roofline, &why) != BENCH_OK) /* the run goes on all the same */
        snprintf(roofline->why, sizeof roofline->why, "measured, but not kept: %.*s",
                 (int)sizeof roofline->why - 30, why.message);
    else
        snprintf(roofline->why, sizeof roofline->why, "%s", warning);
    return BENCH_OK;
}

int bench_roofline_get(struct bench_session *s, struct bench_roofline *roofline,
                       struct bench_err *err)
{
    struct bench_err why = {0};
    char warning[sizeof roofline->why] = "";
    char *path = bench_roofline_path(s->info);
    int rc = read_file(path, roofline, &why);
    if (rc == BENCH_OK)
        goto out;
    if (rc != BENCH_ENOTFOUND)
        snprintf(warning, sizeof warning, "%s: %.*s",
                 is_measured(s->info) ? "measured anew" : "not usable", (int)sizeof warning - 20,
                 why.message);
    if (is_measured(s->info)) {
        rc = measure(s, path, warning, roofline, err);
        goto out;
    }
    *roofline = (struct bench_roofline){0};
    if (warning[0] != '\0')
        memcpy(roofline->why, warning, sizeof warning);
    else
        snprintf(roofline->why, sizeof roofline->why, "not measured on the %s device",
                 s->info->kind);
    rc = BENCH_OK;
out:
    free(path);
    return rc;
}
