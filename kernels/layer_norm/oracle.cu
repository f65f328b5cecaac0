/*
 * Layer normalization of a row by its definition, in float64, one block a row. scale: what the
 * rounding errors of an element are relative to. x - mean is as exact as x and the mean are,
 * whatever is left of the difference; where a row is nearly constant, 1 / deviation makes that
 * visible.
 */
#include "../common/convert.cuh"
#include "../common/oracle_row.cuh"
#include "../common/rounding_scale.cuh"

__global__ void layer_norm_oracle(const BENCH_T *x, const BENCH_T *weight, const BENCH_T *bias,
                                  double *out, double *scale, long long cols, double eps)
{
    const long long row = blockIdx.x;
    x += row * cols;
    out += row * cols;
    scale += row * cols;
    const double mean = oracle_sum(cols, [x](long long i) { return to_double(x[i]); }) / cols;
    const double magnitude = oracle_sum(cols, [x](long long i) { return fabs(to_double(x[i])); });
    const double squares = oracle_sum(cols, [x, mean](long long i) {
        const double d = to_double(x[i]) - mean;
        return d * d;
    });
    const double deviation = sqrt(squares / cols + eps);
    for (long long i = threadIdx.x; i < cols; i += ORACLE_THREADS) {
        const double w = to_double(weight[i]), b = to_double(bias[i]);
        const double size = (fabs(to_double(x[i])) + magnitude / cols) / deviation * fabs(w);
        out[i] = (to_double(x[i]) - mean) / deviation * w + b;
        scale[i] = rounding_scale<BENCH_T>(size + fabs(b));
    }
}
