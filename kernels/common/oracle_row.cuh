/*
 * For oracles over rows: a block goes over a row, so that few long rows do not take seconds. It
 * shares nothing with the candidates' reductions, which it is to judge (reduce.cuh).
 *
 *   ORACLE_THREADS           threads of a block; descriptions say the same number
 *   oracle_sum(n, f)         f(0) + ... + f(n - 1)
 *   oracle_max(n, f)         the largest of f(0) ... f(n - 1); NaN is left out, as fmax does
 *   oracle_first_max(n, f)   where the largest is: NaN is the largest, the first of equals counts
 *
 * f takes a long long and gives a double. All threads of the block must call, and all get the
 * answer. Thread t has the elements t, t + ORACLE_THREADS, ...; what threads found is put together
 * by one of them, in their order.
 */
#ifndef BENCH_KERNELS_COMMON_ORACLE_ROW_CUH
#define BENCH_KERNELS_COMMON_ORACLE_ROW_CUH

constexpr int ORACLE_THREADS = 128;

/* op(...op(op(own of thread 0, own of thread 1), own of thread 2)..., of the last) */
template <class Value, class Op> __device__ __forceinline__ Value oracle_fold(Value own, Op op)
{
    __shared__ Value parts[ORACLE_THREADS];
    __syncthreads(); /* the answer before has been read */
    parts[threadIdx.x] = own;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < ORACLE_THREADS; i++) {
            own = op(own, parts[i]);
        }
        parts[0] = own;
    }
    __syncthreads();
    return parts[0];
}

template <class F> __device__ __forceinline__ double oracle_sum(long long n, F f)
{
    double sum = 0;
    for (long long i = threadIdx.x; i < n; i += ORACLE_THREADS) {
        sum += f(i);
    }
    return oracle_fold(sum, [](double a, double b) { return a + b; });
}

template <class F> __device__ __forceinline__ double oracle_max(long long n, F f)
{
    double max = f(0);
    for (long long i = threadIdx.x; i < n; i += ORACLE_THREADS) {
        max = fmax(max, f(i));
    }
    return oracle_fold(max, [](double a, double b) { return fmax(a, b); });
}

template <class F> __device__ __forceinline__ long long oracle_first_max(long long n, F f)
{
    /* Of two places, the one that counts. */
    const auto first_max = [f](long long i, long long k) {
        const double a = f(i), b = f(k);
        if (a != a || b != b) {
            return a != a && b != b ? (i < k ? i : k) : a != a ? i : k;
        }
        return a > b || (a == b && i < k) ? i : k;
    };
    long long best = 0;
    for (long long i = threadIdx.x; i < n; i += ORACLE_THREADS) {
        best = first_max(best, i);
    }
    return oracle_fold(best, first_max);
}

#endif
