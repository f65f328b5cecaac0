#pragma GCC system_header
#error BENCH_UNSUPPORTED: 6-bit floating point (cuda_fp6.h)
