#include "bench/nightly/budget.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

double bench_nightly_nearness(double low, double high, double threshold)
{
    if (!(low > 0) || !(high >= low) || !(threshold > 0))
        return 0;
    if (low <= threshold && threshold <= high)
        return 1;
    double end = low > threshold ? low : high;
    return exp(-fabs(log(end / threshold)) / BENCH_NIGHTLY_NEAR);
}

static void guess_costs(struct bench_nightly_unit *units, size_t count)
{
    double seconds = 0;
    size_t cases = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(units[i].cost_s)) {
            seconds += units[i].cost_s;
            cases += units[i].cases;
        }
    double each = cases > 0 ? seconds / (double)cases : BENCH_NIGHTLY_CASE_S;
    for (size_t i = 0; i < count; i++) {
        units[i].guessed = isnan(units[i].cost_s);
        if (units[i].guessed)
            units[i].cost_s = each * (double)units[i].cases;
    }
}

void bench_nightly_budget(struct bench_nightly_unit *units, size_t count, double budget_s)
{
    double spent = 0;
    guess_costs(units, count);
    for (size_t i = 0; i < count; i++)
        units[i].priority = units[i].age_days * (1 + BENCH_NIGHTLY_GAIN * units[i].nearness);
    /* Insertion keeps the order of equals; a suite has hundreds of operators at most. */
    for (size_t i = 1; i < count; i++) {
        struct bench_nightly_unit unit = units[i];
        size_t k = i;
        for (; k > 0 && units[k - 1].priority < unit.priority; k--)
            units[k] = units[k - 1];
        units[k] = unit;
    }
    for (size_t i = 0; i < count; i++) {
        units[i].wanted = i == 0 || spent + units[i].cost_s <= budget_s;
        spent += units[i].wanted ? units[i].cost_s : 0;
    }
}

double bench_nightly_seconds(const char *text)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    double sum = 0;
    for (const char *p = text; *p;) {
        char *end;
        double value = strtod(p, &end), unit = end != p && *end == '\0' && p == text ? 1 : 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            unit = end != p && *end == units[i].unit ? units[i].seconds : unit;
        if (unit == 0 || !(value >= 0) || isinf(value))
            return -1;
        sum += value * unit;
        p = *end ? end + 1 : end;
    }
    return *text ? sum : -1;
}
