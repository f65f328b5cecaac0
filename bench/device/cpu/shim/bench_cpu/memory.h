/* Loads and stores with cache hints, which are plain ones here, and fences. */
#ifndef BENCH_CPU_MEMORY_H
#define BENCH_CPU_MEMORY_H
#pragma GCC system_header

#define BENCH_CPU_LOAD(name)                                                                       \
    template <class T> BENCH_CPU_FN T name(const T *p)                                             \
    {                                                                                              \
        return *p;                                                                                 \
    }
#define BENCH_CPU_STORE(name)                                                                      \
    template <class T> BENCH_CPU_FN void name(T *p, typename bench_cpu_bare<T>::type value)        \
    {                                                                                              \
        *p = value;                                                                                \
    }

BENCH_CPU_LOAD(__ldg)
BENCH_CPU_LOAD(__ldca)
BENCH_CPU_LOAD(__ldcs)
BENCH_CPU_LOAD(__ldlu)
BENCH_CPU_STORE(__stwb)
BENCH_CPU_STORE(__stcs)

/* These are read again each time: kernels spin on them. */
template <class T> BENCH_CPU_FN T __ldcg(const T *p)
{
    __asm__ volatile("" : : : "memory");
    return *p;
}
template <class T> BENCH_CPU_FN T __ldcv(const T *p)
{
    __asm__ volatile("" : : : "memory");
    return *p;
}
template <class T> BENCH_CPU_FN void __stcg(T *p, typename bench_cpu_bare<T>::type value)
{
    *p = value;
    __asm__ volatile("" : : : "memory");
}
template <class T> BENCH_CPU_FN void __stwt(T *p, typename bench_cpu_bare<T>::type value)
{
    *p = value;
    __asm__ volatile("" : : : "memory");
}

BENCH_CPU_FN void __threadfence()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
BENCH_CPU_FN void __threadfence_block()
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the threads of a block share one OS thread */
}
BENCH_CPU_FN void __threadfence_system()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

extern "C" void *memcpy(void *to, const void *from, size_t bytes) noexcept;
extern "C" void *memset(void *to, int value, size_t bytes) noexcept;

#endif
