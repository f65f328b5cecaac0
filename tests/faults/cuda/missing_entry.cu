// operator: plain
// expect: unknown_entry
// about: Has no kernel of the name that its description says.
typedef long long i64;

extern "C" __global__ void candidat(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
}
