/*
 * relu in packs of 16 bytes. relu has no arithmetic to speak of: only the loads and stores count.
 */
#include "../common/pointwise.cuh"

struct Relu {
    __device__ __forceinline__ float operator()(float x) const
    {
        return x <= 0.0f ? 0.0f : x;
    }
};

__global__ void __launch_bounds__(BLOCK)
    relu_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Relu{}, x);
}
