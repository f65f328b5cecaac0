/* Which of several devices a record was measured on. */
#include "bench/case/record.h"

#define KEY "measured_on"

void bench_record_write_device(const struct bench_record *record, struct bench_json_writer *w)
{
    if (record->device_id == NULL)
        return;
    bench_json_put_key(w, KEY);
    bench_json_open_object(w);
    bench_json_put_key_int(w, "index", record->device_index);
    bench_json_put_key_string(w, "id", record->device_id);
    bench_json_put_key_string(w, "name", record->device_name);
    bench_json_close_object(w);
}

int bench_record_read_device(const struct bench_json *object, struct bench_arena *arena,
                             struct bench_record *record, struct bench_err *err)
{
    const struct bench_json *device = NULL;
    const char *id = NULL, *name = NULL;
    int64_t index = 0;
    int rc = bench_json_get_object(object, KEY, false, &device, err);
    if (rc != BENCH_OK || device == NULL)
        return rc;
    if ((rc = bench_json_get_int(device, "index", true, 0, INT32_MAX, &index, err)) != 0 ||
        (rc = bench_json_get_string(device, "id", true, &id, err)) != 0 ||
        (rc = bench_json_get_string(device, "name", true, &name, err)) != 0)
        return rc;
    record->device_index = (int)index;
    record->device_id = bench_arena_strdup(arena, id);
    record->device_name = bench_arena_strdup(arena, name);
    return BENCH_OK;
}
