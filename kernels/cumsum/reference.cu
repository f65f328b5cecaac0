/*
 * Running sums as FlagGems makes them (src/flag_gems/ops/cumsum.py): x[outer][n][inner] -> out.
 *
 * Rows (inner == 1), reduce_then_scan_row: up to 16384 elements one block holds the row
 * (root_scan_kernel_row); beyond, three kernels: block_sum_kernel_row writes the sum of each of
 * `parts` stretches of tiles of 4096, root_scan_kernel_row scans those sums, block_scan_kernel_row
 * reads x again and scans it tile by tile from its stretch's start. 4 warps for tiles up to 2048
 * elements, 8 beyond.
 *
 * Otherwise scan_then_fan: a block of 4 warps (Triton's default) for each outer, part of n and
 * inner scans up to 4096 elements, or 1024 of a longer n, strided by inner, and writes its part's
 * sum; where there are several parts, the sums are scanned in the same way and then added to each
 * part. (FlagGems has one axis of the grid for each of the three; here they share one, which has no
 * limit of 65535.) Partial sums of a tensor in half precision are float32, the parts in `out` are
 * not.
 *
 * Triton scans a tile that is spread over a block's registers by shuffles and one exchange through
 * shared memory; scan_tile does the same for four packs (or elements) a thread at a time.
 */
#include "../common/convert.cuh"
#include "../common/pack.cuh"
#include "../common/scan.cuh"

constexpr int items = 4;

/* Neighbouring elements a thread: 16 bytes if the row length is a multiple of 16, else one. */
template <int WIDTH, class T>
__device__ __forceinline__ void load_width(const T *p, long long left, float (&v)[WIDTH])
{
    if constexpr (WIDTH > 1) {
        const Pack<T> pack = left > 0 ? pack_load(p) : Pack<T>{};
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            v[i] = to_float(pack.v[i]);
        }
    } else {
        v[0] = left > 0 ? to_float(*p) : 0.0f;
    }
}

template <int WIDTH, class T>
__device__ __forceinline__ void store_width(T *p, long long left, const float (&v)[WIDTH],
                                            float add)
{
    if (left <= 0) {
        return;
    }
    if constexpr (WIDTH > 1) {
        Pack<T> pack;
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            pack.v[i] = from_float<T>(v[i] + add);
        }
        pack_store(p, pack);
    } else {
        *p = from_float<T>(v[0] + add);
    }
}

/* out = running sums of in[0 … n) at a stride (1 if WIDTH > 1), from `carry` on; returns the last.
 */
template <int WIDTH, class In, class Out>
__device__ float scan_tile(const In *in, Out *out, long long n, long long stride, float carry)
{
    __shared__ float partial[2][32];
    const int chunk = static_cast<int>(blockDim.x) * WIDTH;
    int parity = 0;
    for (long long start = 0; start < n; start += items * chunk) {
        float v[items][WIDTH];
        float before[items];
#pragma unroll
        for (int u = 0; u < items; u++) {
            const long long i = start + u * chunk + threadIdx.x * WIDTH;
            load_width<WIDTH>(in + i * stride, n - i, v[u]);
        }
#pragma unroll
        for (int u = 0; u < items; u++) {
#pragma unroll
            for (int i = 1; i < WIDTH; i++) {
                v[u][i] += v[u][i - 1];
            }
            before[u] = v[u][WIDTH - 1];
        }
        const float sum = scan_block<items>(before, partial[parity]);
#pragma unroll
        for (int u = 0; u < items; u++) {
            const long long i = start + u * chunk + threadIdx.x * WIDTH;
            store_width<WIDTH>(out + i * stride, n - i, v[u], carry + before[u]);
        }
        carry += sum;
        parity ^= 1;
    }
    return carry;
}

