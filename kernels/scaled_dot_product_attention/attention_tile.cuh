/*
 * Attention of a tile of queries on tensor cores: out[q_len][Dim] = softmax(scale * q k^T) v for
 * one head, 16-bit T, float32 scores and sums, row-major, tensors 16-byte aligned. The algorithm is
 * FlashAttention-2's (Dao, 2023): scores never leave registers.
 *
 *   AttentionTile<T, Dim, Warps, Keys, Tiles>   Dim: 64 or 128
 *     queries        16 * Tiles * Warps: each warp has so many tiles of 16 to itself, and uses what
 *                    it reads of keys and values for all of them
 *     threads        32 * Warps
 *     blocks         for __launch_bounds__: how many a multiprocessor should hold
 *     shared_bytes   dynamic shared memory
 *     run(...)       queries first_query … first_query + queries - 1. scale_log2 is the scale times
 *                    log2(e): powers of 2 are what the hardware has. causal: query i sees keys
 *                    0 … i, as torch's is_causal.
 *
 * Keys and values pass through two buffers each, Keys of them a step: the next step's keys are on
 * their way while this one's are multiplied, and the same with the values. Products of a warp's
 * queries with the keys are, as mma.sync leaves them in registers, already laid out as the operand
 * of the product with the values. The maximum and the sum of a query run along (online softmax:
 * Milakov and Gimelshein, 2018), the sum divided over four lanes until the end. With `causal`, keys
 * that no query of the tile sees are not read, and those that no query of a warp sees are not
 * multiplied by it.
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_ATTENTION_TILE_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_ATTENTION_TILE_CUH

#include "../common/convert.cuh"
#include "../common/mma.cuh"
#include "../common/mma_tile.cuh"
#include "../common/pair.cuh"
#include "../common/reduce.cuh"
#include "exponent.cuh"

/* The thread's lane, found anew in each step: addresses that follow from it would else be kept for
 * all steps, in more registers than there are. */
__device__ __forceinline__ int lane_of_step()
{
    int lane = static_cast<int>(threadIdx.x) % 32;
#ifndef BENCH_CPU
    asm volatile("" : "+r"(lane));
#endif
    return lane;
}

