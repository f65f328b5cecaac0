/* threadIdx and its kin, barriers, and the code that runs a kernel's threads. */
#ifndef BENCH_CPU_RUNTIME_H
#define BENCH_CPU_RUNTIME_H
#pragma GCC system_header

/* Set when the module is loaded. */
static const bench_cpu_api *bench_cpu_device;
#if defined(__x86_64__) || defined(__aarch64__)
static intptr_t bench_cpu_offset;

BENCH_CPU_FN bench_cpu_context *bench_cpu_self()
{
    char *base;
    /* Neither volatile nor memory: the thread pointer never changes, the compiler may reuse it. */
#ifdef __x86_64__
    __asm__("movq %%fs:0, %0" : "=r"(base));
#else
    __asm__("mrs %0, tpidr_el0" : "=r"(base));
#endif
    return reinterpret_cast<bench_cpu_context *>(base + bench_cpu_offset);
}
#else
BENCH_CPU_FN bench_cpu_context *bench_cpu_self()
{
    return bench_cpu_device->context();
}
#endif

extern "C" __attribute__((visibility("default"))) uint32_t
bench_cpu_init(const bench_cpu_api *device, intptr_t context_offset)
{
    bench_cpu_device = device;
#if defined(__x86_64__) || defined(__aarch64__)
    bench_cpu_offset = context_offset;
#else
    (void)context_offset;
#endif
#ifdef BENCH_CPU_SANITIZE
    return BENCH_CPU_ABI | BENCH_CPU_SANITIZED;
#else
    return BENCH_CPU_ABI;
#endif
}

/* The first range is of bench_cpu_mark itself. In .data, not in .bss: it is written in the file. */
extern "C" {
extern __attribute__((visibility("default"))) bench_cpu_range bench_cpu_ranges[BENCH_CPU_RANGES];
bench_cpu_range bench_cpu_ranges[BENCH_CPU_RANGES] = {{1, 0}};
__attribute__((visibility("default"))) void bench_cpu_spoil();
}
#ifdef BENCH_CPU_SANITIZE
static char bench_cpu_mark;
#else
static thread_local char bench_cpu_mark;
#endif
__attribute__((no_sanitize("address", "undefined"))) void bench_cpu_spoil()
{
    volatile char *base = &bench_cpu_mark;
    base -= bench_cpu_ranges[0].offset;
    for (int i = 1; i < BENCH_CPU_RANGES && bench_cpu_ranges[i].size > 0; i++)
        for (uint64_t b = 0; b < bench_cpu_ranges[i].size; b++)
            base[bench_cpu_ranges[i].offset + b] = -1;
}

#define threadIdx (const_cast<const uint3 &>(bench_cpu_self()->thread_idx))
#define blockIdx (const_cast<const uint3 &>(bench_cpu_self()->block_idx))
#define blockDim (const_cast<const dim3 &>(bench_cpu_self()->block_dim))
#define gridDim (const_cast<const dim3 &>(bench_cpu_self()->grid_dim))
static const int warpSize = 32;

/* `extern __shared__ T name[];` is rewritten to a pointer to this. */
BENCH_CPU_FN void *bench_cpu_shared()
{
    return bench_cpu_self()->shared;
}

/* The caller's place, as default arguments: they are evaluated where the call stands. */
#define BENCH_CPU_PLACE const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE()

BENCH_CPU_FN void __syncthreads(BENCH_CPU_PLACE)
{
    bench_cpu_device->barrier(BENCH_CPU_SYNCTHREADS, 0, file_, line_);
}
BENCH_CPU_FN int __syncthreads_count(int predicate, BENCH_CPU_PLACE)
{
    return bench_cpu_device->barrier(BENCH_CPU_SYNCTHREADS_COUNT, predicate, file_, line_);
}
BENCH_CPU_FN int __syncthreads_and(int predicate, BENCH_CPU_PLACE)
{
    return bench_cpu_device->barrier(BENCH_CPU_SYNCTHREADS_AND, predicate, file_, line_);
}
BENCH_CPU_FN int __syncthreads_or(int predicate, BENCH_CPU_PLACE)
{
    return bench_cpu_device->barrier(BENCH_CPU_SYNCTHREADS_OR, predicate, file_, line_);
}

/* Threads of a block run in turns, so one that merely spins on another's value waits for ever; this
 * gives the others their turn. */
BENCH_CPU_FN void __nanosleep(unsigned)
{
    bench_cpu_device->yield();
}