/* A part of one line: `count` elements from `first` of out[outer][n][inner]. */
template <class In, class Out>
__device__ float scan_line(const In *in, Out *out, long long block, long long n, long long inner,
                           long long part, long long parts)
{
    const long long c = block % inner;
    const long long first = block / inner % parts * part;
    const long long at = (block / inner / parts * n + first) * inner + c;
    return scan_tile<1>(in + at, out + at, min(part, n - first), inner, 0.0f);
}

/* One launch: rows of up to 16384 elements, other lines of up to 4096. */
extern "C" __global__ void __launch_bounds__(256)
    cumsum_reference(const BENCH_T *x, BENCH_T *out, long long n, long long inner)
{
    if (inner > 1) {
        scan_line(x, out, blockIdx.x, n, inner, n, 1);
    } else if (n % 16 == 0 && is_packable(x) && is_packable(out)) {
        scan_tile<Pack<BENCH_T>::size>(x + blockIdx.x * n, out + blockIdx.x * n, n, 1, 0.0f);
    } else {
        scan_tile<1>(x + blockIdx.x * n, out + blockIdx.x * n, n, 1, 0.0f);
    }
}

/* Three launches. sums: float[outer][parts][inner]. First launch of rows: the sum of each part. */
template <class T>
__device__ void row_part_sum(const T *x, float *sums, long long n, long long part, long long parts)
{
    __shared__ float partial[32];
    const long long first = blockIdx.x % parts * part;
    const long long end = min(n, first + part);
    const T *row = x + blockIdx.x / parts * n;
    float sum[1] = {};
    if (n % 16 == 0 && is_packable(x)) {
        constexpr int size = Pack<T>::size;
#pragma unroll 4
        for (long long i = first + threadIdx.x * size; i < end; i += blockDim.x * size) {
            const Pack<T> pack = pack_load(row + i);
#pragma unroll
            for (int j = 0; j < size; j++) {
                sum[0] += to_float(pack.v[j]);
            }
        }
    } else {
#pragma unroll 4
        for (long long i = first + threadIdx.x; i < end; i += blockDim.x) {
            sum[0] += to_float(row[i]);
        }
    }
    const float total = scan_block<1>(sum, partial);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = total;
    }
}

extern "C" __global__ void __launch_bounds__(256)
    cumsum_reference_parts(const BENCH_T *x, BENCH_T *out, float *sums, long long n,
                           long long inner, long long part, long long parts)
{
    if (inner == 1) {
        row_part_sum(x, sums, n, part, parts);
        return;
    }
    const float sum = scan_line(x, out, blockIdx.x, n, inner, part, parts);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = sum;
    }
}

/* Second launch: running sums of the parts, in place. A block holds a line's parts in registers
 * piece by piece, and each thread writes only what it has read. */
extern "C" __global__ void __launch_bounds__(256)
    cumsum_reference_root(float *sums, long long parts, long long inner)
{
    scan_line(sums, sums, blockIdx.x, parts, inner, parts, 1);
}

/* Third launch: rows are scanned from the sum of the parts before; of other lines, which were
 * scanned already, that sum is added to each part. */
extern "C" __global__ void __launch_bounds__(256)
    cumsum_reference_fan(const BENCH_T *x, BENCH_T *out, const float *sums, long long n,
                         long long inner, long long part, long long parts)
{
    const long long p = blockIdx.x / inner % parts;
    const float before = p > 0 ? sums[blockIdx.x - inner] : 0.0f;
    const long long first = p * part;
    const long long count = min(part, n - first);
    const long long at = (blockIdx.x / inner / parts * n + first) * inner + blockIdx.x % inner;
    if (inner == 1) {
        if (n % 16 == 0 && is_packable(x) && is_packable(out)) {
            scan_tile<Pack<BENCH_T>::size>(x + at, out + at, count, 1, before);
        } else {
            scan_tile<1>(x + at, out + at, count, 1, before);
        }
    } else if (p > 0) {
        for (long long i = threadIdx.x; i < count; i += blockDim.x) {
            BENCH_T *to = out + at + i * inner;
            *to = from_float<BENCH_T>(to_float(*to) + before);
        }
    }
}