template <class T, int Dim, int Warps, int Keys, int Tiles = 1> struct AttentionTile {
    static constexpr int warp_queries = 16 * Tiles;
    static constexpr int queries = warp_queries * Warps;
    static constexpr int threads = 32 * Warps;
    static constexpr int most_warps =
        Tiles * Dim == 64 ? 12 : 8; /* of a multiprocessor, by registers */
    static constexpr int blocks = most_warps / Warps > 0 ? most_warps / Warps : 1;
    using QueryTile = ChunkTile<queries, Dim>;
    using KeyTile = ChunkTile<Keys, Dim>;
    static constexpr int shared_bytes = (QueryTile::elements + 4 * KeyTile::elements) * 2;
    static constexpr int slices = Dim / 16;           /* of a product of queries and keys */
    static constexpr int key_tiles = Keys / 8;        /* of scores; of sums there are 2 * slices */
    static constexpr bool held = Tiles * slices <= 8; /* queries stay in registers */
    static constexpr int held_slices = held ? slices : 1;
    static_assert(Keys % 16 == 0 && Dim % 64 == 0, "whole slices and 128-byte rows");

    /* Starts copying rows first … of x[rows][Dim]; zeros beyond the last. A thread's rows lie a
     * fixed distance apart, so that one address serves for all. */
    template <class Tile>
    static __device__ __forceinline__ void copy(T *tile, const T *x, int first, int rows)
    {
        constexpr int apart = threads / Tile::row_chunks;
        static_assert(Tile::chunks % threads == 0, "the same number for each thread");
        const int row = static_cast<int>(threadIdx.x) / Tile::row_chunks;
        const int chunk = static_cast<int>(threadIdx.x) % Tile::row_chunks;
        const T *from = x + static_cast<long long>(first + row) * Dim + chunk * 8;
        const int left = rows - first - row;
#pragma unroll 4
        for (int i = 0; i < Tile::chunks / threads; i++) {
            copy_async(tile + Tile::at(row + i * apart, chunk), from + i * apart * Dim,
                       i * apart < left);
        }
    }

    /* Where half a slice of a row lies. Rows are permuted within 128 bytes, so slices that far
     * apart share an address but for a constant: fewer registers than Tile::at would take. */
    template <class Tile> static __device__ __forceinline__ int at(int row, int slice, int half)
    {
        return Tile::at(row, slice % 4 * 2 + half) + slice / 4 * 64;
    }

    /* A slice of a warp's queries, the first of which is in the tile's row `row`. */
    static __device__ __forceinline__ void load_queries(unsigned (&q)[Tiles][4], const T *tile,
                                                        int row, int slice)
    {
        const int lane = lane_of_step();
#pragma unroll
        for (int m = 0; m < Tiles; m++) {
            load_matrices(q[m], tile + at<QueryTile>(row + m * 16 + lane % 16, slice, lane / 16));
        }
    }

    static __device__ __forceinline__ void score(float (&scores)[Tiles][key_tiles][4],
                                                 unsigned (&q)[held_slices][Tiles][4],
                                                 const T *query_tile, int row, const T *keys)
    {
        const int lane = lane_of_step();
#pragma unroll
        for (int slice = 0; slice < slices; slice++) {
            if constexpr (!held) {
                load_queries(q[0], query_tile, row, slice);
            }
#pragma unroll
            for (int n = 0; n < key_tiles; n += 2) {
                unsigned k[4]; /* two tiles of 8 keys, two halves of the slice each */
                load_matrices(
                    k, keys + at<KeyTile>(n * 8 + lane / 16 * 8 + lane % 8, slice, lane / 8 % 2));
                const unsigned first[2] = {k[0], k[1]}, second[2] = {k[2], k[3]};
#pragma unroll
                for (int m = 0; m < Tiles; m++) {
                    mma<T>(scores[m][n], q[held ? slice : 0][m], first);
                    mma<T>(scores[m][n + 1], q[held ? slice : 0][m], second);
                }
            }
        }
    }

    /* Scores of keys that a query does not see become -infinity. query: the lane's first of two. */
    static __device__ __forceinline__ void mask(float (&scores)[key_tiles][4], int first_key,
                                                int kv_len, int query, bool causal)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int n = 0; n < key_tiles; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const int key = first_key + n * 8 + lane % 4 * 2 + i % 2;
                if (key >= kv_len || (causal && key > query + i / 2 * 8)) {
                    scores[n][i] = -infinity();
                }
            }
        }
    }

    /* From scores to weights, rounded to T as operands of mma, with the maxima and sums so far
     * brought up to date. */
    static __device__ __forceinline__ void weigh(unsigned (&weights)[key_tiles / 2][4],
                                                 float (&scores)[key_tiles][4], float (&max)[2],
                                                 float (&sum)[2], float (&sums)[2 * slices][4],
                                                 float scale_log2)
    {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float higher = max[half];
#pragma unroll
            for (int n = 0; n < key_tiles; n++) {
                higher = fmaxf(higher, fmaxf(scores[n][half * 2], scores[n][half * 2 + 1]));
            }
            higher = warp_reduce<4>(higher, Max());
            const float factor = exp2_of_negative((max[half] - higher) * scale_log2);
            const float shift = higher * scale_log2;
            max[half] = higher;
            sum[half] *= factor;
#pragma unroll
            for (int n = 0; n < 2 * slices; n++) {
                sums[n][half * 2] *= factor;
                sums[n][half * 2 + 1] *= factor;
            }
#pragma unroll
            for (int n = 0; n < key_tiles; n++) {
                const float low = exp2_of_negative(fmaf(scores[n][half * 2], scale_log2, -shift));
                const float high =
                    exp2_of_negative(fmaf(scores[n][half * 2 + 1], scale_log2, -shift));
                sum[half] += low + high;
                weights[n / 2][n % 2 * 2 + half] = pack_pair<T>(low, high);
            }
        }
    }

    static __device__ __forceinline__ void
    add_values(float (&sums)[Tiles][2 * slices][4],
               const unsigned (&weights)[Tiles][key_tiles / 2][4], const T *values)
    {
        const int lane = lane_of_step();
#pragma unroll
        for (int n = 0; n < key_tiles; n += 2) {
#pragma unroll
            for (int d = 0; d < slices; d++) {
                unsigned v[4]; /* two tiles of 8 columns, two halves of the 16 keys each */
                load_matrices_transposed(v, values + at<KeyTile>(n * 8 + lane % 16, d, lane / 16));
                const unsigned first[2] = {v[0], v[1]}, second[2] = {v[2], v[3]};
#pragma unroll
                for (int m = 0; m < Tiles; m++) {
                    mma<T>(sums[m][2 * d], weights[m][n / 2], first);
                    mma<T>(sums[m][2 * d + 1], weights[m][n / 2], second);
                }
            }
        }
    }

    /* 16 of a warp's queries to out, through their own rows of the queries' tile. */
    static __device__ __forceinline__ void store(T *tile, const float (&sums)[2 * slices][4],
                                                 const float (&sum)[2], T *out, int first_row,
                                                 int first_query, int q_len)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const float inverse = 1.0f / warp_reduce<4>(sum[half], Sum());
            const int row = first_row + half * 8 + lane / 4;
