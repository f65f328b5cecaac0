/*
 * softplus in packs of 16 bytes. log(1 + exp(z)) as max(z, 0) + log(1 + exp(-|z|)): the
 * exponential cannot overflow, and the logarithm is of a number in (1, 2].
 */
#include "../common/pointwise.cuh"

struct Softplus {
    float beta;
    float threshold;
    __device__ __forceinline__ float operator()(float x) const
    {
        const float z = x * beta;
        return z > threshold ? x : (fmaxf(z, 0.0f) + log1pf(fast_exp(-fabsf(z)))) / beta;
    }
};

__global__ void __launch_bounds__(256)
    softplus_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                   float beta, float threshold)
{
    pointwise_packs<256, PACKS>(out, n, Softplus{beta, threshold}, x);
}
