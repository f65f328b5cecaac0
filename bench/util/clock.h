#ifndef BENCH_UTIL_CLOCK_H
#define BENCH_UTIL_CLOCK_H

#include <stdint.h>

/* Monotonic host time in ns (CLOCK_MONOTONIC). */
int64_t bench_clock_ns(void);

/* UTC now as 2026-11-22T10:26:00Z. */
void bench_clock_iso(char out[32]);

/* UTC now as Python's datetime.isoformat() writes it without a zone: 2026-11-22T10:26:00.123456 */
void bench_clock_iso_python(char out[40]);

#endif
