/*
 * The exact product of each pair of matrices, in double: a[batch][M][K] b[batch][K][N] ->
 * out[batch][M][N], one thread an element, neighbouring threads on neighbouring columns. scale: see
 * rounding_scale.cuh.
 */
#include "../common/exact_dot.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void bmm_oracle(const BENCH_T *a, const BENCH_T *b, double *out,
                                      double *scale, long long batch, long long M, long long N,
                                      long long K)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= batch * M * N) {
        return;
    }
    const BENCH_T *row = a + i / N * K; /* matrices and their rows follow each other */
    const BENCH_T *column = b + i / (M * N) * K * N + i % N;
    const ExactDot dot = exact_dot(row, column, K, N);
    out[i] = dot.sum;
    scale[i] = rounding_scale<BENCH_T>(dot.magnitude);
}
