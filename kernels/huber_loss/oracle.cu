/*
 * huber_loss by its definition, in float64, one thread an element. ATen computes in the tensors'
 * type (aten/src/ATen/native/cuda/BinaryMiscOpsKernels.cu), and FlagGems does: of the roundings d
 * counts twice in d^2 and beside delta / 2, the products and the result follow, 4 * 2^-11 of the
 * answer together in float16 and a fifth where delta is rounded, too. The description's tolerance
 * has room for these; torch.testing.assert_close's for two of them only.
 */
#include "../common/pointwise.cuh"

struct HuberLoss {
    double delta;
    __device__ __forceinline__ double operator()(double x, double y) const
    {
        const double d = fabs(x - y);
        return d <= delta ? 0.5 * d * d : delta * (d - 0.5 * delta);
    }
};

__global__ void huber_loss_oracle(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
                                  double *__restrict__ out, long long n, double delta)
{
    pointwise_oracle(out, n, HuberLoss{delta}, x, y);
}
