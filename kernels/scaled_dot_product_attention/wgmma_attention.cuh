/*
 * Attention of a tile of queries by Hopper's wgmma: out[q_len][Dim] = softmax(scale * q k^T) v for
 * one head, 16-bit T, float32 scores and sums, row-major, tensors 16-byte aligned. The algorithm is
 * FlashAttention-3's (Shah et al., 2024), but for the copies, which all threads make.
 *
 *   WgmmaAttention<T, Dim, Groups, Keys, Stages, Ahead>   Dim: 64 or 128; Keys: 64, 96 or 128
 *     queries        64 * Groups, 64 for each warpgroup
 *     threads        128 * Groups
 *     blocks         for __launch_bounds__: how many a multiprocessor should hold
 *     shared_bytes   dynamic shared memory, which must begin at a multiple of 1,024 bytes
 *     run(...)       as AttentionTile's (attention_tile.cuh)
 *
 * Queries, keys and values lie in shared memory as wgmma reads them, in slabs of 64 columns with
 * the 128-byte swizzle. Keys and values pass through rings of Stages buffers, Keys of them a step,
 * with one barrier a step. The products of queries and keys are, as wgmma leaves them in registers,
 * already laid out as the first operand of the product with the values, so that scores never leave
 * registers; the maximum and the sum of a query run along as in AttentionTile.
 *
 * With Ahead = 1 a warpgroup gives the tensor cores the scores of the next step, starts copies and
 * brings its sums to the new maxima meanwhile, gives them the product of this step's weights with
 * the values, and makes weights of the new scores while they work on that. It needs so many
 * registers that a multiprocessor holds two or three warpgroups, four with the smallest tiles. With
 * Ahead = 0 it waits for one product after the other, which leaves room for more warpgroups. Either
 * way a block's warpgroups meet once a step, and those of other blocks are at other places.
 *
 * With `causal`, keys that no query of the tile sees are not read, and those that no query of a
 * warpgroup sees are not multiplied by it.
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_WGMMA_ATTENTION_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_WGMMA_ATTENTION_CUH

#include "../common/convert.cuh"
#include "../common/pair.cuh"
#include "../common/reduce.cuh"
#include "../common/wgmma.cuh"
#include "exponent.cuh"

/* What x, which is never negative, follows from is computed here, and not behind the wait that
 * comes next: the compiler moves waits up, but not over a store. `there` is not written. */
__device__ __forceinline__ void not_later(float x, void *there)
{
#ifndef BENCH_CPU
    asm volatile(
        "{ .reg .pred p; setp.lt.f32 p, %0, 0f00000000; @p st.shared.f32 [%1], %0; }" ::"f"(x),
        "r"(shared_address(there))
        : "memory");
#endif
}

/* threadIdx.x, found anew in each step: addresses that follow from it would else be kept for all
 * steps, in more registers than there are. */
__device__ __forceinline__ int thread_of_step()
{
    int thread = static_cast<int>(threadIdx.x);
#ifndef BENCH_CPU
    asm volatile("" : "+r"(thread));
#endif
    return thread;
}

