/* max of a row by its definition, one thread a row: NaN is the largest, the first of equals counts.
 */
#include "../common/convert.cuh"

__global__ void max_oracle(const BENCH_T *x, double *values, long long *indices, long long rows,
                           long long cols)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    x += row * cols;
    long long best = 0;
    for (long long i = 1; i < cols; i++) {
        const double a = to_double(x[i]), b = to_double(x[best]);
        if (b == b && (a > b || a != a)) {
            best = i;
        }
    }
    values[row] = to_double(x[best]);
    indices[row] = best;
}
