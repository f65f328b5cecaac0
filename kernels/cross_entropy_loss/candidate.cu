/*
 * Cross entropy of rows of logits (rows.cuh). THREADS threads work on a row: up to a warp they need
 * nothing but shuffles, and a block of 128 takes several rows; above, a block takes one row.
 *
 * The mean takes two launches. With ONCE == 0 the second one is a block that adds up the losses.
 * With ONCE == 1 the first one sets a counter to 0, and of the second one's blocks the last to
 * finish adds up what all have left: there is nothing to wait for between the launches. Which block
 * that is does not matter to the sum.
 */
#include "loss.cuh"
#include "rows.cuh"

#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)

struct RowLoss {
    long long row;
    float loss;
    bool stored; /* by this thread: one of each group that has a row */
};

__device__ __forceinline__ RowLoss loss_of_group(const BENCH_T *x, const long long *target,
                                                 long long rows, long long cols,
                                                 long long ignore_index)
{
    const long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const float loss = row_loss<AHEAD>(x, target, min(row, rows - 1), cols, ignore_index);
    return {row, loss, row < rows && threadIdx.x % THREADS == 0};
}

__global__ void __launch_bounds__(BLOCK)
    cross_entropy_rows(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                       BENCH_T *__restrict__ out, long long rows, long long cols,
                       long long ignore_index)
{
    const RowLoss r = loss_of_group(x, target, rows, cols, ignore_index);
    if (r.stored) {
        out[r.row] = from_float<BENCH_T>(r.loss);
    }
}

#ifdef ONCE

__global__ void __launch_bounds__(BLOCK)
    cross_entropy_first(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                        float *__restrict__ loss, unsigned *__restrict__ finished, long long rows,
                        long long cols, long long ignore_index)
{
    if constexpr (ONCE) {
        if (threadIdx.x == 0) {
            *finished = 0;
        }
    } else {
        const RowLoss r = loss_of_group(x, target, rows, cols, ignore_index);
        if (r.stored) {
            loss[r.row] = r.loss;
        }
    }
}

/* By all blocks; the last to come here gets true, and sees what the others wrote before. */
__device__ __forceinline__ bool is_last_block(unsigned *finished)
{
    __shared__ bool last;
    if (threadIdx.x == 0) {
        __threadfence();
        last = atomicAdd(finished, 1u) == gridDim.x - 1;
        __threadfence();
    }
    __syncthreads();
    return last;
}

__device__ __forceinline__ void rows_and_mean(const BENCH_T *x, const long long *target,
                                              float2 *partial, unsigned *finished, BENCH_T *out,
                                              long long rows, long long cols,
                                              long long ignore_index)
{
    const RowLoss r = loss_of_group(x, target, rows, cols, ignore_index);
    float2 mine = make_float2(0.0f, 0.0f);
    if (r.stored) {
        mine = make_float2(r.loss, target[r.row] == ignore_index ? 0.0f : 1.0f);
    }
    if constexpr (ROWS > 1) {
        mine = group_reduce<BLOCK>(mine, SumBoth());
    }
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = mine;
    }
    if (is_last_block(finished)) {
        const float2 all = block_reduce_parts<BLOCK>(partial, static_cast<int>(gridDim.x),
                                                     make_float2(0.0f, 0.0f), SumBoth());
        if (threadIdx.x == 0) {
            *out = from_float<BENCH_T>(all.x / all.y);
        }
    }
}

__global__ void __launch_bounds__(ONCE ? BLOCK : 1024)
    cross_entropy_second(const BENCH_T *__restrict__ x, const long long *__restrict__ target,
                         const float *__restrict__ loss, float2 *partial, unsigned *finished,
                         BENCH_T *__restrict__ out, long long rows, long long cols,
                         long long ignore_index)
{
    if constexpr (ONCE) {
        rows_and_mean(x, target, partial, finished, out, rows, cols, ignore_index);
    } else if (blockDim.x == 32) { /* as many threads as the rows have work for: each costs */
        mean_of_rows<32>(loss, target, out, rows, ignore_index);
    } else if (blockDim.x == 256) {
        mean_of_rows<256>(loss, target, out, rows, ignore_index);
    } else {
        mean_of_rows<1024>(loss, target, out, rows, ignore_index);
    }
}

#endif
