// operator: plain
// expect: ok
// defused: yes
// entry: candidate
// about: Prints a megabyte in each launch, of which nobody reads more than the end.
typedef long long i64;
#ifdef BENCH_CPU
extern "C" int printf(const char *, ...);
#endif

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == n - 1) {
        for (int k = 0; k < 20000; k++)
            printf("a line of some fifty characters, and nobody reads it\n");
    }
}
