/*
 * Attention of many tiles of queries, one after the other, by Hopper's wgmma: as WgmmaAttention
 * with Ahead = 1 (wgmma_attention.cuh), but that a block goes on with the next tile. Its first
 * keys, values and queries are copied while the tile before is worked on, and its first scores are
 * made while the last weights of the tile before are multiplied: the tensor cores do not wait at
 * the beginning of each tile, which counts where a tile has few steps.
 *
 *   WgmmaStream<T, Dim, Groups, Keys, Spread>
 *     queries, threads, blocks, shared_bytes
 *                    as WgmmaAttention's; a GPU needs no more blocks than run at the same time
 *     run(...)       tiles blockIdx.x, blockIdx.x + gridDim.x, … of all heads' `count`, in the
 *                    order of head_tile.cuh
 *
 * Buffers are filled two steps ahead for keys and one for values, and queries with the first keys
 * of their tile. There are two of each, which is enough for queries, too: a tile's are copied when
 * the last scores of the tile two before have been waited for. Output leaves through memory of its
 * own. All warpgroups do all steps of a tile.
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_WGMMA_STREAM_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_WGMMA_STREAM_CUH

#include "head_tile.cuh"
#include "wgmma_attention.cuh"

template <class T, int Dim, int Groups, int Keys, int Spread> struct WgmmaStream {
    using Tile = WgmmaAttention<T, Dim, Groups, Keys, 2, 1>;
    static constexpr int queries = Tile::queries;
    static constexpr int threads = Tile::threads;
    static constexpr int blocks = Tile::blocks;
    static constexpr int query_elements = Tile::query_elements;
    static constexpr int key_elements = Tile::key_elements;
    static constexpr int shared_bytes = (3 * query_elements + 4 * key_elements) * 2;

    struct Problem {
        unsigned count; /* tiles of all heads */
        int q_len, kv_len;
        unsigned group; /* heads that share keys and values */
        bool causal;
    };

    /* A step of the block's, and what its tile is. */
    struct Step {
        unsigned index, head;
        int first_query, seen; /* keys */
        int first_key;
        int buffer, query_buffer;

        __device__ __forceinline__ void find(const Problem &p)
        {
            const unsigned tiles = static_cast<unsigned>((p.q_len - 1) / queries + 1);
            const HeadTile place = head_tile<Spread>(tiles, index, p.count);
            head = place.head;
            first_query = place.tile * queries;
            seen = p.causal ? min(p.kv_len, first_query + queries) : p.kv_len;
        }
        __device__ __forceinline__ bool is_there(const Problem &p) const
        {
            return index < p.count;
        }
        __device__ __forceinline__ Step next(const Problem &p) const
        {
            Step step = *this;
            step.buffer ^= 1;
            step.first_key += Keys;
            if (step.first_key >= seen) {
                step.first_key = 0;
                step.index += gridDim.x;
                step.query_buffer ^= 1;
                if (step.is_there(p)) {
                    step.find(p);
                }
            }
            return step;
        }
    };

    static __device__ __forceinline__ void run(T *shared, const T *q, const T *k, const T *v,
                                               T *out, const Problem &p, float scale_log2)
    {
        T *const key_buffers = shared + 2 * query_elements;
        T *const value_buffers = key_buffers + 2 * key_elements;
        T *const staged = value_buffers + 2 * key_elements;
        const long long q_head = static_cast<long long>(p.q_len) * Dim;
        const long long k_head = static_cast<long long>(p.kv_len) * Dim;
        const int row = static_cast<int>(threadIdx.x) / 128 * 64; /* the warpgroup's first */
        typename Tile::Scores scores;
        typename Tile::Sums sums;
        unsigned weights[Tile::key_slices][4] = {};
        float max[2] = {lowest_score(), lowest_score()}, sum[2] = {}, factor[2];
        Step now = {blockIdx.x, 0, 0, 0, 0, 0, 0}; /* is scored */
        now.find(p);
        sums.clear();

        const auto copy_keys = [&](const Step &step) {
            if (step.is_there(p)) {
                if (step.first_key == 0) {
                    Tile::template copy<queries>(shared + step.query_buffer * query_elements,
                                                 q + step.head * q_head, step.first_query, p.q_len);
                }
                Tile::template copy<Keys>(key_buffers + step.buffer * key_elements,
                                          k + step.head / p.group * k_head, step.first_key,
                                          step.seen);
            }
            copy_async_commit();
        };
        const auto copy_values = [&]() {
            Tile::template copy<Keys>(value_buffers + now.buffer * key_elements,
                                      v + now.head / p.group * k_head, now.first_key, now.seen);
        };
        const auto start_scores = [&]() {
            Tile::score(scores, shared + now.query_buffer * query_elements + row * 64,
                        key_buffers + now.buffer * key_elements);
        };
        const auto start_sums = [&](int buffer) {
            Tile::scale(sums, factor);
            sums.begin();
            Tile::add_values(sums, weights, value_buffers + buffer * key_elements);
        };
        const auto weigh = [&]() {
            const int masked_from = p.causal ? min(p.kv_len, now.first_query + row + 1) : p.kv_len;
            if (now.first_key + Keys > masked_from) {
                const int thread = thread_of_step();
                Tile::mask(scores, now.first_key, p.kv_len,
                           now.first_query + thread / 32 * 16 + thread % 32 / 4, p.causal);
            }
            Tile::weigh(scores, max, sum, factor, scale_log2);
        };
        const auto store = [&](const Step &step, const float(&total)[2]) {
            if (step.first_query + row < p.q_len) {
                Tile::store(staged, sums, total, out + step.head * q_head, step.first_query,
                            p.q_len);
            }
        };
        const auto meet = [&](bool first) {
            if (first) {
                copy_async_wait<1>();
            } else {
                copy_async_wait<0>();
            }
            wgmma_ready();
            __syncthreads();
        };

        copy_keys(now);
        copy_values();
        copy_keys(now.next(p));
        meet(true);
        scores.begin();
        start_scores();
        scores.template finish<0>();
        weigh();
        Tile::round(weights, scores);
        /* Weights are of the step before `now`, whose scores are made meanwhile. */
#pragma unroll 1
        for (;;) {
            now = now.next(p);
            if (!now.is_there(p)) {
                break;
            }
            meet(false);
            scores.begin();
            start_scores();
            copy_values();
            copy_keys(now.next(p));
            start_sums(now.buffer ^ 1);
            scores.template finish<1>();
            const float total[2] = {sum[0], sum[1]};
            if (now.first_key == 0) {
                max[0] = max[1] = lowest_score();
                sum[0] = sum[1] = 0.0f;
            }
            weigh();
            not_later(sum[0] + sum[1], shared);
            sums.template finish<0>();
            wgmma_keep(weights);
            if (now.first_key == 0) {
                Step before = now;
                before.index -= gridDim.x;
                before.find(p);
                store(before, total);
                sums.clear();
            }
            Tile::round(weights, scores);
        }
        meet(false);
        start_sums(now.buffer ^ 1);
        sums.template finish<0>();
        store(now, sum); /* now is beyond the last, but of its tile */
    }
};

#endif
