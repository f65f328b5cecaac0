/*
 * Which head's which tile of queries a block has, of `tiles` a head and as many blocks as there are
 * tiles. With a causal mask the last tiles have most to do, so they go first.
 *
 *   head_tile<Spread>(tiles)   of this block; head_tile<Spread>(tiles, index, count) of any index
 *                              below the count of all heads' tiles
 *     Spread = 0   head by head, so that blocks side by side share keys and values in the L2
 *     Spread = 1   the last tile of all heads, then the one before: the least work is left for the
 *                  end, when multiprocessors run dry
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_HEAD_TILE_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_HEAD_TILE_CUH

struct HeadTile {
    unsigned head;
    int tile;
};

template <int Spread>
__device__ __forceinline__ HeadTile head_tile(unsigned tiles, unsigned index, unsigned count)
{
    const unsigned heads = count / tiles;
    const unsigned head = Spread ? index % heads : index / tiles;
    const unsigned turn = Spread ? index / heads : index % tiles;
    return {head, static_cast<int>(tiles - 1 - turn)};
}

template <int Spread> __device__ __forceinline__ HeadTile head_tile(unsigned tiles)
{
    return head_tile<Spread>(tiles, blockIdx.x, gridDim.x);
}

#endif
