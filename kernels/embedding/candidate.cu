/*
 * Embedding: weight[V][D], indices[N] -> out[N][D], a gather of whole rows.
 *
 * Every element is read and written once, so what counts is bytes in flight. A row is moved in the
 * widest units that divide it (16, 8, 4 or 2 bytes: `unit`), by `lanes` neighbouring threads, a
 * power of two up to a whole block; a thread has ROWS rows at hand, so it waits for ROWS indices
 * together and then for ROWS reads of the table together. Short rows share a block.
 */
struct alignas(16) Bytes16 {
    unsigned long long v[2];
};

template <class Unit>
__device__ __forceinline__ void gather(const void *weight, const long long *indices, void *out,
                                       long long count, long long row_bytes, int lanes)
{
    const long long units = row_bytes / static_cast<long long>(sizeof(Unit));
    /* Shifts: an integer division takes longer than the wait for an index from a cache. */
    const int log_lanes = __ffs(lanes) - 1;
    const int rows_of_threads = BLOCK >> log_lanes;
    const long long first = static_cast<long long>(blockIdx.x) * (rows_of_threads * ROWS) +
                            (static_cast<int>(threadIdx.x) >> log_lanes);
    const Unit *from[ROWS];
    Unit *to[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        const long long row = first + r * rows_of_threads;
        from[r] = static_cast<const Unit *>(weight) + (row < count ? indices[row] : 0) * units;
        to[r] = static_cast<Unit *>(out) + row * units;
    }
#pragma unroll 1 /* to unroll, one would divide by `lanes` */
    for (long long i = static_cast<int>(threadIdx.x) & (lanes - 1); i < units; i += lanes) {
        Unit unit[ROWS] = {};
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            if (first + r * rows_of_threads < count) {
                unit[r] = from[r][i];
            }
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            if (first + r * rows_of_threads < count) {
                to[r][i] = unit[r];
            }
        }
    }
}

/* unit: bytes, such that row_bytes and both pointers are multiples of it. */
extern "C" __global__ void __launch_bounds__(BLOCK)
    embedding_candidate(const void *weight, const long long *indices, void *out, long long count,
                        long long row_bytes, int lanes)
{
    const unsigned long long all = reinterpret_cast<unsigned long long>(weight) |
                                   reinterpret_cast<unsigned long long>(out) |
                                   static_cast<unsigned long long>(row_bytes);
    if (all % 16 == 0) {
        gather<Bytes16>(weight, indices, out, count, row_bytes, lanes);
    } else if (all % 8 == 0) {
        gather<unsigned long long>(weight, indices, out, count, row_bytes, lanes);
    } else if (all % 4 == 0) {
        gather<unsigned>(weight, indices, out, count, row_bytes, lanes);
    } else {
        gather<unsigned short>(weight, indices, out, count, row_bytes, lanes);
    }
}
