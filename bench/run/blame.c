#include "bench/run/blame.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "bench/device/cpu/sanitize.h"
#include "bench/run/child.h"
#include "bench/run/worker.h"

/* Last words that are worth repeating. */
#define TAIL_LINES 4
#define TAIL_BYTES 600

const char *bench_blame_forgery(bool wrote, bool closed, int wait_status,
                                const struct bench_position *position)
{
    bool ended = WIFEXITED(wait_status);
    bool unheard = ended && WEXITSTATUS(wait_status) == BENCH_WORKER_UNHEARD;
    bool in_peace = ended && WEXITSTATUS(wait_status) == 0 && position->implementation < 0;
    if (wrote)
        return "it wrote into the channels of bench itself (results, position)";
    if (closed || unheard || in_peace)
        return "it closed, or flooded, the pipe that results come from";
    return NULL;
}

/* Accesses beyond what a tensor, or shared memory, has; other findings are a crash. */
static bool is_out_of_bounds(const char *kind)
{
    static const char *const kinds[] = {"heap-", "global-",       "stack-",          "dynamic-",
                                        "SEGV",  "unknown-crash", "use-after-poison"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (bench_str_starts(kind, kinds[i]))
            return true;
    return false;
}

static bool blame_sanitizer(const char *text, enum bench_status *status, struct bench_str *reason)
{
    static const char address_mark[] = "ERROR: AddressSanitizer: ";
    char summary[1024];
    if (bench_cpu_sanitizer_parse(text, summary, sizeof summary) != BENCH_OK)
        return false;
    bench_str_add(reason, summary);
    const char *address = strstr(text, address_mark),
               *undefined = strstr(text, ": runtime error: ");
    if (address == NULL || (undefined != NULL && undefined < address))
        *status = BENCH_STATUS_UNDEFINED;
    else
        *status = is_out_of_bounds(address + strlen(address_mark)) ? BENCH_STATUS_OUT_OF_BOUNDS
                                                                   : BENCH_STATUS_CRASHED;
    return true;
}

static void add_tail(const char *text, struct bench_str *reason)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        length--;
    size_t start = length, lines = 0;
    while (start > 0 && length - start < TAIL_BYTES) {
        if (text[start - 1] == '\n' && ++lines == TAIL_LINES)
            break;
        start--;
    }
    if (start < length) {
        bench_str_add(reason, "; it said: ");
        bench_str_addn(reason, text + start, length - start);
    }
}

static enum bench_status find_reason(const struct bench_death *death, struct bench_str *reason)
{
    enum bench_status status = BENCH_STATUS_CRASHED;
    char end[96];
    if (death->forged != NULL) {
        bench_str_add(reason, death->forged);
        return BENCH_STATUS_FORGED;
    }
    if (death->fault != NULL) {
        bench_str_add(reason, death->fault);
        return death->fault_status;
    }
    if (death->killed_why != NULL) {
        bench_str_addf(reason, "killed: %s", death->killed_why);
        return status;
    }
    if (death->timed_out) {
        bench_str_addf(reason, "did not come back within %.3g s", death->after_s);
        return BENCH_STATUS_TIMEOUT;
    }
    if (blame_sanitizer(death->stderr_text, &status, reason))
        return status;
    bench_child_end_text(death->wait_status, end);
    bench_str_addf(reason, "the worker process ended with %s", end);
    add_tail(death->stderr_text, reason);
    return status;
}

enum bench_status bench_blame_reason(const struct bench_death *death, struct bench_str *reason)
{
    enum bench_status status = find_reason(death, reason);
    bench_str_disarm(reason->data);
    return status;
}

/* The roles of the position that have no record yet. It lies in memory that a kernel's stray write
 * reaches, and a worker may have ended between two of its words: 0 if it names none. */
static unsigned open_roles(const struct bench_run *run, const struct bench_position *position,
                           size_t case_index)
{
    unsigned roles = 0;
    for (int role = 0; role < BENCH_ROLE_COUNT; role++)
        if (position->roles & 1u << role &&
            bench_run_find_process(run, case_index, (enum bench_role)role, run->process) == NULL)
            roles |= 1u << role;
    return roles;
}

bool bench_blame_implementation(const struct bench_run *run, const struct bench_position *position,
                                size_t case_index, const struct bench_death *death,
                                struct bench_record *record)
{
    const struct bench_operator *op = run->suite->cases[case_index].plan.op;
    int index = position->implementation;
    unsigned roles = open_roles(run, position, case_index);
    if (index < 0 || (size_t)index >= op->implementation_count || roles == 0)
        return false;
    struct bench_str reason;
    bench_str_init(&reason);
    bench_record_init(record);
    record->case_index = case_index;
    record->roles = roles;
    record->implementation = op->implementations[index].name;
    record->status = bench_blame_reason(death, &reason);
    bench_str_addf(&reason, " (while %s", bench_phase_name((enum bench_phase)position->phase));
    if (position->variant[0] != '\0')
        bench_str_addf(&reason, " %.*s", (int)sizeof position->variant - 1, position->variant);
    bench_str_addc(&reason, ')');
    bench_str_disarm(reason.data); /* where it is lies in memory that it can write to */
    record->reason = bench_arena_strdup(run->arena, reason.data);
    bench_str_fini(&reason);
    return true;
}
