/* softmax of rows: see ../common/softmax_rows.cuh, which log_softmax stands on as well. */
#include "../common/softmax_rows.cuh"

__global__ void __launch_bounds__(RowGroup<THREADS>::block, SOFTMAX_BLOCKS)
    softmax_rows(const BENCH_T *__restrict__ x, BENCH_T *__restrict__ out, long long rows,
                 long long cols)
{
    softmax_rows_of<false>(x, out, rows, cols);
}
