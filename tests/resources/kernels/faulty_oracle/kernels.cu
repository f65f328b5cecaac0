/* An oracle that fails on demand, for tests: out[i] = x[i]. */
extern "C" __global__ void oracle(const float *x, double *out, long long n, int fault)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    double *nowhere = (double *)(n - n);
    if (i < n)
        out[i] = x[i];
    if (fault == 1 && i == 0)
        *(volatile double *)nowhere = 1.0;
}

extern "C" __global__ void copy(const float *x, float *out, long long n)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = x[i];
}
