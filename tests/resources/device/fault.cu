// Kernels with one planted fault each. Tests name the lines: keep them.

__global__ void divergent(int *out)
{
    if (threadIdx.x < 8)
        __syncthreads(); // line 6
    else
        __syncwarp(0xffffff00u & __activemask());
    if (threadIdx.x == 8)
        out[0] = __shfl_sync(0x1ffu, 1, 0); // line 10
}

__global__ void two_barriers(int *out)
{
    if (threadIdx.x < 8)
        __syncthreads(); // line 16
    else
        __syncthreads(); // line 18
    out[threadIdx.x] = 1;
}

__global__ void not_in_mask(int *out)
{
    out[threadIdx.x] = __shfl_sync(0x0000ffffu, 1, 0); // line 24
}

__global__ void early(int *out)
{
    if (threadIdx.x >= 24)
        return;
    __syncthreads(); // line 31
    out[threadIdx.x] = 1;
}

__global__ void traps(int *out)
{
    if (blockIdx.x == 3 && threadIdx.x == 5)
        __trap(); // line 38
    assert(out != nullptr);
}

__global__ void asserts(int *out, int n)
{
    assert(n > 100); // line 44
    out[0] = n;
}

__global__ void wild(int *out, long offset)
{
    if (threadIdx.x == 5)
        out[offset] = 1;
}

__device__ int deep(int n, volatile char *before)
{
    volatile char frame[4096];
    frame[n % 4096] = before ? before[0] : static_cast<char>(n);
    return n == 0 ? frame[0] : deep(n - 1, frame) + frame[n % 4096];
}
__global__ void overflow(int *out, int n)
{
    out[threadIdx.x] = deep(n, nullptr);
}

__global__ void fine(int *out)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = 42;
}

__global__ void __launch_bounds__(64) small(int *out)
{
    out[threadIdx.x] = 1;
}
