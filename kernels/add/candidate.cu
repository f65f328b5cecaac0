/*
 * Addition is bound by memory. x and out are walked as flat arrays in packs of 16 bytes, PACKS of
 * them a thread with all loads before the first use, whatever the shapes: only y needs to know rows
 * and columns, and one division a pack (32 bits wide where the tensor allows it) finds them, which
 * is hidden behind the loads. y's row or column is small and stays in L1 and L2.
 *
 * - same: a pack of y as of x.
 * - row, cols a multiple of the pack: a pack of y lies at the pack's column.
 * - row or column otherwise: a pack may run over the end of a row, so column and row are stepped
 *   element by element.
 */
#include "../common/convert.cuh"
#include "../common/pack.cuh"

/* The values of the parameter `other`, in its order in add.json. */
enum Other { SAME, ROW, COLUMN, SCALAR };

struct Shape {
    long long numel, cols;
    bool narrow;     /* element numbers fit 32 bits */
    bool whole_rows; /* packs never run over the end of a row, and y's row can be loaded in packs */
};

__device__ __forceinline__ void row_and_col(long long i, const Shape &shape, long long *row,
                                            long long *col)
{
    if (shape.narrow) {
        const unsigned cols = static_cast<unsigned>(shape.cols);
        const unsigned r = static_cast<unsigned>(i) / cols;
        *row = r;
        *col = static_cast<unsigned>(i) - r * cols;
    } else {
        *row = i / shape.cols;
        *col = i - *row * shape.cols;
    }
}

/* The elements of y that belong to the pack of x at i, of which `count` exist. */
template <int OTHER, bool WHOLE>
__device__ __forceinline__ Pack<BENCH_T> load_other(const BENCH_T *y, long long i, long long count,
                                                    const Shape &shape)
{
    constexpr int size = Pack<BENCH_T>::size;
    if constexpr (OTHER == SAME) {
        return WHOLE ? pack_load(y + i) : pack_load_part(y + i, count);
    }
    Pack<BENCH_T> p = {};
    if constexpr (OTHER == SCALAR) {
#pragma unroll
        for (int k = 0; k < size; k++) {
            p.v[k] = y[0];
        }
        return p;
    }
    long long row, col;
    row_and_col(i, shape, &row, &col);
    if (shape.whole_rows && WHOLE) {
        if constexpr (OTHER == ROW) {
            return pack_load(y + col);
        }
        const BENCH_T value = y[row];
#pragma unroll
        for (int k = 0; k < size; k++) {
            p.v[k] = value;
        }
        return p;
    }
#pragma unroll
    for (int k = 0; k < size; k++) {
        if (k < count) {
            p.v[k] = y[OTHER == ROW ? col : row];
        }
        if (++col == shape.cols) {
            col = 0;
            row++;
        }
    }
    return p;
}

__device__ __forceinline__ Pack<BENCH_T> add_pack(Pack<BENCH_T> x, const Pack<BENCH_T> &y,
                                                  float alpha)
{
#pragma unroll
    for (int i = 0; i < Pack<BENCH_T>::size; i++) {
        x.v[i] = from_float<BENCH_T>(fmaf(alpha, to_float(y.v[i]), to_float(x.v[i])));
    }
    return x;
}

template <int OTHER>
__device__ __forceinline__ void add_tile(const BENCH_T *x, const BENCH_T *y, BENCH_T *out,
                                         const Shape &shape, float alpha)
{
    constexpr int size = Pack<BENCH_T>::size;
    const long long tile = static_cast<long long>(blockIdx.x) * (BLOCK * PACKS * size);
    const long long begin = tile + threadIdx.x * size;
    const bool packable = is_packable(x) && is_packable(out) && (OTHER != SAME || is_packable(y));
    if (tile + BLOCK * PACKS * size <= shape.numel && packable) {
        Pack<BENCH_T> a[PACKS], b[PACKS];
#pragma unroll
        for (int k = 0; k < PACKS; k++) {
            a[k] = pack_load(x + begin + k * BLOCK * size);
        }
#pragma unroll
        for (int k = 0; k < PACKS; k++) {
            b[k] = load_other<OTHER, true>(y, begin + k * BLOCK * size, size, shape);
        }
#pragma unroll
        for (int k = 0; k < PACKS; k++) {
            pack_store(out + begin + k * BLOCK * size, add_pack(a[k], b[k], alpha));
        }
        return;
    }
    /* The last tile, or a tensor that starts between multiples of 16 bytes. */
#pragma unroll 1
    for (int k = 0; k < PACKS; k++) {
        const long long i = begin + k * BLOCK * size;
        const long long count = shape.numel - i;
        if (count > 0) {
            const Pack<BENCH_T> a = pack_load_part(x + i, count);
            const Pack<BENCH_T> b = load_other<OTHER, false>(y, i, count, shape);
            pack_store_part(out + i, add_pack(a, b, alpha), count);
        }
    }
}

__global__ void __launch_bounds__(BLOCK)
    add_packs(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
              BENCH_T *__restrict__ out, long long numel, long long cols, int other, float alpha)
{
    const bool whole_rows = cols % Pack<BENCH_T>::size == 0 && (other != ROW || is_packable(y));
    const Shape shape = {numel, cols, numel <= 0xffffffffLL, whole_rows};
    switch (other) {
    case SAME:
        add_tile<SAME>(x, y, out, shape, alpha);
        break;
    case ROW:
        add_tile<ROW>(x, y, out, shape, alpha);
        break;
    case COLUMN:
        add_tile<COLUMN>(x, y, out, shape, alpha);
        break;
    default:
        add_tile<SCALAR>(x, y, out, shape, alpha);
        break;
    }
}
