/* scatter_add as one would write it first: a copy, then an atomic addition for each element, in the
 * tensor's dtype. */
#include "../common/convert.cuh"

__global__ void scatter_add_plain_copy(const BENCH_T *x, BENCH_T *out, long long n)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = x[i];
    }
}

__global__ void scatter_add_plain_add(const long long *index, const BENCH_T *src, BENCH_T *out,
                                      long long n, long long cols, long long width)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        atomicAdd(&out[i / cols * width + index[i]], src[i]);
    }
}
