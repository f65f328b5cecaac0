extern "C" __global__ void escaper_oracle(const BENCH_T *x, double *out, long long n)
{
    for (long long i = 0; i < n; i++)
        out[i] = (double)x[i];
}
