/* out[i] = x[i] + x[i - 1], except that each run of 256 elements begins with x[i] alone. */
extern "C" __global__ void faulty_oracle(const BENCH_T *x, double *out, long long n)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        out[i] = (double)x[i] + (i % 256 ? (double)x[i - 1] : 0.0);
}
