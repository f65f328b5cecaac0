/*
 * The dot product that an oracle of a matrix product computes, by its definition, in float64:
 *
 *   exact_dot(a, b, terms, stride)   a[k] * b[k * stride] over k < terms, added from k = 0 on;
 *                                    of any types that to_double takes (convert.cuh)
 *
 * The magnitude is the sum of |a[k] * b[k * stride]|: what an oracle's scale comes of
 * (rounding_scale.cuh).
 */
#ifndef BENCH_KERNELS_COMMON_EXACT_DOT_CUH
#define BENCH_KERNELS_COMMON_EXACT_DOT_CUH

#include "convert.cuh"

struct ExactDot {
    double sum, magnitude;
};

template <class A, class B>
__device__ __forceinline__ ExactDot exact_dot(const A *a, const B *b, long long terms,
                                              long long stride)
{
    ExactDot dot = {0, 0};
#pragma unroll 4
    for (long long k = 0; k < terms; k++) {
        const double product = to_double(a[k]) * to_double(b[k * stride]);
        dot.sum += product;
        dot.magnitude += fabs(product);
    }
    return dot;
}

#endif
