/*
 * softplus in packs of 16 bytes. log(1 + exp(z)) as max(z, 0) + log(1 + exp(-|z|)): the
 * exponential cannot overflow, and the logarithm is of a number in (1, 2], for which a polynomial
 * takes half of log1pf's instructions.
 */
#include "../common/fast_math.cuh"
#include "../common/pointwise.cuh"

struct Softplus {
    float beta;
    float threshold;
    __device__ __forceinline__ float operator()(float x) const
    {
        const float z = x * beta;
        const float log_part = log1p_of_unit<BENCH_T>(exp_of_negative(-fabsf(z)));
        const float soft = fast_div(fmaxf(z, 0.0f) + log_part, beta);
        return z > threshold ? x : soft;
    }
};

__global__ void __launch_bounds__(BLOCK)
    softplus_packs(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                   float beta, float threshold)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Softplus{beta, threshold}, x);
}
