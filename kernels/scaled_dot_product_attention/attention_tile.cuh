/*
 * Attention of a tile of queries on tensor cores: out[q_len][Dim] = softmax(scale * q k^T) v for
 * one head, 16-bit T, float32 scores and sums, row-major, tensors 16-byte aligned. The algorithm is
 * FlashAttention-2's (Dao, 2023): scores never leave registers.
 *
 *   AttentionTile<T, Dim, Warps, Keys>   Dim: 64 or 128
 *     queries        16 * Warps: each warp has 16 of them to itself
 *     threads        32 * Warps
 *     shared_bytes   dynamic shared memory
 *     run(...)       queries first_query … first_query + queries - 1. scale_log2 is the scale times
 *                    log2(e): powers of 2 are what the hardware has. causal: query i sees keys
 *                    0 … i, as torch's is_causal.
 *
 * Keys and values pass through two buffers, Keys of them a step, the next step's on their way while
 * this one's are multiplied. Products of a warp's queries with the keys are, as mma.sync leaves
 * them in registers, already laid out as the operand of the product with the values. The maximum
 * and the sum of a query run along (online softmax: Milakov and Gimelshein, 2018), the sum divided
 * over four lanes until the end. With `causal`, keys that no query of the tile sees are not read.
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_ATTENTION_TILE_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_ATTENTION_TILE_CUH

#include "../common/convert.cuh"
#include "../common/mma.cuh"
#include "../common/mma_tile.cuh"
#include "../common/reduce.cuh"

/* Two numbers as neighbours of T, the first one low. */
template <class T> __device__ __forceinline__ unsigned pack_pair(float low, float high);

template <> __device__ __forceinline__ unsigned pack_pair<__half>(float low, float high)
{
    const __half2 pair = __floats2half2_rn(low, high);
    return *reinterpret_cast<const unsigned *>(&pair);
}

template <> __device__ __forceinline__ unsigned pack_pair<__nv_bfloat16>(float low, float high)
{
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const unsigned *>(&pair);
}

