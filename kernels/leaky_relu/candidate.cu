/*
 * leaky_relu in packs of 16 bytes. One multiplication and one selection an element: only the loads
 * and stores count.
 */
#include "../common/pointwise.cuh"

struct LeakyRelu {
    float negative_slope;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > 0.0f ? x : negative_slope * x;
    }
};

__global__ void __launch_bounds__(BLOCK)
    leaky_relu_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                     float negative_slope)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, LeakyRelu{negative_slope}, x);
}
