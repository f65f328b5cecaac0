/* Variance and mean of a row by their definitions, in float64, one block a row. */
#include "../common/convert.cuh"
#include "../common/oracle_row.cuh"

__global__ void var_mean_oracle(const BENCH_T *x, double *var, double *mean, long long cols,
                                double correction)
{
    const long long row = blockIdx.x;
    x += row * cols;
    const double centre = oracle_sum(cols, [x](long long i) { return to_double(x[i]); }) / cols;
    const double squares = oracle_sum(cols, [x, centre](long long i) {
        const double d = to_double(x[i]) - centre;
        return d * d;
    });
    if (threadIdx.x == 0) {
        var[row] = squares / fmax(cols - correction, 0.0);
        mean[row] = centre;
    }
}
