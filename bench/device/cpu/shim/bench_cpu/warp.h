/* Operations of a warp's lanes together. Types are exactly those that CUDA has them for. */
#ifndef BENCH_CPU_WARP_H
#define BENCH_CPU_WARP_H
#pragma GCC system_header

BENCH_CPU_FN int bench_cpu_lane()
{
    return static_cast<int>(bench_cpu_self()->linear & 31);
}

BENCH_CPU_FN void __syncwarp(unsigned mask = 0xffffffffu, BENCH_CPU_PLACE)
{
    bench_cpu_device->warp(mask, BENCH_CPU_SYNCWARP, 0, file_, line_);
}

/* The lanes that reach this line before they wait anywhere else or end. A GPU promises less. */
BENCH_CPU_FN unsigned __activemask(BENCH_CPU_PLACE)
{
    return static_cast<unsigned>(
        bench_cpu_device->warp(0xffffffffu, BENCH_CPU_ACTIVEMASK, 0, file_, line_));
}

BENCH_CPU_FN unsigned __ballot_sync(unsigned mask, int predicate, BENCH_CPU_PLACE)
{
    return static_cast<unsigned>(
        bench_cpu_device->warp(mask, BENCH_CPU_BALLOT, predicate != 0, file_, line_));
}
BENCH_CPU_FN int __any_sync(unsigned mask, int predicate, BENCH_CPU_PLACE)
{
    return static_cast<int>(
        bench_cpu_device->warp(mask, BENCH_CPU_ANY, predicate != 0, file_, line_));
}
BENCH_CPU_FN int __all_sync(unsigned mask, int predicate, BENCH_CPU_PLACE)
{
    return static_cast<int>(
        bench_cpu_device->warp(mask, BENCH_CPU_ALL, predicate != 0, file_, line_));
}

/* --- shuffles --- */

BENCH_CPU_FN void bench_cpu_check_width(int width, const char *file, int line)
{
    if (width < 1 || width > 32 || (width & (width - 1)) != 0)
        bench_cpu_device->fail(file, line, "the width of a shuffle must be 1, 2, 4, 8, 16 or 32");
}

template <class T>
BENCH_CPU_FN T bench_cpu_exchange(unsigned mask, T value, int source, const char *file, int line)
{
    static_assert(sizeof(T) <= 8, "a shuffle moves at most 8 bytes");
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    bits = bench_cpu_device->warp(mask, BENCH_CPU_EXCHANGE | static_cast<unsigned>(source) << 8,
                                  bits, file, line);
    T result;
    __builtin_memcpy(&result, &bits, sizeof(T));
    return result;
}

#define BENCH_CPU_SHUFFLES(type)                                                                   \
    BENCH_CPU_FN type __shfl_sync(unsigned mask, type value, int source, int width = 32,           \
                                  BENCH_CPU_PLACE)                                                 \
    {                                                                                              \
        bench_cpu_check_width(width, file_, line_);                                                \
        int first = bench_cpu_lane() & ~(width - 1);                                               \
        return bench_cpu_exchange(mask, value, first + (source & (width - 1)), file_, line_);      \
    }                                                                                              \
    BENCH_CPU_FN type __shfl_up_sync(unsigned mask, type value, unsigned delta, int width = 32,    \
                                     BENCH_CPU_PLACE)                                              \
    {                                                                                              \
        bench_cpu_check_width(width, file_, line_);                                                \
        int lane = bench_cpu_lane();                                                               \
        unsigned within = static_cast<unsigned>(lane & (width - 1));                               \
        delta &= 31; /* as the hardware does (PTX, shfl.sync) */                                   \
        int source = delta <= within ? lane - static_cast<int>(delta) : lane;                      \
        return bench_cpu_exchange(mask, value, source, file_, line_);                              \
    }                                                                                              \
    BENCH_CPU_FN type __shfl_down_sync(unsigned mask, type value, unsigned delta, int width = 32,  \
                                       BENCH_CPU_PLACE)                                            \
    {                                                                                              \
        bench_cpu_check_width(width, file_, line_);                                                \
        int lane = bench_cpu_lane();                                                               \
        unsigned rest = static_cast<unsigned>(width - 1 - (lane & (width - 1)));                   \
        delta &= 31;                                                                               \
        int source = delta <= rest ? lane + static_cast<int>(delta) : lane;                        \
        return bench_cpu_exchange(mask, value, source, file_, line_);                              \
    }                                                                                              \
    BENCH_CPU_FN type __shfl_xor_sync(unsigned mask, type value, int bits, int width = 32,         \
                                      BENCH_CPU_PLACE)                                             \
    {                                                                                              \
        bench_cpu_check_width(width, file_, line_);                                                \
        int lane = bench_cpu_lane();                                                               \
        int source = lane ^ (bits & 31);                                                           \
        /* Lower groups of lanes can be read, higher ones cannot (PTX, shfl.sync.bfly). */         \
        source = source <= (lane | (width - 1)) ? source : lane;                                   \
        return bench_cpu_exchange(mask, value, source, file_, line_);                              \
    }

