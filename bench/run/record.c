#include "bench/run/record.h"

#include <stdio.h>
#include <string.h>

#include "bench/measure/stats.h"

static const char *const status_names[BENCH_STATUS_COUNT] = {
    [BENCH_STATUS_OK] = "ok",
    [BENCH_STATUS_WRONG] = "wrong",
    [BENCH_STATUS_NAN] = "nan",
    [BENCH_STATUS_OUT_OF_BOUNDS] = "out_of_bounds",
    [BENCH_STATUS_INPUT_MODIFIED] = "input_modified",
    [BENCH_STATUS_COMPILE_ERROR] = "compile_error",
    [BENCH_STATUS_UNKNOWN_ENTRY] = "unknown_entry",
    [BENCH_STATUS_LAUNCH_ERROR] = "launch_error",
    [BENCH_STATUS_DEVICE_FAULT] = "device_fault",
    [BENCH_STATUS_CRASHED] = "crashed",
    [BENCH_STATUS_TIMEOUT] = "timeout",
    [BENCH_STATUS_BARRIER_DIVERGENCE] = "barrier_divergence",
    [BENCH_STATUS_RACE] = "race",
    [BENCH_STATUS_UNDEFINED] = "undefined_behavior",
    [BENCH_STATUS_ORACLE_FAILED] = "oracle_failed",
    [BENCH_STATUS_UNSUPPORTED] = "unsupported",
    [BENCH_STATUS_UNAVAILABLE] = "unavailable",
};

const char *bench_status_name(enum bench_status status)
{
    return status_names[status];
}

int bench_status_parse(const char *name, enum bench_status *status)
{
    for (int i = 0; i < BENCH_STATUS_COUNT; i++)
        if (strcmp(name, status_names[i]) == 0) {
            *status = (enum bench_status)i;
            return BENCH_OK;
        }
    return BENCH_EINPUT;
}

bool bench_status_failed(enum bench_status status)
{
    return status != BENCH_STATUS_OK && status != BENCH_STATUS_UNSUPPORTED &&
           status != BENCH_STATUS_UNAVAILABLE;
}

void bench_roles_text(unsigned roles, char text[64])
{
    text[0] = '\0';
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (roles & 1u << r) {
            size_t used = strlen(text);
            snprintf(text + used, 64 - used, "%s%s", used ? " and " : "",
                     bench_role_name((enum bench_role)r));
        }
}

void bench_record_init(struct bench_record *record)
{
    memset(record, 0, sizeof *record);
    record->reason = record->passed_over = record->variant = record->library = "";
    record->source_hash = record->binary_hash = record->inputs_digest = "";
    record->variant_json = "{}";
    record->registers = -1;
}

double bench_record_net(const struct bench_record *record, double elapsed_ns)
{
    double least = record->own_ns > 1 ? record->own_ns : 1;
    double net = elapsed_ns - record->floor_ns;
    return net > least ? net : least;
}

double bench_record_time_ns(const struct bench_record *record)
{
    return bench_record_net(record, bench_median(record->elapsed_ns, record->round_count));
}
