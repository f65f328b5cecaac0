/*
 * Which head's which tile of queries a block has, of `tiles` a head and as many blocks as there are
 * tiles. With a causal mask the last tiles have most to do, so they go first.
 *
 *   tile_place<Spread>(tiles)
 *     Spread = 0   head by head, so that blocks side by side share keys and values in the L2
 *     Spread = 1   the last tile of all heads, then the one before: the least work is left for the
 *                  end, when multiprocessors run dry
 */
#ifndef BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_TILE_PLACE_CUH
#define BENCH_KERNELS_SCALED_DOT_PRODUCT_ATTENTION_TILE_PLACE_CUH

struct TilePlace {
    unsigned head;
    int tile;
};

template <int Spread> __device__ __forceinline__ TilePlace tile_place(unsigned tiles)
{
    const unsigned heads = gridDim.x / tiles;
    const unsigned head = Spread ? blockIdx.x % heads : blockIdx.x / tiles;
    const unsigned turn = Spread ? blockIdx.x / heads : blockIdx.x % tiles;
    return {head, static_cast<int>(tiles - 1 - turn)};
}

#endif
