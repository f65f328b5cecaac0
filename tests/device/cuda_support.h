/* For the tests of the cuda device: opens it, or skips the test with the reason. */
#ifndef TESTS_DEVICE_CUDA_SUPPORT_H
#define TESTS_DEVICE_CUDA_SUPPORT_H

#include "bench/device/device.h"

/* The first GPU, in `cuda_device`; skips the test where there is none or no NVRTC. Criterion runs
 * each test in its own process, so a test may poison the device. */
void cuda_setup(void);
void cuda_teardown(void);
extern struct bench_device *cuda_device;

/* Compiles `text` for the device and loads it. */
struct bench_module *cuda_module(const char *text, const char *entry);

/* The same, and returns the kernel `entry`. */
struct bench_function *cuda_kernel(const char *text, const char *entry);

/* Launches with one-dimensional grid and block, and fails the test if that fails. */
void cuda_launch(struct bench_function *function, uint32_t grid, uint32_t block, void **args);
void cuda_synchronize(void);

#endif
