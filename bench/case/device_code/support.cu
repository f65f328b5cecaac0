/*
 * What the harness itself computes on the device: it fills inputs, poisons outputs, and compares
 * outputs with the oracle's, so that large tensors need no copy to the host. The same source is
 * compiled for cuda and for cpu devices, once for each element type BENCH_T, and must give the same
 * bits on both:
 *  - integers are exact;
 *  - floating-point arithmetic is double, and every product that feeds a sum is an explicit fma(),
 *    so that nothing is left for a compiler to contract;
 *  - the logarithm is our own; sqrt, division and fma are correctly rounded everywhere.
 *
 * No inline PTX and no libraries: the cpu device could not compile them.
 */

typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

/* ---------------------------------------------------------------------------------------------
 * Random bits: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A counter-based generator: element i of tensor t under a seed is a function
 * of (i, t, seed) alone, whatever the number of threads. One block of 128 bits serves two elements.
 */
__device__ inline u32 multiply_high(u32 a, u32 b)
{
    return (u32)(((u64)a * b) >> 32);
}

__device__ inline void philox(u32 c[4], u32 key0, u32 key1)
{
    for (int round = 0; round < 10; round++) {
        u32 high0 = multiply_high(0xD2511F53u, c[0]), low0 = 0xD2511F53u * c[0];
        u32 high1 = multiply_high(0xCD9E8D57u, c[2]), low1 = 0xCD9E8D57u * c[2];
        c[0] = high1 ^ c[1] ^ key0;
        c[1] = low1;
        c[2] = high0 ^ c[3] ^ key1;
        c[3] = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

/* Uniform in (0, 1): the middle of one of 2^53 intervals, so that neither end is ever drawn. */
__device__ inline double open_unit(u64 bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

/* Natural logarithm of a normal double in (0, 1], to within about 1e-15: x = m 2^e with m in
 * [sqrt(1/2), sqrt(2)), log m = 2 atanh(s), s = (m - 1) / (m + 1), by its series in s^2. */
__device__ inline double own_log(double x)
{
    union {
        double value;
        u64 bits;
    } parts;
    parts.value = x;
    int exponent = (int)(parts.bits >> 52) - 1023;
    parts.bits = (parts.bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
    double m = parts.value;
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent += 1;
    }
    double s = (m - 1.0) / (m + 1.0);
    double s2 = s * s;
    double series = 1.0 / 21.0;
    for (int k = 19; k >= 1; k -= 2)
        series = fma(series, s2, 1.0 / k);
    double log_m = 2.0 * s * series;
    return fma((double)exponent, 0.693147180559945309417, log_m);
}

/* Inverse of the normal distribution function: algorithm AS 241, PPND7 (Wichura, Applied
 * Statistics 37, 1988), accurate to about 1 part in 10^7: enough for test data. */
__device__ inline double inverse_normal(double p)
{
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = fma(-q, q, 0.180625);
        double above = fma(fma(fma(59.10937472, r, 159.29113202), r, 50.434271938), r,
                           3.3871327179);
        double below = fma(fma(fma(67.1875636, r, 78.757757664), r, 17.895169469), r, 1.0);
        return q * above / below;
    }
    double tail = q < 0 ? p : 1.0 - p;
    double r = sqrt(-own_log(tail));
    double above, below;
    if (r <= 5.0) {
        r -= 1.6;
        above = fma(fma(fma(0.17023821103, r, 1.3067284816), r, 2.75681539), r, 1.4234372777);
        below = fma(fma(0.12021132975, r, 0.7370016425), r, 1.0);
    } else {
        r -= 5.0;
        above = fma(fma(fma(0.017337203997, r, 0.42868294337), r, 3.081226386), r, 6.657905115);
        below = fma(fma(0.012258202635, r, 0.24197894225), r, 1.0);
    }
    double z = above / below;
    return q < 0 ? -z : z;
}

/* ---------------------------------------------------------------------------------------------
 * Conversions. 16-bit types go through float, rounding to nearest even twice: the same everywhere.
 */
template <typename T> struct element {
    static __device__ inline T from_double(double v) { return (T)v; }
    static __device__ inline T from_int(i64 v) { return (T)v; }
    static __device__ inline double to_double(T v) { return (double)v; }
};
template <> struct element<__half> {
    static __device__ inline __half from_double(double v) { return __float2half((float)v); }
    static __device__ inline __half from_int(i64 v) { return __float2half((float)v); }
    static __device__ inline double to_double(__half v) { return (double)__half2float(v); }
};
template <> struct element<__nv_bfloat16> {
    static __device__ inline __nv_bfloat16 from_double(double v)
    {
        return __float2bfloat16((float)v);
    }
    static __device__ inline __nv_bfloat16 from_int(i64 v) { return __float2bfloat16((float)v); }
    static __device__ inline double to_double(__nv_bfloat16 v)
    {
        return (double)__bfloat162float(v);
    }
};
template <> struct element<bool> {
    static __device__ inline bool from_double(double v) { return v != 0; }
    static __device__ inline bool from_int(i64 v) { return v != 0; }
    static __device__ inline double to_double(bool v) { return v ? 1.0 : 0.0; }
};

/* ---------------------------------------------------------------------------------------------
 * Filling. Each thread writes two neighbouring elements. `kind` is enum bench_fill_kind.
 */
enum { FILL_NORMAL, FILL_UNIFORM, FILL_INTEGERS, FILL_CONSTANT, FILL_SEQUENCE };

__device__ inline BENCH_T fill_value(int kind, double a, double b, u64 bits, i64 index)
{
    typedef element<BENCH_T> E;
    if (kind == FILL_NORMAL)
        return E::from_double(fma(b, inverse_normal(open_unit(bits)), a));
    if (kind == FILL_UNIFORM)
        return E::from_double(fma(b - a, open_unit(bits), a));
    if (kind == FILL_INTEGERS) {
        u64 range = (u64)(b - a);
        u64 offset = range <= 0xFFFFFFFFull ? ((bits >> 32) * range) >> 32 : bits % range;
        return E::from_int((i64)a + (i64)offset);
    }
    if (kind == FILL_SEQUENCE)
        return E::from_double(fma((double)index, b, a));
    return E::from_double(a);
}

extern "C" __global__ void support_fill(BENCH_T *out, i64 n, int kind, double a, double b, u64 seed,
                                        u32 tensor)
{
    i64 pair = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (2 * pair >= n)
        return;
    u32 c[4] = {(u32)pair, (u32)((u64)pair >> 32), tensor, 0};
    philox(c, (u32)seed, (u32)(seed >> 32));
    out[2 * pair] = fill_value(kind, a, b, ((u64)c[1] << 32) | c[0], 2 * pair);
    if (2 * pair + 1 < n)
        out[2 * pair + 1] = fill_value(kind, a, b, ((u64)c[3] << 32) | c[2], 2 * pair + 1);
}

/* ---------------------------------------------------------------------------------------------
 * Bytes: poison, copies, guard zones. A thread does 16 bytes; tensors begin at multiples of 16, and
 * the last bytes go one by one.
 */
extern "C" __global__ void support_set(unsigned char *to, i64 bytes, int value)
{
    i64 at = 16 * ((i64)blockIdx.x * blockDim.x + threadIdx.x);
    u32 word = 0x01010101u * (u32)value;
    if (at + 16 <= bytes)
        *(uint4 *)(to + at) = make_uint4(word, word, word, word);
    else
        for (; at < bytes; at++)
            to[at] = (unsigned char)value;
}

/* Exclusive or with a stream of random bits that nobody knows who has not got the key: done once it
 * hides what is there, done again it shows it. */
extern "C" __global__ void support_seal(unsigned char *data, i64 bytes, u64 key)
{
    i64 number = (i64)blockIdx.x * blockDim.x + threadIdx.x, at = 16 * number;
    u32 c[4] = {(u32)number, (u32)((u64)number >> 32), 0x5EA15EA1u, 1};
    if (at >= bytes)
        return;
    philox(c, (u32)key, (u32)(key >> 32));
    if (at + 16 <= bytes) {
        uint4 v = *(uint4 *)(data + at);
        *(uint4 *)(data + at) = make_uint4(v.x ^ c[0], v.y ^ c[1], v.z ^ c[2], v.w ^ c[3]);
    } else
        for (i64 i = at; i < bytes; i++)
            data[i] ^= (unsigned char)(c[(i - at) / 4] >> (8 * ((i - at) % 4)));
}

extern "C" __global__ void support_copy(unsigned char *to, const unsigned char *from, i64 bytes)
{
    i64 at = 16 * ((i64)blockIdx.x * blockDim.x + threadIdx.x);
    if (at + 16 <= bytes)
        *(uint4 *)(to + at) = *(const uint4 *)(from + at);
    else
        for (; at < bytes; at++)
            to[at] = from[at];
}

/* Reads `words` times 16 bytes, with a grid of any size: what a buffer that is in the cache or not
 * costs. What was read is made to matter: `sink` gets a number that next to no data add up to. Four
 * loads are in flight in each thread. */
extern "C" __global__ void support_read(const uint4 *from, i64 words, u64 *sink)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x, step = (i64)gridDim.x * blockDim.x;
    u32 bits = 0;
    for (; i + 3 * step < words; i += 4 * step) {
        uint4 a = from[i], b = from[i + step], c = from[i + 2 * step], d = from[i + 3 * step];
        bits ^= a.x ^ a.y ^ a.z ^ a.w ^ b.x ^ b.y ^ b.z ^ b.w;
        bits ^= c.x ^ c.y ^ c.z ^ c.w ^ d.x ^ d.y ^ d.z ^ d.w;
    }
    for (; i < words; i += step) {
        uint4 a = from[i];
        bits ^= a.x ^ a.y ^ a.z ^ a.w;
    }
    if (bits == 0x9E3779B9u)
        *sink = bits;
}

/* The byte that belongs at an offset of a guard zone: not constant, so that a kernel that writes
 * one value everywhere is seen. */
__device__ inline unsigned char guard_byte(i64 offset)
{
    return (unsigned char)(0xC5u ^ ((u32)offset * 167u >> 3));
}

extern "C" __global__ void support_guard_set(unsigned char *zone, i64 bytes)
{
    i64 at = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (at < bytes)
        zone[at] = guard_byte(at);
}

/* ---------------------------------------------------------------------------------------------
 * Findings, counted a block at a time: each block writes one, the host adds them up in order, so
 * that the sums are the same each time. Layout as `struct bench_finding` in support.h.
 */
struct finding {
    i64 bad;          /* elements (or bytes) that do not match */
    i64 nan_bad;      /* of these: NaN on one side only, or infinite on one side only */
    i64 first;        /* index of the first, or the largest i64 */
    double max_error; /* |got - want|; finite elements only */
    double max_ratio; /* of error to what is allowed */
    double sum_error2, sum_want2;
    double sum_scale2; /* of the magnitudes that errors are relative to */
};

__device__ inline void finding_clear(finding &f)
{
    f.bad = f.nan_bad = 0;
    f.first = 0x7FFFFFFFFFFFFFFFll;
    f.max_error = f.max_ratio = f.sum_error2 = f.sum_want2 = f.sum_scale2 = 0;
}

__device__ inline void finding_add(finding &to, const finding &from)
{
    to.bad += from.bad;
    to.nan_bad += from.nan_bad;
    to.first = from.first < to.first ? from.first : to.first;
    to.max_error = from.max_error > to.max_error ? from.max_error : to.max_error;
    to.max_ratio = from.max_ratio > to.max_ratio ? from.max_ratio : to.max_ratio;
    to.sum_error2 += from.sum_error2;
    to.sum_want2 += from.sum_want2;
    to.sum_scale2 += from.sum_scale2;
}

/* All 256 threads of the block call this. */
__device__ inline void finding_store(const finding &mine, finding *out)
{
    __shared__ finding shared[256];
    shared[threadIdx.x] = mine;
    for (int width = 128; width > 0; width /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < width)
            finding_add(shared[threadIdx.x], shared[threadIdx.x + width]);
    }
    if (threadIdx.x == 0)
        out[blockIdx.x] = shared[0];
}

