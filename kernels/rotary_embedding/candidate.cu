/*
 * Rotary position embedding (Su et al., "RoFormer", 2021) with the halves of a head as pairs: four
 * loads and two stores of 16 bytes rotate as many pairs as 16 bytes have elements. A token's heads
 * share cosine and sine, so a block takes whole tokens and finds them in L1: blockIdx.x is the
 * token, and no thread divides by the number of heads.
 */
#include "../common/pointwise.cuh"

template <int Size>
__device__ __forceinline__ void rotate(const BENCH_T *x, const BENCH_T *cosine, const BENCH_T *sine,
                                       BENCH_T *out, int half)
{
    using Part = Lanes<BENCH_T, Size>;
    const Part a = *reinterpret_cast<const Part *>(x);
    const Part b = *reinterpret_cast<const Part *>(x + half);
    const Part c = *reinterpret_cast<const Part *>(cosine);
    const Part s = *reinterpret_cast<const Part *>(sine);
    Part first, second;
#pragma unroll
    for (int k = 0; k < Size; k++) {
        const float ak = to_float(a.v[k]), bk = to_float(b.v[k]);
        const float ck = to_float(c.v[k]), sk = to_float(s.v[k]);
        first.v[k] = from_float<BENCH_T>(fmaf(ak, ck, -bk * sk));
        second.v[k] = from_float<BENCH_T>(fmaf(bk, ck, ak * sk));
    }
    *reinterpret_cast<Part *>(out) = first;
    *reinterpret_cast<Part *>(out + half) = second;
}

template <int Size>
__device__ __forceinline__ void rotate_token(const BENCH_T *x, const BENCH_T *cosine,
                                             const BENCH_T *sine, BENCH_T *out, int heads, int half)
{
    const int parts = half / Size; /* of a head */
    for (int i = threadIdx.x; i < heads * parts; i += BLOCK) {
        const int head = i / parts, k = (i - head * parts) * Size;
        const long long at = 2LL * head * half + k;
        rotate<Size>(x + at, cosine + k, sine + k, out + at, half);
    }
}

__global__ void __launch_bounds__(BLOCK)
    rotary_embedding_tokens(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ cosine,
                            const BENCH_T *__restrict__ sine, BENCH_T *__restrict__ out, int heads,
                            int half)
{
    constexpr int size = 16 / static_cast<int>(sizeof(BENCH_T));
    const long long token = blockIdx.x;
    x += token * 2 * heads * half;
    out += token * 2 * heads * half;
    cosine += token * half;
    sine += token * half;
    if (half % size == 0 && is_aligned_for<size>(x) && is_aligned_for<size>(out) &&
        is_aligned_for<size>(cosine) && is_aligned_for<size>(sine)) {
        rotate_token<size>(x, cosine, sine, out, heads, half);
    } else {
        rotate_token<1>(x, cosine, sine, out, heads, half);
    }
}
