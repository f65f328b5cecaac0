/* 3 x + 1 in float64. */
extern "C" __global__ void stream_oracle(const float *x, double *out, long long n)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = 3.0 * x[i] + 1.0;
    }
}