template <class T, int Dim, int Warps, int Keys> struct AttentionTile {
    static constexpr int queries = 16 * Warps;
    static constexpr int threads = 32 * Warps;
    using QueryTile = ChunkTile<queries, Dim>;
    using KeyTile = ChunkTile<Keys, Dim>;
    static constexpr int shared_bytes = (QueryTile::elements + 4 * KeyTile::elements) * 2;
    static constexpr int slices = Dim / 16;    /* of a product of queries and keys */
    static constexpr int key_tiles = Keys / 8; /* of scores; of sums there are 2 * slices */
    static_assert(Keys % 16 == 0 && Dim % 64 == 0, "whole slices and 128-byte rows");

    /* Starts copying rows first … of x[rows][Dim]; zeros beyond the last. */
    template <class Tile>
    static __device__ __forceinline__ void copy(T *tile, const T *x, int first, int rows)
    {
#pragma unroll 2 /* more take registers that the sums need */
        for (int i = 0; i < Tile::chunks / threads; i++) {
            const int at = i * threads + static_cast<int>(threadIdx.x);
            const int row = at / Tile::row_chunks, chunk = at % Tile::row_chunks;
            copy_async(tile + Tile::at(row, chunk),
                       x + static_cast<long long>(first + row) * Dim + chunk * 8,
                       first + row < rows);
        }
        static_assert(Tile::chunks % threads == 0, "the same number for each thread");
    }

    static __device__ __forceinline__ void score(float (&scores)[key_tiles][4],
                                                 const unsigned (&q)[slices][4], const T *keys)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int slice = 0; slice < slices; slice++) {
#pragma unroll
            for (int n = 0; n < key_tiles; n += 2) {
                unsigned k[4]; /* two tiles of 8 keys, two halves of the slice each */
                load_matrices(k, keys + KeyTile::at(n * 8 + lane / 16 * 8 + lane % 8,
                                                    slice * 2 + lane / 8 % 2));
                const unsigned first[2] = {k[0], k[1]}, second[2] = {k[2], k[3]};
                mma<T>(scores[n], q[slice], first);
                mma<T>(scores[n + 1], q[slice], second);
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

    /* From scores to weights, with the maxima and sums so far brought up to date; what the sums of
     * values so far must be multiplied by. */
    static __device__ __forceinline__ float2 weigh(float (&scores)[key_tiles][4], float (&max)[2],
                                                   float (&sum)[2], float scale_log2)
    {
        float factors[2];
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float higher = max[half];
#pragma unroll
            for (int n = 0; n < key_tiles; n++) {
                higher = fmaxf(higher, fmaxf(scores[n][half * 2], scores[n][half * 2 + 1]));
            }
            higher = warp_reduce<4>(higher, Max());
            factors[half] = exp2f((max[half] - higher) * scale_log2);
            max[half] = higher;
            sum[half] *= factors[half];
#pragma unroll
            for (int n = 0; n < key_tiles; n++) {
#pragma unroll
                for (int i = half * 2; i < half * 2 + 2; i++) {
                    scores[n][i] = exp2f((scores[n][i] - higher) * scale_log2);
                    sum[half] += scores[n][i];
                }
            }
        }
        return make_float2(factors[0], factors[1]);
    }

    static __device__ __forceinline__ void
    add_values(float (&sums)[2 * slices][4], const float (&weights)[key_tiles][4], const T *values)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int n = 0; n < key_tiles; n += 2) {
            const unsigned w[4] = {pack_pair<T>(weights[n][0], weights[n][1]),
                                   pack_pair<T>(weights[n][2], weights[n][3]),
                                   pack_pair<T>(weights[n + 1][0], weights[n + 1][1]),
                                   pack_pair<T>(weights[n + 1][2], weights[n + 1][3])};
#pragma unroll
            for (int d = 0; d < slices; d++) {
                unsigned v[4]; /* two tiles of 8 columns, two halves of the 16 keys each */
                load_matrices_transposed(v, values +
                                                KeyTile::at(n * 8 + lane % 16, d * 2 + lane / 16));
                const unsigned first[2] = {v[0], v[1]}, second[2] = {v[2], v[3]};
                mma<T>(sums[2 * d], w, first);
                mma<T>(sums[2 * d + 1], w, second);
            }
        }
    }

    /* A warp's 16 queries to out, through its own rows of the queries' tile. */
    static __device__ __forceinline__ void store(T *tile, const float (&sums)[2 * slices][4],
                                                 const float (&sum)[2], T *out, int first_query,
                                                 int q_len)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int first_row = static_cast<int>(threadIdx.x) / 32 * 16;
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
        const int row = static_cast<int>(threadIdx.x) / 32 * 16;
        const int seen = causal ? min(kv_len, first_query + queries) : kv_len;
        float sums[2 * slices][4] = {};
        float max[2] = {-3.402823466e38f, -3.402823466e38f}, sum[2] = {};
        unsigned q_fragments[slices][4];

        copy<QueryTile>(shared, q, first_query, q_len);
        copy<KeyTile>(key_buffers, k, 0, kv_len);
        copy<KeyTile>(value_buffers, v, 0, kv_len);
        copy_async_commit();
        for (int first_key = 0, buffer = 0; first_key < seen; first_key += Keys, buffer ^= 1) {
            if (first_key + Keys < seen) {
                const int next = (buffer ^ 1) * KeyTile::elements;
                copy<KeyTile>(key_buffers + next, k, first_key + Keys, kv_len);
                copy<KeyTile>(value_buffers + next, v, first_key + Keys, kv_len);
            }
            copy_async_commit();
            copy_async_wait<1>();
            __syncthreads();
            if (first_key == 0) {
#pragma unroll
                for (int slice = 0; slice < slices; slice++) {
                    load_matrices(q_fragments[slice],
                                  shared + QueryTile::at(row + lane % 16, slice * 2 + lane / 16));
                }
            }
            float scores[key_tiles][4] = {};
            score(scores, q_fragments, key_buffers + buffer * KeyTile::elements);
            if (first_key + Keys > kv_len || (causal && first_key + Keys > first_query + row)) {
                mask(scores, first_key, kv_len, first_query + row + lane / 4, causal);
            }
            const float2 factors = weigh(scores, max, sum, scale_log2);
#pragma unroll
            for (int n = 0; n < 2 * slices; n++) {
                sums[n][0] *= factors.x;
                sums[n][1] *= factors.x;
                sums[n][2] *= factors.y;
                sums[n][3] *= factors.y;
            }
            add_values(sums, scores, value_buffers + buffer * KeyTile::elements);
            __syncthreads(); /* this buffer has been read: the step after the next may fill it */
        }
        store(shared, sums, sum, out, first_query, q_len);
    }
};

#endif
