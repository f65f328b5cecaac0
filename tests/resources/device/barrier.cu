// Kernels whose threads meet at __syncthreads.

// Inclusive prefix sum of a block's values, log2(n) phases with two barriers each.
__global__ void scan(const int *in, int *out)
{
    __shared__ int sum[1024];
    int t = threadIdx.x;
    sum[t] = in[t];
    __syncthreads();
    for (int step = 1; step < blockDim.x; step *= 2) {
        int add = t >= step ? sum[t - step] : 0;
        __syncthreads();
        sum[t] += add;
        __syncthreads();
    }
    out[t] = sum[t];
}

__global__ void votes(const int *predicate, int *out)
{
    int p = predicate[threadIdx.x];
    out[threadIdx.x] = __syncthreads_count(p);
    out[blockDim.x + threadIdx.x] = __syncthreads_and(p);
    out[2 * blockDim.x + threadIdx.x] = __syncthreads_or(p);
}

// Threads from n on have ended when the others meet.
__global__ void early_exit(int *out, int n)
{
    __shared__ int value[256];
    int t = threadIdx.x;
    if (t >= n)
        return;
    value[t] = t * 3;
    __syncthreads();
    out[t] = value[n - 1 - t];
}

__global__ void indices(int *out)
{
    int block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    int thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    int threads = blockDim.x * blockDim.y * blockDim.z;
    out[block * threads + thread] = block * 10000 + threadIdx.x + threadIdx.y * 10 + threadIdx.z * 100;
    __syncthreads();
    out[block * threads + thread] += threadIdx.z * 1000;
}

// extern __shared__ in a comment, and "extern __shared__ float no[];" in a string, are no declarations.
template <class T> __global__ void reverse(const T *in, T *out, const char *)
{
    extern __shared__ /* with a comment */ __align__(16)
        unsigned char bytes[];
    extern __shared__ float other[][2];
    T *s = reinterpret_cast<T *>(bytes);
    const char *text = "extern __shared__ float no[];";
    s[threadIdx.x] = in[threadIdx.x];
    __syncthreads();
    out[threadIdx.x] = s[blockDim.x - 1 - threadIdx.x] + (text[0] == 'e' ? T(0) : T(1));
    if (static_cast<void *>(other) != static_cast<void *>(bytes))
        out[threadIdx.x] = T(-1);
}

// Two barriers less than it takes: right in ascending order of threads, wrong in descending order.
__global__ void missing_barrier(const int *in, int *out)
{
    __shared__ int value[256];
    int t = threadIdx.x;
    value[t] = in[t];
    out[t] = value[t > 0 ? t - 1 : 0];
}

// A thread of a block waits for another by spinning; __nanosleep gives that one its turn.
__global__ void handshake(int *out)
{
    __shared__ volatile int flag;
    if (threadIdx.x == 0)
        flag = 0;
    __syncthreads();
    if (threadIdx.x == 0) {
        while (flag == 0)
            __nanosleep(100);
        out[0] = flag;
    } else if (threadIdx.x == 33) {
        flag = 7;
    }
}

__global__ void __launch_bounds__(128) bounded(int *out)
{
    __shared__ double table[100];
    table[threadIdx.x % 100] = 1;
    out[threadIdx.x] = static_cast<int>(table[threadIdx.x % 100]);
}