/* The part of 0 to n that a thread walks over: neighbouring threads take neighbouring elements on a
 * GPU, for coalescing; on a CPU each takes a stretch, for its caches. */
struct span {
    i64 begin, end, step;
};

__device__ inline span my_span(i64 n)
{
    i64 thread = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    i64 threads = (i64)gridDim.x * blockDim.x;
    span s;
#ifdef BENCH_CPU
    i64 stretch = (n + threads - 1) / threads;
    s.begin = thread * stretch;
    s.end = s.begin + stretch < n ? s.begin + stretch : n;
    s.step = 1;
#else
    s.begin = thread;
    s.end = n;
    s.step = threads;
#endif
    return s;
}

extern "C" __global__ void support_guard_check(const unsigned char *zone, i64 bytes, finding *out)
{
    finding mine;
    finding_clear(mine);
    span s = my_span(bytes);
    for (i64 i = s.begin; i < s.end; i += s.step)
        if (zone[i] != guard_byte(i)) {
            mine.bad++;
            mine.first = i < mine.first ? i : mine.first;
        }
    finding_store(mine, out);
}

/* Are the bytes the same? `words` whole 8-byte words are compared as such, then the tail. */
extern "C" __global__ void support_equal(const unsigned char *a, const unsigned char *b, i64 bytes,
                                         finding *out)
{
    finding mine;
    finding_clear(mine);
    i64 words = bytes / 8;
    span s = my_span(words);
    for (i64 i = s.begin; i < s.end; i += s.step)
        if (((const u64 *)a)[i] != ((const u64 *)b)[i]) {
            i64 first = 8 * i;
            while (a[first] == b[first])
                first++;
            mine.bad++;
            mine.first = first < mine.first ? first : mine.first;
        }
    i64 tail = 8 * words + threadIdx.x;
    if (blockIdx.x == 0 && tail < bytes && a[tail] != b[tail]) {
        mine.bad++;
        mine.first = tail < mine.first ? tail : mine.first;
    }
    finding_store(mine, out);
}

