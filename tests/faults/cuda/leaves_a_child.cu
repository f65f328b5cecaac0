// operator: plain
// expect: ok|crashed|forged
// devices: cpu
// why: only code on the host can do that
// about: Leaves processes behind, one of them in a session of its own.
typedef long long i64;
extern "C" int fork(void);
extern "C" int setsid(void);
extern "C" int pause(void);
__device__ int made;

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == n - 1) {
        if (made)
            return;
        made = 1;
        if (fork() == 0) {
            setsid();
            fork();
            for (;;)
                pause();
        }
    }
}
