/*
 * hypot in packs of 16 bytes. In float32 and bfloat16 squares may overflow where the result does
 * not, so fast_hypot scales them; hypotf does the same with a square root to the last bit, which
 * has a branch an element.
 */
#include "../common/fast_math.cuh"
#include "../common/pointwise.cuh"

struct Hypot {
    __device__ __forceinline__ float operator()(float x, float y) const
    {
        return fast_hypot(x, y);
    }
};

__global__ void __launch_bounds__(BLOCK)
    hypot_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Hypot{}, x, y);
}
