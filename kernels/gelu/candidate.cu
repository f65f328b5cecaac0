/*
 * gelu is bound by memory, so the kernel is built around its loads and stores: each thread moves
 * PACKS packs of 16 bytes, all loads before the first use, a block's packs interleaved so that each
 * warp instruction covers 512 contiguous bytes. One tile a block and no loop: the hardware's block
 * scheduler balances the load.
 *
 * The arithmetic must stay below what the memory leaves time for (some 70 instructions an element
 * in float32 and 35 in float16 on an H100):
 * - tanh: 0.5 (1 + tanh(u)) = 1 / (1 + exp(-2u)), which is two special-function instructions and,
 *   unlike 1 + tanh(u), loses no digits for negative u;
 * - none: erff is a polynomial of about 20 instructions without branches.
 */
#include "../common/convert.cuh"
#include "../common/pack.cuh"

/* x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3) */
__device__ __forceinline__ float gelu_tanh(float x)
{
    const float minus_2_sqrt_2_over_pi = -1.5957691216057308f;
    float u = x * fmaf(0.044715f * x, x, 1.0f);
    return fast_div(x, 1.0f + fast_exp(minus_2_sqrt_2_over_pi * u));
}

__device__ __forceinline__ float gelu_erf(float x)
{
    float half = 0.5f * x;
    return fmaf(half, erff(x * 0.70710678118654752f), half);
}

template <bool TANH> __device__ __forceinline__ Pack<BENCH_T> gelu_pack(Pack<BENCH_T> p)
{
#pragma unroll
    for (int i = 0; i < Pack<BENCH_T>::size; i++) {
        float v = to_float(p.v[i]);
        p.v[i] = from_float<BENCH_T>(TANH ? gelu_tanh(v) : gelu_erf(v));
    }
    return p;
}

template <bool TANH>
__device__ __forceinline__ void gelu_tile(const BENCH_T *x, BENCH_T *out, long long n)
{
    constexpr int size = Pack<BENCH_T>::size;
    const long long tile = static_cast<long long>(blockIdx.x) * (BLOCK * PACKS * size);
    const long long begin = tile + threadIdx.x * size;
    if (tile + BLOCK * PACKS * size <= n && is_packable(x) && is_packable(out)) {
        Pack<BENCH_T> p[PACKS];
#pragma unroll
        for (int k = 0; k < PACKS; k++) {
            p[k] = pack_load(x + begin + k * BLOCK * size);
        }
#pragma unroll
        for (int k = 0; k < PACKS; k++) {
            pack_store(out + begin + k * BLOCK * size, gelu_pack<TANH>(p[k]));
        }
        return;
    }
    /* The last tile, or a tensor that starts between multiples of 16 bytes. */
#pragma unroll 1
    for (int k = 0; k < PACKS; k++) {
        const long long i = begin + k * BLOCK * size;
        Pack<BENCH_T> p = pack_load_part(x + i, n - i);
        pack_store_part(out + i, gelu_pack<TANH>(p), n - i);
    }
}

__global__ void __launch_bounds__(BLOCK)
    gelu_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
               int approximate_tanh)
{
    if (approximate_tanh) {
        gelu_tile<true>(x, out, n);
    } else {
        gelu_tile<false>(x, out, n);
    }
}
