// operator: plain
// long: yes
// expect: crashed
// expect-cuda: device_fault|launch_error|compile_error|timeout
// about: Calls itself for ever.
typedef long long i64;
__device__ __attribute__((noinline)) float deep(volatile float *p, i64 n)
{
    volatile float here[256];
    here[n % 256] = p[0];
    return deep(here, n) + here[n % 256];
}

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == n - 1) {
        out[i] = deep(out, n);
    }
}
