// operator: plain
// expect: barrier_divergence
// expect-cuda: any
// about: Half of the block waits at a barrier that the others never reach.
typedef long long i64;

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (threadIdx.x < 100)
        __syncthreads();
    if (threadIdx.x >= 100 && n < 0)
        return;
    __syncthreads();
}
