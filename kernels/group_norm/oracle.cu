/*
 * Group normalization by its definition, in float64, one thread a group. scale: what the rounding
 * errors of an element are relative to. x - mean is as exact as x and the mean are, whatever is
 * left of the difference; where a group is nearly constant, 1 / deviation makes that visible.
 */
#include "../common/convert.cuh"
#include "../common/rounding_scale.cuh"

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
        const double size = (fabs(to_double(x[i])) + magnitude / cols) * factor * fabs(w) + fabs(b);
        out[i] = (to_double(x[i]) - centre) * factor * w + b;
        scale[i] = rounding_scale<BENCH_T>(size);
    }
}
