#pragma GCC system_header
#error BENCH_UNSUPPORTED: 4-bit floating point (cuda_fp4.h)
