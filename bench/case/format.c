#include "bench/case/format.h"

#include <math.h>
#include <stdio.h>

const char *bench_format_number(double v, char text[32])
{
    double magnitude = fabs(v);
    int decimals = magnitude < 1 ? 3 : magnitude < 10 ? 2 : magnitude < 100 ? 1 : 0;
    snprintf(text, 32, "%.*f", decimals, v);
    return text;
}

const char *bench_format_time(double ns, char text[32])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    int unit = 0;
    while (unit < 3 && ns >= 999.5) {
        ns /= 1000;
        unit++;
    }
    int decimals = unit == 0 || ns >= 99.95 ? (unit == 0 ? 0 : 1) : ns >= 9.995 ? 2 : 3;
    snprintf(text, 32, "%.*f %s", decimals, ns, units[unit]);
    return text;
}
