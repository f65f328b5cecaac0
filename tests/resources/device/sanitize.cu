// Kernels with one out-of-bounds access each. Tests name the lines: keep them.

__global__ void past_end(float *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n)
        out[i] = 1.0f; // line 7
}

__global__ void shared_static(float *out, int n)
{
    __shared__ float tile[32];
    tile[threadIdx.x] = 1.0f;
    __syncthreads();
    const float *p = tile;
    out[threadIdx.x] = p[threadIdx.x + n]; // line 16
}

__global__ void shared_dynamic(float *out, int n)
{
    extern __shared__ float tile[];
    tile[threadIdx.x + n] = 1.0f; // line 22
    __syncthreads();
    out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void undefined(float *out, int n)
{
    __shared__ float tile[4][33];
    tile[threadIdx.x % 4][32 + n] = 1.0f; // line 30
    __syncthreads();
    out[threadIdx.x] = tile[0][0];
}

__global__ void misaligned(float *out, int n)
{
    reinterpret_cast<float4 *>(out + n)->y = 1.0f; // line 37
}

__global__ void clean(float *out, int n)
{
    __shared__ float tile[32];
    tile[threadIdx.x] = static_cast<float>(n);
    __syncthreads();
    float v = tile[31 - threadIdx.x];
    out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, v, 1);
}
