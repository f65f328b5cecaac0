/*
 * hypot in packs of 16 bytes. In float32 and bfloat16 squares may overflow where the result does
 * not, so hypotf scales them; the squares of float16 fit float32.
 */
#include "../common/pointwise.cuh"

struct Hypot {
    __device__ __forceinline__ float operator()(float x, float y) const
    {
#if BENCH_T_IS_FLOAT16
        return sqrtf(fmaf(x, x, y * y));
#else
        return hypotf(x, y);
#endif
    }
};

__global__ void __launch_bounds__(256)
    hypot_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<256, PACKS>(out, n, Hypot{}, x, y);
}
