#include "bench/case/record.h"

#include <stdio.h>
#include <string.h>

#include "bench/case/floor.h"
#include "bench/measure/ratio.h"

static const char *const status_names[BENCH_STATUS_COUNT] = {
    [BENCH_STATUS_OK] = "ok",
    [BENCH_STATUS_CHECKED] = "checked",
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
    [BENCH_STATUS_IMPOSSIBLE] = "impossible",
    [BENCH_STATUS_PRECISION] = "precision",
    [BENCH_STATUS_HIDDEN_SHAPE] = "hidden_shape",
    [BENCH_STATUS_CACHED] = "cached",
    [BENCH_STATUS_FORGED] = "forged",
    [BENCH_STATUS_ORACLE_FAILED] = "oracle_failed",
    [BENCH_STATUS_SYNTAX_ERROR] = "syntax_error",
    [BENCH_STATUS_IMPORT_FAILED] = "import_failed",
    [BENCH_STATUS_EXITED] = "exited",
    [BENCH_STATUS_TOO_MUCH_OUTPUT] = "too_much_output",
    [BENCH_STATUS_NO_CALLABLE] = "no_callable",
    [BENCH_STATUS_CHANGED_GLOBALS] = "changed_globals",
    [BENCH_STATUS_OTHER_STREAM] = "other_stream",
    [BENCH_STATUS_RAISED] = "raised",
    [BENCH_STATUS_WRONG_TYPE] = "wrong_type",
    [BENCH_STATUS_WRONG_COUNT] = "wrong_count",
    [BENCH_STATUS_WRONG_SHAPE] = "wrong_shape",
    [BENCH_STATUS_WRONG_DTYPE] = "wrong_dtype",
    [BENCH_STATUS_WRONG_DEVICE] = "wrong_device",
    [BENCH_STATUS_WRONG_LAYOUT] = "wrong_layout",
    [BENCH_STATUS_ALIASED] = "aliased",
    [BENCH_STATUS_OUT_OF_MEMORY] = "out_of_memory",
    [BENCH_STATUS_OTHER_KERNELS] = "other_kernels",
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

bool bench_status_right(enum bench_status status)
{
    return status == BENCH_STATUS_OK || status == BENCH_STATUS_CHECKED;
}

bool bench_status_failed(enum bench_status status)
{
    return !bench_status_right(status) && status != BENCH_STATUS_UNSUPPORTED &&
           status != BENCH_STATUS_UNAVAILABLE;
}

bool bench_status_ends_worker(enum bench_status status)
{
    return status == BENCH_STATUS_CRASHED || status == BENCH_STATUS_TIMEOUT ||
           status == BENCH_STATUS_DEVICE_FAULT || status == BENCH_STATUS_FORGED;
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
    record->stopped = record->twin_note = record->graph_note = record->roofline_bound = "";
    record->launched = record->proof = record->proof_why = record->notes = "";
    record->allocated_bytes = -1;
    record->variant_json = "{}";
    record->registers = -1;
}

static double least_ns(const struct bench_record *record)
{
    return record->own_ns > 1 ? record->own_ns : 1;
}

struct bench_side bench_record_side(const struct bench_record *record)
{
    return (struct bench_side){
        .elapsed_ns = record->elapsed_ns,
        .floor = {record->floor_low_ns, record->floor_high_ns, least_ns(record),
                  record->floor_taken_ns},
        .gated = !record->host_synchronises,
        .unsure_ns = bench_record_unsure_ns(record),
    };
}

double bench_record_unsure_ns(const struct bench_record *record)
{
    return record->operator_mode ? 0 : bench_floor_unsure_ns(record->floor_ns + record->own_ns);
}

double bench_record_floor_ns(const struct bench_record *record)
{
    struct bench_side side = bench_record_side(record);
    return bench_floor_best_ns(&side.floor);
}

double bench_record_net(const struct bench_record *record, double elapsed_ns)
{
    double net = elapsed_ns - bench_record_floor_ns(record), least = least_ns(record);
    return net > least ? net : least;
}

double bench_record_time_ns(const struct bench_record *record)
{
    struct bench_side side = bench_record_side(record);
    return bench_net_median(&side, record->round_count, record->resolution_ns);
}
