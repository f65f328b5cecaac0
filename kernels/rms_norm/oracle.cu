/* RMS normalization of a row by its definition, in float64, one thread a row. */
#include "../common/convert.cuh"

__global__ void rms_norm_oracle(const BENCH_T *x, const BENCH_T *weight, double *out,
                                long long rows, long long cols, double eps)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    x += row * cols;
    out += row * cols;
    double squares = 0;
    for (long long i = 0; i < cols; i++) {
        squares += to_double(x[i]) * to_double(x[i]);
    }
    const double deviation = sqrt(squares / cols + eps);
    for (long long i = 0; i < cols; i++) {
        out[i] = to_double(x[i]) / deviation * to_double(weight[i]);
    }
}
