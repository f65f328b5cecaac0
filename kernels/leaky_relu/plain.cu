/* leaky_relu as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct LeakyRelu {
    float negative_slope;
    __device__ __forceinline__ float operator()(float x) const
    {
        return x > 0.0f ? x : negative_slope * x;
    }
};

__global__ void leaky_relu_plain(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out,
                                 long long n, float negative_slope)
{
    pointwise_plain(out, n, LeakyRelu{negative_slope}, x);
}
