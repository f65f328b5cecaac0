/*
 * Group normalization by its definition, in float64, one thread a group. scale: what the rounding
 * errors of an element are relative to. x - mean is as exact as x and the mean are, whatever is
 * left of the difference; where a group is nearly constant, 1 / deviation makes that visible.
 *
 * ATen stores mean and 1 / deviation in the tensors' type and normalizes with what it has stored
 * (aten/src/ATen/native/cuda/group_norm_kernel.cu). With u the half of that type's epsilon, that
 * is an error of u * |x - mean| * |w| / deviation from the factor, u * |mean| * |w| / deviation
 * from the mean and u * |want| from the last rounding: u * scale in float16 and bfloat16, of which
 * the usual rtol has room for two and eight. Sums are expected in float32 all the same: mean and
 * 1 / deviation are outputs, and have no scale.
 */
#include "../common/convert.cuh"

/* wide: |x| + the mean of |x|; centred: x - mean; factor: 1 / deviation */
__device__ __forceinline__ double error_scale(double wide, double centred, double mean,
                                              double factor, double w, double b)
{
    if (sizeof(BENCH_T) >= 4) {
        return wide * factor * fabs(w) + fabs(b);
    }
    return (fabs(centred) + fabs(mean)) * factor * fabs(w) + fabs(centred * factor * w + b);
}

__global__ void group_norm_oracle(const BENCH_T *x, const BENCH_T *weight, const BENCH_T *bias,
                                  double *out, double *mean, double *rstd, double *scale,
                                  long long rows, long long groups, long long channels,
                                  long long inner, double eps)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    const long long cols = channels * inner;
    x += row * cols;
    out += row * cols;
    scale += row * cols;
    weight += row % groups * channels;
    bias += row % groups * channels;
    double sum = 0, magnitude = 0;
    for (long long i = 0; i < cols; i++) {
        sum += to_double(x[i]);
        magnitude += fabs(to_double(x[i]));
    }
    const double centre = sum / cols;
    double squares = 0;
    for (long long i = 0; i < cols; i++) {
        const double d = to_double(x[i]) - centre;
        squares += d * d;
    }
    const double factor = 1 / sqrt(squares / cols + eps);
    mean[row] = centre;
    rstd[row] = factor;
    for (long long i = 0; i < cols; i++) {
        const double w = to_double(weight[i / inner]), b = to_double(bias[i / inner]);
        const double value = to_double(x[i]), wide = fabs(value) + magnitude / cols;
        out[i] = (value - centre) * factor * w + b;
        scale[i] = error_scale(wide, value - centre, centre, factor, w, b);
    }
}
