// operator: plain
// expect: timeout
// devices: cpu
// why: only code on the host can do that
// about: Waits for a signal that never comes.
typedef long long i64;
extern "C" int pause(void);

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == n - 1) {
        for (;;)
            pause();
    }
}
