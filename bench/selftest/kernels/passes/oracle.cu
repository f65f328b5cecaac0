/* What `passes` writes: each element's index, modulo 1024. */
extern "C" __global__ void passes_oracle(double *out, long long n)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = static_cast<double>(i & 1023);
    }
}