/* ---------------------------------------------------------------------------------------------
 * Digest: the sum, modulo 2^64, of a hash of each 8-byte word and its place. A sum is the same in
 * whatever order it is taken, so every device gets the same digest from the same bytes.
 */
/* The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014; constants of Stafford's variant 13): every bit changes every other. */
__device__ inline u64 mix(u64 v)
{
    v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9ull;
    v = (v ^ (v >> 27)) * 0x94D049BB133111EBull;
    return v ^ (v >> 31);
}

/* The last word is padded with zero bytes; `start` depends on the length, so that they count. */

/* What a thread has to add to the digest; see above. */
__device__ inline u64 digest_part(const unsigned char *data, i64 bytes, u64 start)
{
    i64 words = bytes / 8;
    u64 sum = 0;
    span s = my_span(words);
    for (i64 i = s.begin; i < s.end; i += s.step)
        sum += mix(((const u64 *)data)[i] ^ mix(start + (u64)i));
    if (blockIdx.x == 0 && threadIdx.x == 0 && bytes % 8 != 0) {
        u64 word = 0;
        for (i64 i = 8 * words; i < bytes; i++)
            word |= (u64)data[i] << (8 * (i % 8));
        sum += mix(word ^ mix(start + (u64)words));
    }
    return sum;
}

