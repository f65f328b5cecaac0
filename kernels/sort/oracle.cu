/*
 * sort of a row by one thread, a bottom-up merge sort of the elements' keys with their positions,
 * which make it stable: n log n steps, so that rows of any length have an answer. `a` and `b` are
 * scratch memory of numel numbers each.
 */
#include "../common/order.cuh"

__global__ void sort_oracle(const BENCH_T *x, double *values, long long *indices,
                            unsigned long long *a, unsigned long long *b, long long rows,
                            long long cols, int descending)
{
    long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows) {
        return;
    }
    x += row * cols;
    unsigned long long *from = a + row * cols, *to = b + row * cols;
    for (long long i = 0; i < cols; i++) {
        const unsigned key = descending ? ~order_key(x[i]) : order_key(x[i]);
        from[i] = static_cast<unsigned long long>(key) << 32 | static_cast<unsigned>(i);
    }
    for (long long run = 1; run < cols; run *= 2) {
        for (long long begin = 0; begin < cols; begin += 2 * run) {
            const long long middle = min(begin + run, cols), end = min(begin + 2 * run, cols);
            long long left = begin, right = middle;
            for (long long i = begin; i < end; i++) {
                const bool take_left = right == end || (left < middle && from[left] < from[right]);
                to[i] = take_left ? from[left++] : from[right++];
            }
        }
        unsigned long long *const sorted = to;
        to = from;
        from = sorted;
    }
    for (long long i = 0; i < cols; i++) {
        const unsigned at = static_cast<unsigned>(from[i]);
        values[row * cols + i] = to_double(x[at]);
        indices[row * cols + i] = at;
    }
}
