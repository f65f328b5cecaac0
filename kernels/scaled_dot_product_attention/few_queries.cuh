/*
 * Attention of a few queries that share keys and values, as in decoding: each key and value is read
 * once and used for all of them, so memory is the limit, and what matters is how many loads are
 * under way.
 *
 *   FewQueries<T, Dim, Rows, Keys, Threads>   Dim: 32, 64 or 128; zeros where dim is less
 *     run(...)   rows first_row … first_row + Rows - 1 of q[rows][dim] over keys begin … end - 1;
 *                store(row, d, value, max, sum) gets each element once: value is the sum of
 *                weighted values, sum that of the weights, both relative to 2^max
 *
 * q's rows are the queries of all heads that share the keys: row r is query r % q_len. A row of
 * keys is 16 bytes a lane, so some neighbouring lanes have a key to themselves, find its scores
 * with shuffles, and add its value to sums of their own; Keys keys and values a lane are loaded
 * before any is used. Each group of lanes has maxima and sums of its own (online softmax), which
 * are merged at the end, first in the warp, then over the block.
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_FEW_QUERIES_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_FEW_QUERIES_CUH

#include "../common/pack.cuh"
#include "../common/reduce.cuh"
#include "exponent.cuh"

template <class T, int Dim, int Rows, int Keys, int Threads> struct FewQueries {
    static constexpr int size = Pack<T>::size;
    static constexpr int lanes = Dim / size; /* that share a key */
    static constexpr int groups = Threads / lanes;
    static constexpr int warps = Threads / 32;
    static_assert(lanes <= 32, "a key is read by a warp at most");

    struct State { /* of a group of lanes: each has the sums of its columns */
        float max[Rows], sum[Rows], values[Rows][size];
    };

    struct Merged {
        float max[warps][Rows], sum[warps][Rows], values[warps][Rows][Dim];
    };

    /* A lane's columns of a row; zeros beyond it. */
    template <bool Packable>
    static __device__ __forceinline__ Pack<T> load(const T *row, int dim, bool valid)
    {
        const int d = static_cast<int>(threadIdx.x) % lanes * size;
        if (!valid || d >= dim) {
            return Pack<T>{};
        }
        if constexpr (Packable) {
            return pack_load(row + d);
        } else {
            return pack_load_part(row + d, dim - d);
        }
    }

    static __device__ __forceinline__ void scale(State &state, int row, float higher)
    {
        const float factor = exp2_of_negative(state.max[row] - higher);
        state.max[row] = higher;
        state.sum[row] *= factor;
#pragma unroll
        for (int i = 0; i < size; i++) {
            state.values[row][i] *= factor;
        }
    }

    /* Scores in powers of 2 of a row and the keys of a step, in all lanes of the group. */
    template <int Count>
    static __device__ __forceinline__ void score(float (&scores)[Count], const float (&q)[size],
                                                 const Pack<T> (&k)[Count])
    {
#pragma unroll
        for (int u = 0; u < Count; u++) {
            scores[u] = 0.0f;
#pragma unroll
            for (int i = 0; i < size; i++) {
                scores[u] = fmaf(q[i], to_float(k[u].v[i]), scores[u]);
            }
        }
#pragma unroll
        for (int u = 0; u < Count; u++) {
            scores[u] = warp_reduce<lanes>(scores[u], Sum());
        }
    }

    /* All keys of a step, of which a row sees those before `seen`. */
    template <int Count>
    static __device__ __forceinline__ void take(State &state, int row, float (&scores)[Count],
                                                const Pack<T> (&v)[Count], int first_key, int seen)
    {
        float higher = state.max[row];
#pragma unroll
        for (int u = 0; u < Count; u++) {
            scores[u] = first_key + u * groups < seen ? scores[u] : -infinity();
            higher = fmaxf(higher, scores[u]);
        }
        scale(state, row, higher);
#pragma unroll
        for (int u = 0; u < Count; u++) {
            const float weight = exp2_of_negative(scores[u] - higher);
            state.sum[row] += weight;
#pragma unroll
            for (int i = 0; i < size; i++) {
                state.values[row][i] = fmaf(weight, to_float(v[u].v[i]), state.values[row][i]);
            }
        }
    }

    /* The groups of a warp to one, then each warp's to shared memory. */
    static __device__ __forceinline__ void merge(State &state, Merged &merged)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int warp = static_cast<int>(threadIdx.x) / 32;
