/* topk as one would write it first: one block a row, which looks for the largest element that is
 * not taken yet, k times. */
#include "../common/order.cuh"
#include "../common/reduce.cuh"

struct Larger {
    __device__ __forceinline__ Ranked operator()(Ranked a, Ranked b) const
    {
        return a > b ? a : b;
    }
};

__global__ void __launch_bounds__(BLOCK)
    topk_plain(const BENCH_T *x, BENCH_T *values, long long *indices, long long cols, int k)
{
    x += blockIdx.x * cols;
    Ranked before = ~0ull;
    for (int r = 0; r < k; r++) {
        Ranked best = 0;
        for (long long i = threadIdx.x; i < cols; i += BLOCK) {
            const Ranked mine = ranked(order_key(x[i]), static_cast<unsigned>(i));
            best = mine < before && mine > best ? mine : best;
        }
        best = group_reduce<BLOCK>(best, Larger());
        before = best;
        if (threadIdx.x == 0) {
            const long long at = static_cast<long long>(blockIdx.x) * k + r;
            values[at] = x[ranked_index(best)];
            indices[at] = ranked_index(best);
        }
    }
}
