// operator: plain
// long: yes
// expect: crashed
// devices: cpu
// why: only code on the host can do that
// says: signal 6
// about: Calls abort().
typedef long long i64;
extern "C" void abort(void);

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = 2.0f * x[i] + 1.0f;
    if (i == n - 1) {
        abort();
    }
}
