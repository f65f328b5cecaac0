/* where as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Where {
    __device__ __forceinline__ float operator()(bool condition, float x, float y) const
    {
        return condition ? x : y;
    }
};

__global__ void where_plain(const bool *__restrict__ condition, const BENCH_T *__restrict__ x,
                            const BENCH_T *__restrict__ y, BENCH_T *__restrict__ out, long long n)
{
    pointwise_plain(out, n, Where{}, condition, x, y);
}
