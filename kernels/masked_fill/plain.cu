/* masked_fill as one would write it first: one thread an element, float32 arithmetic. */
#include "../common/pointwise.cuh"

struct MaskedFill {
    float value;
    __device__ __forceinline__ float operator()(float x, bool mask) const
    {
        return mask ? value : x;
    }
};

__global__ void masked_fill_plain(const BENCH_T *__restrict__ x, const bool *__restrict__ mask,
                                  BENCH_T *__restrict__ out, long long n, float value)
{
    pointwise_plain(out, n, MaskedFill{value}, x, mask);
}
