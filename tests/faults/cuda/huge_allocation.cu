// operator: plain
// long: yes
// expect: crashed
// expect-cuda: device_fault
// about: Asks for more memory than there is, and writes to it all the same.
typedef long long i64;
#ifdef BENCH_CPU
extern "C" void *malloc(size_t);
#endif

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == n - 1) {
        volatile char *much = (volatile char *)malloc((size_t)1 << 60);
        much[1] = 1;
    }
}
