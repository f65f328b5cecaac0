/*
 * Rows of a table by index: out[N][D] = weight[indices[i]][D], in double. One thread an element.
 */
#include "../common/convert.cuh"

extern "C" __global__ void embedding_oracle(const BENCH_T *weight, const long long *indices,
                                            double *out, long long count, long long columns)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < count * columns) {
        out[i] = to_double(weight[indices[i / columns] * columns + i % columns]);
    }
}
