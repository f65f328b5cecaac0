/*
 * Skeletons of pointwise operators, out[i] = f(x[i], y[i], …): how the elements travel is written
 * once, here; an operator brings the formula, a struct with a const operator().
 *
 *   pointwise_packs<Block, Packs, Bytes = 16>(out, n, f, x, y, …)
 *                      accesses of Bytes bytes of out (of an input with smaller elements, such as a
 *                      mask, as many elements), Packs of them a thread, all loads before the first
 *                      use; a block of Block threads covers Block * Packs * Bytes bytes. What no
 *                      access covers at the end goes element by element, a thread each, and so do
 *                      tensors that start between multiples of Bytes. Few elements are done sooner
 *                      in narrow accesses, which more threads share
 *   pointwise_plain(out, n, f, x, y, …)
 *                      one thread an element
 *   pointwise_oracle(out, n, f, x, y, …)
 *                      the same in float64, for oracles
 *
 * f gets floating-point elements as float (in an oracle as double) and all others as they are. What
 * it returns is rounded to out's type.
 */
#ifndef BENCH_KERNELS_COMMON_POINTWISE_CUH
#define BENCH_KERNELS_COMMON_POINTWISE_CUH

#include "convert.cuh"

__device__ __forceinline__ bool to_float(bool x)
{
    return x;
}

__device__ __forceinline__ bool to_double(bool x)
{
    return x;
}

/* N consecutive elements, which are moved by one instruction. */
template <class T, int N> struct alignas(N * sizeof(T)) Lanes {
    T v[N];
};

template <int N, class T> __device__ __forceinline__ bool is_aligned_for(const T *p)
{
    return reinterpret_cast<unsigned long long>(p) % (N * sizeof(T)) == 0;
}

/* N elements of each input, held in registers. */
template <int N, class... In> struct Operands {
    __device__ __forceinline__ void load(long long)
    {
    }
    template <class F, class... Values>
    __device__ __forceinline__ float apply(const F &f, int, Values... values) const
    {
        return f(values...);
    }
};

template <int N, class First, class... Rest> struct Operands<N, First, Rest...> {
    Lanes<First, N> first;
    Operands<N, Rest...> rest;

    __device__ __forceinline__ void load(long long i, const First *x, const Rest *...others)
    {
        first = *reinterpret_cast<const Lanes<First, N> *>(x + i);
        rest.load(i, others...);
    }
    /* f of the k-th elements, behind those that `values` has already. */
    template <class F, class... Values>
    __device__ __forceinline__ float apply(const F &f, int k, Values... values) const
    {
        return rest.apply(f, k, values..., to_float(first.v[k]));
    }
};

template <int N, class F, class... In>
__device__ __forceinline__ void store_mapped(BENCH_T *out, const F &f, const Operands<N, In...> &x)
{
    Lanes<BENCH_T, N> y;
#pragma unroll
    for (int k = 0; k < N; k++) {
        y.v[k] = from_float<BENCH_T>(x.apply(f, k));
    }
    *reinterpret_cast<Lanes<BENCH_T, N> *>(out) = y;
}

/* The tile that the tensor ends in, from `begin` of this thread: whole accesses as far as they go,
 * then the at most Size - 1 elements that none covers, one each for the last threads, which have
 * the least to do before. */
template <int Size, int Block, int Packs, class F, class... In>
__device__ __forceinline__ void map_last_tile(BENCH_T *out, long long begin, long long n,
                                              const F &f, const In *...in)
{
#pragma unroll 1
    for (int p = 0; p < Packs; p++, begin += Block * Size) {
        if (begin + Size <= n) {
            Operands<Size, In...> x;
            x.load(begin, in...);
            store_mapped(out + begin, f, x);
        }
    }
    const long long i = n - Block + threadIdx.x;
    if (i >= n / Size * Size) {
        out[i] = from_float<BENCH_T>(f(to_float(in[i])...));
    }
}

template <int Block, int Packs, int Bytes = 16, class F, class... In>
__device__ __forceinline__ void pointwise_packs(BENCH_T *out, long long n, const F &f,
                                                const In *...in)
{
    constexpr int size = Bytes / static_cast<int>(sizeof(BENCH_T));
    const long long tile = static_cast<long long>(blockIdx.x) * (Block * Packs * size);
    const long long begin = tile + threadIdx.x * size;
    if (!(is_aligned_for<size>(out) && (is_aligned_for<size>(in) && ...))) {
#pragma unroll 1
        for (int e = 0; e < Packs * size; e++) {
            const long long i = tile + threadIdx.x + static_cast<long long>(e) * Block;
            if (i < n) {
                out[i] = from_float<BENCH_T>(f(to_float(in[i])...));
            }
        }
    } else if (tile + Block * Packs * size > n) {
        map_last_tile<size, Block, Packs>(out, begin, n, f, in...);
    } else {
        Operands<size, In...> x[Packs];
#pragma unroll
        for (int p = 0; p < Packs; p++) {
            x[p].load(begin + p * Block * size, in...);
        }
#pragma unroll
        for (int p = 0; p < Packs; p++) {
            store_mapped(out + begin + p * Block * size, f, x[p]);
        }
    }
}

template <class F, class... In>
__device__ __forceinline__ void pointwise_plain(BENCH_T *out, long long n, const F &f,
                                                const In *...in)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = from_float<BENCH_T>(f(to_float(in[i])...));
    }
}

template <class F, class... In>
__device__ __forceinline__ void pointwise_oracle(double *out, long long n, const F &f,
                                                 const In *...in)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = f(to_double(in[i])...);
    }
}

#endif
