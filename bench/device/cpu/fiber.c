#include "bench/device/cpu/fiber.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "bench/device/cpu/executor.h"
#include "bench/util/mem.h"

/* Linux 6.13: guards inside a mapping, which do not count against vm.max_map_count. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
/* Large enough for the biggest page of the systems we know (64 KiB on some aarch64). */
#define GUARD_BYTES ((size_t)64 * 1024)

int bench_fiber_new(struct bench_fiber **fiber, size_t number, struct bench_err *err)
{
    size_t bytes = GUARD_BYTES + BENCH_FIBER_STACK_BYTES;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return bench_err_set(err, BENCH_ERROR,
                             "no memory for the stack of CUDA thread %zu of a block: %s; use fewer "
                             "CPU threads (--device cpu:N)",
                             number, strerror(errno));
    if (madvise(memory, GUARD_BYTES, MADV_GUARD_INSTALL) != 0 &&
        mprotect(memory, GUARD_BYTES, PROT_NONE) != 0) {
        int cause = errno;
        munmap(memory, bytes);
        return bench_err_set(err, BENCH_ERROR,
                             "no guard for the stack of CUDA thread %zu of a block: %s; raise "
                             "vm.max_map_count or use fewer CPU threads (--device cpu:N)",
                             number, strerror(cause));
    }
    struct bench_fiber *f = bench_xcalloc(1, sizeof(*f));
    f->stack = memory + GUARD_BYTES;
    /* Stacks lie at multiples of a page, so the same frame of every thread would fall into the same
     * few sets of the cache: their tops are shifted against each other by whole cache lines. */
    f->stack_bytes = BENCH_FIBER_STACK_BYTES - (number * 5 % 64) * 64;
    *fiber = f;
    return BENCH_OK;
}

void bench_fiber_free(struct bench_fiber *fiber)
{
    if (!fiber)
        return;
    munmap(fiber->stack - GUARD_BYTES, GUARD_BYTES + BENCH_FIBER_STACK_BYTES);
    free(fiber);
}

bool bench_fiber_overflowed(const struct bench_fiber *fiber, const void *address)
{
    const char *a = address;
    return fiber->stack && a < fiber->stack && a >= fiber->stack - GUARD_BYTES;
}

/* --- AddressSanitizer --- */

bool bench_fiber_sanitized;

static struct {
    void (*start_switch)(void **fake_stack, const void *bottom, size_t size);
    void (*finish_switch)(void *fake_stack, const void **bottom, size_t *size);
    void (*unpoison)(const volatile void *address, size_t size);
} sanitizer;

/* ISO C has no conversion from an object pointer to a function pointer; POSIX promises it. */
static void find(const char *name, void *function, size_t size)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);
    memcpy(function, &symbol, size);
}

bool bench_fiber_find_sanitizer(void)
{
    find("__sanitizer_start_switch_fiber", &sanitizer.start_switch, sizeof(sanitizer.start_switch));
    find("__sanitizer_finish_switch_fiber", &sanitizer.finish_switch,
         sizeof(sanitizer.finish_switch));
    find("__asan_unpoison_memory_region", &sanitizer.unpoison, sizeof(sanitizer.unpoison));
    bench_fiber_sanitized = sanitizer.start_switch && sanitizer.finish_switch && sanitizer.unpoison;
    return bench_fiber_sanitized;
}

/* Of the switch that is under way on this OS thread. */
static _Thread_local struct bench_fiber *target, *main_fiber;

void bench_fiber_set_main(struct bench_fiber *main)
{
    main_fiber = main;
}

void bench_fiber_announce(struct bench_fiber *from, struct bench_fiber *to)
{
    target = to;
    sanitizer.start_switch(from ? &from->fake_stack : NULL, to->stack, to->stack_bytes);
}

/* Called by the gates on the new stack. Not instrumented: the sanitizer does not know yet where it
 * is. */
__attribute__((visibility("hidden"), no_sanitize("address", "undefined"))) void
bench_fiber_arrived(void)
{
    if (!target) /* the thread goes on where it was */
        return;
    const void *bottom = NULL;
    size_t size = 0;
    sanitizer.finish_switch(target->fake_stack, &bottom, &size);
    target = NULL;
    if (main_fiber && !main_fiber->stack) { /* this was the first switch away from it */
        memcpy(&main_fiber->stack, &bottom, sizeof(main_fiber->stack));
        main_fiber->stack_bytes = size;
    }
}

/* --- the empty stack --- */

void bench_fiber_prepare(struct bench_fiber *fiber, void (*entry)(void))
{
    /* An abandoned kernel left the marks of its local arrays. */
    if (bench_fiber_sanitized)
        sanitizer.unpoison(fiber->stack, BENCH_FIBER_STACK_BYTES);
    fiber->fake_stack = NULL;
    char *top = fiber->stack + fiber->stack_bytes;
#ifdef BENCH_FIBER_X86_64
    /* r15 … rbp, then where to return to: `entry`, as if called from address 0, which ends stack
     * traces. A function expects 16-byte alignment before its return address. */
    void *frame[8] = {NULL};
    memcpy(&frame[6], &entry, sizeof(entry));
    memcpy(top - sizeof(frame), frame, sizeof(frame));
    fiber->sp = top - sizeof(frame);
#elif defined(BENCH_FIBER_AARCH64)
    void *frame[20] = {NULL};
    memcpy(&frame[11], &entry, sizeof(entry)); /* x30 */
    memcpy(top - sizeof(frame), frame, sizeof(frame));
    fiber->sp = top - sizeof(frame);
#else
    ucontext_t *context = (void *)(top - (sizeof(ucontext_t) + 63) / 64 * 64);
    getcontext(context);
    context->uc_stack.ss_sp = fiber->stack;
    context->uc_stack.ss_size = (size_t)((char *)context - fiber->stack);
    context->uc_link = NULL;
    makecontext(context, entry, 0);
    fiber->sp = context;
#endif
}
