/*
 * Fibers: stacks that one OS thread switches between by itself. For the cpu device's block
 * scheduler, which gives a CUDA thread a fiber of its own only once it has to wait.
 *
 * A switch happens inside of what a kernel calls: a "gate" (fiber_switch.c). It saves the registers
 * that a call must keep on the caller's stack, asks a C function (the handler) on which stack to go
 * on, and returns from there. So a waiting thread holds one cache line of its stack and nothing
 * else, and whoever goes on returns into the kernel by a jump: processors predict a return by the
 * call they saw last, which was another thread's, perhaps from another line.
 *
 * A fiber stays on the OS thread that first ran it. Below each stack lies an inaccessible page, so
 * that an overflow is a fault at a known address and never corrupts a neighbour.
 *
 * Private to bench/device/cpu.
 */
#ifndef BENCH_DEVICE_CPU_FIBER_H
#define BENCH_DEVICE_CPU_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

/* How the gates are made. BENCH_FIBER_PORTABLE can be defined for any processor. */
#if defined(BENCH_FIBER_PORTABLE)
#elif defined(__x86_64__)
#define BENCH_FIBER_X86_64
#elif defined(__aarch64__)
#define BENCH_FIBER_AARCH64
#else
#define BENCH_FIBER_PORTABLE
#endif

struct bench_fiber {
    void *sp; /* where it waits, while nobody else keeps that */
    struct bench_fiber *next_free;
    uint64_t serial;    /* of the launch that it was prepared for */
    char *stack;        /* lowest usable byte; NULL for an OS thread's own stack */
    size_t stack_bytes; /* the sanitizer wants to know */
    void *fake_stack;   /* AddressSanitizer's */
};

/* On which stack to go on, and what the gate returns there. */
struct bench_resume {
    void *sp;
    uint64_t value;
};

/* Usable bytes of a stack: local memory and call frames of one CUDA thread. Pages are given by the
 * system only once touched. CUDA allows 512 KiB of local memory; kernels that need it on a GPU are
 * slow by design, and an overflow here is reported by name. */
#define BENCH_FIBER_STACK_BYTES ((size_t)256 * 1024)

int bench_fiber_new(struct bench_fiber **fiber, size_t number, struct bench_err *err);
void bench_fiber_free(struct bench_fiber *fiber); /* NULL-safe */

/* Sets fiber->sp so that going on there calls `entry` on the empty stack. `entry` must not return.
 */
void bench_fiber_prepare(struct bench_fiber *fiber, void (*entry)(void));

/* True if an address lies in the inaccessible page of this fiber. */
bool bench_fiber_overflowed(const struct bench_fiber *fiber, const void *address);

/* Goes on at a stack and abandons this one. */
_Noreturn void bench_fiber_jump(void *sp);

/* --- AddressSanitizer, which must be told of every switch --- */

/* Looks for it, once, before the first fiber: it may come in by LD_PRELOAD. True if the process
 * runs under it. */
bool bench_fiber_find_sanitizer(void);
extern bool bench_fiber_sanitized __attribute__((visibility("hidden")));
/* Before a switch: from NULL if that stack is abandoned. The gate does the rest. */
void bench_fiber_announce(struct bench_fiber *from, struct bench_fiber *to);
/* `main` is the OS thread's own stack, whose bounds only the sanitizer knows. */
void bench_fiber_set_main(struct bench_fiber *main);

#endif
