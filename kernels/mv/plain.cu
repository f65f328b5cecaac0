/* Matrix times vector as one would write it first: one block a row. */
#include "../common/reduce.cuh"

__global__ void __launch_bounds__(BLOCK)
    mv_plain(const BENCH_T *a, const BENCH_T *v, BENCH_T *out, long long cols)
{
    float sum = 0.0f;
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        sum = fmaf(to_float(a[blockIdx.x * cols + i]), to_float(v[i]), sum);
    }
    sum = group_reduce<BLOCK>(sum, Sum());
    if (threadIdx.x == 0) {
        out[blockIdx.x] = from_float<BENCH_T>(sum);
    }
}
