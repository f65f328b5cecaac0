/*
 * Embedding the plain way: weight[V][D], indices[N] -> out[N][D]. One thread an element,
 * neighbouring threads on neighbouring elements.
 */
extern "C" __global__ void embedding_plain(const BENCH_T *weight, const long long *indices,
                                           BENCH_T *out, long long count, long long columns)
{
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < count * columns) {
        const long long row = i / columns;
        out[i] = weight[indices[row] * columns + (i - row * columns)];
    }
}
