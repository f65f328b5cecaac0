#include "bench/util/clock.h"

#include <stdio.h>
#include <time.h>

int64_t bench_clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void bench_clock_iso(char out[32])
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void bench_clock_iso_python(char out[40])
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    struct tm utc;
    gmtime_r(&t.tv_sec, &utc);
    size_t n = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &utc);
    /* isoformat() leaves the fraction out when it is zero. */
    if (t.tv_nsec >= 1000)
        snprintf(out + n, 40 - n, ".%06ld", t.tv_nsec / 1000);
}
