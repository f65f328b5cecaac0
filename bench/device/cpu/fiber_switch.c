/*
 * The gates: what kernels call when a thread may have to wait (see fiber.h). Each is written in
 * assembly for the processor, or, on others, with the C library's contexts.
 *
 *   kernel calls      handler in C (its last argument is the saved stack pointer)
 *   bench_gate_next     bench_executor_next
 *   bench_gate_barrier  bench_executor_barrier
 *   bench_gate_warp     bench_executor_warp
 *   bench_gate_yield    bench_executor_yield
 *   bench_gate_start    bench_executor_start   called by the executor itself, on its own stack
 */
#include <stdlib.h>

#include "bench/device/cpu/executor.h"

#ifdef BENCH_FIBER_X86_64

/* Six registers, with the return address above them: the layout that bench_fiber_prepare writes. */
#define SAVE "pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
#define GO_ON                                                                                      \
    "movq %rax, %rsp\n"                                                                            \
    "movq %rdx, %rax\n"                                                                            \
    "cmpb $0, bench_fiber_sanitized(%rip)\n"                                                       \
    "jne 1f\n"                                                                                     \
    "0: popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n"                   \
    "popq %rcx\n"                                                                                  \
    "jmpq *%rcx\n"                                                                                 \
    "1: pushq %rax\n"                                                                              \
    "movq %rsp, %rbx\n"                                                                            \
    "andq $-16, %rsp\n"                                                                            \
    "call bench_fiber_arrived\n"                                                                   \
    "movq %rbx, %rsp\n"                                                                            \
    "popq %rax\n"                                                                                  \
    "jmp 0b\n"
#define BEGIN(name)                                                                                \
    ".text\n.p2align 5\n.globl " name "\n.hidden " name "\n.type " name ", @function\n" name ":\n" \
    ".cfi_startproc\n.cfi_undefined rip\n"
#define END(name) ".cfi_endproc\n.size " name ", . - " name "\n"
#define GATE(name, handler)                                                                        \
    __asm__(BEGIN(name) SAVE "movq %rsp, %r9\n"                                                    \
                             "subq $8, %rsp\n"                                                     \
                             "call " handler "\n" GO_ON END(name))

__asm__(
    BEGIN("bench_fiber_jump") "movq %rdi, %rax\n xorl %edx, %edx\n" GO_ON END("bench_fiber_jump"));

#elif defined(BENCH_FIBER_AARCH64)

/* Twelve registers and the lower halves of eight vector registers, as the procedure call standard
 * has it; x30 is the return address. */
#define SAVE                                                                                       \
    "sub sp, sp, #160\n"                                                                           \
    "stp x19, x20, [sp]\n stp x21, x22, [sp, #16]\n stp x23, x24, [sp, #32]\n"                     \
    "stp x25, x26, [sp, #48]\n stp x27, x28, [sp, #64]\n stp x29, x30, [sp, #80]\n"                \
    "stp d8, d9, [sp, #96]\n stp d10, d11, [sp, #112]\n stp d12, d13, [sp, #128]\n"                \
    "stp d14, d15, [sp, #144]\n"
#define GO_ON                                                                                      \
    "mov sp, x0\n"                                                                                 \
    "mov x0, x1\n"                                                                                 \
    "adrp x2, bench_fiber_sanitized\n"                                                             \
    "ldrb w2, [x2, #:lo12:bench_fiber_sanitized]\n"                                                \
    "cbnz w2, 1f\n"                                                                                \
    "0: ldp x19, x20, [sp]\n ldp x21, x22, [sp, #16]\n ldp x23, x24, [sp, #32]\n"                  \
    "ldp x25, x26, [sp, #48]\n ldp x27, x28, [sp, #64]\n ldp x29, x30, [sp, #80]\n"                \
    "ldp d8, d9, [sp, #96]\n ldp d10, d11, [sp, #112]\n ldp d12, d13, [sp, #128]\n"                \
    "ldp d14, d15, [sp, #144]\n"                                                                   \
    "add sp, sp, #160\n"                                                                           \
    "mov x16, x30\n"                                                                               \
    "br x16\n"                                                                                     \
    "1: str x0, [sp, #-16]!\n"                                                                     \
    "bl bench_fiber_arrived\n"                                                                     \
    "ldr x0, [sp], #16\n"                                                                          \
    "b 0b\n"
#define BEGIN(name)                                                                                \
    ".text\n.p2align 5\n.globl " name "\n.hidden " name "\n.type " name ", %function\n" name ":\n" \
    ".cfi_startproc\n.cfi_undefined x30\n"                                                         \
    "hint #34\n"
#define END(name) ".cfi_endproc\n.size " name ", . - " name "\n"
#define GATE(name, handler)                                                                        \
    __asm__(BEGIN(name) SAVE "mov x5, sp\n"                                                        \
                             "bl " handler "\n" GO_ON END(name))

__asm__(BEGIN("bench_fiber_jump") "mov x1, #0\n" GO_ON END("bench_fiber_jump"));

#else

/* Slow, but everywhere: `sp` is a ucontext_t on the waiting stack. */
#include <ucontext.h>

static _Thread_local uint64_t passed;

static uint64_t go_on(ucontext_t *here, struct bench_resume to)
{
    passed = to.value;
    if (to.sp != here)
        swapcontext(here, to.sp);
    if (bench_fiber_sanitized)
        bench_fiber_arrived();
    return passed;
}

_Noreturn void bench_fiber_jump(void *sp)
{
    setcontext(sp);
    abort();
}

int bench_gate_next(void)
{
    ucontext_t here;
    return (int)go_on(&here, bench_executor_next(0, 0, 0, 0, 0, &here));
}
int bench_gate_barrier(int kind, int predicate, const char *file, int line)
{
    ucontext_t here;
    return (int)go_on(&here, bench_executor_barrier(kind, predicate, file, line, 0, &here));
}
uint64_t bench_gate_warp(uint32_t mask, uint32_t operation, uint64_t value, const char *file,
                         int line)
{
    ucontext_t here;
    return go_on(&here, bench_executor_warp(mask, operation, value, file, line, &here));
}
void bench_gate_yield(void)
{
    ucontext_t here;
    go_on(&here, bench_executor_yield(0, 0, 0, 0, 0, &here));
}
void bench_gate_start(void)
{
    ucontext_t here;
    go_on(&here, bench_executor_start(0, 0, 0, 0, 0, &here));
}

#define GATE(name, handler) _Static_assert(sizeof(name) > 1, handler)

#endif

GATE("bench_gate_next", "bench_executor_next");
GATE("bench_gate_barrier", "bench_executor_barrier");
GATE("bench_gate_warp", "bench_executor_warp");
GATE("bench_gate_yield", "bench_executor_yield");
GATE("bench_gate_start", "bench_executor_start");

const struct bench_cpu_api bench_cpu_api = {
    .next = bench_gate_next,
    .barrier = bench_gate_barrier,
    .warp = bench_gate_warp,
    .yield = bench_gate_yield,
    .fail = bench_executor_kernel_fail,
    .ticks = bench_executor_ticks,
    .context = bench_executor_context,
};
