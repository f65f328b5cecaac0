/* x + alpha * y as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/convert.cuh"

__global__ void add_plain(const BENCH_T *x, const BENCH_T *y, BENCH_T *out, long long numel,
                          long long cols, long long other_rows, long long other_cols, float alpha)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= numel) {
        return;
    }
    long long j = i; /* same shape, or the only row */
    if (other_rows == 1 && other_cols == 1) {
        j = 0;
    } else if (other_rows == 1) {
        j = i % cols;
    } else if (other_cols == 1) {
        j = i / cols;
    }
    out[i] = from_float<BENCH_T>(fmaf(alpha, to_float(y[j]), to_float(x[i])));
}
