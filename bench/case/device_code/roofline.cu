/*
 * Kernels that keep one part of a GPU as busy as it can be, for its limits (roofline_measure.c).
 * Each computes something that can be checked, so that it cannot but do its work. Only for GPUs:
 * loads and matrix products are inline PTX.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

/* As in roofline_measure.c. */
#define THREADS 256
#define LOADS 4 /* of 16 bytes in flight, a thread */
#define TILE (THREADS * LOADS)
#define CHAINS 8 /* independent results a thread */
#define STEPS 16 /* of a chain in one turn of the loop, so that the loop itself costs nothing */

/* What the timing itself takes. */
extern "C" __global__ void roofline_empty() {}

/* ---------------------------------------------------------------------------------------------
 * Memory. A buffer holds the 32-bit words w * WEYL + salt (w = 0, 1, ...): all bits switch, and the
 * sum of all words modulo 2^32 can be told without reading them. Tiles of 16 KiB are dealt to the
 * blocks in turn; buffers are whole tiles.
 */
#define WEYL 0x9E3779B9u /* odd, so all words differ: 2^32 over the golden ratio */

/* From L2, past L1; volatile: every load is done, in every pass. */
__device__ inline uint4 load(const uint4 *from)
{
    uint4 v;
    asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "l"(__cvta_generic_to_global(from)));
    return v;
}

