/*
 * Layer normalization of a row by its definition, in float64, one thread a row. scale: what the
 * rounding errors of an element are relative to. x - mean is as exact as x and the mean are,
 * whatever is left of the difference; where a row is nearly constant, 1 / deviation makes that
 * visible.
 */
#include "../common/convert.cuh"
#include "../common/rounding_scale.cuh"

__global__ void layer_norm_oracle(const BENCH_T *x, const BENCH_T *weight, const BENCH_T *bias,
                                  double *out, double *scale, long long rows, long long cols,
                                  double eps)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    x += row * cols;
    out += row * cols;
    scale += row * cols;
    double sum = 0, magnitude = 0;
    for (long long i = 0; i < cols; i++) {
        sum += to_double(x[i]);
        magnitude += fabs(to_double(x[i]));
    }
    const double mean = sum / cols;
    double squares = 0;
    for (long long i = 0; i < cols; i++) {
        const double d = to_double(x[i]) - mean;
        squares += d * d;
    }
    const double deviation = sqrt(squares / cols + eps);
    for (long long i = 0; i < cols; i++) {
        const double w = to_double(weight[i]), b = to_double(bias[i]);
        const double size = (fabs(to_double(x[i])) + magnitude / cols) / deviation * fabs(w);
        out[i] = (to_double(x[i]) - mean) / deviation * w + b;
        scale[i] = rounding_scale<BENCH_T>(size + fabs(b));
    }
}
