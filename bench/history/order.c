#include "bench/history/order.h"

static void order(double *a, double *b)
{
    if (*b < *a) {
        double t = *a;
        *a = *b;
        *b = t;
    }
}

void bench_history_select(double *v, size_t count, size_t rank)
{
    size_t low = 0, high = count - 1; /* values[rank] is between these */
    while (high > low) {
        size_t middle = low + (high - low) / 2;
        order(&v[low], &v[middle]);
        order(&v[low], &v[high]);
        order(&v[middle], &v[high]);
        double pivot = v[middle];
        size_t i = low, j = high;
        for (;;) {
            while (v[i] < pivot)
                i++;
            while (pivot < v[j])
                j--;
            if (i >= j)
                break;
            order(&v[i], &v[j]); /* v[i] >= pivot >= v[j] */
            i++;
            j--;
        }
        /* v[low … j] <= pivot <= v[j + 1 … high]. */
        if (rank <= j)
            high = j;
        else
            low = j + 1;
    }
}

double bench_history_median(double *values, size_t count)
{
    size_t half = count / 2;
    bench_history_select(values, count, half);
    if (count % 2 == 1)
        return values[half];
    double below = values[0];
    for (size_t i = 1; i < half; i++)
        below = values[i] > below ? values[i] : below;
    return (below + values[half]) / 2;
}