/* One sum a block; all of its 256 threads call this. */
extern "C" __global__ void support_digest(const unsigned char *data, i64 bytes, u64 start, u64 *out)
{
    __shared__ u64 sums[256];
    sums[threadIdx.x] = digest_part(data, bytes, start);
    for (int width = 128; width > 0; width /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < width)
            sums[threadIdx.x] += sums[threadIdx.x + width];
    }
    if (threadIdx.x == 0)
        out[blockIdx.x] = sums[0];
}

/* The same added to *slot, for which nobody waits. On a CPU an atomic addition a thread is cheaper
 * than barriers. */
extern "C" __global__ void support_digest_add(const unsigned char *data, i64 bytes, u64 start,
                                              u64 *slot)
{
    u64 sum = digest_part(data, bytes, start);
#ifdef BENCH_CPU
    if (sum != 0)
        atomicAdd(slot, sum);
#else
    __shared__ u64 sums[256];
    sums[threadIdx.x] = sum;
    for (int width = 128; width > 0; width /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < width)
            sums[threadIdx.x] += sums[threadIdx.x + width];
    }
    if (threadIdx.x == 0)
        atomicAdd(slot, sums[0]);
#endif
}

/* After a timed launch: what it left is put away in `hold` if its digest in *slot is not what is
 * expected and nothing else lies there (*kept is 0, or the number of this sample); then it is
 * overwritten. A thread does 16 bytes. */
