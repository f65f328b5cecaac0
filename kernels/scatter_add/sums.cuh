/*
 * The sums of a row, or of a part of one, in the shared memory of a block, in float32.
 *
 *   RowSums<Block> sums(x, out, width)
 *                      for `width` elements of x and out, which need 4 * width + 16 bytes of
 *                      dynamic shared memory
 *   sums.begin(x)      fills them from x; a barrier must follow
 *   sums.at            where they are, one a column
 *   sums.write(out)    rounds them into out; after a barrier
 *
 * Rows of x and out move four elements an access, the widest whose floats are one access to shared
 * memory: of 16 bytes of halves there are eight floats a thread, and threads would meet at the same
 * banks. Rows of any length begin anywhere: what is in no quad goes by elements, and so does all of
 * a row where x and out have no quads in common.
 */
#ifndef BENCH_KERNELS_SCATTER_ADD_SUMS_CUH
#define BENCH_KERNELS_SCATTER_ADD_SUMS_CUH

#include "../common/pointwise.cuh"

template <int Block> struct RowSums {
    using Quad = Lanes<BENCH_T, 4>;
    using Floats = Lanes<float, 4>;
    /* Quads of x in flight a thread. */
    static constexpr int flight = 16 / static_cast<int>(sizeof(BENCH_T)) / 2;
    int width;
    int head;  /* elements before the quads */
    int count; /* of quads */
    Floats *quads;
    float *at;

    __device__ __forceinline__ RowSums(const BENCH_T *x, const BENCH_T *out, int row_width)
        : width(row_width)
    {
        extern __shared__ __align__(16) float shared[];
        const int start =
            static_cast<int>(reinterpret_cast<unsigned long long>(x) / sizeof(BENCH_T) % 4);
        head = min((4 - start) % 4, width);
        count =
            is_aligned_for<4>(x + head) && is_aligned_for<4>(out + head) ? (width - head) / 4 : 0;
        /* The sums of a quad begin at a multiple of 16 bytes, as the quad does. */
        quads = reinterpret_cast<Floats *>(shared) + (head > 0 ? 1 : 0);
        at = reinterpret_cast<float *>(quads) - head;
    }

    /* f(i) for each element i in no quad. */
    template <class F> __device__ __forceinline__ void each_other(F f) const
    {
        for (int e = threadIdx.x; e < width - 4 * count; e += Block) {
            f(e < head ? e : e + 4 * count);
        }
    }

    __device__ __forceinline__ void begin(const BENCH_T *x) const
    {
        const Quad *const from = reinterpret_cast<const Quad *>(x + head);
#pragma unroll 1 /* more would spill */
        for (int i = threadIdx.x; i < count; i += Block * flight) {
            Quad quad[flight];
#pragma unroll
            for (int q = 0; q < flight; q++) {
                /* Always a load, of the last one if need be: none waits for another. */
                quad[q] = from[min(i + q * Block, count - 1)];
            }
#pragma unroll
            for (int q = 0; q < flight; q++) {
                if (i + q * Block < count) {
                    Floats values;
#pragma unroll
                    for (int k = 0; k < 4; k++) {
                        values.v[k] = to_float(quad[q].v[k]);
                    }
                    quads[i + q * Block] = values;
                }
            }
        }
        each_other([&](int i) { at[i] = to_float(x[i]); });
    }

    __device__ __forceinline__ void write(BENCH_T *out) const
    {
#pragma unroll 1
        for (int i = threadIdx.x; i < count; i += Block) {
            const Floats values = quads[i];
            Quad quad;
#pragma unroll
            for (int k = 0; k < 4; k++) {
                quad.v[k] = from_float<BENCH_T>(values.v[k]);
            }
            reinterpret_cast<Quad *>(out + head)[i] = quad;
        }
        each_other([&](int i) { out[i] = from_float<BENCH_T>(at[i]); });
    }
};

#endif
