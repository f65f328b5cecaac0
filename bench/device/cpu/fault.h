/*
 * Faults inside kernels: when one touches memory that is not there, the process dies, but says on
 * standard error which kernel, block and thread it was. Private to the cpu device.
 */
#ifndef BENCH_DEVICE_CPU_FAULT_H
#define BENCH_DEVICE_CPU_FAULT_H

/* Installs the signal handlers, once a process. Does nothing under AddressSanitizer, whose own
 * report says more (and gets a line with the kernel, block and thread from us). */
void bench_fault_install(void);

/* A module under the sanitizers was loaded, and UBSan's library with it. */
void bench_fault_sanitized_module(void);

/* Each OS thread that runs kernels needs a stack for the handler: the faulting one may be full. */
void bench_fault_thread_begin(void);
void bench_fault_thread_end(void);

#endif
