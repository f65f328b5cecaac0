/*
 * Memory in units of 16 bytes, the widest load and store of a thread: a warp that moves 16 bytes a
 * thread uses a quarter of the instructions of one that moves 4, and keeps more bytes in flight.
 *
 *   Pack<T>            16 bytes of T: 4 floats, 8 halves; p.v[i] are the elements
 *   Pack<T>::size      how many elements
 *   pack_load(p)       one 16-byte load; p must be 16-byte aligned
 *   pack_store(p, x)   one 16-byte store; likewise
 *   pack_load_part(p, count), pack_store_part(p, x, count)
 *                      the first `count` elements only, one by one, at any alignment; the rest of
 *                      the loaded pack is zero
 *   is_packable(p)     is p 16-byte aligned?
 *
 * Tensors of `bench` start at multiples of 256 bytes, but a row of them does not if the row's
 * length is no multiple of Pack<T>::size, and in an exported operator a tensor may be a view that
 * starts anywhere: kernels ask is_packable.
 */
#ifndef BENCH_KERNELS_COMMON_PACK_CUH
#define BENCH_KERNELS_COMMON_PACK_CUH

template <class T> struct alignas(16) Pack {
    static constexpr int size = 16 / static_cast<int>(sizeof(T));
    T v[16 / sizeof(T)];
};

template <class T> __device__ __forceinline__ Pack<T> pack_load(const T *p)
{
    return *reinterpret_cast<const Pack<T> *>(p);
}

template <class T> __device__ __forceinline__ void pack_store(T *p, const Pack<T> &x)
{
    *reinterpret_cast<Pack<T> *>(p) = x;
}

template <class T> __device__ __forceinline__ Pack<T> pack_load_part(const T *p, long long count)
{
    Pack<T> x = {};
#pragma unroll
    for (int i = 0; i < Pack<T>::size; i++) {
        if (i < count) {
            x.v[i] = p[i];
        }
    }
    return x;
}

template <class T>
__device__ __forceinline__ void pack_store_part(T *p, const Pack<T> &x, long long count)
{
#pragma unroll
    for (int i = 0; i < Pack<T>::size; i++) {
        if (i < count) {
            p[i] = x.v[i];
        }
    }
}

template <class T> __device__ __forceinline__ bool is_packable(const T *p)
{
    return reinterpret_cast<unsigned long long>(p) % 16 == 0;
}

#endif