template <class T, int Dim, int Groups, int Keys, int Stages, int Ahead> struct WgmmaAttention {
    static constexpr int queries = 64 * Groups;
    static constexpr int threads = 128 * Groups;
    /* Registers of a thread that hold sums, scores and weights, and about 40 others. */
    static constexpr int registers = Dim / 2 + Keys / 2 + (Ahead ? Keys / 4 : 0) + 40;
    static constexpr int most_groups = registers <= 136 ? 4 : registers <= 176 ? 3 : 2;
    static constexpr int slices = Dim / 16;      /* of a product of queries and keys */
    static constexpr int key_slices = Keys / 16; /* of a product of weights and values */
    using QuerySlab = SlabTile<queries>;
    using KeySlab = SlabTile<Keys>;
    static constexpr int slabs = Dim / 64;
    static constexpr int query_elements = slabs * QuerySlab::elements;
    static constexpr int key_elements = slabs * KeySlab::elements;
    static constexpr int shared_bytes = (query_elements + 2 * Stages * key_elements) * 2;
    /* A multiprocessor has 228 KiB, of which 1 for each block is not the block's. */
    static constexpr int by_registers = most_groups / Groups > 0 ? most_groups / Groups : 1;
    static constexpr int by_memory = 233472 / (shared_bytes + 1024);
    static constexpr int blocks = by_memory < by_registers ? by_memory : by_registers;
    using Scores = WgmmaSums<T, Keys>;
    using Sums = WgmmaSums<T, Dim>;
    static_assert(Stages >= 2, "one is read, one is filled");

    /* Starts copying rows first … of x[rows][Dim]; zeros beyond the last. A thread's rows lie a
     * fixed distance apart, so that one address serves for all. */
    template <int ROWS>
    static __device__ __forceinline__ void copy(T *slab, const T *x, int first, int rows)
    {
        constexpr int row_chunks = Dim / 8;
        constexpr int apart = threads / row_chunks;
        constexpr int turns = (ROWS + apart - 1) / apart;
        static_assert(apart % 8 == 0, "the same place in each");
        const int thread = thread_of_step();
        const int row = thread / row_chunks, chunk = thread % row_chunks;
        T *to = slab + chunk / 8 * SlabTile<ROWS>::elements + SlabTile<ROWS>::at(row, chunk % 8);
        const T *from = x + static_cast<long long>(first + row) * Dim + chunk * 8;
        const int left = rows - first - row;
#pragma unroll
        for (int i = 0; i < turns; i++) {
            if (ROWS % apart == 0 || i * apart + row < ROWS) {
                copy_async(to + i * apart * 64, from + i * apart * Dim, i * apart < left);
            }
        }
    }

    /* Scores of keys that a query does not see become -infinity. query: the lane's first of two. */
    static __device__ __forceinline__ void mask(Scores &scores, int first_key, int kv_len,
                                                int query, bool causal)
    {
        const int column = static_cast<int>(threadIdx.x) % 4 * 2;
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int end = causal ? min(kv_len, query + half * 8 + 1) : kv_len;
            const int left = end - first_key - column; /* of the lane's columns */
#pragma unroll
            for (int i = 0; i < Keys / 2; i++) {
                if (i / 2 % 2 == half && i / 4 * 8 + i % 2 >= left) {
                    scores.values[i] = -infinity();
                }
            }
        }
    }

    /* From scores to weights, with the maxima and sums so far brought up to date. What was added
     * up before is to be multiplied by the factors. */
    static __device__ __forceinline__ void weigh(Scores &scores, float (&max)[2], float (&sum)[2],
                                                 float (&factor)[2], float scale_log2)
    {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float higher = max[half];
#pragma unroll
            for (int i = half * 2; i < Keys / 2; i += 4) {
                higher = fmaxf(higher, fmaxf(scores.values[i], scores.values[i + 1]));
            }
            higher = warp_reduce<4>(higher, Max());
            const float shift = higher * scale_log2;
            factor[half] = exp2_of_negative((max[half] - higher) * scale_log2);
            max[half] = higher;
            sum[half] *= factor[half];
#pragma unroll
            for (int i = half * 2; i < Keys / 2; i += 4) {
#pragma unroll
                for (int k = i; k < i + 2; k++) {
                    scores.values[k] = exp2_of_negative(fmaf(scores.values[k], scale_log2, -shift));
                    sum[half] += scores.values[k];
                }
            }
        }
    }

    /* The sums so far to the new maxima. */
    static __device__ __forceinline__ void scale(Sums &sums, const float (&factor)[2])
    {
#pragma unroll
        for (int i = 0; i < Dim / 2; i++) {
            sums.values[i] *= factor[i / 2 % 2];
        }
        sums.written();
    }

    /* The weights rounded to T, as wgmma takes them. */
    static __device__ __forceinline__ void round(unsigned (&weights)[key_slices][4],
                                                 const Scores &scores)
    {
#pragma unroll
        for (int i = 0; i < Keys / 2; i += 2) {
            weights[i / 8][i / 2 % 4] = pack_pair<T>(scores.values[i], scores.values[i + 1]);
        }
        wgmma_keep(weights);
    }

    /* Starts scores = q k^T of a warpgroup's queries. */
    static __device__ __forceinline__ void score(Scores &scores, const T *q, const T *k)
    {
#pragma unroll
        for (int slice = 0; slice < slices; slice++) {
            const unsigned long long a =
                wgmma_rows(q + slice / 4 * QuerySlab::elements, slice % 4 * 16);
            const unsigned long long b =
                wgmma_rows(k + slice / 4 * KeySlab::elements, slice % 4 * 16);
            if (slice == 0) {
                scores.start_transposed(a, b);
            } else {
                scores.multiply_transposed(a, b);
            }
        }
        scores.commit();
    }

    /* Starts sums += weights v. */
    static __device__ __forceinline__ void
    add_values(Sums &sums, const unsigned (&weights)[key_slices][4], const T *v)
    {
#pragma unroll
        for (int slice = 0; slice < key_slices; slice++) {
            sums.multiply_held(weights[slice], wgmma_columns(v, slice * 16, KeySlab::bytes));
        }
        sums.commit();
    }

    /* A warp's 16 queries to out, through their own rows of the queries' slabs. */
    static __device__ __forceinline__ void store(T *slab, const Sums &sums, const float (&sum)[2],
                                                 T *out, int first_query, int q_len)
    {
        constexpr int row_chunks = Dim / 8;
        const int thread = thread_of_step();
        const int lane = thread % 32, first_row = thread / 32 * 16;
        const auto place = [&](int row, int chunk) {
            return slab + chunk / 8 * QuerySlab::elements + QuerySlab::at(row, chunk % 8);
        };
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const float inverse = 1.0f / warp_reduce<4>(sum[half], ::Sum());
#pragma unroll
            for (int n = 0; n < row_chunks; n++) {
                const int i = n * 4 + half * 2;
                T *to = place(first_row + half * 8 + lane / 4, n) + lane % 4 * 2;
                *reinterpret_cast<unsigned *>(to) =
                    pack_pair<T>(sums.values[i] * inverse, sums.values[i + 1] * inverse);
            }
        }
        __syncwarp();