#pragma unroll
            for (int n = 0; n < 2 * slices; n++) {
                *reinterpret_cast<unsigned *>(tile + QueryTile::at(row, n) + lane % 4 * 2) =
                    pack_pair<T>(sums[n][half * 2] * inverse, sums[n][half * 2 + 1] * inverse);
            }
        }
        __syncwarp();
#pragma unroll
        for (int i = lane; i < 16 * QueryTile::row_chunks; i += 32) {
            const int row = first_row + i / QueryTile::row_chunks;
            const int chunk = i % QueryTile::row_chunks;
            if (first_query + row < q_len) {
                *reinterpret_cast<uint4 *>(out + static_cast<long long>(first_query + row) * Dim +
                                           chunk * 8) =
                    *reinterpret_cast<const uint4 *>(tile + QueryTile::at(row, chunk));
            }
        }
    }

    static __device__ __forceinline__ void run(T *shared, const T *q, const T *k, const T *v,
                                               T *out, int first_query, int q_len, int kv_len,
                                               float scale_log2, bool causal)
    {
        T *key_buffers = shared + QueryTile::elements;
        T *value_buffers = key_buffers + 2 * KeyTile::elements;
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int row = static_cast<int>(threadIdx.x) / 32 * warp_queries; /* the warp's first */
        const int seen = causal ? min(kv_len, first_query + queries) : kv_len;
        const int beyond = first_query + row + warp_queries;
        /* What the warp's queries see; nothing, if there are none. */
        const int warp_seen = first_query + row >= q_len ? 0 : causal ? min(seen, beyond) : seen;
        float sums[Tiles][2 * slices][4] = {}, max[Tiles][2], sum[Tiles][2] = {};
        unsigned q_fragments[held_slices][Tiles][4];
#pragma unroll
        for (int m = 0; m < Tiles; m++) {
            max[m][0] = max[m][1] = lowest_score();
        }

        copy<QueryTile>(shared, q, first_query, q_len);
        copy<KeyTile>(key_buffers, k, 0, seen);
        copy_async_commit();
        copy<KeyTile>(value_buffers, v, 0, seen);
        copy_async_commit();
#pragma unroll 1
        for (int first_key = 0, buffer = 0; first_key < seen; first_key += Keys, buffer ^= 1) {
            const int next = (buffer ^ 1) * KeyTile::elements;
            const bool mine = first_key < warp_seen;
            unsigned weights[Tiles][key_tiles / 2][4] = {};
            copy_async_wait<1>();
            __syncthreads(); /* the keys are there; the step before is over for all */
            if (first_key + Keys < seen) {
                copy<KeyTile>(key_buffers + next, k, first_key + Keys, seen);
            }
            copy_async_commit();
            if (held && first_key == 0) {
#pragma unroll
                for (int slice = 0; slice < held_slices; slice++) {
                    load_queries(q_fragments[slice], shared, row, slice);
                }
            }
            if (mine) {
                float scores[Tiles][key_tiles][4] = {};
                score(scores, q_fragments, shared, row, key_buffers + buffer * KeyTile::elements);
                const bool part = first_key + Keys > kv_len ||
                                  (causal && first_key + Keys > first_query + row + 1);
#pragma unroll
                for (int m = 0; m < Tiles; m++) {
                    if (part) {
                        mask(scores[m], first_key, kv_len, first_query + row + m * 16 + lane / 4,
                             causal);
                    }
                    weigh(weights[m], scores[m], max[m], sum[m], sums[m], scale_log2);
                }
            }
            copy_async_wait<1>();
            __syncthreads(); /* the values are there */
            if (first_key + Keys < seen) {
                copy<KeyTile>(value_buffers + next, v, first_key + Keys, seen);
            }
            copy_async_commit();
            if (mine) {
                add_values(sums, weights, value_buffers + buffer * KeyTile::elements);
            }
        }
        if (warp_seen > 0) {
#pragma unroll
            for (int m = 0; m < Tiles; m++) {
                store(shared, sums[m], sum[m], out, row + m * 16, first_query, q_len);
            }
        }
    }
};

#endif
