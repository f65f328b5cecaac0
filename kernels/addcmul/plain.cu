/* addcmul as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct Addcmul {
    float value;
    __device__ __forceinline__ float operator()(float x, float y, float z) const
    {
        return fmaf(value * y, z, x);
    }
};

__global__ void addcmul_plain(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                              const BENCH_T *__restrict__ z, BENCH_T *__restrict__ out, long long n,
                              float value)
{
    pointwise_plain(out, n, Addcmul{value}, x, y, z);
}
