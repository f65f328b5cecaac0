extern "C" __global__ void broken(const float *x, float *out, long long n)
{
    long long i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        out[i] = no_such_thing(x[i]);
}
