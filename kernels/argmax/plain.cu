/* argmax as one would write it first: one block a row, one element an access. */
#include "../common/extreme.cuh"

__global__ void __launch_bounds__(BLOCK)
    argmax_plain(const BENCH_T *x, long long *out, long long cols)
{
    x += blockIdx.x * cols;
    Largest best = {-infinity(), static_cast<int>(threadIdx.x)};
    for (long long i = threadIdx.x; i < cols; i += BLOCK) {
        best.add(to_float(x[i]), static_cast<int>(i));
    }
    const float2 all = group_reduce<BLOCK>(best.pair(), MergeLargest());
    if (threadIdx.x == 0) {
        out[blockIdx.x] = __float_as_int(all.y);
    }
}
