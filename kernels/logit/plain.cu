/* logit as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Logit {
    float eps;
    __device__ __forceinline__ float operator()(float x) const
    {
        const float clamped = eps < 0.0f ? x : fminf(fmaxf(x, eps), 1.0f - eps);
        return logf(clamped / (1.0f - clamped));
    }
};

__global__ void logit_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                            float eps)
{
    pointwise_plain(out, n, Logit{eps}, x);
}
