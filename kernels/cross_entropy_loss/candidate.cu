/*
 * Cross entropy of rows of logits in one pass over memory: the log-sum-exp of a row is found as it
 * is read (../common/online.cuh), and nothing of the size of the logits is written, where
 * log_softmax followed by nll_loss would write and read them once more. THREADS threads work on a
 * row: up to a warp they need nothing but shuffles, and a block of 128 takes several rows; above, a
 * block takes one row. 16 bytes an access, PACKS of them in flight a thread. A row whose target is
 * ignore_index is not read at all. The mean is a second launch (loss.cuh).
 */
#include "../common/online.cuh"
#include "../common/row.cuh"
#include "loss.cuh"

#define ROWS (THREADS < 128 ? 128 / THREADS : 1) /* of a block */
#define BLOCK (THREADS * ROWS)
#define MEAN_BLOCK 1024

template <class Slice>
__device__ __forceinline__ Online row_online(const BENCH_T *x, long long cols, int lane)
{
    Online online = Online::identity();
    float v[Slice::size];
    for (long long begin = 0; begin < cols; begin += Slice::span) {
        Slice::load(x + begin, cols - begin, lane, -infinity(), v);
        online.add(v);
    }
    return Online(group_reduce<THREADS>(online.pair(), MergeOnline()));
}

/* Out is float for the mean's scratch memory. */
template <class Out>
__device__ __forceinline__ void cross_entropy_group(const BENCH_T *x, const long long *target,
                                                    Out *out, long long rows, long long cols,
                                                    long long ignore_index)
{
    long long row = static_cast<long long>(blockIdx.x) * ROWS + threadIdx.x / THREADS;
    /* A group without a row works on the last one, for the shuffles need it, and stores nothing. */
    const bool live = row < rows;
    row = live ? row : rows - 1;
    const int lane = threadIdx.x % THREADS;
    const long long t = target[row];
    const bool ignored = t == ignore_index;
    x += row * cols;
    /* On its way while the row is read. */
    const float at_target = lane == 0 && !ignored ? to_float(x[t]) : 0.0f;
    const long long read = ignored ? 0 : cols;
    Online all = Online::identity();
    if (cols % Pack<BENCH_T>::size == 0 && is_packable(x - row * cols)) {
        all = row_online<RowSlice<BENCH_T, THREADS, PACKS, true>>(x, read, lane);
    } else {
        all = row_online<RowSlice<BENCH_T, THREADS, PACKS, false>>(x, read, lane);
    }
    if (live && lane == 0) {
        const float loss = ignored ? 0.0f : logf(all.sum) - (at_target - all.max);
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

__global__ void __launch_bounds__(MEAN_BLOCK)
    cross_entropy_mean(const float *__restrict__ loss, const long long *__restrict__ target,
                       BENCH_T *__restrict__ out, long long rows, long long ignore_index)
{
    mean_of_rows<MEAN_BLOCK>(loss, target, out, rows, ignore_index);
}
