/*
 * How Triton lays out a pointwise kernel over a contiguous tensor, for references, which are ports
 * of FlagGems' kernels. A program has a tile of consecutive elements and four or more warps; a
 * thread has Vector neighbouring elements an access and Accesses of them, a whole block apart.
 * Loads are vectors where Triton can prove alignment, that is where n is a multiple of 16, else
 * single elements.
 *
 *   triton_tiles<Threads, Vector, Accesses>(out, n, tile, f, x, y, …)
 *                      tile: elements a program, at most Threads * Vector * Accesses. Programs
 *                      stride over the tiles where there are more of these than programs.
 *
 * FlagGems' generator of pointwise kernels (utils/pointwise_dynamic.py, codegen_config_utils.py)
 * takes tiles of min(512, next power of two) elements, four warps, so four elements a thread, and
 * at most 65536 programs: triton_tiles<128, 4, 1>.
 *
 *   triton_block<Threads, Tile>(out, n, f, x, y, …)
 *                      what kernels written by hand mostly have, with four warps and 1024: a
 * program for each Tile elements, in accesses of 16 bytes where a thread has as many
 */
#ifndef BENCH_KERNELS_COMMON_TRITON_TILES_CUH
#define BENCH_KERNELS_COMMON_TRITON_TILES_CUH

#include "pointwise.cuh"

template <int Threads, int Vector, int Accesses, class F, class... In>
__device__ __forceinline__ void triton_tiles(BENCH_T *out, long long n, int tile, const F &f,
                                             const In *...in)
{
    const bool vectors = n % 16 == 0 && tile >= Vector;
    for (long long begin = static_cast<long long>(blockIdx.x) * tile; begin < n;
         begin += static_cast<long long>(gridDim.x) * tile) {
        if (vectors) {
            Operands<Vector, In...> x[Accesses];
#pragma unroll
            for (int a = 0; a < Accesses; a++) {
                const int offset = (a * Threads + threadIdx.x) * Vector;
                if (offset < tile && begin + offset < n) {
                    x[a].load(begin + offset, in...);
                }
            }
#pragma unroll
            for (int a = 0; a < Accesses; a++) {
                const int offset = (a * Threads + threadIdx.x) * Vector;
                if (offset < tile && begin + offset < n) {
                    store_mapped(out + begin + offset, f, x[a]);
                }
            }
        } else {
            for (int offset = threadIdx.x; offset < tile; offset += Threads) {
                if (begin + offset < n) {
                    out[begin + offset] = from_float<BENCH_T>(f(to_float(in[begin + offset])...));
                }
            }
        }
    }
}

template <int Threads, int Tile, class F, class... In>
__device__ __forceinline__ void triton_block(BENCH_T *out, long long n, const F &f, const In *...in)
{
    constexpr int widest = 16 / static_cast<int>(sizeof(BENCH_T));
    constexpr int vector = widest < Tile / Threads ? widest : Tile / Threads;
    triton_tiles<Threads, vector, Tile / (Threads * vector)>(out, n, Tile, f, in...);
}

#endif
