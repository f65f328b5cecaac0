/*
 * Layer normalization of many long rows. Weight and bias of a row of 65,536 elements are twice as
 * much as the row, and where each row reads them from L2 anew, that is what takes the time. Here
 * CLUSTER blocks share a row; each keeps weight and bias of its columns in registers, PACKS packs
 * of 16 bytes a thread, while rows pass through shared memory (row_ring.cuh): each is read once
 * from memory, the next ones meanwhile. There are as many clusters as fit the multiprocessors, with
 * as many rows each.
 *
 * A block finds mean and squared deviations of its columns, in that order, from what is in shared
 * memory; the moments of the row's blocks are merged (moments.cuh). The description's `where`
 * leaves no block without a column.
 *
 * Tensors are 16-byte aligned, rows made of whole packs.
 */
#include "../common/cluster_reduce.cuh"
#include "../common/moments.cuh"
#include "../common/row_ring.cuh"

using Ring = RowRing<BENCH_T, THREADS, PACKS, CLUSTER>;
using Elements = Pack<BENCH_T>;

/* Of the elements of the row that the block of that rank has. All threads of a block. */
__device__ __forceinline__ float3 moments_of(const Ring &ring, int rank, float count)
{
    float sum = 0.0f;
    ring.each_of(rank, [&](const Elements &p, int) {
        float v[Elements::size];
        unpack(p, v);
#pragma unroll
        for (int i = 0; i < Elements::size; i++) {
            sum += v[i];
        }
    });
    const float mean = group_reduce<THREADS>(sum, Sum()) / count;
    float squares = 0.0f;
    ring.each_of(rank, [&](const Elements &p, int column) {
        float more = squares, v[Elements::size];
        unpack(p, v);
#pragma unroll
        for (int i = 0; i < Elements::size; i++) {
            const float d = v[i] - mean;
            more = fmaf(d, d, more);
        }
        squares = column < ring.cols ? more : squares;
    });
    return make_float3(count, mean, group_reduce<THREADS>(squares, Sum()));
}

extern "C" __global__ void
#ifndef BENCH_CPU
__cluster_dims__(CLUSTER)
#endif
    __launch_bounds__(THREADS, Ring::blocks)
        layer_norm_cluster(const BENCH_T *__restrict__ x, const BENCH_T *__restrict__ weight,
                           const BENCH_T *__restrict__ bias, BENCH_T *__restrict__ out,
                           long long rows, long long cols, float eps)
{
    Ring ring(x, rows, cols);
    Elements w[PACKS], b[PACKS];
#pragma unroll
    for (int k = 0; k < PACKS; k++) {
        const int column = ring.column(k) < ring.cols ? ring.column(k) : 0;
        w[k] = pack_load(weight + column);
        b[k] = pack_load(bias + column);
    }
    const float count = ring.count(ring.rank);
    ClusterReduce<float3, CLUSTER> parts;
    for (; ring.row < ring.rows; ring.next()) {
        ring.wait();
        const float3 mine = moments_of(ring, ring.rank, count);
        const float3 all = parts.reduce(mine, MergeMoments(), [&](int rank) {
            return moments_of(ring, rank, ring.count(rank));
        });
        const float mean = all.y, rstd = rsqrtf(all.z / static_cast<float>(ring.cols) + eps);
        BENCH_T *to = out + static_cast<long long>(ring.row) * ring.cols;
        int k = 0;
        ring.each([&](Elements p, int column) {
            if (Elements::size == 8 && k == 4) {
                __syncwarp(); /* loads of later packs stay behind it: registers are short */
            }
            stay_packed(w[k]);
            stay_packed(b[k]);
            float v[Elements::size], scale[Elements::size], shift[Elements::size];
            unpack(p, v);
            unpack(w[k], scale);
            unpack(b[k], shift);
#pragma unroll
            for (int i = 0; i < Elements::size; i++) {
                p.v[i] = from_float<BENCH_T>(fmaf((v[i] - mean) * rstd, scale[i], shift[i]));
            }
            stay_packed(p); /* outside of the branch: one pack's load need not wait for others */
            if (column < ring.cols) {
                pack_store(to + column, p);
            }
            k++;
        });
    }
}
