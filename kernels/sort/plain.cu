/* sort as one would write it first: one block a row, a bitonic network (Batcher, "Sorting networks
 * and their applications", 1968) in shared memory over the elements' keys with their positions,
 * which make it stable. `tile` is the least power of two that holds a row. */
#include "../common/order.cuh"

__global__ void __launch_bounds__(BLOCK)
    sort_plain(const BENCH_T *x, BENCH_T *values, long long *indices, long long cols, int tile,
               int descending)
{
    extern __shared__ unsigned long long words[];
    x += blockIdx.x * cols;
    for (int i = threadIdx.x; i < tile; i += BLOCK) {
        unsigned key = 0xffffffffu; /* beyond the row's end: after all others */
        if (i < cols) {
            key = descending ? ~order_key(x[i]) : order_key(x[i]);
        }
        words[i] = static_cast<unsigned long long>(key) << 32 | static_cast<unsigned>(i);
    }
    for (int size = 2; size <= tile; size *= 2) {
        for (int distance = size / 2; distance > 0; distance /= 2) {
            __syncthreads();
            for (int pair = threadIdx.x; pair < tile / 2; pair += BLOCK) {
                const int left = 2 * pair - (pair & (distance - 1)), right = left + distance;
                const unsigned long long a = words[left], b = words[right];
                if ((a > b) == ((left & size) == 0)) {
                    words[left] = b;
                    words[right] = a;
                }
            }
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < cols; i += BLOCK) {
        const unsigned from = static_cast<unsigned>(words[i]);
        values[blockIdx.x * cols + i] = x[from];
        indices[blockIdx.x * cols + i] = from;
    }
}
