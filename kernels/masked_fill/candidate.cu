/*
 * masked_fill in packs of 16 bytes. A selection: only the loads and stores count. The mask travels
 * in accesses of 4 or 8 bytes, as many elements as 16 bytes of x have.
 */
#include "../common/pointwise.cuh"

struct MaskedFill {
    float value;
    __device__ __forceinline__ float operator()(float x, bool mask) const
    {
        return mask ? value : x;
    }
};

__global__ void __launch_bounds__(BLOCK)
    masked_fill_packs(const BENCH_T *__restrict__ x, const bool *__restrict__ mask,
                      BENCH_T *__restrict__ out, long long n, float value)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, MaskedFill{value}, x, mask);
}
