/* Matrix times vector by its definition, in float64, one thread a row. */
#include "../common/convert.cuh"

__global__ void mv_oracle(const BENCH_T *a, const BENCH_T *v, double *out, double *scale,
                          long long rows, long long cols)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    double sum = 0, magnitude = 0;
    for (long long i = 0; i < cols; i++) {
        const double product = to_double(a[row * cols + i]) * to_double(v[i]);
        sum += product;
        magnitude += fabs(product);
    }
    out[row] = sum;
    scale[row] = magnitude;
}
