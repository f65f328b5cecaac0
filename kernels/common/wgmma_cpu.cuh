/*
 * wgmma.cuh for the cpu device. Each thread computes its own sums, and finds the elements of both
 * matrices as the descriptors say: by the canonical layouts of the 128-byte swizzle (PTX ISA,
 * "Shared Memory Matrix Layout"; CUTLASS, make_gmma_desc). Multiplications happen when they are
 * waited for, the latest time that a GPU may take: a buffer that is filled anew too early is found
 * out, and so are registers of a that are written anew too early. Whether copies have been
 * announced (wgmma_ready) is not found out here, nor are sums and registers that were written after
 * begin().
 */
#ifndef BENCH_KERNELS_COMMON_WGMMA_CPU_CUH
#define BENCH_KERNELS_COMMON_WGMMA_CPU_CUH

/* Shared memory's addresses begin at 0, as on a GPU. */
__device__ __forceinline__ const unsigned char *wgmma_memory()
{
    extern __shared__ __align__(1024) unsigned char shared_memory[];
    return shared_memory;
}

__device__ __forceinline__ unsigned shared_address(const void *p)
{
    return static_cast<unsigned>(static_cast<const unsigned char *>(p) - wgmma_memory());
}

__device__ __forceinline__ void wgmma_ready()
{
}

/* The element that lies `offset` bytes behind the descriptor's address, were it not for the
 * swizzle: address bits 4-6 are those bits XOR bits 7-9. */
template <class T>
__device__ __forceinline__ float wgmma_element(unsigned long long descriptor, unsigned offset)
{
    const unsigned address = (static_cast<unsigned>(descriptor & 0x3fff) << 4) + offset;
    const unsigned swizzled = address ^ (address >> 3 & 0x70);
    return to_float(*reinterpret_cast<const T *>(wgmma_memory() + swizzled));
}

/* How many groups of multiplications the thread has closed. Only differences count, so that it may
 * begin anywhere. */
__device__ __forceinline__ unsigned &wgmma_groups()
{
    __shared__ unsigned groups[most_warps * 32];
    return groups[threadIdx.x];
}

template <int N> __device__ __forceinline__ void wgmma_keep(unsigned (&)[N][4])
{
}

template <class T, int N> struct WgmmaSums {
    static constexpr int most = 8; /* multiplications under way: two steps of four */
    struct Product {
        unsigned long long a, b;
        const unsigned *held; /* a in registers */
        bool transposed, fresh;
        unsigned group;
    };
    float values[N / 2];
    Product products[most];
    int count = 0;

    __device__ void clear()
    {
        for (int i = 0; i < N / 2; i++) {
            values[i] = 0.0f;
        }
    }
    __device__ void written()
    {
    }
    __device__ void begin()
    {
    }
    __device__ void multiply(unsigned long long a, unsigned long long b)
    {
        products[count++] = Product{a, b, nullptr, false, false, wgmma_groups()};
    }
    __device__ void multiply_transposed(unsigned long long a, unsigned long long b)
    {
        products[count++] = Product{a, b, nullptr, true, false, wgmma_groups()};
    }
    __device__ void start_transposed(unsigned long long a, unsigned long long b)
    {
        products[count++] = Product{a, b, nullptr, true, true, wgmma_groups()};
    }
    __device__ void multiply_held(const unsigned (&a)[4], unsigned long long b)
    {
        products[count++] = Product{0, b, a, false, false, wgmma_groups()};
    }
    __device__ void commit()
    {
        wgmma_groups()++;
    }
    template <int P> __device__ void wait()
    {
        int left = 0;
        for (int i = 0; i < count; i++) {
            if (wgmma_groups() - products[i].group > P) {
                run(products[i]);
            } else {
                products[left++] = products[i];
            }
        }
        count = left;
        __syncwarp(); /* a warp waits as one */
    }
    template <int P> __device__ void finish()
    {
        wait<P>();
    }

  private:
    /* a, and b transposed: rows of K, 8 of them `stride` bytes from the next 8. b: rows along N, 64
     * elements in 128 bytes. */
    __device__ void run(const Product &p)
    {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int row = static_cast<int>(threadIdx.x) % 128 / 32 * 16 + lane / 4;
        const unsigned a_stride = static_cast<unsigned>(p.a >> 32 & 0x3fff) << 4;
        const unsigned b_leading = static_cast<unsigned>(p.b >> 16 & 0x3fff) << 4;
        const unsigned b_stride = static_cast<unsigned>(p.b >> 32 & 0x3fff) << 4;
        WarpLane *lanes = warp_lanes();
        if (p.held) {
            for (int i = 0; i < 4; i++) {
                lanes[lane].a[i] = p.held[i];
            }
            __syncwarp();
        }
        for (int i = 0; i < N / 2 && p.fresh; i++) {
            values[i] = 0.0f;
        }
        for (unsigned k = 0; k < 16; k++) {
            float a[2];
            for (int half = 0; half < 2; half++) {
                const unsigned r = static_cast<unsigned>(row + half * 8);
                a[half] =
                    p.held
                        ? low_or_high<T>(lanes[lane / 4 * 4 + k % 8 / 2].a[half + k / 8 * 2], k % 2)
                        : wgmma_element<T>(p.a, r / 8 * a_stride + r % 8 * 128 + k * 2);
            }
            for (int i = 0; i < N / 2; i++) {
                const unsigned n = static_cast<unsigned>(i / 4 * 8 + lane % 4 * 2 + i % 2);
                const unsigned at =
                    p.transposed ? n / 8 * b_stride + n % 8 * 128 + k * 2
                                 : n / 64 * b_leading + n % 64 * 2 + k / 8 * b_stride + k % 8 * 128;
                const float b = wgmma_element<T>(p.b, at);
                values[i] += a[i / 2 % 2] * b;
            }
        }
        if (p.held) {
            __syncwarp();
        }
    }
};

#endif
