/*
 * Atomic functions, across all threads of a launch, for the types that CUDA has them for. CUDA's
 * are relaxed; here they also order, which costs nothing on x86 and hides no fault of a kernel that
 * relies on a fence.
 */
#ifndef BENCH_CPU_ATOMICS_H
#define BENCH_CPU_ATOMICS_H
#pragma GCC system_header

/* Replaces *p by change(old) in one step; returns the old value. Word has the size of T. */
template <class Word, class T, class F> BENCH_CPU_FN T bench_cpu_update(T *p, F change)
{
    static_assert(sizeof(Word) == sizeof(T), "");
    Word *word = reinterpret_cast<Word *>(p);
    Word old = __atomic_load_n(word, __ATOMIC_RELAXED);
    for (;;) {
        T value;
        __builtin_memcpy(&value, &old, sizeof(T));
        T changed = change(value);
        Word next;
        __builtin_memcpy(&next, &changed, sizeof(T));
        if (__atomic_compare_exchange_n(word, &old, next, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return value;
    }
}

/* With the suffixes for a wider or narrower scope than the device. */
#define BENCH_CPU_ATOMIC(name, type, body)                                                         \
    BENCH_CPU_FN type name(type *p, type value)                                                    \
    {                                                                                              \
        body;                                                                                      \
    }                                                                                              \
    BENCH_CPU_FN type name##_block(type *p, type value)                                            \
    {                                                                                              \
        return name(p, value);                                                                     \
    }                                                                                              \
    BENCH_CPU_FN type name##_system(type *p, type value)                                           \
    {                                                                                              \
        return name(p, value);                                                                     \
    }

#define BENCH_CPU_FETCH(name, type, operation)                                                     \
    BENCH_CPU_ATOMIC(name, type, return __atomic_##operation(p, value, __ATOMIC_ACQ_REL))
#define BENCH_CPU_CHANGE(name, type, word, expression)                                             \
    BENCH_CPU_ATOMIC(name, type, return bench_cpu_update<word>(p, [value](type old) -> type {      \
                         return expression;                                                        \
                     }))

#define BENCH_CPU_INTEGER_ATOMICS(type)                                                            \
    BENCH_CPU_CHANGE(atomicMin, type, type, old < value ? old : value)                             \
    BENCH_CPU_CHANGE(atomicMax, type, type, old > value ? old : value)                             \
    BENCH_CPU_FETCH(atomicAnd, type, fetch_and)                                                    \
    BENCH_CPU_FETCH(atomicOr, type, fetch_or)                                                      \
    BENCH_CPU_FETCH(atomicXor, type, fetch_xor)

BENCH_CPU_INTEGER_ATOMICS(int)
BENCH_CPU_INTEGER_ATOMICS(unsigned)
BENCH_CPU_INTEGER_ATOMICS(long long)
BENCH_CPU_INTEGER_ATOMICS(unsigned long long)

BENCH_CPU_FETCH(atomicAdd, int, fetch_add)
BENCH_CPU_FETCH(atomicAdd, unsigned, fetch_add)
BENCH_CPU_FETCH(atomicAdd, unsigned long long, fetch_add)
BENCH_CPU_CHANGE(atomicAdd, float, unsigned, old + value)
BENCH_CPU_CHANGE(atomicAdd, double, unsigned long long, old + value)
BENCH_CPU_CHANGE(atomicAdd, __half, unsigned short, __hadd(old, value))
BENCH_CPU_CHANGE(atomicAdd, __half2, unsigned, __hadd2(old, value))
BENCH_CPU_CHANGE(atomicAdd, __nv_bfloat16, unsigned short, __hadd(old, value))
BENCH_CPU_CHANGE(atomicAdd, __nv_bfloat162, unsigned, __hadd2(old, value))

BENCH_CPU_FETCH(atomicSub, int, fetch_sub)
BENCH_CPU_FETCH(atomicSub, unsigned, fetch_sub)

BENCH_CPU_FETCH(atomicExch, int, exchange_n)
BENCH_CPU_FETCH(atomicExch, unsigned, exchange_n)
BENCH_CPU_FETCH(atomicExch, unsigned long long, exchange_n)
BENCH_CPU_CHANGE(atomicExch, float, unsigned, ((void)old, value))

BENCH_CPU_CHANGE(atomicInc, unsigned, unsigned, old >= value ? 0u : old + 1)
BENCH_CPU_CHANGE(atomicDec, unsigned, unsigned, old == 0 || old > value ? value : old - 1)

#define BENCH_CPU_CAS(type)                                                                        \
    BENCH_CPU_FN type atomicCAS(type *p, type compare, type value)                                 \
    {                                                                                              \
        __atomic_compare_exchange_n(p, &compare, value, false, __ATOMIC_ACQ_REL,                   \
                                    __ATOMIC_ACQUIRE);                                             \
        return compare;                                                                            \
    }                                                                                              \
    BENCH_CPU_FN type atomicCAS_block(type *p, type compare, type value)                           \
    {                                                                                              \
        return atomicCAS(p, compare, value);                                                       \
    }                                                                                              \
    BENCH_CPU_FN type atomicCAS_system(type *p, type compare, type value)                          \
    {                                                                                              \
        return atomicCAS(p, compare, value);                                                       \
    }
BENCH_CPU_CAS(int)
BENCH_CPU_CAS(unsigned)
BENCH_CPU_CAS(unsigned long long)
BENCH_CPU_CAS(unsigned short)

#endif
