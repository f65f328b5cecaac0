/*
 * elu in packs of 16 bytes. The digits of small negative numbers, which exp(x) - 1 would lose, are
 * kept by a polynomial that takes half of expm1f's instructions.
 */
#include "../common/fast_math.cuh"
#include "../common/pointwise.cuh"

struct Elu {
    float alpha;
    __device__ __forceinline__ float operator()(float x) const
    {
        const float negative = alpha * expm1_of_negative<BENCH_T>(x);
        return x > 0.0f ? x : negative;
    }
};

__global__ void __launch_bounds__(BLOCK)
    elu_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n, float alpha)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Elu{alpha}, x);
}