#pragma unroll
        for (int i = lane; i < 16 * row_chunks; i += 32) {
            const int row = first_row + i / row_chunks, chunk = i % row_chunks;
            if (first_query + row < q_len) {
                *reinterpret_cast<uint4 *>(out + static_cast<long long>(first_query + row) * Dim +
                                           chunk * 8) =
                    *reinterpret_cast<const uint4 *>(place(row, chunk));
            }
        }
    }

    static __device__ __forceinline__ void run(T *shared, const T *q, const T *k, const T *v,
                                               T *out, int first_query, int q_len, int kv_len,
                                               float scale_log2, bool causal)
    {
        T *const key_buffers = shared + query_elements;
        T *const value_buffers = key_buffers + Stages * key_elements;
        const int row = static_cast<int>(threadIdx.x) / 128 * 64; /* the warpgroup's first */
        const T *const own_queries = shared + row * 64;
        const int seen = causal ? min(kv_len, first_query + queries) : kv_len;
        const int steps = (seen + Keys - 1) / Keys;
        /* What the warpgroup's queries see; nothing, if there are none. */
        const int own_seen = first_query + row >= q_len ? 0
                             : causal                   ? min(seen, first_query + row + 64)
                                                        : seen;
        const int own_steps = (own_seen + Keys - 1) / Keys;
        /* From this key on, some query does not see it. */
        const int masked_from = causal ? min(kv_len, first_query + row + 1) : kv_len;
        Scores scores;
        Sums sums;
        unsigned weights[key_slices][4] = {};
        float max[2] = {lowest_score(), lowest_score()}, sum[2] = {}, factor[2];
        sums.clear();

        const auto copy_keys = [&](int step) {
            if (step < steps) {
                copy<Keys>(key_buffers + step % Stages * key_elements, k, step * Keys, seen);
            }
        };
        const auto copy_values = [&](int step) {
            if (step < steps) {
                copy<Keys>(value_buffers + step % Stages * key_elements, v, step * Keys, seen);
            }
        };
        /* The copies that step `step` needs, the same number before it for every step. */
        const auto copy_for = [&](int step) {
            copy_keys(step + Ahead);
            copy_values(step);
            copy_async_commit();
        };
        /* A step begins: its copies have arrived, and all warpgroups are done with the last one, so
         * that its buffers may be filled. */
        const auto meet = [&](bool first) {
            if (first) {
                copy_async_wait<Stages - 1>();
            } else {
                copy_async_wait<Stages - 2>();
            }
            wgmma_ready();
            __syncthreads();
        };
        const auto start_scores = [&](int step) {
            score(scores, own_queries, key_buffers + step % Stages * key_elements);
        };
        const auto start_sums = [&](int step) {
            scale(sums, factor);
            sums.begin();
            add_values(sums, weights, value_buffers + step % Stages * key_elements);
        };
        const auto finish_sums = [&]() {
            sums.template finish<0>();
            wgmma_keep(weights);
        };
        const auto weigh_step = [&](int step) {
            if ((step + 1) * Keys > masked_from) {
                const int thread = thread_of_step();
                mask(scores, step * Keys, kv_len, first_query + thread / 32 * 16 + thread % 32 / 4,
                     causal);
            }
            weigh(scores, max, sum, factor, scale_log2);
        };

        int step = 0;
        copy<queries>(shared, q, first_query, q_len);
        if constexpr (Ahead) {
            copy_keys(0);
            copy_async_commit();
        }
#pragma unroll
        for (int s = 0; s < Stages - 1; s++) {
            copy_for(s);
        }
        if constexpr (Ahead) {
            meet(true);
            if (own_steps > 0) {
                scores.begin();
                start_scores(0);
                scores.template finish<0>();
                weigh_step(0);
                round(weights, scores);
            }
#pragma unroll 1
            for (; step + 1 < own_steps; step++) {
                meet(false);
                scores.begin();
                start_scores(step + 1);
                copy_for(step + Stages - 1);
                start_sums(step);
                scores.template finish<1>();
                weigh_step(step + 1);
                not_later(sum[0] + sum[1], shared);
                finish_sums();
                round(weights, scores);
            }
            if (own_steps > 0) {
                meet(false);
                start_sums(step);
                copy_for(step + Stages - 1);
                step++;
                finish_sums();
            }
        } else {
#pragma unroll 1
            for (; step < own_steps; step++) {
                meet(false);
                scores.begin();
                start_scores(step);
                copy_for(step + Stages - 1);
                scores.template finish<0>();
                weigh_step(step);
                round(weights, scores);
                start_sums(step);
                finish_sums();
            }
        }
        /* The other warpgroups need this one's copies. */
#pragma unroll 1
        for (; step < steps; step++) {
            meet(false);
            copy_for(step + Stages - 1);
        }
        if (!Ahead) {
            meet(false); /* the queries have been read */
        }
        copy_async_wait<0>();
        if (own_steps > 0) {
            store(shared, sums, sum, out, first_query, q_len);
        }
    }
};

#endif
