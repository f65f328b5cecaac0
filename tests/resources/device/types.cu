// Conversions and arithmetic of the 16-bit types, element by element.

__global__ void half_to_float(const unsigned short *in, float *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = __half2float(__ushort_as_half(in[i]));
}
__global__ void float_to_half(const float *in, unsigned short *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = __half_as_ushort(__float2half_rn(in[i]));
}
// Towards zero, up, down: three results each.
__global__ void float_to_half_directed(const float *in, unsigned short *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[3 * i] = __half_as_ushort(__float2half_rz(in[i]));
        out[3 * i + 1] = __half_as_ushort(__float2half_ru(in[i]));
        out[3 * i + 2] = __half_as_ushort(__float2half_rd(in[i]));
    }
}
__global__ void bfloat16_to_float(const unsigned short *in, float *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = __bfloat162float(__ushort_as_bfloat16(in[i]));
}
__global__ void float_to_bfloat16(const float *in, unsigned short *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = __bfloat16_as_ushort(__float2bfloat16_rn(in[i]));
}
__global__ void double_to_half(const double *in, unsigned short *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = __half_as_ushort(__double2half(in[i]));
}

// a + b, a * b, a / b, a * b + c as halves.
__global__ void half_arithmetic(const unsigned short *in, unsigned short *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        __half a = __ushort_as_half(in[3 * i]);
        __half b = __ushort_as_half(in[3 * i + 1]);
        __half c = __ushort_as_half(in[3 * i + 2]);
        out[4 * i] = __half_as_ushort(a + b);
        out[4 * i + 1] = __half_as_ushort(__hmul(a, b));
        out[4 * i + 2] = __half_as_ushort(a / b);
        out[4 * i + 3] = __half_as_ushort(__hfma(a, b, c));
    }
}

// Sizes and alignments that kernels rely on.
static_assert(sizeof(float4) == 16 && alignof(float4) == 16, "");
static_assert(sizeof(float3) == 12 && alignof(float3) == 4, "");
static_assert(sizeof(float2) == 8 && alignof(float2) == 8, "");
static_assert(sizeof(uchar4) == 4 && alignof(uchar4) == 4, "");
static_assert(sizeof(double2) == 16 && alignof(double2) == 16, "");
static_assert(sizeof(longlong2) == 16 && alignof(longlong2) == 16, "");
static_assert(sizeof(__half) == 2 && sizeof(__half2) == 4 && alignof(__half2) == 4, "");
static_assert(sizeof(__nv_bfloat162) == 4 && alignof(__nv_bfloat162) == 4, "");

// One number each for what CUDA defines and C++ does not.
__global__ void functions(float *out)
{
    int i = 0;
    out[i++] = fmaxf(NAN, 1.0f);
    out[i++] = fminf(1.0f, NAN);
    out[i++] = 1.0f / fmaxf(-0.0f, 0.0f);
    out[i++] = 1.0f / fminf(0.0f, -0.0f);
    out[i++] = max(3, 4) + max(2.5f, 1.0f) + min(1u, 2u);
    out[i++] = __popc(0xf0f0u) + __clz(1) + __ffs(8) + __clz(0);
    out[i++] = __brev(1u) == 0x80000000u && __brevll(2ull) == 1ull << 62;
    out[i++] = __byte_perm(0x33221100u, 0x77665544u, 0x7410u) == 0x77441100u;
    out[i++] = __int_as_float(0x40490fdb);
    out[i++] = rsqrtf(4.0f) + __fdividef(1.0f, 4.0f) + __saturatef(-3.0f) + __saturatef(NAN);
    out[i++] = __float2int_rn(2.5f) + __float2int_rz(-2.5f) + __float2int_ru(2.1f);
    out[i++] = static_cast<float>(__float2int_rz(1e20f)) + __float2uint_rz(-5.0f);
    out[i++] = static_cast<int>(__umulhi(0x80000000u, 6u)) + __mulhi(-1, 1) + __mul24(-3, 5);
    out[i++] = __funnelshift_l(0x80000000u, 1u, 1) + __dp4a(0x01020304, 0x01010101, 5);
    out[i++] = isnan(NAN) && isinf(INFINITY) && !isfinite(NAN);
    out[i++] = __low2float(__floats2half2_rn(1.5f, 2.5f)) + __half22float2(__hadd2(
                   __float2half2_rn(1.0f), __halves2half2(__half(2.0f), __half(3.0f)))).y;
    out[i++] = pow(2.0f, 3) + exp2f(3.0f) + fmaf(2.0f, 3.0f, 4.0f);
    out[i++] = __fmul_rn(1.0f + 0x1p-12f, 1.0f + 0x1p-12f) - (1.0f + 0x1p-11f);
}
