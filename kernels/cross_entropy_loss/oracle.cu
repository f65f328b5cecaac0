/* Cross entropy by its definition, in float64: one block a row, then the mean by one block. */
#include "../common/convert.cuh"
#include "../common/oracle_row.cuh"

__global__ void cross_entropy_oracle_rows(const BENCH_T *x, const long long *target, double *loss,
                                          long long cols, long long ignore_index)
{
    const long long row = blockIdx.x;
    x += row * cols;
    const long long t = target[row];
    const double max = oracle_max(cols, [x](long long i) { return to_double(x[i]); });
    const double sum =
        oracle_sum(cols, [x, max](long long i) { return exp(to_double(x[i]) - max); });
    if (threadIdx.x == 0) {
        loss[row] = t == ignore_index ? 0 : log(sum) - (to_double(x[t]) - max);
    }
}

/* One block of 256 threads for the mean, as many as there are rows otherwise. */
__global__ void cross_entropy_oracle_finish(const double *loss, const long long *target,
                                            double *out, long long rows, long long ignore_index,
                                            int mean)
{
    __shared__ double sums[256], counts[256];
    const long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (!mean) {
        if (row < rows) {
            out[row] = loss[row];
        }
        return;
    }
    double sum = 0, count = 0;
    for (long long i = threadIdx.x; i < rows; i += 256) {
        sum += loss[i];
        count += target[i] != ignore_index;
    }
    sums[threadIdx.x] = sum;
    counts[threadIdx.x] = count;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < 256; i++) {
            sum += sums[i];
            count += counts[i];
        }
        out[0] = sum / count;
    }
}
