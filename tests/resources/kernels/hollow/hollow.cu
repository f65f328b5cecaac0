/* The sum of each row of x[rows][cols], and what goes wrong where a row has no elements. */

__device__ double row_sum(const float *x, long long row, long long cols)
{
    double sum = 0;
    for (long long c = 0; c < cols; c++)
        sum += (double)x[row * cols + c];
    return sum;
}

extern "C" __global__ void oracle(const float *x, double *out, long long cols)
{
    out[blockIdx.x] = row_sum(x, blockIdx.x, cols);
}

extern "C" __global__ void right(const float *x, float *out, long long cols)
{
    out[blockIdx.x] = (float)row_sum(x, blockIdx.x, cols);
}

/* The identity of another operator. */
extern "C" __global__ void one(const float *x, float *out, long long cols)
{
    out[blockIdx.x] = cols > 0 ? (float)row_sum(x, blockIdx.x, cols) : 1.0f;
}

/* Nothing to add, so nothing is written. */
extern "C" __global__ void unwritten(const float *x, float *out, long long cols)
{
    if (cols > 0)
        out[blockIdx.x] = (float)row_sum(x, blockIdx.x, cols);
}

/* Writes where an input of no elements lies. */
extern "C" __global__ void beyond(float *x, float *out, long long cols)
{
    out[blockIdx.x] = (float)row_sum(x, blockIdx.x, cols);
    if (cols == 0 && blockIdx.x == 0)
        x[0] = 1.0f;
}
