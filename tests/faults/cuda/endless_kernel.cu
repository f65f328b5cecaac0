// operator: plain
// long: yes
// expect: timeout
// about: Never ends.
typedef long long i64;

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == n - 1) {
        while (*(volatile const float *)(x + i) == x[i])
            ;
    }
}
