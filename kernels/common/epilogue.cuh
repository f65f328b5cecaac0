/*
 * What a matrix product does with its float32 sums before it rounds and stores them: a struct with
 *
 *   float operator()(float sum, long long row, long long column) const
 *
 * called for elements of out only, by MmaTile and CoreTile.
 *
 *   Sums          stores them as they are
 *   ScaledBias    alpha * sum + beta * bias, as in aten::addmm. The bias is of the tensors' type
 *                 and broadcast: `row_stride` and `column_stride` elements apart, 0 where all rows
 *                 or columns share it. Where beta is 0 it is not read, so that its NaN and
 *                 infinities do not count, as ATen has it.
 *   ColumnScale   sum * scale[column]: weights that were quantised by the column
 */
#ifndef BENCH_KERNELS_COMMON_EPILOGUE_CUH
#define BENCH_KERNELS_COMMON_EPILOGUE_CUH

#include "convert.cuh"

struct Sums {
    __device__ __forceinline__ float operator()(float sum, long long, long long) const
    {
        return sum;
    }
};

template <class T> struct ScaledBias {
    const T *bias;
    long long row_stride, column_stride;
    float alpha, beta;

    __device__ __forceinline__ float operator()(float sum, long long row, long long column) const
    {
        if (beta == 0.0f) {
            return alpha * sum;
        }
        return fmaf(beta, to_float(bias[row * row_stride + column * column_stride]), alpha * sum);
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
