/* For the tests of the null device: opens it and launches what is scripted. */
#ifndef TESTS_DEVICE_NULL_SUPPORT_H
#define TESTS_DEVICE_NULL_SUPPORT_H

#include "bench/device/device.h"

extern struct bench_device *null_device;

/* Opens it, after closing the one before. null_teardown closes the last. */
void null_open(const char *spec, uint64_t seed);
void null_teardown(void);

/* What is scripted in `symbol`, of the module that null_open loaded. */
int null_find(const char *symbol, struct bench_function **function, struct bench_err *err);
struct bench_function *null_function(const char *symbol); /* fails the test if there is none */
int null_launch(struct bench_function *function, struct bench_err *err);
/* The scripted device's time between two events around `count` launches. */
double null_elapsed(struct bench_function *function, int count);

#endif
