/*
 * What a matrix product does with its float32 sums before it rounds and stores them: a struct with
 *
 *   float operator()(float sum, long long row, long long column) const
 *
 * called for elements of out only, by CoreTile, and by MmaTile through
 *
 *   float finish_sum(epilogue, sum, row, column, M, N)   0 beyond out[M][N], or the sum as it is
 *
 * CoreTile and RingTile store four neighbours of a row at a time:
 *
 *   void store_four(out, sums, row, column, left, whole, epilogue)
 *                 four sums to out[row][column …], `out` being the address of the first, of which
 *                 the first `left` exist; `whole`: rows of out begin at multiples of four elements
 *
 * WgmmaTile has eight neighbouring sums in a thread when it stores them, and calls two members more
 * (of Sums only the first):
 *
 *   bool packs() const
 *                 may finish_eight read eight at once, from any row and any eighth column on?
 *   void finish_eight(float (&sums)[8], long long row, long long column, bool in_packs) const
 *                 for elements of out only; `in_packs`: packs() holds, and column is a multiple of
 *                 8. What it reads for all of them is then one load: one by one, the 128 of a
 *                 thread of the widest tile wait for one another
 *
 * A kernel whose product takes a while may ask for what the epilogue will read before it begins:
 *
 *   void fetch<Rows, Columns>(long long row, long long column, long long M, long long N) const
 *                 for the tile at (row, column) of out[M][N], by all threads of the block: brings
 *                 it to the L2. Else the end of a small product waits for memory once more
 *
 *   Sums          stores them as they are
 *   ScaledBias    alpha * sum + beta * bias, as in aten::addmm. The bias is of the tensors' type
 *                 and broadcast: `row_stride` and `column_stride` elements apart, 0 where all rows
 *                 or columns share it. Where beta is 0 it is not read, so that its NaN and
 *                 infinities do not count, as ATen has it.
 *   ColumnScale   sum * scale[column]: weights that were quantised by the column. For all but
 *                 WgmmaTile
 */
#ifndef BENCH_KERNELS_COMMON_EPILOGUE_CUH
#define BENCH_KERNELS_COMMON_EPILOGUE_CUH

#include "convert.cuh"
#include "pack.cuh"

struct Sums {
    __device__ __forceinline__ float operator()(float sum, long long, long long) const
    {
        return sum;
    }
    __device__ __forceinline__ bool packs() const
    {
        return true;
    }
};

template <class Epilogue>
__device__ __forceinline__ float finish_sum(const Epilogue &epilogue, float sum, long long row,
                                            long long column, long long M, long long N)
{
    return row < M && column < N ? epilogue(sum, row, column) : 0.0f;
}
__device__ __forceinline__ float finish_sum(const Sums &, float sum, long long, long long,
                                            long long, long long)
{
    return sum;
}

template <class T> struct alignas(4 * sizeof(T)) Four {
    T v[4];
};

template <class Out, class Epilogue>
__device__ __forceinline__ void store_four(Out *out, const float *sums, int row, int column,
                                           int left, bool whole, const Epilogue &epilogue)
{
    if (whole && left >= 4) {
        Four<Out> four;
#pragma unroll
        for (int j = 0; j < 4; j++) {
            four.v[j] = from_float<Out>(epilogue(sums[j], row, column + j));
        }
        *reinterpret_cast<Four<Out> *>(out) = four;
        return;
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
        if (j < left) {
            out[j] = from_float<Out>(epilogue(sums[j], row, column + j));
        }
    }
}

/* What WgmmaTile's sums wait in shared memory as until they are stored in rows: rounded, where
 * nothing is done to them any more. */
template <class Epilogue, class T> struct Staged {
    using type = float;
};
template <class T> struct Staged<Sums, T> {
    using type = T;
};

/* Asks for the 128 bytes of global memory that p lies in. */
__device__ __forceinline__ void fetch_line(const void *p)
{
#ifndef BENCH_CPU
    asm volatile("prefetch.global.L2 [%0];" ::"l"(p));
#else
    (void)p;
#endif
}

template <class T> struct ScaledBias {
    const T *bias;
    long long row_stride, column_stride;
    float alpha, beta;

    template <int Rows, int Columns>
    __device__ __forceinline__ void fetch(long long row, long long column, long long M,
                                          long long N) const
    {
        constexpr int line = 128 / sizeof(T), lines = (Columns + line - 1) / line;
        if (beta == 0.0f) {
            return;
        }
        const int rows = row_stride == 0 ? 1 : Rows, across = column_stride == 0 ? 1 : lines;
        for (int i = static_cast<int>(threadIdx.x); i < rows * across; i += blockDim.x) {
            const long long r = row + i / across, c = column + i % across * line;
            if (r < M && c < N) {
                fetch_line(bias + r * row_stride + c * column_stride);
            }
        }
    }

    __device__ __forceinline__ float operator()(float sum, long long row, long long column) const
    {
        if (beta == 0.0f) {
            return alpha * sum;
        }
        return fmaf(beta, to_float(bias[row * row_stride + column * column_stride]), alpha * sum);
    }

    /* May bias be read in packs of eight, from any row and any eighth column on? */
    __device__ __forceinline__ bool packs() const
    {
        return column_stride == 1 && row_stride % 8 == 0 &&
               reinterpret_cast<unsigned long long>(bias) % 16 == 0;
    }

    __device__ __forceinline__ void finish_eight(float (&sums)[8], long long row, long long column,
                                                 bool in_packs) const
    {
        if (beta == 0.0f || !in_packs) {
#pragma unroll
            for (int i = 0; i < 8; i++) {
                sums[i] = (*this)(sums[i], row, column + i);
            }
            return;
        }
        static_assert(sizeof(T) == 2, "a pack has eight");
        const Pack<T> terms = pack_load(bias + row * row_stride + column);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            sums[i] = fmaf(beta, to_float(terms.v[i]), alpha * sums[i]);
        }
    }
};

template <class T> struct ColumnScale {
    const T *scale;

    __device__ __forceinline__ float operator()(float sum, long long, long long column) const
    {
        return sum * to_float(scale[column]);
    }
};

#endif
