/*
 * index_select along the first dimension is a gather of whole rows (gather_rows.cuh). Along a later
 * one it is a gather of rows from one of `outer` tables for each of which all indices count.
 */
#include "../common/gather_rows.cuh"

extern "C" __global__ void __launch_bounds__(BLOCK)
    index_select_rows(const void *x, const long long *indices, void *out, long long n,
                      long long count, long long row_bytes, int lanes)
{
    const long long outer = blockIdx.y;
    gather_rows<BLOCK, ROWS>(static_cast<const char *>(x) + outer * n * row_bytes, indices,
                             static_cast<char *>(out) + outer * count * row_bytes, count, row_bytes,
                             lanes);
}
