/* What Triton makes of same.py: 128 threads, 1024 elements a block, packs of 16 bytes, all loads
 * before the first use. */
struct alignas(16) Floats {
    float v[4];
};

extern "C" __global__ void __launch_bounds__(128) gelu_cuda(const float *x, float *out, int n)
{
    const int begin = blockIdx.x * 1024 + threadIdx.x * 4;
    Floats p[2];
    for (int k = 0; k < 2; k++) {
        if (begin + k * 512 < n)
            p[k] = *reinterpret_cast<const Floats *>(x + begin + k * 512);
    }
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 4; i++)
            p[k].v[i] = 0.5f * p[k].v[i] * (1.0f + erff(p[k].v[i] * 0.70710678118654752f));
        if (begin + k * 512 < n)
            *reinterpret_cast<Floats *>(out + begin + k * 512) = p[k];
    }
}
