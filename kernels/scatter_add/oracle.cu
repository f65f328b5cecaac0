/*
 * scatter_add in float64, by atomic additions in any order (float64's own rounding is 2^29 times
 * finer than float32's, so the order does not show), and the scale of its rounding errors.
 *
 * An implementation may add the n terms of an element in any order, and in the tensor's dtype, as
 * ATen and FlagGems do where there are few: each addition then rounds the partial sum by the
 * dtype's unit roundoff u. All together that is at most n u / (1 - n u) times the sum of |term|
 * (Higham, "Accuracy and Stability of Numerical Algorithms", section 4.2), whatever the order;
 * where n u is above 1/2, sums of 16 bits may be wrong altogether, and the bound is above the sum
 * of |term|. What verifying allows is rtol * scale, so scale is that bound / rtol, and never less
 * than the sum of |term|. A term that is lost shows as long as n^2 u is below 1, that is up to some
 * 4000 terms an element in float32, 45 in float16, 16 in bfloat16.
 */
#include "../common/convert.cuh"

/* Of the dtype, and the rtol of its tolerance. */
#if BENCH_T_IS_FLOAT32
#define ROUNDOFF 5.9604644775390625e-8
#define RTOL 1.3e-6
#elif BENCH_T_IS_FLOAT16
#define ROUNDOFF 4.8828125e-4
#define RTOL 1e-3
#else
#define ROUNDOFF 3.90625e-3
#define RTOL 1.6e-2
#endif

__global__ void scatter_add_oracle_begin(const BENCH_T *x, double *out, double *scale, int *terms,
                                         long long n)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = to_double(x[i]);
        scale[i] = fabs(to_double(x[i]));
        terms[i] = 1;
    }
}

__global__ void scatter_add_oracle_add(const long long *index, const BENCH_T *src, double *out,
                                       double *scale, int *terms, long long n, long long cols,
                                       long long width)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        const long long to = i / cols * width + index[i];
        atomicAdd(&out[to], to_double(src[i]));
        atomicAdd(&scale[to], fabs(to_double(src[i])));
        atomicAdd(&terms[to], 1);
    }
}

__global__ void scatter_add_oracle_finish(double *scale, const int *terms, long long n)
{
    long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) {
        const double sum = terms[i] * ROUNDOFF;
        scale[i] *= fmax(1.0, sum / (1 - fmin(sum, 0.5)) / RTOL);
    }
}
