/*
 * Sum over one dimension in one launch: x[outer][n][inner] -> out[outer][inner].
 *
 * The time is that of reading x once, so what counts is bytes in flight: 16-byte reads, UNROLL
 * of them before the first addition (tiles.cuh). Rows get as many threads as they have work for
 * (one thread to a whole block, `lanes`), so short rows fill a block together and long ones use all
 * of it. Columns are read by warps that stand side by side (whole 128-byte lines) and by as many
 * rows of threads as a block holds; fewer columns a block (LANES) make more blocks where there are
 * few columns, which is why that is tuned; LANES is 0 for rows. Where even so the GPU is not
 * filled, candidate_split (split.cu) divides n among blocks.
 */
#include "tiles.cuh"

extern "C" __global__ void __launch_bounds__(BLOCK)
    sum_candidate(const BENCH_T *x, BENCH_T *out, long long outer, long long n, long long inner,
                  int lanes)
{
    sum_range<(LANES > 0)>(x, out, outer, n, inner, 0, n, lanes);
}
