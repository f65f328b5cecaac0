/* Integer intrinsics. */
#ifndef BENCH_CPU_INTEGER_H
#define BENCH_CPU_INTEGER_H
#pragma GCC system_header

BENCH_CPU_FN int __popc(unsigned x)
{
    return __builtin_popcount(x);
}
BENCH_CPU_FN int __popcll(unsigned long long x)
{
    return __builtin_popcountll(x);
}
BENCH_CPU_FN int __clz(int x)
{
    return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x));
}
BENCH_CPU_FN int __clzll(long long x)
{
    return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x));
}
BENCH_CPU_FN int __ffs(int x)
{
    return __builtin_ffs(x);
}
BENCH_CPU_FN int __ffsll(long long x)
{
    return __builtin_ffsll(x);
}
BENCH_CPU_FN unsigned long long __brevll(unsigned long long x)
{
    x = (x & 0x5555555555555555ull) << 1 | (x >> 1 & 0x5555555555555555ull);
    x = (x & 0x3333333333333333ull) << 2 | (x >> 2 & 0x3333333333333333ull);
    x = (x & 0x0f0f0f0f0f0f0f0full) << 4 | (x >> 4 & 0x0f0f0f0f0f0f0f0full);
    return __builtin_bswap64(x);
}
BENCH_CPU_FN unsigned __brev(unsigned x)
{
    return static_cast<unsigned>(__brevll(x) >> 32);
}
/* Each hexadecimal digit of the selector takes a byte of y:x; its highest bit spreads that byte's
 * sign (PTX, prmt). */
BENCH_CPU_FN unsigned __byte_perm(unsigned x, unsigned y, unsigned selector)
{
    unsigned long long bytes = static_cast<unsigned long long>(y) << 32 | x;
    unsigned result = 0;
    for (int i = 0; i < 4; i++) {
        unsigned digit = selector >> (4 * i) & 0xf;
        unsigned byte = static_cast<unsigned>(bytes >> (8 * (digit & 7))) & 0xff;
        if (digit & 8)
            byte = byte & 0x80 ? 0xff : 0;
        result |= byte << (8 * i);
    }
    return result;
}
BENCH_CPU_FN int __mulhi(int x, int y)
{
    return static_cast<int>(static_cast<long long>(x) * y >> 32);
}
BENCH_CPU_FN unsigned __umulhi(unsigned x, unsigned y)
{
    return static_cast<unsigned>(static_cast<unsigned long long>(x) * y >> 32);
}
__extension__ typedef __int128 bench_cpu_int128;
__extension__ typedef unsigned __int128 bench_cpu_uint128;
BENCH_CPU_FN long long __mul64hi(long long x, long long y)
{
    return static_cast<long long>(static_cast<bench_cpu_int128>(x) * y >> 64);
}
BENCH_CPU_FN unsigned long long __umul64hi(unsigned long long x, unsigned long long y)
{
    return static_cast<unsigned long long>(static_cast<bench_cpu_uint128>(x) * y >> 64);
}
/* Of the low 24 bits of each, the low 32 bits of the product. */
BENCH_CPU_FN int __mul24(int x, int y)
{
    int a = static_cast<int>(static_cast<unsigned>(x) << 8) >> 8;
    int b = static_cast<int>(static_cast<unsigned>(y) << 8) >> 8;
    return static_cast<int>(static_cast<unsigned>(a) * static_cast<unsigned>(b));
}
BENCH_CPU_FN unsigned __umul24(unsigned x, unsigned y)
{
    return (x & 0xffffff) * (y & 0xffffff);
}
BENCH_CPU_FN unsigned __sad(int x, int y, unsigned z)
{
    return z + static_cast<unsigned>(x > y ? static_cast<unsigned>(x) - static_cast<unsigned>(y)
                                           : static_cast<unsigned>(y) - static_cast<unsigned>(x));
}
BENCH_CPU_FN unsigned __usad(unsigned x, unsigned y, unsigned z)
{
    return z + (x > y ? x - y : y - x);
}
BENCH_CPU_FN int __hadd(int x, int y)
{
    return static_cast<int>((static_cast<long long>(x) + y) >> 1);
}
BENCH_CPU_FN int __rhadd(int x, int y)
{
    return static_cast<int>((static_cast<long long>(x) + y + 1) >> 1);
}
BENCH_CPU_FN unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift)
{
    unsigned long long both = static_cast<unsigned long long>(high) << 32 | low;
    return static_cast<unsigned>(both << (shift & 31) >> 32);
}
BENCH_CPU_FN unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift)
{
    unsigned long long both = static_cast<unsigned long long>(high) << 32 | low;
    return static_cast<unsigned>(both >> (shift & 31));
}
/* Sum of the products of four signed (unsigned) bytes. */
BENCH_CPU_FN int __dp4a(int a, int b, int c)
{
    unsigned sum = static_cast<unsigned>(c);
    for (int i = 0; i < 4; i++)
        sum += static_cast<unsigned>(static_cast<signed char>(a >> (8 * i)) *
                                     static_cast<signed char>(b >> (8 * i)));
    return static_cast<int>(sum);
}
BENCH_CPU_FN unsigned __dp4a(unsigned a, unsigned b, unsigned c)
{
    for (int i = 0; i < 4; i++)
        c += (a >> (8 * i) & 0xff) * (b >> (8 * i) & 0xff);
    return c;
}

#endif
