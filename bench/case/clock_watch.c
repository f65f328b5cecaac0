#include "bench/case/clock_watch.h"

#include <math.h>

#include "bench/measure/stats.h"

static void put(struct bench_clock_watch *w, double mhz)
{
    w->last[w->readings++ % BENCH_CLOCK_STAYS] = mhz;
}

/* The median of the last `count` readings, or of as many as there are; *agree if they do. */
static double last_median(const struct bench_clock_watch *w, size_t count, bool *agree)
{
    double mhz[BENCH_CLOCK_STAYS], low = INFINITY, high = 0;
    size_t n = w->readings < count ? w->readings : count;
    for (size_t i = 0; i < n; i++) {
        mhz[i] = w->last[(w->readings - 1 - i) % BENCH_CLOCK_STAYS];
        low = fmin(low, mhz[i]);
        high = fmax(high, mhz[i]);
    }
    *agree = n == count && high - low <= BENCH_CLOCK_AGREE * high;
    return n > 0 ? bench_median(mhz, n) : 0;
}

double bench_clock_watch_agreed(const struct bench_clock_watch *w, size_t count)
{
    bool agree;
    double median_mhz = last_median(w, count, &agree);
    return agree ? median_mhz : 0;
}

double bench_clock_watch_warm(struct bench_clock_watch *w, double mhz)
{
    if (mhz > 0)
        put(w, mhz);
    return bench_clock_watch_agreed(w, BENCH_CLOCK_WARM);
}

void bench_clock_watch_begin(struct bench_clock_watch *w)
{
    bool agree;
    w->first_mhz = w->steady_mhz = last_median(w, BENCH_CLOCK_WARM, &agree);
}

/* A higher clock that has come to stay. Each side of 3 % is a level of its own, as below. */
static bool raise_level(struct bench_clock_watch *w)
{
    bool agree;
    double level_mhz = last_median(w, BENCH_CLOCK_WARM, &agree);
    if (!agree || w->raised == BENCH_CLOCK_LEVELS || level_mhz * BENCH_CLOCK_LEAST <= w->steady_mhz)
        return false;
    w->raised++;
    w->first_mhz = w->steady_mhz = level_mhz;
    return true;
}

static bool lower_level(struct bench_clock_watch *w)
{
    bool agree;
    double level_mhz = last_median(w, BENCH_CLOCK_STAYS, &agree);
    if (!agree || w->lowered == BENCH_CLOCK_LEVELS ||
        level_mhz < BENCH_CLOCK_LEAST_LEVEL * w->first_mhz)
        return false;
    w->lowered++;
    w->steady_mhz = level_mhz;
    return true;
}

enum bench_clock_verdict bench_clock_watch_round(struct bench_clock_watch *w, double mhz)
{
    bool keep = true;
    if (mhz > 0 && w->steady_mhz > 0 && !w->throttled) {
        put(w, mhz);
        if (raise_level(w)) {
            w->discarded += w->kept + 1;
            w->kept = w->low = 0;
            return BENCH_CLOCK_AGAIN;
        }
        keep = mhz >= BENCH_CLOCK_LEAST * w->steady_mhz || lower_level(w);
    }
    size_t rounds = w->kept + w->low + 1;
    if (!keep && rounds >= BENCH_CLOCK_LEAST_ROUNDS && 2 * (w->low + 1) > rounds)
        keep = w->throttled = true;
    if (keep) {
        w->kept++;
        return BENCH_CLOCK_KEEP;
    }
    w->low++;
    w->discarded++;
    return BENCH_CLOCK_DISCARD;
}
