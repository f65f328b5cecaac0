/* What the host's processor is. Private to the cpu device. */
#ifndef BENCH_DEVICE_CPU_HOSTINFO_H
#define BENCH_DEVICE_CPU_HOSTINFO_H

#include <stddef.h>

void bench_host_cpu_name(char *out, size_t size); /* "AMD EPYC 9654 96-Core Processor" */
void bench_host_arch(char *out, size_t size);     /* "x86-64", "aarch64", else as uname says */
size_t bench_host_memory_bytes(void);
size_t bench_host_cache_bytes(int level); /* of one cache of this level; 0 if not known */

#endif
