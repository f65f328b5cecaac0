/* gather by its definition, one thread an element. */
#include "../common/convert.cuh"

__global__ void gather_oracle(const BENCH_T *x, const long long *index, double *out,
                              long long numel, long long cols)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < numel) {
        out[i] = to_double(x[i / cols * cols + index[i]]);
    }
}
