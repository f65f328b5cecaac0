// Operations of the lanes of a warp.

// out[operation][lane], for one width and distance.
template <class T> __global__ void shuffles(const T *values, T *out, int width, int distance)
{
    int lane = threadIdx.x;
    T v = values[lane];
    out[0 * 32 + lane] = __shfl_sync(0xffffffffu, v, distance, width);
    out[1 * 32 + lane] = __shfl_up_sync(0xffffffffu, v, distance, width);
    out[2 * 32 + lane] = __shfl_down_sync(0xffffffffu, v, distance, width);
    out[3 * 32 + lane] = __shfl_xor_sync(0xffffffffu, v, distance, width);
}

// Parts of a warp go separate ways, each with its own mask and its own number of operations.
__global__ void parts(const int *values, int *out)
{
    int lane = threadIdx.x & 31;
    int v = values[threadIdx.x];
    if (lane < 8) {
        for (int i = 0; i < 5; i++)
            v = __shfl_sync(0x000000ffu, v, (lane + 1) & 7) + 1;
    } else if (lane % 2 == 0) {
        v = __shfl_xor_sync(0x55555500u, v, 2);
        v += __popc(__ballot_sync(0x55555500u, v & 1));
    } else {
        __syncwarp(0xaaaaaa00u);
        v = static_cast<int>(__reduce_add_sync(0xaaaaaa00u, v));
    }
    out[threadIdx.x] = v;
}

__global__ void votes(const int *values, unsigned *out, unsigned mask)
{
    int lane = threadIdx.x;
    if (!(mask >> lane & 1))
        return;
    int v = values[lane];
    int all;
    out[0 * 32 + lane] = __ballot_sync(mask, v > 2);
    out[1 * 32 + lane] = __any_sync(mask, v == 3);
    out[2 * 32 + lane] = __all_sync(mask, v >= 0);
    out[3 * 32 + lane] = __match_any_sync(mask, v);
    out[4 * 32 + lane] = __match_all_sync(mask, v, &all) | static_cast<unsigned>(all) << 31;
    out[5 * 32 + lane] = __reduce_add_sync(mask, v);
    out[6 * 32 + lane] = __reduce_min_sync(mask, v - 3);
    out[7 * 32 + lane] = __reduce_max_sync(mask, static_cast<unsigned>(v - 3));
    out[8 * 32 + lane] = __reduce_and_sync(mask, static_cast<unsigned>(v));
    out[9 * 32 + lane] = __reduce_or_sync(mask, static_cast<unsigned>(v));
    out[10 * 32 + lane] = __reduce_xor_sync(mask, static_cast<unsigned>(v));
}

// The last warp of the block is not full, and lanes from `n` on have ended: neither is waited for.
__global__ void unfinished(int *out, int n)
{
    int lane = threadIdx.x & 31;
    if (lane >= n)
        return;
    int v = __shfl_xor_sync(0xffffffffu, lane, 1);
    out[threadIdx.x] = v;
}

__global__ void active(unsigned *out)
{
    if (threadIdx.x % 3 == 0)
        out[threadIdx.x] = __activemask();
    else
        out[threadIdx.x] = __activemask();
}

template <class T> __global__ void sum(const T *in, T *out)
{
    T v = in[threadIdx.x];
    for (int d = 16; d > 0; d /= 2)
        v = v + __shfl_down_sync(0xffffffffu, v, d);
    if (threadIdx.x == 0)
        *out = v;
}

// Halves the warp again and again: as many sites as levels, and different ones at the same time.
__device__ int tree(int v, unsigned mask, int width)
{
    if (width == 1)
        return v;
    int half = width / 2;
    int lane = threadIdx.x & 31;
    v += __shfl_xor_sync(mask, v, half);
    unsigned low = mask & (0xffffffffu >> (32 - half) << (lane & ~(width - 1)));
    if (lane & half)
        return tree(v, mask & ~low, half);
    return tree(v, low, half);
}
__global__ void recursive(const int *in, int *out)
{
    out[threadIdx.x] = tree(in[threadIdx.x], 0xffffffffu, 32);
}