extern "C" __global__ void support_settle(unsigned char *data, unsigned char *hold, i64 bytes,
                                          int value, const u64 *slot, u64 expected, u64 *kept,
                                          u64 sample)
{
    i64 at = 16 * ((i64)blockIdx.x * blockDim.x + threadIdx.x);
    u32 word = 0x01010101u * (u32)value;
    bool keep = false;
    if (at >= bytes)
        return;
    if (hold && *slot != expected) {
        u64 before = atomicCAS(kept, (u64)0, sample);
        keep = before == 0 || before == sample;
    }
    if (at + 16 <= bytes) {
        if (keep)
            *(uint4 *)(hold + at) = *(const uint4 *)(data + at);
        *(uint4 *)(data + at) = make_uint4(word, word, word, word);
    } else
        for (; at < bytes; at++) {
            if (keep)
                hold[at] = data[at];
            data[at] = (unsigned char)value;
        }
}

__device__ inline bool is_nan(double v)
{
    return v != v;
}

__device__ inline bool is_infinite(double v)
{
    return fabs(v) > 1.7976931348623157e308;
}

/* One element against the oracle. A value beyond the range of BENCH_T is infinite there, and so is
 * what is wanted. */
__device__ inline void compare_one(double got, double want, double scale, double rtol, double atol,
                                   i64 index, finding &mine)
{
    typedef element<BENCH_T> E;
    double rounded = E::to_double(E::from_double(want));
    if (is_infinite(rounded))
        want = rounded;
    bool fine;
    if (is_nan(want) || is_nan(got) || is_infinite(want) || is_infinite(got)) {
        fine = (is_nan(want) && is_nan(got)) || want == got;
        mine.nan_bad += fine ? 0 : 1;
    } else {
        double error = fabs(got - want);
        double magnitude = fabs(want) > scale ? fabs(want) : scale;
        double allowed = fma(rtol, magnitude, atol);
        fine = error <= allowed;
        double ratio = error == 0 ? 0 : (allowed > 0 ? error / allowed : 1e308);
        mine.max_error = error > mine.max_error ? error : mine.max_error;
        mine.max_ratio = ratio > mine.max_ratio ? ratio : mine.max_ratio;
        mine.sum_error2 = fma(error, error, mine.sum_error2);
        mine.sum_want2 = fma(want, want, mine.sum_want2);
        mine.sum_scale2 = fma(magnitude, magnitude, mine.sum_scale2);
    }
    if (!fine) {
        mine.bad++;
        mine.first = index < mine.first ? index : mine.first;
    }
}

