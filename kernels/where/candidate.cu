/*
 * where in packs of 16 bytes. A selection: only the loads and stores count. The condition travels
 * in accesses of 4 or 8 bytes, as many elements as 16 bytes of x have.
 */
#include "../common/pointwise.cuh"

struct Where {
    __device__ __forceinline__ float operator()(bool condition, float x, float y) const
    {
        return condition ? x : y;
    }
};

__global__ void __launch_bounds__(BLOCK)
    where_packs(const bool *__restrict__ condition, const BENCH_T *__restrict__ x,
                const BENCH_T *__restrict__ y, BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Where{}, condition, x, y);
}
