/* Alone, so that a shared library can have it from elsewhere: kernels find it at a fixed distance
 * from the thread pointer, which a library that is loaded late has no room for unless it is small.
 */
#include "bench/device/cpu/executor.h"

_Thread_local struct bench_cpu_context bench_cpu_context;
