/* Matrix times vector by its definition, in float64, one thread a row. */
#include "../common/exact_dot.cuh"

__global__ void mv_oracle(const BENCH_T *a, const BENCH_T *v, double *out, double *scale,
                          long long rows, long long cols)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    const ExactDot dot = exact_dot(a + row * cols, v, cols, 1);
    out[row] = dot.sum;
    scale[row] = dot.magnitude;
}
