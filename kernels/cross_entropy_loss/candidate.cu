/*
 * Cross entropy of rows of logits (rows.cuh). THREADS threads work on a row: up to a warp they need
 * nothing but shuffles, and a block of 128 takes several rows; above, a block takes one row. The
 * mean is a second launch (loss.cuh).
 */
#include "loss.cuh"
#include "rows.cuh"

#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

/* Out is float for the mean's scratch memory. */
template <class Out>
__device__ __forceinline__ void cross_entropy_group(const BENCH_T *x, const long long *target,
                                                    Out *out, long long rows, long long cols,
                                                    long long ignore_index)
{
    const long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const float loss = row_loss(x, target, min(row, rows - 1), cols, ignore_index);
    if (row < rows && threadIdx.x % THREADS == 0) {
        out[row] = from_float<Out>(loss);
    }
}

__global__ void __launch_bounds__(BLOCK)
    cross_entropy_rows(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                       BENCH_T *__restrict__ out, long long rows, long long cols,
                       long long ignore_index)
{
    cross_entropy_group(x, target, out, rows, cols, ignore_index);
}

__global__ void __launch_bounds__(BLOCK)
    cross_entropy_losses(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                         float *__restrict__ loss, long long rows, long long cols,
                         long long ignore_index)
{
    cross_entropy_group(x, target, loss, rows, cols, ignore_index);
}

/* One block, of as many threads as the rows have work for: each costs. */
__global__ void __launch_bounds__(1024)
    cross_entropy_mean(const float *__restrict__ loss, const long long *__restrict__ target,
                       BENCH_T *__restrict__ out, long long rows, long long ignore_index)
{
    if (blockDim.x == 32) {
        mean_of_rows<32>(loss, target, out, rows, ignore_index);
    } else if (blockDim.x == 256) {
        mean_of_rows<256>(loss, target, out, rows, ignore_index);
    } else {
        mean_of_rows<1024>(loss, target, out, rows, ignore_index);
    }
}
