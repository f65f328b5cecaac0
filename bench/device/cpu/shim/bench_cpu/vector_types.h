/* CUDA's vector types with CUDA's sizes and alignments (vector_types.h), and their make_ functions.
 */
#ifndef BENCH_CPU_VECTOR_TYPES_H
#define BENCH_CPU_VECTOR_TYPES_H
#pragma GCC system_header

/* Name, element type, and alignment of the 2- and 4-vectors; those of 1 and 3 align as their
 * elements do. */
#define BENCH_CPU_VECTORS(name, type, align2, align4)                                              \
    struct name##1                                                                                 \
    {                                                                                              \
        type x;                                                                                    \
    };                                                                                             \
    struct __attribute__((aligned(align2))) name##2                                                \
    {                                                                                              \
        type x, y;                                                                                 \
    };                                                                                             \
    struct name##3                                                                                 \
    {                                                                                              \
        type x, y, z;                                                                              \
    };                                                                                             \
    struct __attribute__((aligned(align4))) name##4                                                \
    {                                                                                              \
        type x, y, z, w;                                                                           \
    };                                                                                             \
    BENCH_CPU_FN name##1 make_##name##1(type x)                                                    \
    {                                                                                              \
        return {x};                                                                                \
    }                                                                                              \
    BENCH_CPU_FN name##2 make_##name##2(type x, type y)                                            \
    {                                                                                              \
        return {x, y};                                                                             \
    }                                                                                              \
    BENCH_CPU_FN name##3 make_##name##3(type x, type y, type z)                                    \
    {                                                                                              \
        return {x, y, z};                                                                          \
    }                                                                                              \
    BENCH_CPU_FN name##4 make_##name##4(type x, type y, type z, type w)                            \
    {                                                                                              \
        return {x, y, z, w};                                                                       \
    }

BENCH_CPU_VECTORS(char, signed char, 2, 4)
BENCH_CPU_VECTORS(uchar, unsigned char, 2, 4)
BENCH_CPU_VECTORS(short, short, 4, 8)
BENCH_CPU_VECTORS(ushort, unsigned short, 4, 8)
BENCH_CPU_VECTORS(int, int, 8, 16)
BENCH_CPU_VECTORS(uint, unsigned int, 8, 16)
BENCH_CPU_VECTORS(long, long, 16, 16)
BENCH_CPU_VECTORS(ulong, unsigned long, 16, 16)
BENCH_CPU_VECTORS(longlong, long long, 16, 16)
BENCH_CPU_VECTORS(ulonglong, unsigned long long, 16, 16)
BENCH_CPU_VECTORS(float, float, 8, 16)
BENCH_CPU_VECTORS(double, double, 16, 16)

struct dim3 {
    unsigned int x, y, z;
    constexpr dim3(unsigned int x_ = 1, unsigned int y_ = 1, unsigned int z_ = 1)
        : x(x_), y(y_), z(z_)
    {
    }
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z)
    {
    }
    constexpr operator uint3() const
    {
        return {x, y, z};
    }
};

#endif
