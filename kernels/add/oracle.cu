/* x + alpha * y in float64, one thread an element. */
#include "../common/convert.cuh"

__global__ void add_oracle(const BENCH_T *x, const BENCH_T *y, double *out, long long rows,
                           long long cols, long long other_rows, long long other_cols, double alpha)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= rows * cols) {
        return;
    }
    long long row = other_rows == 1 ? 0 : i / cols;
    long long col = other_cols == 1 ? 0 : i % cols;
    out[i] = to_double(x[i]) + alpha * to_double(y[row * other_cols + col]);
}
