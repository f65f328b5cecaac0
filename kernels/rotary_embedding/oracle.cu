/* Rotary position embedding by its definition, in float64, one thread a pair. */
#include "../common/convert.cuh"

__global__ void rotary_embedding_oracle(const BENCH_T *x, const BENCH_T *cosine,
                                        const BENCH_T *sine, double *out, long long pairs,
                                        long long heads, long long half)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= pairs) {
        return;
    }
    const long long row = i / half, k = i % half, at = row / heads * half + k;
    const double a = to_double(x[2 * row * half + k]), b = to_double(x[(2 * row + 1) * half + k]);
    const double c = to_double(cosine[at]), s = to_double(sine[at]);
    out[2 * row * half + k] = a * c - b * s;
    out[(2 * row + 1) * half + k] = b * c + a * s;
}
