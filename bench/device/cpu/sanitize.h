/*
 * Kernels under AddressSanitizer and UBSan, on the cpu device: code is compiled for it
 * (bench_compile_request.sanitize), and runs in a process of its own that has the sanitizer's
 * library loaded first. Its report, one page of text on standard error, becomes one sentence.
 */
#ifndef BENCH_DEVICE_CPU_SANITIZE_H
#define BENCH_DEVICE_CPU_SANITIZE_H

#include <stddef.h>

#include "bench/util/err.h"

/* The environment of such a process, as struct bench_process_spec has it: NULL-terminated
 * "NAME=value". Free with bench_cpu_sanitizer_env_free. BENCH_EUNSUPPORTED where the compiler comes
 * without the sanitizer, with what to install. */
int bench_cpu_sanitizer_env(char ***env, struct bench_err *err);
void bench_cpu_sanitizer_env_free(char **env); /* NULL-safe */

/* Gives device memory a name for reports ("out"), which is copied; the latest 64 are remembered. Of
 * no use outside such a process, and of no harm. */
void bench_cpu_sanitizer_label(const void *memory, size_t bytes, const char *label);

/* Finds a report in what a process wrote to standard error, and says it in one sentence:
 * "out-of-bounds write of 4 bytes, 0 bytes past the end of a 4096-byte buffer (out), at
 * kernels/x/bad.cu:12 in bad, block (0,0,0), thread (5,0,0)". BENCH_ENOTFOUND if there is none. */
int bench_cpu_sanitizer_parse(const char *report, char *summary, size_t size);

#endif
