// operator: plain
// expect: input_modified
// about: Writes to its input.
typedef long long i64;

extern "C" __global__ void candidate(BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == 0)
        x[0] = 5.0f;
}
