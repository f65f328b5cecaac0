/* Embedding: weight[V][D], indices[N] -> out[N][D], a gather of whole rows (gather_rows.cuh). */
#include "../common/gather_rows.cuh"

extern "C" __global__ void __launch_bounds__(BLOCK)
    embedding_candidate(const void *weight, const long long *indices, void *out, long long count,
                        long long row_bytes, int lanes)
{
    gather_rows<BLOCK, ROWS>(weight, indices, out, count, row_bytes, lanes, 0, row_bytes);
}
