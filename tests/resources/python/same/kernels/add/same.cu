/* What Triton makes of same.py: 128 threads, 1024 elements a block, packs of 16 bytes, all loads
 * before the first use. */
struct alignas(16) Floats {
    float v[4];
};

extern "C" __global__ void __launch_bounds__(128)
    add_cuda(const float *x, const float *y, float *out, int n)
{
    const int begin = blockIdx.x * 1024 + threadIdx.x * 4;
    Floats a[2], b[2];
    for (int k = 0; k < 2; k++) {
        if (begin + k * 512 < n) {
            a[k] = *reinterpret_cast<const Floats *>(x + begin + k * 512);
            b[k] = *reinterpret_cast<const Floats *>(y + begin + k * 512);
        }
    }
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 4; i++)
            a[k].v[i] += b[k].v[i];
        if (begin + k * 512 < n)
            *reinterpret_cast<Floats *>(out + begin + k * 512) = a[k];
    }
}
