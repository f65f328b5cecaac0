/* Variance and mean of a row by their definitions, in float64, one thread a row. */
#include "../common/convert.cuh"

__global__ void var_mean_oracle(const BENCH_T *x, double *var, double *mean, long long rows,
                                long long cols, double correction)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    x += row * cols;
    double sum = 0;
    for (long long i = 0; i < cols; i++) {
        sum += to_double(x[i]);
    }
    double squares = 0;
    for (long long i = 0; i < cols; i++) {
        const double d = to_double(x[i]) - sum / cols;
        squares += d * d;
    }
    var[row] = squares / fmax(cols - correction, 0.0);
    mean[row] = sum / cols;
}
