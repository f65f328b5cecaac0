/*
 * Running sums along few and very long contiguous rows, x[rows][n] -> out, reading x once: the
 * single-pass scan with decoupled look-back (Merrill and Garland, "Single-pass Parallel Prefix Scan
 * with Decoupled Look-back", 2016).
 *
 * A row is cut into tiles, one a block. A block scans its tile in registers, publishes the tile's
 * sum, looks back over the tiles before it until it finds one whose running sum is known, adding up
 * sums on the way, publishes its own running sum, and writes. Memory traffic is that of a copy.
 *
 * Blocks wait for each other, which is safe because tiles are handed out by a ticket in the order
 * in which blocks start: whoever holds a lower ticket is running or done. A tile's status is one
 * 64-bit word, flag and float32 sum together, so that it is written and read as a whole and no
 * fence is needed. cumsum_lookback_reset clears tickets and status before each launch.
 *
 * Where a running sum is found first differs from launch to launch, so the last bits may, too.
 */
#include "row_tile.cuh"

typedef unsigned long long Status;
constexpr unsigned flag_none = 0, flag_sum = 1, flag_running = 2;

__device__ __forceinline__ Status make_status(unsigned flag, float sum)
{
    return static_cast<Status>(flag) << 32 | __float_as_uint(sum);
}

/* state: the ticket, then a status a tile. */
extern "C" __global__ void cumsum_lookback_reset(Status *state, long long count)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < count) {
        state[i] = 0;
    }
}

/* Publishes the sum of `tile` and returns the sum of all tiles of the row before it. One warp. */
__device__ __forceinline__ float look_back(volatile Status *status, long long tile, float sum)
{
    const int lane = static_cast<int>(threadIdx.x) % 32;
    if (lane == 0) {
        status[tile] = make_status(tile == 0 ? flag_running : flag_sum, sum);
    }
    float before = 0.0f;
    bool found = tile == 0;
    for (long long nearest = tile - 1; !found; nearest -= 32) {
        /* Lane l reads the l-th tile back; beyond the row's start the running sum is 0. */
        Status word;
        do {
            word = nearest >= lane ? status[nearest - lane] : make_status(flag_running, 0.0f);
        } while (__any_sync(0xffffffffu, word >> 32 == flag_none));
        const unsigned running = __ballot_sync(0xffffffffu, word >> 32 == flag_running);
        const int last = running != 0 ? __ffs(static_cast<int>(running)) - 1 : 31;
        const float term = __uint_as_float(static_cast<unsigned>(word));
        const float terms = scan_lanes(lane <= last ? term : 0.0f, 32);
        before += __shfl_sync(0xffffffffu, terms, 31);
        found = running != 0;
    }
    if (lane == 0 && tile > 0) {
        status[tile] = make_status(flag_running, before + sum);
    }
    return before;
}

template <bool Aligned>
__device__ __forceinline__ void scan_tile(const BENCH_T *x, BENCH_T *out, Status *state,
                                          long long n, long long tiles)
{
    __shared__ long long shared_ticket;
    __shared__ float shared_before;
    __shared__ float partial[32];
    if (threadIdx.x == 0) {
        shared_ticket = static_cast<long long>(atomicAdd(state, 1ull));
    }
    __syncthreads();
    const long long ticket = shared_ticket;
    const long long tile = ticket % tiles;
    const Row<BENCH_T, Aligned> row(x + ticket / tiles * n, out + ticket / tiles * n, n);
    RowTile<BENCH_T, ITEMS> values;
    const float sum = values.load(row, tile, partial);
    if (threadIdx.x < 32) {
        const float before = look_back(state + 1 + ticket / tiles * tiles, tile, sum);
        if (threadIdx.x == 0) {
            shared_before = before;
        }
    }
    __syncthreads();
    values.store(row, tile, shared_before);
}

extern "C" __global__ void __launch_bounds__(BLOCK)
    cumsum_lookback(const BENCH_T *x, BENCH_T *out, Status *state, long long n, long long tiles)
{
    if (rows_are_aligned(x, out, n)) {
        scan_tile<true>(x, out, state, n, tiles);
    } else {
        scan_tile<false>(x, out, state, n, tiles);
    }
}
