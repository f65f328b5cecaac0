/* index_select as one would write it first: one thread an element. */
#include "../common/convert.cuh"

__global__ void index_select_plain(const BENCH_T *x, const long long *indices, BENCH_T *out,
                                   long long outer, long long n, long long count, long long inner)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < outer * count * inner) {
        const long long from = (i / inner / count * n + indices[i / inner % count]) * inner;
        out[i] = x[from + i % inner];
    }
}
