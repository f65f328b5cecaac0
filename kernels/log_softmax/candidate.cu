/* log_softmax of rows: see ../common/softmax_rows.cuh. */
#include "../common/softmax_rows.cuh"

__global__ void __launch_bounds__(SoftmaxRows<THREADS>::block,
                                  HELD ? SoftmaxRows<THREADS>::held_blocks : 1)
    log_softmax_rows(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long rows,
                     long long cols)
{
    softmax_group<THREADS, true, HELD>(x, out, rows, cols);
}