extern "C" __global__ void __launch_bounds__(THREADS)
    roofline_write(uint4 *to, u32 tiles, u32 salt)
{
    for (u32 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
#pragma unroll
        for (int k = 0; k < LOADS; k++) {
            u64 at = (u64)tile * TILE + k * THREADS + threadIdx.x;
            u32 word = 4 * (u32)at * WEYL + salt;
            to[at] = make_uint4(word, word + WEYL, word + 2 * WEYL, word + 3 * WEYL);
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    roofline_copy(uint4 *to, const uint4 *from, u32 tiles)
{
    for (u32 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        u64 at = (u64)tile * TILE + threadIdx.x;
        uint4 v[LOADS];
#pragma unroll
        for (int k = 0; k < LOADS; k++)
            v[k] = load(from + at + k * THREADS);
#pragma unroll
        for (int k = 0; k < LOADS; k++)
            to[at + k * THREADS] = v[k];
    }
}

/* Adds `passes` times the sum of all words to *sum. In every pass a block reads the same tiles. */
extern "C" __global__ void __launch_bounds__(THREADS)
    roofline_read(const uint4 *from, u32 tiles, u32 passes, u32 *sum)
{
    u32 mine = 0;
    for (u32 pass = 0; pass < passes; pass++)
        for (u32 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            u64 at = (u64)tile * TILE + threadIdx.x;
            uint4 v[LOADS];
#pragma unroll
            for (int k = 0; k < LOADS; k++)
                v[k] = load(from + at + k * THREADS);
#pragma unroll
            for (int k = 0; k < LOADS; k++)
                mine += v[k].x + v[k].y + v[k].z + v[k].w;
        }
    for (int width = 16; width > 0; width /= 2)
        mine += __shfl_xor_sync(0xFFFFFFFFu, mine, width);
    if (threadIdx.x % 32 == 0)
        atomicAdd(sum, mine);
}

/* ---------------------------------------------------------------------------------------------
 * Multiply-add units. A chain goes x = x * a + b with a = 1 and b = 1, which the compiler does not
 * know: it counts its own steps, exactly as long as x stays within 2,048 of 0, even in halves.
 */
__device__ inline void set(double &x, int v)
{
    x = v;
}
__device__ inline void set(float &x, int v)
{
    x = (float)v;
}
__device__ inline void set(__half2 &x, int v)
{
    x = __float2half2_rn((float)v);
}
__device__ inline void step(double &x, double a, double b)
{
    x = fma(x, a, b);
}
__device__ inline void step(float &x, float a, float b)
{
    x = fmaf(x, a, b);
}
__device__ inline void step(__half2 &x, __half2 a, __half2 b)
{
    x = __hfma2(x, a, b);
}
__device__ inline float value(double x)
{
    return (float)x;
}
__device__ inline float value(float x)
{
    return x;
}
__device__ inline float value(__half2 x)
{
    return __low2float(x) + __high2float(x);
}

/* out[thread] = the sum of its chains, of loops * STEPS steps each from start + c + thread % 8. */
template <typename T>
__device__ inline void multiply_add(float *out, int loops, int start, int a, int b)
{
    T x[CHAINS], by, plus;
    set(by, a);
    set(plus, b);
    for (int c = 0; c < CHAINS; c++)
        set(x[c], start + c + (int)(threadIdx.x & 7));
#pragma unroll 1
    for (int loop = 0; loop < loops; loop++)
#pragma unroll
        for (int s = 0; s < STEPS; s++)
#pragma unroll
            for (int c = 0; c < CHAINS; c++)
                step(x[c], by, plus);
    float sum = 0;
    for (int c = 0; c < CHAINS; c++)
        sum += value(x[c]);
    out[blockIdx.x * THREADS + threadIdx.x] = sum;
}

extern "C" __global__ void __launch_bounds__(THREADS)
    roofline_fma_fp64(float *out, int loops, int start, int a, int b)
{
    multiply_add<double>(out, loops, start, a, b);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    roofline_fma_fp32(float *out, int loops, int start, int a, int b)
{
    multiply_add<float>(out, loops, start, a, b);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    roofline_fma_fp16(float *out, int loops, int start, int a, int b)
{
    multiply_add<__half2>(out, loops, start, a, b);
}

/* ---------------------------------------------------------------------------------------------
 * Tensor cores. All elements of both operands are 1 (`ones`: the bits of as many ones as fit 32),
 * so every element of a result grows by the product's depth k at each step, exactly.
 */

#if __CUDA_ARCH__ >= 800
/* One product of a warp: d[4] += a[4] b[2], 16 x 8 results. */
#define MMA(NAME, SHAPE_AND_TYPES, RESULT, LETTER)                                                 \
    __device__ inline void NAME(RESULT *d, u32 ones)                                               \
    {                                                                                              \
        asm volatile("mma.sync.aligned." SHAPE_AND_TYPES " {%0, %1, %2, %3}, {%4, %4, %4, %4}, "   \
                     "{%4, %4}, {%0, %1, %2, %3};"                                                 \
                     : "+" LETTER(d[0]), "+" LETTER(d[1]), "+" LETTER(d[2]), "+" LETTER(d[3])      \
                     : "r"(ones));                                                                 \
    }
MMA(mma_fp16, "m16n8k16.row.col.f32.f16.f16.f32", float, "f")
MMA(mma_bf16, "m16n8k16.row.col.f32.bf16.bf16.f32", float, "f")
MMA(mma_tf32, "m16n8k8.row.col.f32.tf32.tf32.f32", float, "f")
MMA(mma_int8, "m16n8k32.row.col.s32.s8.s8.s32", int, "r")

/* d[2] += a[1] b[1], 8 x 8 results. `ones` is the upper half of a double 1. */
__device__ inline void mma_fp64(double *d, u32 ones)
{
    double one = __hiloint2double((int)ones, 0);
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%2}, {%0, %1};"
                 : "+d"(d[0]), "+d"(d[1])
                 : "d"(one));
}
#else
/* Never launched there: roofline_measure.c asks the architecture first. */
#define mma_fp16(d, ones)
#define mma_bf16(d, ones)
#define mma_tf32(d, ones)
#define mma_int8(d, ones)
#define mma_fp64(d, ones)
#endif

/* out[thread] = the sum of its results: RESULTS of each of its chains. */
#define MATRIX_KERNEL(NAME, RESULT, RESULTS)                                                       \
    extern "C" __global__ void __launch_bounds__(THREADS)                                          \
        roofline_##NAME(float *out, int loops, u32 ones)                                           \
    {                                                                                              \
        RESULT d[CHAINS][RESULTS] = {};                                                            \
        for (int loop = 0; loop < loops; loop++)                                                   \
            _Pragma("unroll") for (int c = 0; c < CHAINS; c++) NAME(d[c], ones);                   \
        float sum = 0;                                                                             \
        for (int c = 0; c < CHAINS; c++)                                                           \
            for (int r = 0; r < RESULTS; r++)                                                      \
                sum += (float)d[c][r];                                                             \
        out[blockIdx.x * THREADS + threadIdx.x] = sum;                                             \
    }
MATRIX_KERNEL(mma_fp64, double, 2)
MATRIX_KERNEL(mma_tf32, float, 4)
MATRIX_KERNEL(mma_fp16, float, 4)
MATRIX_KERNEL(mma_bf16, float, 4)
MATRIX_KERNEL(mma_int8, int, 4)
