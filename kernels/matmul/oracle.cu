/*
 * The exact product, in double: a[M][K] b[K][N] -> out[M][N], one thread an element, neighbouring
 * threads on neighbouring columns. scale: see rounding_scale.cuh.
 */
#include "../common/exact_dot.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void matmul_oracle(const BENCH_T *a, const BENCH_T *b, double *out,
                                         double *scale, long long M, long long N, long long K)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= M * N) {
        return;
    }
    const ExactDot dot = exact_dot(a + i / N * K, b + i % N, K, N);
    out[i] = dot.sum;
    scale[i] = rounding_scale<BENCH_T>(dot.magnitude);
}
