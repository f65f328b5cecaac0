/* For the tests of the cpu device. Criterion runs each test in its own process. */
#ifndef TESTS_DEVICE_CPU_SUPPORT_H
#define TESTS_DEVICE_CPU_SUPPORT_H

#include "bench/device/device.h"
#include "bench/provider/cuda/compile.h"

extern struct bench_device *cpu_device;

/* A cache folder of its own, and the device with two threads. */
void cpu_setup(void);
void cpu_teardown(void);
/* Opens the device anew, with other options; kernels must be compiled again. */
void cpu_reopen(const char *spec, const struct bench_cpu_options *options);

/* Compiles `entry` of tests/resources/device/<file> and loads it. The file is called by that name
 * alone in messages. */
struct bench_function *cpu_kernel(const char *file, const char *entry);
/* Compiles a text that is not expected to compile; its messages name "test.cu". */
int cpu_compile_text(const char *text, const char *entry, struct bench_err *err);

/* Device memory with these contents; zeros if NULL. Freed with the device. */
void *cpu_memory(const void *contents, size_t bytes);

/* One-dimensional launch; fails the test if it fails. */
void cpu_launch(struct bench_function *function, uint32_t grid, uint32_t block, size_t shared_bytes,
                void **args);
int cpu_try_launch(struct bench_function *function, uint32_t grid, uint32_t block,
                   size_t shared_bytes, void **args, struct bench_err *err);

#endif
