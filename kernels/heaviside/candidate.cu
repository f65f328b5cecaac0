/* heaviside in packs of 16 bytes. Two selections an element: only the loads and stores count. */
#include "../common/pointwise.cuh"

struct Heaviside {
    __device__ __forceinline__ float operator()(float x, float values) const
    {
        return x == 0.0f ? values : x > 0.0f ? 1.0f : 0.0f;
    }
};

__global__ void __launch_bounds__(BLOCK)
    heaviside_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ values,
                    BENCH_T *__restrict__ out, long long n)
{
    pointwise_packs<BLOCK, PACKS, BYTES>(out, n, Heaviside{}, x, values);
}
