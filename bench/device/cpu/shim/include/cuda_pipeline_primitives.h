#pragma GCC system_header
#error BENCH_UNSUPPORTED: asynchronous copies (cuda_pipeline_primitives.h)
