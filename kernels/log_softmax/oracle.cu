/* log_softmax of a row by its definition, in float64, one block a row. */
#include "../common/convert.cuh"
#include "../common/oracle_row.cuh"

__global__ void log_softmax_oracle(const BENCH_T *x, double *out, long long cols)
{
    const long long row = blockIdx.x;
    x += row * cols;
    out += row * cols;
    const double max = oracle_max(cols, [x](long long i) { return to_double(x[i]); });
    const double sum =
        oracle_sum(cols, [x, max](long long i) { return exp(to_double(x[i]) - max); });
    for (long long i = threadIdx.x; i < cols; i += ORACLE_THREADS) {
        out[i] = to_double(x[i]) - max - log(sum);
    }
}
