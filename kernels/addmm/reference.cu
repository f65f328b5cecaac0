/*
 * addmm as FlagGems does it (src/flag_gems/ops/addmm.py, addmm_kernel, with the configurations of
 * its NVIDIA backend, tune_configs.yaml) where tl.dot does not use tensor cores: float32 with
 * allow_tf32=False, or any dtype on a device without them. For float16 and bfloat16 on a GPU see
 * reference_tensor_core.cu. a[M][K] b[K][N] -> out[M][N].
 *
 * A launch of two dimensions, tiles of rows and tiles of columns, in no other order; K in steps of
 * 32 with masks; 4 warps (triton_dot.cuh). The bias is read for the whole tile after the product,
 * also where beta is 0, which is FlagGems' and not ATen's.
 */
#include "../common/triton_dot.cuh"

template <class T> struct AlwaysBias {
    const T *bias;
    long long row_stride, column_stride;
    float alpha, beta;

    __device__ __forceinline__ float operator()(float sum, long long row, long long column) const
    {
        return sum * alpha + to_float(bias[row * row_stride + column * column_stride]) * beta;
    }
};

extern "C" __global__ void __launch_bounds__(128)
    addmm_reference(const BENCH_T *bias, const BENCH_T *a, const BENCH_T *b, BENCH_T *out,
                    long long M, long long N, long long K, long long row_stride,
                    long long column_stride, float alpha, float beta)
{
    TritonDot<BENCH_T, 128, TILE, TILE, 32>::run(
        a, b, out, static_cast<long long>(blockIdx.x) * TILE,
        static_cast<long long>(blockIdx.y) * TILE, M, N, K,
        AlwaysBias<BENCH_T>{bias, row_stride, column_stride, alpha, beta});
}