/* Outputs of type BENCH_T against the oracle's doubles; `scale` may be null. */
extern "C" __global__ void support_compare(const BENCH_T *got, const double *want,
                                           const double *scale, i64 n, double rtol, double atol,
                                           finding *out)
{
    finding mine;
    finding_clear(mine);
    span s = my_span(n);
    for (i64 i = s.begin; i < s.end; i += s.step)
        compare_one(element<BENCH_T>::to_double(got[i]), want[i], scale ? scale[i] : 0, rtol, atol,
                    i, mine);
    finding_store(mine, out);
}

/* Integer outputs: the oracle's have the same type. */
extern "C" __global__ void support_compare_exact(const BENCH_T *got, const BENCH_T *want, i64 n,
                                                 double rtol, double atol, finding *out)
{
    finding mine;
    finding_clear(mine);
    span s = my_span(n);
    for (i64 i = s.begin; i < s.end; i += s.step) {
        double g = element<BENCH_T>::to_double(got[i]), w = element<BENCH_T>::to_double(want[i]);
        bool same = g == w;
        if constexpr (sizeof(BENCH_T) == 8) /* 2^53 and beyond: doubles would not tell */
            same = ((const u64 *)got)[i] == ((const u64 *)want)[i];
        if (same)
            continue;
        double error = fabs(g - w) > 1 ? fabs(g - w) : 1;
        double allowed = fma(rtol, fabs(w), atol);
        double ratio = allowed > 0 ? error / allowed : 1e308;
        mine.max_error = error > mine.max_error ? error : mine.max_error;
        mine.max_ratio = ratio > mine.max_ratio ? ratio : mine.max_ratio;
        mine.sum_error2 = fma(error, error, mine.sum_error2);
        mine.sum_want2 = fma(w, w, mine.sum_want2);
        mine.sum_scale2 = fma(w, w, mine.sum_scale2);
        if (!(error <= allowed)) {
            mine.bad++;
            mine.first = i < mine.first ? i : mine.first;
        }
    }
    finding_store(mine, out);
}

/* Positions in rows of `values`, [n / per_row][length], against the oracle's: a position is right if
 * the value there is that at the oracle's position (NaN is NaN), since of equal values any may be
 * meant, and if it does not stand before in its row of per_row positions. Where none is wrong, none
 * of equal values is left out: there are as many positions of each value as the oracle has. */
__device__ inline bool position_is_right(const i64 *got, i64 want, const BENCH_T *row, i64 at,
                                         i64 length)
{
    typedef element<BENCH_T> E;
    i64 position = got[at];
    if (position < 0 || position >= length || want < 0 || want >= length)
        return false;
    double g = E::to_double(row[position]), w = E::to_double(row[want]);
    bool right = position == want || g == w || (is_nan(g) && is_nan(w));
    for (i64 before = 0; before < at; before++)
        right = right && got[before] != position;
    return right;
}

extern "C" __global__ void support_compare_positions(const i64 *got, const i64 *want,
                                                     const BENCH_T *values, i64 n, i64 per_row,
                                                     i64 length, finding *out)
{
    finding mine;
    finding_clear(mine);
    span s = my_span(n);
    for (i64 i = s.begin; i < s.end; i += s.step) {
        i64 row = i / per_row;
        if (position_is_right(got + row * per_row, want[i], values + row * length, i % per_row,
                              length))
            continue;
        mine.max_error = 1;
        mine.max_ratio = 1e308;
        mine.bad++;
        mine.first = i < mine.first ? i : mine.first;
    }
    finding_store(mine, out);
}

/* What the floor of the timing is measured with. */
extern "C" __global__ void support_empty() {}
