/* elu as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Elu {
    float alpha;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > 0.0f ? x : alpha * expm1f(x);
    }
};

__global__ void elu_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long n,
                          float alpha)
{
    pointwise_plain(out, n, Elu{alpha}, x);
}
