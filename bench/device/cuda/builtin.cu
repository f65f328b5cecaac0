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

struct bench_clock_reading {
    unsigned long long cycles, ns; /* SM clock cycles, and the nanoseconds in which they passed */
    unsigned long long ticket;     /* of the probe that measured them */
};

/* The lower half of the timer: one register to read where the whole takes several (and a check
 * that the halves match), so that the loops below turn faster. It wraps around every 4 s:
 * differences are right. */
static __device__ __forceinline__ unsigned now_low_ns()
{
    unsigned t;
    asm volatile("mov.u32 %0, %globaltimer_lo;" : "=r"(t));
    return t;
}

/* One thread. Counts the SM's clock cycles over at least `interval_ns`. `reading` is host memory.
 *
 * The timer advances in steps (32 ns on an H100, 1 us on others), so both ends of the interval are
 * right after a step: each clock is read later than the step that the timer shows by less than one
 * turn of the loop, because a turn earlier the step was not there yet, and by less than one step,
 * because the next one is not there yet. The interval is a whole number of steps and exact; the
 * cycles are off by the difference of the two delays, less than the smaller of a step and a turn:
 * 32 ns on an H100; where steps are long, one turn (a read of the timer, a comparison and a
 * branch), and the whole takes up to two steps more. */
extern "C" __global__ void bench_clock(volatile bench_clock_reading *reading,
                                       unsigned long long ticket, unsigned interval_ns)
{
    unsigned t = now_low_ns(), t0, t1;
    while ((t0 = now_low_ns()) == t) {
    }
    long long c0 = clock64();
    do {
        t = now_low_ns();
    } while (t - t0 < interval_ns);
    while ((t1 = now_low_ns()) == t) {
    }
    long long c1 = clock64();
    reading->cycles = (unsigned long long)(c1 - c0);
    reading->ns = t1 - t0;
    __threadfence_system(); /* whoever sees the ticket sees the numbers */
    reading->ticket = ticket;
}
