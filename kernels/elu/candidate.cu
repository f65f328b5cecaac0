/*
 * elu in packs of 16 bytes. expm1f keeps the digits of small negative numbers, which exp(x) - 1
 * would lose, and stays below what the memory leaves time for.
 */
#include "../common/pointwise.cuh"

struct Elu {
    float alpha;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > 0.0f ? x : alpha * expm1f(x);
    }
};

__global__ void __launch_bounds__(256)
    elu_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, float alpha)
{
    pointwise_packs<256, PACKS>(out, n, Elu{alpha}, x);
}
