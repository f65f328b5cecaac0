/*
 * Attention of a tile of queries on the ordinary cores, in true float32 whatever the tensors hold:
 * out[q_len][dim] = softmax(scale * q k^T) v for one head, row-major, dim <= Dim.
 *
 *   RegisterTile<T, Dim, Rows>   Dim: 32, 64 or 128; zeros where dim is less
 *     queries        1024 / Dim * Rows: each thread has Rows of them
 *     threads        128
 *     blocks         for __launch_bounds__: how many a multiprocessor should hold
 *     shared_bytes   dynamic shared memory
 *     run(...)       queries first_query … first_query + queries - 1; as AttentionTile::run
 *
 * A step takes Dim keys. A thread has the scores of Rows queries and 8 keys, then the sums of the
 * same queries and 8 columns, all in registers: of a number read from shared memory 8 products are
 * made, so the float32 units are the limit, not shared memory. Keys (32 columns at a time) and
 * values (32 keys at a time) pass through two buffers, one on its way by cp.async while the other
 * is multiplied, one barrier each. Rows lie in shared memory as they do in memory, 4 floats apart,
 * and are read four columns at once.
 *
 * Of a warp's lanes, neighbours differ in their query and every second one in its key, so that each
 * read of 16 bytes a lane takes two passes instead of four: half a warp's lanes read 128 different
 * bytes at most, or 32. A query's lanes are in one warp: its maximum and sum are found with
 * shuffles (online softmax), and its weights pass through shared memory without a barrier. They
 * change their order on the way, 32 by 32, so that a thread writes them as vectors; the values'
 * rows are in the same order.
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_REGISTER_TILE_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_REGISTER_TILE_CUH

#include "../common/mma.cuh"
#include "../common/pack.cuh"
#include "../common/reduce.cuh"
#include "exponent.cuh"

template <class T, int Dim, int Rows> struct RegisterTile {
    static constexpr int threads = 128;
    static constexpr int each = 8;                /* keys, and columns, of a thread */
    static constexpr int lanes = Dim / each;      /* that share queries */
    static constexpr int apart = threads / lanes; /* a thread's queries */
    static constexpr int queries = apart * Rows;
    static constexpr int keys = Dim;
    static constexpr int slice = 32;
    static constexpr int slices = Dim / slice;
    static constexpr int neighbours = slice / lanes; /* weights that a thread writes together */
    static constexpr int stride = Dim + 4;           /* of queries, and of weights */
    static constexpr int key_stride = slice + 4;
    static constexpr int buffer = keys * key_stride;
    static constexpr int shared_bytes = (2 * queries * stride + 2 * buffer) * 4;
    /* By registers, and by the 228 KiB of an H100, of which each block takes one more. */
    static constexpr int blocks = Rows > 5 || 3 * (shared_bytes + 1024) > 228 * 1024 ? 2 : 3;
    static_assert(lanes <= 16 && slice * Dim <= buffer, "a query's lanes in a warp, values fit");

    struct Place {
        int x, y; /* of a thread: among the lanes of its queries, and its first query */
    };

    static __device__ __forceinline__ Place place()
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int warp = static_cast<int>(threadIdx.x) / 32;
        return {lane / 2 % lanes, lane % 2 + lane / (2 * lanes) * 2 + warp * (32 / lanes)};
    }

    struct Source {
        const T *x;
        int rows, dim;
        bool async; /* 16-byte copies are possible */
    };

    /* Columns d … d + 3 of every Apart-th row from `row` on to every ToApart-th float; zeros
     * outside of x[rows][dim]. */
    template <int Count, int Apart, int ToApart>
    static __device__ __forceinline__ void copy(float *to, const Source &source, int row, int d)
    {
        const T *from = source.x + static_cast<long long>(row) * source.dim + d;
        const int rows = d < source.dim ? source.rows : 0;
        if (sizeof(T) == 4 && source.async) {
#pragma unroll 4
            for (int i = 0; i < Count; i++) {
                copy_async(to + i * ToApart, from, row + i * Apart < rows);
                from += Apart * source.dim;
            }
            return;
        }
#pragma unroll 1
        for (int i = 0; i < Count; i++) {
            const Pack<T> four =
                pack_load_part(from, row + i * Apart < rows ? min(4, source.dim - d) : 0);
            *reinterpret_cast<float4 *>(to + i * ToApart) = make_float4(
                to_float(four.v[0]), to_float(four.v[1]), to_float(four.v[2]), to_float(four.v[3]));
            from += Apart * source.dim;
        }
    }

    static __device__ __forceinline__ void copy_queries(float *to, const Source &q, int first)
    {
        constexpr int row_threads = Dim / 4, apart_here = threads / row_threads;
        const int row = static_cast<int>(threadIdx.x) / row_threads;
        const int d = static_cast<int>(threadIdx.x) % row_threads * 4;
        copy<queries / apart_here, apart_here, apart_here * stride>(to + row * stride + d, q,
                                                                    first + row, d);
    }

    /* Columns part * 32 … of all keys of a step. */
    static __device__ __forceinline__ void copy_keys(float *to, const Source &k, int first,
                                                     int part)
    {
        constexpr int row_threads = slice / 4, apart_here = threads / row_threads;
        const int row = static_cast<int>(threadIdx.x) / row_threads;
        const int d = static_cast<int>(threadIdx.x) % row_threads * 4;
        copy<keys / apart_here, apart_here, apart_here * key_stride>(to + row * key_stride + d, k,
                                                                     first + row, part * slice + d);
    }

    /* Values first … first + 31, in the order of the weights: the rows of a thread lie two apart.
     */
    static __device__ __forceinline__ void copy_values(float *to, const Source &v, int first)
    {
        constexpr int row_threads = Dim / 4, apart_here = threads / row_threads;
        static_assert(apart_here == 2 * neighbours, "so they lie two apart");
        const int row = static_cast<int>(threadIdx.x) / row_threads;
        const int d = static_cast<int>(threadIdx.x) % row_threads * 4;
        copy<slice / apart_here, 2, apart_here * Dim>(
            to + row * Dim + d, v, first + row / neighbours + row % neighbours * lanes, d);
    }

    static __device__ __forceinline__ void read_four(float (&four)[4], const float *from)
    {
        const float4 read = *reinterpret_cast<const float4 *>(from);
        four[0] = read.x;
        four[1] = read.y;
        four[2] = read.z;
        four[3] = read.w;
    }

    /* The products of a slice's columns, for the first Keys of a thread's keys. */
    template <int Keys>
    static __device__ __forceinline__ void score(float (&scores)[Rows][each], const float *q,
                                                 const float *k, const Place &at)
    {
#pragma unroll 1
        for (int d = 0; d < slice; d += 4) {
            float a[Rows][4];
#pragma unroll
            for (int i = 0; i < Rows; i++) {
                read_four(a[i], q + (at.y + i * apart) * stride + d);
            }
#pragma unroll
            for (int j = 0; j < Keys; j++) {
                float b[4];
                read_four(b, k + (at.x + j * lanes) * key_stride + d);
#pragma unroll
                for (int i = 0; i < Rows; i++) {
#pragma unroll
                    for (int e = 0; e < 4; e++) {
                        scores[i][j] = fmaf(a[i][e], b[e], scores[i][j]);
                    }
                }
            }
        }
    }

    static __device__ __forceinline__ void add_values(float (&sums)[Rows][each], const float *w,
                                                      const float *v, const Place &at)
    {
#pragma unroll 1
        for (int key = 0; key < slice; key += 4) {
            float a[Rows][4];
#pragma unroll
            for (int i = 0; i < Rows; i++) {
                read_four(a[i], w + (at.y + i * apart) * stride + key);
            }
#pragma unroll
            for (int e = 0; e < 4; e++) {
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    float b[4];
                    read_four(b, v + (key + e) * Dim + half * (Dim / 2) + at.x * 4);
#pragma unroll
                    for (int i = 0; i < Rows; i++) {
#pragma unroll
                        for (int c = 0; c < 4; c++) {
                            sums[i][half * 4 + c] = fmaf(a[i][e], b[c], sums[i][half * 4 + c]);
                        }
                    }
                }
            }
        }
    }

    /* Scores of keys that a query does not see become -infinity. */
    static __device__ __forceinline__ void mask(float (&scores)[Rows][each], int first_query,
                                                int first_key, int kv_len, bool causal,
                                                const Place &at)
    {
#pragma unroll
        for (int i = 0; i < Rows; i++) {
            const int query = first_query + at.y + i * apart;
            const int seen = causal ? min(kv_len, query + 1) : kv_len;
#pragma unroll
            for (int j = 0; j < each; j++) {
                scores[i][j] = first_key + at.x + j * lanes < seen ? scores[i][j] : -infinity();
            }
        }
    }

    /* From scores to weights, which go to shared memory; sums so far are brought up to date. */
    static __device__ __forceinline__ void weigh(float (&scores)[Rows][each], float (&max)[Rows],
                                                 float (&sum)[Rows], float (&sums)[Rows][each],
                                                 float *weights, float scale_log2, const Place &at)
    {
#pragma unroll
        for (int i = 0; i < Rows; i++) {
            float higher = max[i];
#pragma unroll
            for (int j = 0; j < each; j++) {
                higher = fmaxf(higher, scores[i][j]);
            }
#pragma unroll
            for (int bit = 2; bit <= lanes; bit *= 2) {
                higher = fmaxf(higher, shuffle_xor(higher, bit));
            }
            const float factor = exp2_of_negative((max[i] - higher) * scale_log2);
            const float shift = higher * scale_log2;
            max[i] = higher;
            sum[i] *= factor;
#pragma unroll
            for (int c = 0; c < each; c++) {
                sums[i][c] *= factor;
            }
#pragma unroll
            for (int j = 0; j < each; j++) {
                scores[i][j] = exp2_of_negative(fmaf(scores[i][j], scale_log2, -shift));
                sum[i] += scores[i][j];
            }
            float *row = weights + (at.y + i * apart) * stride + at.x * neighbours;
#pragma unroll
            for (int j = 0; j < each; j += 2) {
                *reinterpret_cast<float2 *>(row + j / neighbours * slice + j % neighbours) =
                    make_float2(scores[i][j], scores[i][j + 1]);
            }
        }
        __syncwarp();
    }

    static __device__ __forceinline__ void store(const float (&sums)[Rows][each],
                                                 const float (&sum)[Rows], T *out, int first_query,
                                                 int q_len, int dim, const Place &at)
    {
        const bool whole = sizeof(T) == 4 && dim % 4 == 0 && is_packable(out);
#pragma unroll
        for (int i = 0; i < Rows; i++) {
            float total = sum[i];
#pragma unroll
            for (int bit = 2; bit <= lanes; bit *= 2) {
                total += shuffle_xor(total, bit);
            }
            const float inverse = 1.0f / total;
            const int query = first_query + at.y + i * apart;
#pragma unroll
            for (int c = 0; c < each; c += 4) {
                const int d = c / 4 * (Dim / 2) + at.x * 4;
                T *to = out + static_cast<long long>(query) * dim + d;
                if (query < q_len && whole && d < dim) {
                    *reinterpret_cast<float4 *>(to) =
                        make_float4(sums[i][c] * inverse, sums[i][c + 1] * inverse,
                                    sums[i][c + 2] * inverse, sums[i][c + 3] * inverse);
                } else if (query < q_len) {
#pragma unroll
                    for (int e = 0; e < 4; e++) {
                        if (d + e < dim) {
                            to[e] = from_float<T>(sums[i][c + e] * inverse);
                        }
                    }
                }
            }
        }
    }

    static __device__ __forceinline__ void run(float *shared, const T *q, const T *k, const T *v,
                                               T *out, int first_query, int q_len, int kv_len,
                                               int dim, float scale_log2, bool causal)
    {
        const Place at = place();
        const int seen = causal ? min(kv_len, first_query + queries) : kv_len;
        const bool async = dim % 4 == 0 && is_packable(q) && is_packable(k) && is_packable(v);
        const Source all_keys = {k, seen, dim, async}, all_values = {v, seen, dim, async};
        float *weights = shared + queries * stride;
        float *now = weights + queries * stride, *next = now + buffer;
        float max[Rows], sum[Rows] = {}, sums[Rows][each] = {};
#pragma unroll
        for (int i = 0; i < Rows; i++) {
            max[i] = lowest_score();
        }

        copy_queries(shared, {q, q_len, dim, async}, first_query);
        copy_keys(now, all_keys, 0, 0);
        copy_async_commit();
#pragma unroll 1
        for (int first_key = 0; first_key < seen; first_key += keys) {
            const int here = seen - first_key; /* or more than a step's */
            float scores[Rows][each] = {};
#pragma unroll 1
            for (int part = 0; part < slices; part++) {
                copy_async_wait<0>();
                __syncthreads(); /* this slice is there, and the one before has been read */
                if (part + 1 < slices) {
                    copy_keys(next, all_keys, first_key, part + 1);
                } else {
                    copy_values(next, all_values, first_key);
                }
                copy_async_commit();
                if (here > keys / 2) {
                    score<each>(scores, shared + part * slice, now, at);
                } else {
                    score<each / 2>(scores, shared + part * slice, now, at);
                }
                float *const read = now;
                now = next;
                next = read;
            }
            if (here < keys || (causal && first_key + keys > first_query + 1)) {
                mask(scores, first_query, first_key, kv_len, causal, at);
            }
            weigh(scores, max, sum, sums, weights, scale_log2, at);
#pragma unroll 1
            for (int part = 0; part < slices && part * slice < here; part++) {
                copy_async_wait<0>();
                __syncthreads();
                if (part + 1 < slices && (part + 1) * slice < here) {
                    copy_values(next, all_values, first_key + (part + 1) * slice);
                } else if (first_key + keys < seen) {
                    copy_keys(next, all_keys, first_key + keys, 0);
                }
                copy_async_commit();
                add_values(sums, weights + part * slice, now, at);
                float *const read = now;
                now = next;
                next = read;
            }
            __syncwarp(); /* the weights have been read */
        }
        store(sums, sum, out, first_query, q_len, dim, at);
    }
};

#endif
