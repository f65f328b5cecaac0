/*
 * A kernel whose time is known by construction, up to one constant: each thread runs `steps`
 * dependent multiply-adds, one after the other. With k * work steps against m * work steps, the
 * parts beyond an empty kernel are as k to m. All implementations share this one entry; the number
 * of steps is an argument, so not even the code differs.
 *
 * - The loop is not unrolled, so that each step costs the same however many there are.
 * - The compiler can neither shorten the chain (a and b are arguments) nor leave it out (its end
 *   decides about a store; it is never negative, but only whoever chose a and b knows).
 * - Nothing is read, and what can be verified is written first, so that it is done long before the
 *   chain is. (The compiler would move that store behind the loop; it moves none across __syncwarp,
 *   which costs no instruction on sm_90: checked in the SASS.) The code is a few instructions, so
 *   fetching it costs little.
 *
 * C linkage, so that other tools can compile and launch this very file: any number of blocks of 128
 * threads, `out` with 128 floats a block, a = b = 0.5.
 */
#define PASSES_THREADS 128

extern "C" __global__ void passes(float *out, int steps, float a, float b)
{
    int i = static_cast<int>(blockIdx.x) * PASSES_THREADS + static_cast<int>(threadIdx.x);
    out[i] = static_cast<float>(i & 1023);
    __syncwarp();
    float v = static_cast<float>(threadIdx.x);
#pragma unroll 1
    for (; steps > 0; --steps) {
        v = fmaf(v, a, b);
    }
    if (v < 0.0f) {
        out[i] = v;
    }
}
