/*
 * Whole rows of a table by index: out[i] = table[indices[i]], rows of row_bytes bytes.
 *
 *   gather_rows<Block, Rows>(table, indices, out, count, row_bytes, lanes, begin, end)
 *                            of each row the bytes from `begin`, a multiple of 16, up to `end`
 *
 * Every element is read and written once, so what counts is bytes in flight. A row is moved in the
 * widest units that divide it (16, 8, 4 or 2 bytes, so that row_bytes and both pointers are
 * multiples of it), by `lanes` neighbouring threads, a power of two up to a whole block of Block; a
 * thread has Rows rows at hand, so it waits for Rows indices together and then for Rows reads of
 * the table together. Short rows share a block; of long ones a block may move a part.
 */
#ifndef BENCH_KERNELS_COMMON_GATHER_ROWS_CUH
#define BENCH_KERNELS_COMMON_GATHER_ROWS_CUH

struct alignas(16) Bytes16 {
    unsigned long long v[2];
};

template <int Block, int Rows, class Unit>
__device__ __forceinline__ void gather_units(const void *table, const long long *indices, void *out,
                                             long long count, long long row_bytes, int lanes,
                                             long long begin, long long end)
{
    constexpr long long size = sizeof(Unit);
    const long long units = row_bytes / size;
    /* Shifts: an integer division takes longer than the wait for an index from a cache. */
    const int log_lanes = __ffs(lanes) - 1;
    const int rows_of_threads = Block >> log_lanes;
    const long long first = static_cast<long long>(blockIdx.x) * (rows_of_threads * Rows) +
                            (static_cast<int>(threadIdx.x) >> log_lanes);
    const Unit *from[Rows];
    Unit *to[Rows];
#pragma unroll
    for (int r = 0; r < Rows; r++) {
        const long long row = first + r * rows_of_threads;
        from[r] = static_cast<const Unit *>(table) + (row < count ? indices[row] : 0) * units;
        to[r] = static_cast<Unit *>(out) + row * units;
    }
#pragma unroll 1 /* to unroll, one would divide by `lanes` */
    for (long long i = begin / size + (static_cast<int>(threadIdx.x) & (lanes - 1)); i < end / size;
         i += lanes) {
        Unit unit[Rows] = {};
#pragma unroll
        for (int r = 0; r < Rows; r++) {
            if (first + r * rows_of_threads < count) {
                unit[r] = from[r][i];
            }
        }
#pragma unroll
        for (int r = 0; r < Rows; r++) {
            if (first + r * rows_of_threads < count) {
                to[r][i] = unit[r];
            }
        }
    }
}

template <int Block, int Rows>
__device__ __forceinline__ void gather_rows(const void *table, const long long *indices, void *out,
                                            long long count, long long row_bytes, int lanes,
                                            long long begin, long long end)
{
    const unsigned long long all = reinterpret_cast<unsigned long long>(table) |
                                   reinterpret_cast<unsigned long long>(out) |
                                   static_cast<unsigned long long>(row_bytes);
    if (all % 16 == 0) {
        gather_units<Block, Rows, Bytes16>(table, indices, out, count, row_bytes, lanes, begin,
                                           end);
    } else if (all % 8 == 0) {
        gather_units<Block, Rows, unsigned long long>(table, indices, out, count, row_bytes, lanes,
                                                      begin, end);
    } else if (all % 4 == 0) {
        gather_units<Block, Rows, unsigned>(table, indices, out, count, row_bytes, lanes, begin,
                                            end);
    } else {
        gather_units<Block, Rows, unsigned short>(table, indices, out, count, row_bytes, lanes,
                                                  begin, end);
    }
}

#endif
