#pragma GCC system_header
#error BENCH_UNSUPPORTED: textures
