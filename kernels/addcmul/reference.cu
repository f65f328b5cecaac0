/*
 * The algorithm of FlagGems' addcmul (src/flag_gems/ops/addcmul.py), as its generator of pointwise
 * kernels lays it out. In float32, whatever the tensors hold.
 */
#include "../common/triton_tiles.cuh"

struct Addcmul {
    float value;
    __device__ __forceinline__ float operator()(float x, float y, float z) const
    {
        return x + value * y * z;
    }
};

__global__ void __launch_bounds__(128)
    addcmul_tiles(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                  const BENCH_T *__restrict__ z, BENCH_T *__restrict__ out, long long n, int tile,
                  float value)
{
    triton_tiles<128, 4, 1>(out, n, tile, Addcmul{value}, x, y, z);
}
