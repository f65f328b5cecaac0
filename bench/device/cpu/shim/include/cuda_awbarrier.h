#pragma GCC system_header
#error BENCH_UNSUPPORTED: asynchronous barriers (cuda_awbarrier.h)
