/* topk of a row by its definition, one thread a row: k times the largest element that is not taken;
 * NaN is the largest, and of equal elements the first is taken first. */
#include "../common/order.cuh"

__global__ void topk_oracle(const BENCH_T *x, double *values, long long *indices, long long rows,
                            long long cols, int k)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    x += row * cols;
    Ranked before = ~0ull;
    for (int r = 0; r < k; r++) {
        Ranked best = 0;
        for (long long i = 0; i < cols; i++) {
            const Ranked mine = ranked(order_key(x[i]), static_cast<unsigned>(i));
            best = mine < before && mine > best ? mine : best;
        }
        before = best;
        values[row * k + r] = to_double(x[ranked_index(best)]);
        indices[row * k + r] = ranked_index(best);
    }
}