#pragma unroll
        for (int row = 0; row < Rows; row++) {
#pragma unroll
            for (int mask = lanes; mask < 32; mask *= 2) {
                const float other = shuffle_xor(state.max[row], mask);
                scale(state, row, fmaxf(state.max[row], other));
                state.sum[row] += shuffle_xor(state.sum[row], mask);
#pragma unroll
                for (int i = 0; i < size; i++) {
                    state.values[row][i] += shuffle_xor(state.values[row][i], mask);
                }
            }
            if (lane < lanes) {
                merged.max[warp][row] = state.max[row];
                merged.sum[warp][row] = state.sum[row];
#pragma unroll
                for (int i = 0; i < size; i++) {
                    merged.values[warp][row][lane * size + i] = state.values[row][i];
                }
            }
        }
    }

    /* Keys begin … end - 1 for the rows whose queries the group holds; they see those before
     * `seen`. */
    template <int Count, bool Packable>
    static __device__ __forceinline__ void read(State &state, const float (&queries)[Rows][size],
                                                const int (&seen)[Rows], const T *k, const T *v,
                                                int begin, int end, int dim)
    {
        const int group = static_cast<int>(threadIdx.x) / lanes;
#pragma unroll 1 /* loads of the next step would take the registers of other warps */
        for (int first = begin; first < end; first += groups * Count) {
            Pack<T> keys[Count], values[Count];
#pragma unroll
            for (int u = 0; u < Count; u++) {
                const int key = first + group + u * groups;
                const long long at = static_cast<long long>(key) * dim;
                keys[u] = load<Packable>(k + at, dim, key < end);
                values[u] = load<Packable>(v + at, dim, key < end);
            }
#pragma unroll
            for (int row = 0; row < Rows; row++) {
                float scores[Count];
                score(scores, queries[row], keys);
                take(state, row, scores, values, first + group, seen[row]);
            }
        }
    }

    /* The merged sums of all warps, each element to store. */
    template <class Store>
    static __device__ __forceinline__ void finish(const Merged &merged, int first_row, int rows,
                                                  int dim, const Store &store)
    {
        for (int i = static_cast<int>(threadIdx.x); i < Rows * Dim; i += Threads) {
            const int row = i / Dim, d = i % Dim;
            if (first_row + row >= rows || d >= dim) {
                continue;
            }
            float max = lowest_score(), sum = 0.0f, value = 0.0f;
#pragma unroll
            for (int warp = 0; warp < warps; warp++) {
                max = fmaxf(max, merged.max[warp][row]);
            }
#pragma unroll
            for (int warp = 0; warp < warps; warp++) {
                const float factor = exp2_of_negative(merged.max[warp][row] - max);
                sum += merged.sum[warp][row] * factor;
                value += merged.values[warp][row][d] * factor;
            }
            store(first_row + row, d, value, max, sum);
        }
    }

    template <class Store>
    static __device__ __forceinline__ void run(const T *q, const T *k, const T *v, int first_row,
                                               int rows, int q_len, int begin, int end, int dim,
                                               float scale_log2, bool causal, const Store &store)
    {
        __shared__ Merged merged;
        float queries[Rows][size];
        int seen[Rows];
        State state;
#pragma unroll
        for (int row = 0; row < Rows; row++) {
            const int at = first_row + row;
            const Pack<T> pack = load<false>(q + static_cast<long long>(at) * dim, dim, at < rows);
#pragma unroll
            for (int i = 0; i < size; i++) {
                queries[row][i] = to_float(pack.v[i]) * scale_log2;
                state.values[row][i] = 0.0f;
            }
            seen[row] = causal ? min(end, at % q_len + 1) : end;
            state.max[row] = lowest_score();
            state.sum[row] = 0.0f;
        }
        if (dim % size == 0 && is_packable(k) && is_packable(v)) {
            read<Keys, true>(state, queries, seen, k, v, begin, end, dim);
        } else {
            read<1, false>(state, queries, seen, k, v, begin, end, dim);
        }
        merge(state, merged);
        __syncthreads();
        finish(merged, first_row, rows, dim, store);
    }
};

#endif
