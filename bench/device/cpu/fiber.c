#include "bench/device/cpu/fiber.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/util/mem.h"

/* Linux 6.13: guards inside a mapping, which do not count against vm.max_map_count. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
/* Large enough for the biggest page of the systems we know (64 KiB on some aarch64). */
#define GUARD_BYTES ((size_t)64 * 1024)

struct bench_fiber_hooks bench_fiber_hooks;

/* ISO C has no conversion from an object pointer to a function pointer; POSIX promises it. */
static void find(const char *name, void *function, size_t size)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);
    memcpy(function, &symbol, size);
}

bool bench_fiber_find_hooks(void)
{
    struct bench_fiber_hooks *h = &bench_fiber_hooks;
    find("__sanitizer_start_switch_fiber", &h->start_switch, sizeof(h->start_switch));
    find("__sanitizer_finish_switch_fiber", &h->finish_switch, sizeof(h->finish_switch));
    find("__asan_unpoison_memory_region", &h->unpoison, sizeof(h->unpoison));
    if (!h->start_switch || !h->finish_switch || !h->unpoison)
        *h = (struct bench_fiber_hooks){0};
    return h->start_switch != NULL;
}

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
    /* The sanitizer's marks would outlive the mapping and fall on whoever gets it next. */
    if (bench_fiber_hooks.unpoison)
        bench_fiber_hooks.unpoison(fiber->stack, BENCH_FIBER_STACK_BYTES);
    munmap(fiber->stack - GUARD_BYTES, GUARD_BYTES + BENCH_FIBER_STACK_BYTES);
    free(fiber);
}

void bench_fiber_prepare(struct bench_fiber *fiber, void (*entry)(void))
{
    /* An abandoned kernel left the marks of its local arrays. */
    if (bench_fiber_hooks.unpoison)
        bench_fiber_hooks.unpoison(fiber->stack, BENCH_FIBER_STACK_BYTES);
    fiber->fake_stack = NULL;
#ifdef BENCH_FIBER_UCONTEXT
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = fiber->stack_bytes;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, entry, 0);
#else
    char *top = fiber->stack + fiber->stack_bytes;
#ifdef __x86_64__
    /* As if by a call from address 0: that ends stack traces, and gives the alignment that a
     * function expects (16 bytes before the return address). */
    top -= 8;
    memset(top - 8, 0, 16);
#endif
    fiber->sp = top;
    fiber->fp = NULL;
    fiber->base = NULL;
    memcpy(&fiber->ip, &entry, sizeof(fiber->ip));
#endif
}

bool bench_fiber_overflowed(const struct bench_fiber *fiber, const void *address)
{
    const char *a = address;
    return fiber->stack && a < fiber->stack && a >= fiber->stack - GUARD_BYTES;
}
