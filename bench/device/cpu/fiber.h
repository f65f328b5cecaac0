/*
 * Fibers: stacks that one OS thread switches between by itself. For the cpu device's block
 * scheduler, which gives a CUDA thread a fiber of its own only once it has to wait.
 *
 * A fiber stays on the OS thread that first ran it. Below each stack lies an inaccessible page, so
 * that an overflow is a fault at a known address and never corrupts a neighbour.
 */
#ifndef BENCH_DEVICE_CPU_FIBER_H
#define BENCH_DEVICE_CPU_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bench/util/err.h"

#if !defined(__x86_64__) && !defined(__aarch64__)
#define BENCH_FIBER_UCONTEXT
#include <ucontext.h>
#endif

struct bench_fiber {
#ifdef BENCH_FIBER_UCONTEXT
    ucontext_t context;
#else
    void *ip, *sp, *fp, *base; /* at fixed offsets: the assembly below knows them */
#endif
    struct bench_fiber *next_free;
    uint64_t serial;    /* of the launch that it was prepared for */
    char *stack;        /* lowest usable byte; NULL for an OS thread's own stack */
    size_t stack_bytes; /* the sanitizer wants to know */
    void *fake_stack;   /* AddressSanitizer's */
};

/* Usable bytes of a stack: local memory and call frames of one CUDA thread. Pages are given by the
 * system only once touched. CUDA allows 512 KiB of local memory; kernels that need it on a GPU are
 * slow by design, and an overflow here is reported by name. */
#define BENCH_FIBER_STACK_BYTES ((size_t)256 * 1024)

int bench_fiber_new(struct bench_fiber **fiber, size_t number, struct bench_err *err);
void bench_fiber_free(struct bench_fiber *fiber); /* NULL-safe */

/* The next switch to the fiber calls `entry` on a fresh stack. `entry` must call
 * bench_fiber_entered first and must not return. */
void bench_fiber_prepare(struct bench_fiber *fiber, void (*entry)(void));

/* True if an address lies in the inaccessible page of this fiber. */
bool bench_fiber_overflowed(const struct bench_fiber *fiber, const void *address);

/* Hooks of AddressSanitizer, found at run time: the sanitizer may come in by LD_PRELOAD. */
struct bench_fiber_hooks {
    void (*start_switch)(void **fake_stack, const void *bottom, size_t size);
    void (*finish_switch)(void *fake_stack, const void **bottom, size_t *size);
    void (*unpoison)(const volatile void *address, size_t size);
};
extern struct bench_fiber_hooks bench_fiber_hooks;
/* Looks for them; once, before the first fiber. True if the process runs under the sanitizer. */
bool bench_fiber_find_hooks(void);

/* First thing on a fresh stack. `from` is where the switch came from. */
static inline void bench_fiber_entered(struct bench_fiber *from)
{
    if (bench_fiber_hooks.finish_switch) {
        const void *bottom = NULL;
        size_t size = 0;
        bench_fiber_hooks.finish_switch(NULL, &bottom, &size);
        if (!from->stack) { /* an OS thread's stack: nobody else knows its bounds */
            memcpy(&from->stack, &bottom, sizeof(from->stack));
            from->stack_bytes = size;
        }
    }
}

/* Saves where we are in `from` and goes on in `to`. Inline and without a call: processors predict
 * returns by the calls they saw, and a switch behind a call makes every following return a
 * misprediction. The compiler saves what it needs, because everything is declared clobbered. */
static inline void bench_fiber_swap(struct bench_fiber *from, struct bench_fiber *to)
{
#if defined(__x86_64__)
    __asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
                     "movq %%rax, 0(%0)\n\t"
                     "movq %%rsp, 8(%0)\n\t"
                     "movq %%rbp, 16(%0)\n\t"
                     "movq 8(%1), %%rsp\n\t"
                     "movq 16(%1), %%rbp\n\t"
                     "jmpq *0(%1)\n\t"
                     "1:\n\t"
                     "endbr64"
                     : "+D"(from), "+S"(to)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                       "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
#elif defined(__aarch64__)
    register struct bench_fiber *x0 __asm__("x0") = from;
    register struct bench_fiber *x1 __asm__("x1") = to;
    __asm__ volatile("adr x16, 1f\n\t"
                     "mov x17, sp\n\t"
                     "stp x16, x17, [x0]\n\t"
                     "stp x29, x19, [x0, #16]\n\t"
                     "ldp x16, x17, [x1]\n\t"
                     "ldp x29, x19, [x1, #16]\n\t"
                     "mov sp, x17\n\t"
                     "br x16\n"
                     "1:\n\t"
                     "hint #38"
                     : "+r"(x0), "+r"(x1)
                     :
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x20", "x21", "x22", "x23", "x24", "x25", "x26",
                       "x27", "x28", "x30", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8",
                       "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",
                       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
                       "v31", "cc", "memory");
#else
    swapcontext(&from->context, &to->context);
#endif
}

static inline void bench_fiber_switch(struct bench_fiber *from, struct bench_fiber *to)
{
    if (!bench_fiber_hooks.start_switch) {
        bench_fiber_swap(from, to);
        return;
    }
    bench_fiber_hooks.start_switch(&from->fake_stack, to->stack, to->stack_bytes);
    bench_fiber_swap(from, to);
    bench_fiber_hooks.finish_switch(from->fake_stack, NULL, NULL);
}

#endif