BENCH_CPU_FN void __trap(BENCH_CPU_PLACE)
{
    bench_cpu_device->fail(file_, line_, "__trap() was called");
}
BENCH_CPU_FN void __brkpt()
{
}

#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                                                                          \
    ((condition) ? (void)0                                                                         \
                 : bench_cpu_device->fail(__FILE__, __LINE__, "assertion failed: " #condition))
#endif

extern "C" int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ticks of a clock that always runs; a GPU counts its own cycles. */
BENCH_CPU_FN long long clock64()
{
#ifdef __x86_64__
    return static_cast<long long>(__builtin_ia32_rdtsc());
#elif defined(__aarch64__)
    long long ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return static_cast<long long>(bench_cpu_device->ticks());
#endif
}

/* --- running a kernel --- */

template <class T> struct bench_cpu_bare {
    typedef T type;
};
template <class T> struct bench_cpu_bare<const T> {
    typedef T type;
};

template <int... I> struct bench_cpu_indices {
};
template <int N, int... I> struct bench_cpu_count : bench_cpu_count<N - 1, N - 1, I...> {
};
template <int... I> struct bench_cpu_count<0, I...> {
    typedef bench_cpu_indices<I...> type;
};

template <class T> struct bench_cpu_kind {
    static const uint32_t value = __is_enum(T) ? BENCH_CPU_PARAM_INTEGER : BENCH_CPU_PARAM_OTHER;
};
template <class T> struct bench_cpu_kind<T *> {
    static const uint32_t value = BENCH_CPU_PARAM_POINTER;
};
#define BENCH_CPU_KIND(T, KIND)                                                                    \
    template <> struct bench_cpu_kind<T> {                                                         \
        static const uint32_t value = KIND;                                                        \
    }
BENCH_CPU_KIND(bool, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(char, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(signed char, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(unsigned char, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(short, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(unsigned short, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(int, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(unsigned, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(long, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(unsigned long, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(long long, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(unsigned long long, BENCH_CPU_PARAM_INTEGER);
BENCH_CPU_KIND(float, BENCH_CPU_PARAM_FLOATING);
BENCH_CPU_KIND(double, BENCH_CPU_PARAM_FLOATING);
#undef BENCH_CPU_KIND

template <class... P> struct bench_cpu_params {
    static const bench_cpu_param items[sizeof...(P) + 1];
};
template <class... P>
const bench_cpu_param bench_cpu_params<P...>::items[sizeof...(P) + 1] = {
    {static_cast<uint32_t>(sizeof(P)), bench_cpu_kind<P>::value}..., {0, 0}};
/* Found by the kernel's type: constant, so that the pointer to them is in the file. */
template <class... P> constexpr const bench_cpu_param *bench_cpu_params_of(void (*)(P...))
{
    return bench_cpu_params<P...>::items;
}

/* Runs kernel K. `bench_cpu_mark` is there for its symbol, which tells
 * bench/provider/cuda/host_shared.c the name of entry number Entry as the linker knows it. */
template <auto K, int Entry> struct bench_cpu_runner {
    /* Thread after thread. The index is counted in registers and only stored, so that one thread
     * need not wait for the last one's; what others may have changed is read again after next(). */
    template <class... P> static void loop(void (*)(P...), P... p)
    {
        bench_cpu_context *c = bench_cpu_self();
        do {
            uint32_t linear = c->linear;
            uint3 at = c->thread_idx;
            for (;;) {
                K(p...);
                if (linear >= c->stop)
                    break;
                c->linear = ++linear;
                if (++at.x == c->block_dim.x) {
                    at.x = 0;
                    if (++at.y == c->block_dim.y) {
                        at.y = 0;
                        c->thread_idx.z = ++at.z;
                    }
                    c->thread_idx.y = at.y;
                }
                c->thread_idx.x = at.x;
            }
        } while (bench_cpu_device->next());
    }
    template <class... P, int... I>
    static void unpack(void (*kernel)(P...), void **args, bench_cpu_indices<I...>)
    {
        (void)args;
        loop<P...>(kernel, *static_cast<typename bench_cpu_bare<P>::type *>(args[I])...);
    }
    template <class... P> static void bench_cpu_start(void (*kernel)(P...), void **args)
    {
        unpack(kernel, args, typename bench_cpu_count<sizeof...(P)>::type());
    }
    static char bench_cpu_mark;
};
template <auto K, int Entry> __attribute__((used)) char bench_cpu_runner<K, Entry>::bench_cpu_mark;

#endif