BENCH_CPU_SHUFFLES(int)
BENCH_CPU_SHUFFLES(unsigned)
BENCH_CPU_SHUFFLES(long)
BENCH_CPU_SHUFFLES(unsigned long)
BENCH_CPU_SHUFFLES(long long)
BENCH_CPU_SHUFFLES(unsigned long long)
BENCH_CPU_SHUFFLES(float)
BENCH_CPU_SHUFFLES(double)
BENCH_CPU_SHUFFLES(__half)
BENCH_CPU_SHUFFLES(__half2)
BENCH_CPU_SHUFFLES(__nv_bfloat16)
BENCH_CPU_SHUFFLES(__nv_bfloat162)

/* --- matches: by the bits of the value --- */

template <class T> BENCH_CPU_FN unsigned long long bench_cpu_bits(T value)
{
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    return bits;
}

#define BENCH_CPU_MATCHES(type)                                                                    \
    BENCH_CPU_FN unsigned __match_any_sync(unsigned mask, type value, BENCH_CPU_PLACE)             \
    {                                                                                              \
        return static_cast<unsigned>(bench_cpu_device->warp(mask, BENCH_CPU_MATCH_ANY,             \
                                                            bench_cpu_bits(value), file_, line_)); \
    }                                                                                              \
    BENCH_CPU_FN unsigned __match_all_sync(unsigned mask, type value, int *predicate,              \
                                           BENCH_CPU_PLACE)                                        \
    {                                                                                              \
        unsigned lanes = static_cast<unsigned>(bench_cpu_device->warp(                             \
            mask, BENCH_CPU_MATCH_ALL, bench_cpu_bits(value), file_, line_));                      \
        *predicate = lanes != 0;                                                                   \
        return lanes;                                                                              \
    }

BENCH_CPU_MATCHES(int)
BENCH_CPU_MATCHES(unsigned)
BENCH_CPU_MATCHES(long)
BENCH_CPU_MATCHES(unsigned long)
BENCH_CPU_MATCHES(long long)
BENCH_CPU_MATCHES(unsigned long long)
BENCH_CPU_MATCHES(float)
BENCH_CPU_MATCHES(double)

/* --- reductions --- */

#define BENCH_CPU_REDUCTION(name, type, operation)                                                 \
    BENCH_CPU_FN type __reduce_##name##_sync(unsigned mask, type value, BENCH_CPU_PLACE)           \
    {                                                                                              \
        return static_cast<type>(                                                                  \
            bench_cpu_device->warp(mask, operation, static_cast<unsigned>(value), file_, line_));  \
    }

BENCH_CPU_REDUCTION(add, int, BENCH_CPU_REDUCE_ADD)
BENCH_CPU_REDUCTION(add, unsigned, BENCH_CPU_REDUCE_ADD)
BENCH_CPU_REDUCTION(min, int, BENCH_CPU_REDUCE_MIN)
BENCH_CPU_REDUCTION(min, unsigned, BENCH_CPU_REDUCE_UMIN)
BENCH_CPU_REDUCTION(max, int, BENCH_CPU_REDUCE_MAX)
BENCH_CPU_REDUCTION(max, unsigned, BENCH_CPU_REDUCE_UMAX)
BENCH_CPU_REDUCTION(and, unsigned, BENCH_CPU_REDUCE_AND)
BENCH_CPU_REDUCTION(or, unsigned, BENCH_CPU_REDUCE_OR)
BENCH_CPU_REDUCTION(xor, unsigned, BENCH_CPU_REDUCE_XOR)

#endif
