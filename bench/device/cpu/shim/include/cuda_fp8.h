#pragma GCC system_header
#error BENCH_UNSUPPORTED: 8-bit floating point (cuda_fp8.h)
