/*
 * argmax of few long rows: one block a row would leave most of the GPU idle, so each row is cut
 * into chunks, whose largest elements are merged in a second launch (../common/extreme.cuh). No
 * atomics, and a tie goes to the smaller index wherever the chunks end.
 */
#include "../common/extreme.cuh"

#define BLOCK 256

__global__ void __launch_bounds__(BLOCK)
    argmax_chunks(const BENCH_T *__restrict__ x, float2 *__restrict__ partial, long long cols,
                  int chunk, int chunks)
{
    const Largest best = largest_of_chunk<BLOCK>(x, cols, chunk, chunks);
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = best.pair();
    }
}

__global__ void __launch_bounds__(BLOCK)
    argmax_merge(const float2 *__restrict__ partial, long long *__restrict__ out, int chunks)
{
    const Largest best =
        largest_of_chunks<BLOCK>(partial + static_cast<long long>(blockIdx.x) * chunks, chunks);
    if (threadIdx.x == 0) {
        out[blockIdx.x] = best.index;
    }
}
