/*
 * beta * bias + alpha * a b, exactly, in double: a[M][K] b[K][N] -> out[M][N], one thread an
 * element. The bias is read at row * row_stride + column * column_stride, and not at all where beta
 * is 0. scale: see rounding_scale.cuh.
 */
#include "../common/exact_dot.cuh"
#include "../common/rounding_scale.cuh"

extern "C" __global__ void addmm_oracle(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b,
                                        double *out, double *scale, long long M, long long N,
                                        long long K, long long row_stride, long long column_stride,
                                        double alpha, double beta)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= M * N) {
        return;
    }
    const ExactDot dot = exact_dot(a + i / N * K, b + i % N, K, N);
    const double added =
        beta == 0 ? 0 : beta * to_double(bias[i / N * row_stride + i % N * column_stride]);
    out[i] = alpha * dot.sum + added;
    scale[i] = rounding_scale<BENCH_T>(fabs(alpha) * dot.magnitude + fabs(added));
}
