/*
 * Group normalization by its definition, in float64, one block a group. scale: what the rounding
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
#include "../common/oracle_row.cuh"

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
                                  long long groups, long long channels, long long inner, double eps)
{
    const long long row = blockIdx.x;
    const long long cols = channels * inner;
    x += row * cols;
    out += row * cols;
    scale += row * cols;
    weight += row % groups * channels;
    bias += row % groups * channels;
    const double centre = oracle_sum(cols, [x](long long i) { return to_double(x[i]); }) / cols;
    const double magnitude = oracle_sum(cols, [x](long long i) { return fabs(to_double(x[i])); });
    const double squares = oracle_sum(cols, [x, centre](long long i) {
        const double d = to_double(x[i]) - centre;
        return d * d;
    });
    const double factor = 1 / sqrt(squares / cols + eps);
    if (threadIdx.x == 0) {
        mean[row] = centre;
        rstd[row] = factor;
    }
    for (long long i = threadIdx.x; i < cols; i += ORACLE_THREADS) {
        const double w = to_double(weight[i / inner]), b = to_double(bias[i / inner]);
        const double value = to_double(x[i]), wide = fabs(value) + magnitude / cols;
        out[i] = (value - centre) * factor * w + b;
        scale[i] = error_scale(wide, value - centre, centre, factor, w, b);
    }
}
