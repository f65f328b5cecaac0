/* log_softmax of rows: see ../common/softmax_rows.cuh. */
#include "../common/softmax_rows.cuh"

__global__ void __launch_bounds__(RowGroup<THREADS>::block, SOFTMAX_BLOCKS)
    log_softmax_rows(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long rows,
                     long long cols)
{
    softmax_rows_of<true>(x, out, rows, cols);
}
