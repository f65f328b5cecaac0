#include "bench/run/blame.h"

#include <stdio.h>
#include <string.h>

#include "bench/run/child.h"

/* Last words that are worth repeating. */
#define TAIL_LINES 4
#define TAIL_BYTES 600

/* One line of a text, from `start`. */
static size_t line_length(const char *start)
{
    return strcspn(start, "\n");
}

/* "    #2 0x7f.. in gelu(float*) /path/candidate.cu:12:5": the first frame in a CUDA source. */
static void add_source_frame(const char *report, struct bench_str *reason)
{
    for (const char *line = report; *line != '\0';) {
        size_t length = line_length(line);
        const char *source = memmem(line, length, ".cu", 3);
        const char *in = memmem(line, length, " in ", 4);
        if (source != NULL && in != NULL && memchr(line, '#', length) != NULL) {
            const char *place = source;
            while (place > line && place[-1] != ' ')
                place--;
            bench_str_add(reason, " at ");
            bench_str_addn(reason, place, (size_t)(line + length - place));
            return;
        }
        line += length + (line[length] == '\n');
    }
}

/* "WRITE of size 4 at 0x… thread T0" -> "WRITE of size 4". */
static void add_access(const char *report, struct bench_str *reason)
{
    const char *kinds[] = {"READ of size ", "WRITE of size "};
    for (int i = 0; i < 2; i++) {
        const char *found = strstr(report, kinds[i]);
        if (found == NULL)
            continue;
        size_t length = strlen(kinds[i]);
        length += strspn(found + length, "0123456789");
        bench_str_addc(reason, ' ');
        bench_str_addn(reason, found, length);
        return;
    }
}

/* "0x… is located 4 bytes to the right of 1024-byte region" -> how far, from what. */
static void add_location(const char *report, struct bench_str *reason)
{
    const char *found = strstr(report, "is located ");
    if (found == NULL)
        return;
    found += strlen("is located ");
    size_t length = strcspn(found, "[\n");
    while (length > 0 && found[length - 1] == ' ')
        length--;
    bench_str_add(reason, ", ");
    bench_str_addn(reason, found, length);
}

static bool blame_address_sanitizer(const char *text, enum bench_status *status,
                                    struct bench_str *reason)
{
    const char *mark = "ERROR: AddressSanitizer: ";
    const char *report = strstr(text, mark);
    if (report == NULL)
        return false;
    const char *kind = report + strlen(mark);
    bench_str_add(reason, "AddressSanitizer: ");
    bench_str_addn(reason, kind, strcspn(kind, " \n"));
    add_access(report, reason);
    add_source_frame(report, reason);
    add_location(report, reason);
    bool bounds = strncmp(kind, "heap-", 5) == 0 || strncmp(kind, "global-", 7) == 0 ||
                  strncmp(kind, "stack-", 6) == 0 || strncmp(kind, "dynamic-", 8) == 0 ||
                  strncmp(kind, "SEGV", 4) == 0 || strncmp(kind, "unknown-crash", 13) == 0 ||
                  strncmp(kind, "use-after-poison", 16) == 0;
    *status = bounds ? BENCH_STATUS_OUT_OF_BOUNDS : BENCH_STATUS_CRASHED;
    return true;
}

/* "/path/candidate.cu:12:5: runtime error: …" */
static bool blame_undefined(const char *text, enum bench_status *status, struct bench_str *reason)
{
    const char *mark = strstr(text, ": runtime error: ");
    if (mark == NULL)
        return false;
    const char *start = mark;
    while (start > text && start[-1] != '\n')
        start--;
    bench_str_add(reason, "UndefinedBehaviorSanitizer: ");
    bench_str_addn(reason, start, line_length(start));
    *status = BENCH_STATUS_UNDEFINED;
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

enum bench_status bench_blame_reason(const struct bench_death *death, struct bench_str *reason)
{
    enum bench_status status = BENCH_STATUS_CRASHED;
    char end[96];
    if (death->fault != NULL) {
        bench_str_add(reason, death->fault);
        return BENCH_STATUS_DEVICE_FAULT;
    }
    if (death->timed_out) {
        bench_str_addf(reason, "did not come back within %.3g s", death->after_s);
        return BENCH_STATUS_TIMEOUT;
    }
    if (blame_address_sanitizer(death->stderr_text, &status, reason) ||
        blame_undefined(death->stderr_text, &status, reason))
        return status;
    bench_child_end_text(death->wait_status, end);
    bench_str_addf(reason, "the worker process ended with %s", end);
    add_tail(death->stderr_text, reason);
    return status;
}

bool bench_blame_implementation(const struct bench_run *run, const struct bench_position *position,
                                size_t case_index, const struct bench_death *death,
                                struct bench_record *record)
{
    const struct bench_operator *op = run->suite->cases[case_index].plan.op;
    int index = position->implementation;
    if (index < 0 || (size_t)index >= op->implementation_count)
        return false;
    struct bench_str reason;
    bench_str_init(&reason);
    bench_record_init(record);
    record->case_index = case_index;
    record->roles = position->roles;
    record->implementation = op->implementations[index].name;
    record->status = bench_blame_reason(death, &reason);
    bench_str_addf(&reason, " (while %s", bench_phase_name((enum bench_phase)position->phase));
    if (position->variant[0] != '\0')
        bench_str_addf(&reason, " %.*s", (int)sizeof position->variant - 1, position->variant);
    bench_str_addc(&reason, ')');
    record->reason = bench_arena_strdup(run->arena, reason.data);
    bench_str_fini(&reason);
    return true;
}
