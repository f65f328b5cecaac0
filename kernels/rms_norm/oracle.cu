/* RMS normalization of a row by its definition, in float64, one block a row. */
#include "../common/convert.cuh"
#include "../common/oracle_row.cuh"

__global__ void rms_norm_oracle(const BENCH_T *x, const BENCH_T *weight, double *out,
                                long long cols, double eps)
{
    const long long row = blockIdx.x;
    x += row * cols;
    out += row * cols;
    const double squares =
        oracle_sum(cols, [x](long long i) { return to_double(x[i]) * to_double(x[i]); });
    const double deviation = sqrt(squares / cols + eps);
    for (long long i = threadIdx.x; i < cols; i += ORACLE_THREADS) {
        out[i] = to_double(x[i]) / deviation * to_double(weight[i]);
    }
}
