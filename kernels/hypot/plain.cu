/* hypot as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Hypot {
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        return hypotf(x, y);
    }
};

__global__ void hypot_plain(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                            BENCH_T *__restrict__ out, long long n)
{
    pointwise_plain(out, n, Hypot{}, x, y);
}
