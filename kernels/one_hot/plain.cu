/* one_hot as one would write it first: one thread an element of the answer. */
__global__ void one_hot_plain(const long long *x, long long *out, long long n, long long classes)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n * classes) {
        out[i] = x[i / classes] == i % classes;
    }
}
