/* Reads NVRTC's log: compiler messages and, mixed in, what `ptxas -v` says of each function:
 *
 *   ptxas info    : Compiling entry function '_Z3fooPf' for 'sm_90'
 *   ptxas info    : Function properties for _Z3fooPf
 *   ptxas         .     144 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
 *   ptxas info    : Used 32 registers, used 1 barriers, 144 bytes cumulative stack size, 128 bytes
 * smem
 *
 * Functions that a kernel calls without inlining have "Function properties" only. */
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/nvrtc_impl.h"
#include "bench/util/mem.h"

struct parser {
    struct bench_nvrtc_log *out;
    char *entry;    /* kernel now being compiled: "Used" is about it */
    char *function; /* function whose properties follow */
    bool in_entry_error;
};

static struct bench_ptxas_info *info_for(struct bench_nvrtc_log *log, const char *symbol)
{
    for (size_t i = 0; i < log->info_count; i++)
        if (strcmp(log->info[i].symbol, symbol) == 0)
            return &log->info[i];
    log->info = bench_xrealloc(log->info, (log->info_count + 1) * sizeof *log->info);
    struct bench_ptxas_info *info = &log->info[log->info_count++];
    memset(info, 0, sizeof *info);
    info->symbol = bench_xstrdup(symbol);
    info->registers = -1;
    return info;
}

const struct bench_ptxas_info *bench_nvrtc_log_find(const struct bench_nvrtc_log *log,
                                                    const char *symbol)
{
    for (size_t i = 0; i < log->info_count; i++)
        if (strcmp(log->info[i].symbol, symbol) == 0)
            return &log->info[i];
    return NULL;
}

/* The number that stands before `unit` in a line ("… 144 bytes stack frame"); 0 if it is not there.
 */
static size_t number_before(const char *line, const char *unit)
{
    const char *at = strstr(line, unit);
    if (!at)
        return 0;
    while (at > line && at[-1] == ' ')
        at--;
    while (at > line && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return (size_t)strtoull(at, NULL, 10);
}

static void set_name(char **name, const char *text, const char *end_chars)
{
    free(*name);
    *name = bench_xprintf("%.*s", (int)strcspn(text, end_chars), text);
}

static void read_properties(struct parser *p, const char *line)
{
    struct bench_ptxas_info *info = info_for(p->out, p->function);
    info->stack_bytes = number_before(line, "bytes stack frame");
    info->spill_store_bytes = number_before(line, "bytes spill stores");
    info->spill_load_bytes = number_before(line, "bytes spill loads");
}

static void read_used(struct parser *p, const char *line)
{
    struct bench_ptxas_info *info = info_for(p->out, p->entry);
    size_t cumulative = number_before(line, "bytes cumulative stack size");
    info->registers = (int)number_before(line, "registers");
    info->shared_bytes = number_before(line, "bytes smem");
    if (cumulative > info->stack_bytes)
        info->stack_bytes = cumulative;
}

/* True if the line is one of ptxas's statistics. Its advice ("ptxas info : (C7510) Potential
 * Performance Loss …") is not: the user should see that. */
static bool take_statistics(struct parser *p, const char *line)
{
    static const char entry[] = "Compiling entry function '",
                      function[] = "Function properties for ";
    if (strncmp(line, "ptxas", 5) == 0 && strstr(line, "bytes stack frame")) {
        if (p->function)
            read_properties(p, line);
        return true;
    }
    if (strncmp(line, "ptxas info", 10) != 0)
        return false;
    const char *at = strstr(line, entry);
    if (at) {
        set_name(&p->entry, at + sizeof entry - 1, "'");
        info_for(p->out, p->entry)->is_entry = true;
        return true;
    }
    at = strstr(line, function);
    if (at) {
        set_name(&p->function, at + sizeof function - 1, " \r");
        return true;
    }
    if (p->entry && strstr(line, ": Used "))
        read_used(p, line);
    return !strstr(line, ": (C");
}

static bool is_error(const char *line)
{
    return strstr(line, "error: ") || (strncmp(line, "ptxas", 5) == 0 && strstr(line, "error"));
}

/* Complaints about the entries asked for stand in a text of NVRTC's own making, which the user has
 * never seen; each ends with an empty line:
 *
 *   __nv_name_map(2): error: identifier "nosuch" is undefined
 *     #pragma nv_mangled_name nosuch
 *                             ^
 */
static bool take_entry_error(struct parser *p, const char *line)
{
    static const char mark[] = "error: ", pragma[] = "#pragma nv_mangled_name ";
    struct bench_nvrtc_log *out = p->out;
    if (strncmp(line, "__nv_name_map(", 14) == 0) {
        const char *at = strstr(line, mark);
        p->in_entry_error = true;
        out->entry_errors++;
        if (!out->entry_error)
            out->entry_error = bench_xstrdup(at ? at + sizeof mark - 1 : line);
        return true;
    }
    if (!p->in_entry_error)
        return false;
    const char *at = strstr(line, pragma);
    if (at && !out->bad_entry)
        out->bad_entry = bench_xstrdup(at + sizeof pragma - 1);
    p->in_entry_error = *line != '\0';
    return true;
}

void bench_nvrtc_log_parse(const char *log, struct bench_nvrtc_log *out)
{
    struct parser p = {.out = out};
    memset(out, 0, sizeof *out);
    bench_str_init(&out->text);
    while (*log) {
        size_t n = strcspn(log, "\n");
        char *line = bench_xprintf("%.*s", (int)n, log);
        if (!take_statistics(&p, line) && !take_entry_error(&p, line)) {
            out->errors += is_error(line);
            bench_str_addf(&out->text, "%s\n", line);
        }
        free(line);
        log += n + (log[n] == '\n');
    }
    while (out->text.len && strchr(" \n", out->text.data[out->text.len - 1]))
        out->text.data[--out->text.len] = '\0';
    free(p.entry);
    free(p.function);
}

void bench_nvrtc_log_fini(struct bench_nvrtc_log *log)
{
    for (size_t i = 0; i < log->info_count; i++)
        free(log->info[i].symbol);
    free(log->info);
    free(log->bad_entry);
    free(log->entry_error);
    bench_str_fini(&log->text);
}
