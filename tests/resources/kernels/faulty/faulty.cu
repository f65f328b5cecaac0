/* Implementations with planted faults, one each, for tests of what is reported about them. All are
 * launched with blocks of 256 threads, one an element. */
typedef long long i64;

static __device__ i64 my_index()
{
    return (i64)blockIdx.x * 256 + threadIdx.x;
}

static __device__ float answer(const float *x, i64 i)
{
    return x[i] + (i % 256 ? x[i - 1] : 0.0f);
}

extern "C" __global__ void right(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    if (i < n)
        out[i] = answer(x, i);
}

extern "C" __global__ void wrong(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    if (i < n)
        out[i] = answer(x, i) + (i == 7 ? 0.25f : 0.0f);
}

extern "C" __global__ void unwritten(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    if (i < n && i != 11)
        out[i] = answer(x, i);
}

extern "C" __global__ void past_the_end(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    if (i < n)
        out[i] = answer(x, i);
    if (i == n - 1)
        out[n] = 1.0f; /* the planted fault: tests name this line */
}

extern "C" __global__ void before_the_start(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    if (i < n)
        out[i] = answer(x, i);
    if (i == 0)
        out[-1] = 1.0f;
}

extern "C" __global__ void changes_input(float *x, float *out, i64 n)
{
    i64 i = my_index();
    if (i < n)
        out[i] = answer(x, i);
    if (i == n - 1)
        x[i] = -x[i];
}

/* Right when threads run in ascending order, as nothing makes them wait. */
extern "C" __global__ void missing_barrier(const float *x, float *out, i64 n)
{
    __shared__ float s[256];
    int t = threadIdx.x;
    i64 i = my_index();
    if (i >= n)
        return;
    s[t] = x[i];
    out[i] = s[t] + (t ? s[t - 1] : 0.0f);
}

extern "C" __global__ void divergent_barrier(const float *x, float *out, i64 n)
{
    __shared__ float s[256];
    int t = threadIdx.x;
    i64 i = my_index();
    s[t] = i < n ? x[i] : 0.0f;
    if (t < 100)
        __syncthreads();
    s[t] += 0.0f;
    __syncthreads();
    if (i < n)
        out[i] = s[t] + (t ? s[t - 1] : 0.0f);
}

/* Threads that have ended cannot reach a barrier: some GPUs forgive it. */
extern "C" __global__ void early_exit(const float *x, float *out, i64 n)
{
    __shared__ float s[256];
    int t = threadIdx.x;
    i64 i = my_index();
    if (i >= n)
        return;
    s[t] = x[i];
    __syncthreads();
    out[i] = s[t] + (t ? s[t - 1] : 0.0f);
}

extern "C" __global__ void null_pointer(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    float *nowhere = (float *)(n - n);
    if (i < n)
        out[i] = answer(x, i);
    if (i == n - 1)
        *(volatile float *)nowhere = 1.0f;
}

#ifdef BENCH_CPU
extern "C" int usleep(unsigned);
#define PAUSE() usleep(1000) /* others need the CPU meanwhile */
#else
#define PAUSE()
#endif

extern "C" __global__ void never_ends(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    if (i < n)
        out[i] = answer(x, i);
    while (*(volatile const float *)x > 0) /* all of x is */
        PAUSE();
}

extern "C" __global__ void undefined(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    int bits = 1 << (int)(31 + n % 2 + (n > 0)); /* shifted by more than an int has */
    if (i < n)
        out[i] = answer(x, i) + (bits == 12345 ? 1.0f : 0.0f);
}

/* Right for the first launches, as a verification would make, then wrong. */
__device__ int launches;
extern "C" __global__ void wrong_later(const float *x, float *out, i64 n)
{
    i64 i = my_index();
    float spoil = 0.0f;
    if (i == 0) {
        launches++;
        spoil = launches > 14 ? 1.0f : 0.0f;
    }
    if (i < n)
        out[i] = answer(x, i) + spoil;
}
