// operator: plain
// long: yes
// expect: timeout
// about: Prints without an end.
typedef long long i64;
#ifdef BENCH_CPU
extern "C" int printf(const char *, ...);
#endif

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    while (i == n - 1 && out[i] < 1e30f)
        printf("a line of some fifty characters, and nobody reads it\n");
}
