/* gather as one would write it first: one thread an element. */
#include "../common/convert.cuh"

__global__ void gather_plain(const BENCH_T *x, const long long *index, BENCH_T *out,
                             long long numel, long long cols)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < numel) {
        out[i] = x[i / cols * cols + index[i]];
    }
}
