#include "bench/run/device_json.h"

#include <stdint.h>
#include <string.h>

void bench_device_json_write(const struct bench_device_info *info, struct bench_json_writer *w)
{
    bench_json_put_key_string(w, "kind", info->kind);
    bench_json_put_key_int(w, "index", info->index);
    bench_json_put_key_string(w, "name", info->name);
    bench_json_put_key_string(w, "id", info->id);
    if (info->pci[0] != '\0')
        bench_json_put_key_string(w, "pci", info->pci);
    bench_json_put_key_string(w, "arch", info->arch);
    bench_json_put_key_string(w, "driver", info->driver);
    bench_json_put_key_int(w, "sm_count", info->sm_count);
    bench_json_put_key_int(w, "max_threads_per_block", info->max_threads_per_block);
    bench_json_put_key_int(w, "max_shared_bytes", (int64_t)info->max_shared_bytes);
    bench_json_put_key_int(w, "memory_bytes", (int64_t)info->memory_bytes);
    bench_json_put_key_int(w, "l2_bytes", (int64_t)info->l2_bytes);
    bench_json_put_key_bool(w, "computes", info->computes);
    bench_json_put_key_bool(w, "gates", info->gates);
    bench_json_put_key_bool(w, "reports_clock", info->reports_clock);
    bench_json_put_key_bool(w, "tells_params", info->tells_params);
}

static int read_text(const struct bench_json *object, const char *key, char *to, size_t size,
                     bool required, struct bench_err *err)
{
    const char *text = NULL;
    int rc = bench_json_get_string(object, key, required, &text, err);
    if (rc == BENCH_OK && text != NULL) {
        strncpy(to, text, size - 1);
        to[size - 1] = '\0';
    }
    return rc;
}

static int read_int(const struct bench_json *object, const char *key, int *to,
                    struct bench_err *err)
{
    int64_t value = 0;
    int rc = bench_json_get_int(object, key, true, 0, INT32_MAX, &value, err);
    *to = (int)value;
    return rc;
}

static int read_size(const struct bench_json *object, const char *key, size_t *to,
                     struct bench_err *err)
{
    int64_t value = 0;
    int rc = bench_json_get_int(object, key, true, 0, INT64_MAX, &value, err);
    *to = (size_t)value;
    return rc;
}

int bench_device_json_read(const struct bench_json *o, struct bench_device_info *i,
                           struct bench_err *err)
{
    int rc;
    memset(i, 0, sizeof *i);
    if ((rc = read_text(o, "kind", i->kind, sizeof i->kind, true, err)) != 0 ||
        (rc = read_int(o, "index", &i->index, err)) != 0 ||
        (rc = read_text(o, "name", i->name, sizeof i->name, true, err)) != 0 ||
        (rc = read_text(o, "id", i->id, sizeof i->id, true, err)) != 0 ||
        (rc = read_text(o, "pci", i->pci, sizeof i->pci, false, err)) != 0 ||
        (rc = read_text(o, "arch", i->arch, sizeof i->arch, true, err)) != 0 ||
        (rc = read_text(o, "driver", i->driver, sizeof i->driver, true, err)) != 0 ||
        (rc = read_int(o, "sm_count", &i->sm_count, err)) != 0 ||
        (rc = read_int(o, "max_threads_per_block", &i->max_threads_per_block, err)) != 0 ||
        (rc = read_size(o, "max_shared_bytes", &i->max_shared_bytes, err)) != 0 ||
        (rc = read_size(o, "memory_bytes", &i->memory_bytes, err)) != 0 ||
        (rc = read_size(o, "l2_bytes", &i->l2_bytes, err)) != 0 ||
        (rc = bench_json_get_bool(o, "computes", true, &i->computes, err)) != 0 ||
        (rc = bench_json_get_bool(o, "gates", true, &i->gates, err)) != 0 ||
        (rc = bench_json_get_bool(o, "reports_clock", true, &i->reports_clock, err)) != 0)
        return rc;
    /* Runs of before do not say, and compared nothing. */
    return bench_json_get_bool(o, "tells_params", false, &i->tells_params, err);
}
