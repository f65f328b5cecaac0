/* Rotary position embedding as one would write it first: one thread a pair. */
#include "../common/convert.cuh"

__global__ void rotary_embedding_plain(const BENCH_T *x, const BENCH_T *cosine, const BENCH_T *sine,
                                       BENCH_T *out, long long pairs, long long heads,
                                       long long half)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= pairs) {
        return;
    }
    const long long row = i / half, k = i % half, at = row / heads * half + k;
    const float a = to_float(x[2 * row * half + k]), b = to_float(x[(2 * row + 1) * half + k]);
    const float c = to_float(cosine[at]), s = to_float(sine[at]);
    out[2 * row * half + k] = from_float<BENCH_T>(a * c - b * s);
    out[(2 * row + 1) * half + k] = from_float<BENCH_T>(b * c + a * s);
}
