/*
 * Running sums the plain way: x[outer][n][inner] -> out. Rows (inner == 1): one block a row, four
 * neighbouring elements a thread, tile after tile. Otherwise one thread a line, neighbouring
 * threads on neighbouring lines.
 */
#include "../common/convert.cuh"
#include "../common/scan.cuh"

constexpr int elements = 4;

__device__ __forceinline__ void scan_row(const BENCH_T *x, BENCH_T *out, long long n)
{
    __shared__ float partial[2][32];
    float carry = 0.0f;
    int parity = 0;
    for (long long start = 0; start < n; start += elements * BLOCK) {
        const long long first = start + threadIdx.x * elements;
        float v[elements];
        float sum = 0.0f;
        for (int i = 0; i < elements; i++) {
            sum += first + i < n ? to_float(x[first + i]) : 0.0f;
            v[i] = sum;
        }
        float before[1] = {sum};
        const float total = scan_block<1>(before, partial[parity]);
        for (int i = 0; i < elements; i++) {
            if (first + i < n) {
                out[first + i] = from_float<BENCH_T>(carry + before[0] + v[i]);
            }
        }
        carry += total;
        parity ^= 1;
    }
}

extern "C" __global__ void __launch_bounds__(BLOCK)
    cumsum_plain(const BENCH_T *x, BENCH_T *out, long long outer, long long n, long long inner)
{
    if (inner == 1) {
        scan_row(x + blockIdx.x * n, out + blockIdx.x * n, n);
        return;
    }
    const long long i = static_cast<long long>(blockIdx.x) * BLOCK + threadIdx.x;
    if (i >= outer * inner) {
        return;
    }
    const long long first = i / inner * n * inner + i % inner;
    float sum = 0.0f;
    for (long long k = 0; k < n; k++) {
        sum += to_float(x[first + k * inner]);
        out[first + k * inner] = from_float<BENCH_T>(sum);
    }
}
