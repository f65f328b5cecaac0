/* log_softmax of a row by its definition, in float64, one thread a row. */
#include "../common/convert.cuh"

__global__ void log_softmax_oracle(const BENCH_T *x, double *out, long long rows, long long cols)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    x += row * cols;
    out += row * cols;
    double max = to_double(x[0]);
    for (long long i = 1; i < cols; i++) {
        max = fmax(max, to_double(x[i]));
    }
    double sum = 0;
    for (long long i = 0; i < cols; i++) {
        sum += exp(to_double(x[i]) - max);
    }
    for (long long i = 0; i < cols; i++) {
        out[i] = to_double(x[i]) - max - log(sum);
    }
}
