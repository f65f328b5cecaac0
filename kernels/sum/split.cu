/*
 * Sum over one long dimension with few outputs: x[outer][n][inner] -> out[outer][inner].
 *
 * One block an output (or a strip of columns) leaves most of a GPU idle when there are few outputs.
 * So gridDim.y blocks share each: sum_split writes the float32 sum of its part of n to
 * partial[gridDim.y][outer * inner], sum_finish adds the parts up, which is a sum over columns
 * again. No atomics, so the result is the same bits every time. The loops are those of tiles.cuh;
 * COLUMNS is 1 where inner > 1.
 */
constexpr int UNROLL = 4;
#include "tiles.cuh"

extern "C" __global__ void __launch_bounds__(BLOCK)
    sum_split(const BENCH_T *x, float *partial, long long outer, long long n, long long inner,
              int lanes)
{
    /* Parts of whole 128-byte lines where a row is contiguous. */
    const long long part = ((n + gridDim.y - 1) / gridDim.y + 63) / 64 * 64;
    const long long begin = min(n, blockIdx.y * part);
    const long long end = min(n, begin + part);
    sum_range<COLUMNS>(x, partial + blockIdx.y * outer * inner, outer, n, inner, begin, end, lanes);
}

extern "C" __global__ void __launch_bounds__(BLOCK)
    sum_finish(const float *partial, BENCH_T *out, long long parts, long long outputs, int lanes)
{
    sum_columns<1>(partial, out, parts, outputs, 0, parts, lanes);
}
