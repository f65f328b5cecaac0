/*
 * The algorithm of FlagGems' add (src/flag_gems/ops/add.py), as its pointwise code generator
 * (src/flag_gems/utils/pointwise_dynamic.py, shape_utils.py) lays it out on NVIDIA GPUs. Tensors of
 * the same shape are one dimension; broadcasting keeps the dimensions and gives the broadcast ones
 * stride 0. A tile has 512 elements, as many of them along the last dimension as its length
 * (rounded up to a power of two) allows, the rest along the one before; 4 warps a tile, 4
 * neighbouring elements a thread; at most 65536 blocks, which stride over the tiles.
 *
 * Two things are simpler here: leading dimensions are merged into one (the generator keeps all of
 * them, with the same tiles unless one is shorter than a tile's side), and vectors are used where
 * the last dimension is a multiple of 16, which is what Triton proves from the strides.
 */
#include "../common/convert.cuh"

struct alignas(4 * sizeof(BENCH_T)) Four {
    BENCH_T v[4];
};

enum Other { SAME, ROW, COLUMN, SCALAR };

__device__ __forceinline__ BENCH_T add_one(BENCH_T x, BENCH_T y, float alpha)
{
    return from_float<BENCH_T>(to_float(x) + to_float(y) * alpha);
}

__device__ __forceinline__ Four load_four(const BENCH_T *p, long long col_stride)
{
    if (col_stride == 1) {
        return *reinterpret_cast<const Four *>(p);
    }
    return {{*p, *p, *p, *p}};
}

__global__ void __launch_bounds__(128)
    add_tiles(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ y,
              BENCH_T *__restrict__ out, long long rows, long long cols, int tile_rows,
              int tile_cols, int other, float alpha)
{
    const long long y_col_stride = other == SAME || other == ROW ? 1 : 0;
    const long long y_row_stride = other == SAME ? cols : other == COLUMN ? 1 : 0;
    const long long tiles_across = (cols + tile_cols - 1) / tile_cols;
    const long long tiles = (rows + tile_rows - 1) / tile_rows * tiles_across;
    const int step = cols % 16 == 0 && tile_cols >= 4 ? 4 : 1;

    for (long long tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        const long long row0 = tile / tiles_across * tile_rows;
        const long long col0 = tile % tiles_across * tile_cols;
        for (int i = threadIdx.x * step; i < tile_rows * tile_cols; i += blockDim.x * step) {
            const long long row = row0 + i / tile_cols;
            const long long col = col0 + i % tile_cols;
            if (row >= rows || col >= cols) {
                continue;
            }
            const long long at = row * cols + col;
            const BENCH_T *from = y + row * y_row_stride + col * y_col_stride;
            if (step == 4) {
                Four a = *reinterpret_cast<const Four *>(x + at);
                const Four b = load_four(from, y_col_stride);
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    a.v[k] = add_one(a.v[k], b.v[k], alpha);
                }
                *reinterpret_cast<Four *>(out + at) = a;
            } else {
                out[at] = add_one(x[at], *from, alpha);
            }
        }
    }
}
