/*
 * out = 3 x + 1 over n floats, in three ways of moving the same bytes: for kernels against
 * themselves, and for comparing this stopwatch with others. Each entry has C linkage, so that other
 * tools can compile and launch this very file: stream_vector and stream_scalar with
 * ceil(n / (4 * 256)) and ceil(n / 256) blocks of 256 threads, stream_grid with as many blocks as
 * one likes. x and out are aligned to 16 bytes.
 */
__device__ __forceinline__ float stream_of(float x)
{
    return fmaf(3.0f, x, 1.0f);
}

extern "C" __global__ void stream_vector(const float *x, float *out, long long n)
{
    long long i = 4 * (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x);
    if (i + 4 <= n) {
        float4 v = *reinterpret_cast<const float4 *>(x + i);
        v.x = stream_of(v.x);
        v.y = stream_of(v.y);
        v.z = stream_of(v.z);
        v.w = stream_of(v.w);
        *reinterpret_cast<float4 *>(out + i) = v;
    } else {
        for (; i < n; i++) {
            out[i] = stream_of(x[i]);
        }
    }
}

extern "C" __global__ void stream_scalar(const float *x, float *out, long long n)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = stream_of(x[i]);
    }
}

extern "C" __global__ void stream_grid(const float *x, float *out, long long n)
{
    long long stride = static_cast<long long>(gridDim.x) * blockDim.x;
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    for (; i < n; i += stride) {
        out[i] = stream_of(x[i]);
    }
}
