/* Kernels that the cuda device itself launches. They travel as PTX text in builtin_ptx.h, which
 * builtin_ptx.sh makes from this file, so that building needs no nvcc and the driver compiles them
 * for whatever GPU it finds. Change this file, then run the script. */

static __device__ __forceinline__ unsigned long long now_ns()
{
    unsigned long long t;
    asm volatile("mov.u64 %0, %globaltimer;" : "=l"(t));
    return t;
}

struct bench_gate_flags {
    unsigned opened;  /* ticket of the last gate that the host opened; written by the host */
    unsigned expired; /* ticket of the last gate that opened by itself; written by the device */
};

/* One thread. Waits until the host has opened gate `ticket` or `deadline_ns` has passed. Tickets
 * count upwards and wrap around. `flags` is host memory. */
extern "C" __global__ void bench_gate(volatile bench_gate_flags *flags, unsigned ticket,
                                      unsigned long long deadline_ns)
{
    unsigned long long start = now_ns();
    while ((int)(flags->opened - ticket) < 0) {
        if (now_ns() - start > deadline_ns) {
            flags->expired = ticket;
            __threadfence_system();
            return;
        }
    }
}

/* Reads `count` times 16 bytes. `sink` is never written, but the compiler cannot know: the buffer
 * holds zeros. Four loads are in flight in each thread. Plain loads (ld.global) allocate lines in
 * L2 with normal priority, as the kernels under test do. */
extern "C" __global__ void __launch_bounds__(512)
    bench_flush(const uint4 *__restrict__ buffer, unsigned long long count, unsigned *sink)
{
    const unsigned long long stride = (unsigned long long)gridDim.x * blockDim.x;
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    unsigned bits = 0;
    for (; i + 3 * stride < count; i += 4 * stride) {
        uint4 v[4];
#pragma unroll
        for (int k = 0; k < 4; k++)
            v[k] = __ldcg(&buffer[i + k * stride]);
#pragma unroll
        for (int k = 0; k < 4; k++)
            bits |= v[k].x | v[k].y | v[k].z | v[k].w;
    }
    for (; i < count; i += stride) {
        uint4 v = __ldcg(&buffer[i]);
        bits |= v.x | v.y | v.z | v.w;
    }
    if (bits)
        *sink = bits;
}

/* One thread. result[0] gets SM clock cycles, result[1] the nanoseconds in which they passed, at
 * least `interval_ns`. The timer advances in steps (32 ns on an H100, up to 1 us elsewhere), so both
 * readings are taken right after a step. */
extern "C" __global__ void bench_clock(volatile unsigned long long *result,
                                       unsigned long long interval_ns)
{
    unsigned long long t = now_ns(), t0, t1;
    while ((t0 = now_ns()) == t) {
    }
    long long c0 = clock64();
    do {
        t = now_ns();
    } while (t - t0 < interval_ns);
    while ((t1 = now_ns()) == t) {
    }
    long long c1 = clock64();
    result[0] = (unsigned long long)(c1 - c0);
    result[1] = t1 - t0;
}
