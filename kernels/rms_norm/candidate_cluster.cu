/*
 * RMS normalization of many long rows. The weight of a row of 65,536 elements is as much as the
 * row, and is read from L2 anew for each row where it is not kept. Here CLUSTER blocks share a row;
 * each keeps the weight of its columns in registers, PACKS packs of 16 bytes a thread, while rows
 * pass through shared memory (row_ring.cuh): each is read once from memory, the next ones
 * meanwhile. There are as many clusters as fit the multiprocessors, with as many rows each.
 *
 * Tensors are 16-byte aligned, rows made of whole packs.
 */
#include "../common/cluster_reduce.cuh"
#include "../common/row_ring.cuh"

using Ring = RowRing<BENCH_T, THREADS, PACKS, CLUSTER>;
using Elements = Pack<BENCH_T>;

/* Of the elements of the row that the block of that rank has. All threads of a block. */
__device__ __forceinline__ float squares_of(const Ring &ring, int rank)
{
    float squares = 0.0f;
    ring.each_of(rank, [&](const Elements &p, int) {
        float v[Elements::size];
        unpack(p, v);
#pragma unroll
        for (int i = 0; i < Elements::size; i++) {
            squares = fmaf(v[i], v[i], squares);
        }
    });
    return group_reduce<THREADS>(squares, Sum());
}

extern "C" __global__ void
#ifndef BENCH_CPU
__cluster_dims__(CLUSTER)
#endif
    __launch_bounds__(THREADS, Ring::blocks)
        rms_norm_cluster(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                         BENCH_T *__restrict__ out, long long rows, long long cols, float eps)
{
    Ring ring(x, rows, cols);
    Elements w[PACKS];
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        w[k] = pack_load(weight + (ring.column(k) < ring.cols ? ring.column(k) : 0));
    }
    ClusterReduce<float, CLUSTER> parts;
    for (; ring.row < ring.rows; ring.next()) {
        ring.wait();
        const float squares = parts.reduce(squares_of(ring, ring.rank), Sum(),
                                           [&](int rank) { return squares_of(ring, rank); });
        const float scale = rsqrtf(squares / static_cast<float>(ring.cols) + eps);
        BENCH_T *to = out + static_cast<long long>(ring.row) * ring.cols;
        int k = 0;
        ring.each([&](Elements p, int column) {
            stay_packed(w[k]);
            float v[Elements::size], by[Elements::size];
            unpack(p, v);
            unpack(w[k], by);
#pragma unroll
            for (int i = 0; i < Elements::size; i++) {
                p.v[i] = from_float<BENCH_T>(v[i] * scale * by[i]);
            }
            stay_packed(p); /* outside of the branch: one pack's load need not wait for others */
            if (column < ring.cols) {
                pack_store(to + column, p);
            }
            k++;
        });
    }
}
