#include "bench/device/cpu/fault.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "bench/device/cpu/executor.h"
#include "bench/device/cpu/sanitize.h"
#include "bench/util/mem.h"

#define HANDLER_STACK_BYTES ((size_t)64 * 1024)

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))
static struct sigaction previous[SIGNALS];
static _Thread_local char *handler_stack;

/* "reading", "writing", or "accessing" where the processor's report is not understood. */
static const char *access_kind(const void *context)
{
#ifdef __x86_64__
    const ucontext_t *u = context;
    return u->uc_mcontext.gregs[REG_ERR] & 2 ? "writing" : "reading";
#else
    (void)context;
    return "accessing";
#endif
}

/* snprintf is not promised to be safe here, but this process is lost anyway, and glibc's takes no
 * lock for these formats. */
static void describe(char *text, size_t size, int number, const siginfo_t *info,
                     const void *context)
{
    const struct executor *e = bench_cpu_context.executor;
    if (number == SIGFPE)
        snprintf(text, size, "integer division by zero, or of the smallest number by -1");
    else if (number == SIGILL)
        snprintf(text, size, "illegal instruction");
    else if (e->running && bench_fiber_overflowed(e->running, info->si_addr))
        snprintf(text, size,
                 "stack overflow: local arrays and calls need more than the %zu KiB that a thread "
                 "has on the cpu device",
                 BENCH_FIBER_STACK_BYTES / 1024);
    else if (number == SIGSEGV && info->si_code == SI_KERNEL)
        snprintf(text, size,
                 "segmentation fault at an address that the processor does not tell: a misaligned "
                 "vector access, or a wild pointer");
    else
        snprintf(text, size, "%s %s address %p",
                 number == SIGBUS ? "bus error" : "segmentation fault", access_kind(context),
                 info->si_addr);
}

/* "kernel k: WHAT in block (0,0,0), thread (5,0,0)MORE" */
static void report(const char *what, const char *more)
{
    const struct bench_cpu_context *c = &bench_cpu_context;
    const struct executor *e = c->executor;
    char line[1024];
    int n = snprintf(line, sizeof(line), "kernel %s: %s in block (%u,%u,%u), thread (%u,%u,%u)%s\n",
                     e->launch->name, what, c->block_idx.x, c->block_idx.y, c->block_idx.z,
                     c->thread_idx.x, c->thread_idx.y, c->thread_idx.z, more);
    size_t length = (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
    ssize_t ignored = write(STDERR_FILENO, line, length);
    (void)ignored;
}

static void handle(int number, siginfo_t *info, void *context)
{
    if (bench_cpu_context.executor) {
        char what[512];
        describe(what, sizeof(what), number, info, context);
        report(what, "");
    }
    /* The faulting instruction runs again and meets whoever was responsible before us. */
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i] == number)
            sigaction(number, &previous[i], NULL);
}

/* --- under AddressSanitizer --- */

/* As many as a launch has arguments, and some. */
static struct {
    const char *memory;
    size_t bytes;
    char name[48];
} labels[64];
static size_t label_count;

static const char *(*report_address)(void);

void bench_cpu_sanitizer_label(const void *memory, size_t bytes, const char *label)
{
    size_t i = label_count++ % (sizeof(labels) / sizeof(labels[0]));
    labels[i].memory = memory;
    labels[i].bytes = bytes;
    snprintf(labels[i].name, sizeof(labels[i].name), "%s", label);
}

/* The named buffer that an address lies in or nearest to, within what the sanitizer guards. */
static const char *nearest_label(const char *address)
{
    const char *name = NULL;
    size_t best = 4096;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]) && i < label_count; i++) {
        const char *start = labels[i].memory;
        const char *end = start + labels[i].bytes;
        size_t distance = address < start ? (size_t)(start - address)
                          : address < end ? 0
                                          : (size_t)(address - end);
        if (distance < best) {
            best = distance;
            name = labels[i].name;
        }
    }
    return name;
}

/* The last line of a report; see bench_cpu_sanitizer_parse. */
static void sanitizer_death(void)
{
    if (!bench_cpu_context.executor)
        return;
    char more[80] = "";
    const char *name = report_address ? nearest_label(report_address()) : NULL;
    if (name)
        snprintf(more, sizeof(more), " [%s]", name);
    report("stopped by the sanitizer", more);
}

/* Each of the sanitizers' libraries has a callback of its own. */
static void set_death_callback(void *library)
{
    void (*set)(void (*)(void));
    void *symbol = dlsym(library, "__sanitizer_set_death_callback");
    memcpy(&set, &symbol, sizeof(set));
    if (set)
        set(sanitizer_death);
}

static void install_sanitizer_callback(void)
{
    void *symbol = dlsym(RTLD_DEFAULT, "__asan_get_report_address");
    memcpy(&report_address, &symbol, sizeof(report_address));
    set_death_callback(RTLD_DEFAULT);
}

void bench_fault_sanitized_module(void)
{
    void *ubsan = dlopen("libubsan.so.1", RTLD_NOW | RTLD_NOLOAD);
    if (ubsan)
        set_death_callback(ubsan); /* clang has it all in one library, which is done already */
}

void bench_fault_install(void)
{
    static bool installed;
    if (installed)
        return;
    installed = true;
    if (bench_fiber_sanitized) {
        install_sanitizer_callback();
        return;
    }
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &previous[i]);
}

void bench_fault_thread_begin(void)
{
    if (handler_stack || bench_fiber_sanitized)
        return;
    handler_stack = bench_xmalloc(HANDLER_STACK_BYTES);
    stack_t stack = {.ss_sp = handler_stack, .ss_size = HANDLER_STACK_BYTES};
    sigaltstack(&stack, NULL);
}

void bench_fault_thread_end(void)
{
    if (!handler_stack)
        return;
    stack_t stack = {.ss_flags = SS_DISABLE};
    sigaltstack(&stack, NULL);
    free(handler_stack);
    handler_stack = NULL;
}
