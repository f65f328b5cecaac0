/*
 * Running sums the plain way: x[outer][n][inner] -> out. Rows (inner == 1): one warp a row, 32
 * elements at a time by shuffles. Otherwise one thread a line, neighbouring threads on neighbouring
 * lines.
 */
#include "../common/convert.cuh"
#include "../common/scan.cuh"

constexpr int threads = 128;

extern "C" __global__ void cumsum_plain(const BENCH_T *x, BENCH_T *out, long long outer,
                                        long long n, long long inner)
{
    float sum = 0.0f;
    if (inner == 1) {
        const int lane = threadIdx.x % 32;
        const long long row =
            static_cast<long long>(blockIdx.x) * (threads / 32) + threadIdx.x / 32;
        if (row >= outer) {
            return; /* the whole warp */
        }
        for (long long k = lane; k - lane < n; k += 32) {
            const float value = scan_lanes(k < n ? to_float(x[row * n + k]) : 0.0f, 32);
            if (k < n) {
                out[row * n + k] = from_float<BENCH_T>(sum + value);
            }
            sum += __shfl_sync(0xffffffffu, value, 31);
        }
        return;
    }
    const long long i = static_cast<long long>(blockIdx.x) * threads + threadIdx.x;
    if (i >= outer * inner) {
        return;
    }
    const long long first = i / inner * n * inner + i % inner;
    for (long long k = 0; k < n; k++) {
        sum += to_float(x[first + k * inner]);
        out[first + k * inner] = from_float<BENCH_T>(sum);
    }
}
