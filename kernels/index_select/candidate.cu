/*
 * index_select along the first dimension is a gather of whole rows (gather_rows.cuh). Along a later
 * one it is a gather of rows from one of `outer` tables for each of which all indices count. Rows
 * may be long and few, such as the matrices of a batch: a block moves part_bytes of each, which end
 * with the row.
 */
#include "../common/gather_rows.cuh"

extern "C" __global__ void __launch_bounds__(BLOCK)
    index_select_rows(const void *x, const long long *indices, void *out, long long n,
                      long long count, long long row_bytes, int lanes, long long part_bytes)
{
    const long long outer = blockIdx.y;
    const long long begin = static_cast<long long>(blockIdx.z) * part_bytes;
    gather_rows<BLOCK, ROWS>(static_cast<const char *>(x) + outer * n * row_bytes, indices,
                             static_cast<char *>(out) + outer * count * row_bytes, count, row_bytes,
                             lanes, begin, min(begin + part_bytes, row_bytes));
}
