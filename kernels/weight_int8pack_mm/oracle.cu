/*
 * The exact product with 8-bit weights, in double: a[M][K] w[N][K] scale[N] -> out[M][N], one
 * thread an element. magnitude: see rounding_scale.cuh.
 */
#include "../common/exact_dot.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void weight_int8pack_mm_oracle(const BENCH_T *a, const signed char *w,
                                                     const BENCH_T *scale, double *out,
                                                     double *magnitude, long long M, long long N,
                                                     long long K)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= M * N) {
        return;
    }
    const ExactDot dot = exact_dot(a + i / N * K, w + i % N * K, K, 1);
    const double factor = to_double(scale[i % N]);
    out[i] = dot.sum * factor;
    magnitude[i] = rounding_scale<BENCH_T>(dot.magnitude * fabs(factor));
}
