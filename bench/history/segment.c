#include "bench/history/segment.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/history/order.h"
#include "bench/util/mem.h"

/* The least cost of all segmentations so far, as a function of the last segment's level θ: pieces
 * that join each other, each a quadratic, and where its last segment begins. */
struct piece {
    double high;    /* it ends here; it begins where the one before ends */
    double a, b, c; /* a θ² + b θ + c */
    size_t start;
};

struct pieces {
    struct piece *items;
    size_t count, capacity;
};

static void push(struct pieces *p, struct piece piece)
{
    struct piece *last = p->count > 0 ? &p->items[p->count - 1] : NULL;
    /* Parts of one quadratic are put together again. */
    if (last != NULL && last->start == piece.start && last->a == piece.a && last->b == piece.b &&
        last->c == piece.c) {
        last->high = piece.high;
        return;
    }
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 64;
        p->items = bench_xrealloc(p->items, p->capacity * sizeof *p->items);
    }
    p->items[p->count++] = piece;
}

static double value(const struct piece *p, double theta)
{
    return (p->a * theta + p->b) * theta + p->c;
}

/* The least value within [low, p->high]. */
static double least(const struct piece *p, double low)
{
    double theta = p->a > 0 ? -p->b / (2 * p->a) : low;
    theta = theta < low ? low : theta > p->high ? p->high : theta;
    return value(p, theta);
}

static double minimum(const struct pieces *p, double low, size_t *start)
{
    double best = INFINITY;
    for (size_t i = 0; i < p->count; i++) {
        double v = least(&p->items[i], low);
        if (v < best) {
            best = v;
            *start = p->items[i].start;
        }
        low = p->items[i].high;
    }
    return best;
}

/* The smaller of a piece on (low, piece->high] and of a constant, which is a new segment's. */
static void push_capped(struct pieces *out, const struct piece *piece, double low, double cap,
                        size_t start)
{
    struct piece flat = {.high = piece->high, .c = cap, .start = start};
    double left = low, right = low; /* the piece is below the cap between these */
    if (piece->a > 0) {
        double middle = -piece->b / (2 * piece->a);
        double depth = cap - value(piece, middle);
        double reach = depth > 0 ? sqrt(depth / piece->a) : 0;
        left = fmax(low, middle - reach);
        right = fmin(piece->high, middle + reach);
    } else if (piece->c <= cap) {
        right = piece->high;
    }
    if (!(right > left)) {
        push(out, flat);
        return;
    }
    if (left > low) {
        flat.high = left;
        push(out, flat);
    }
    struct piece inner = *piece;
    inner.high = right;
    push(out, inner);
    if (right < piece->high) {
        flat.high = piece->high;
        push(out, flat);
    }
}

/* Adds a point's cost to a piece on (low, piece->high]: (y − θ)² within `bound`, else bound². */
static void push_with_point(struct pieces *out, const struct piece *piece, double low, double y,
                            double bound)
{
    const double ends[] = {fmin(y - bound, piece->high), fmin(y + bound, piece->high), piece->high};
    for (int part = 0; part < 3; part++) {
        if (!(ends[part] > low))
            continue;
        struct piece sum = *piece;
        sum.high = ends[part];
        if (part == 1) {
            sum.a += 1;
            sum.b -= 2 * y;
            sum.c += y * y;
        } else {
            sum.c += bound * bound;
        }
        push(out, sum);
        low = ends[part];
    }
}

size_t bench_segment(const double *y, size_t count, double scale, double bound, double penalty,
                     size_t *starts, double *cost)
{
    struct pieces now = {0}, next = {0};
    if (cost != NULL)
        *cost = 0;
    if (count == 0)
        return 0;
    /* In units of the noise and around the middle, where squares lose no digits. */
    double *z = bench_xmalloc(count * sizeof *z);
    memcpy(z, y, count * sizeof *z);
    double centre = bench_history_median(z, count), lowest = INFINITY, highest = -INFINITY;
    for (size_t t = 0; t < count; t++) {
        z[t] = (y[t] - centre) / scale;
        lowest = fmin(lowest, z[t]);
        highest = fmax(highest, z[t]);
    }
    lowest -= 1;                                          /* so that there is room between them */
    size_t *begin = bench_xmalloc(count * sizeof *begin); /* of the segment that ends with t */
    double total = 0;
    push(&now, (struct piece){.high = highest});
    for (size_t t = 0; t < count; t++) {
        double low = lowest;
        next.count = 0;
        for (size_t i = 0; i < now.count; i++) {
            if (t == 0)
                push(&next, now.items[i]);
            else
                push_capped(&next, &now.items[i], low, total + penalty, t);
            low = now.items[i].high;
        }
        now.count = 0;
        low = lowest;
        for (size_t i = 0; i < next.count; i++) {
            push_with_point(&now, &next.items[i], low, z[t], bound);
            low = next.items[i].high;
        }
        total = minimum(&now, lowest, &begin[t]);
    }
    if (cost != NULL)
        *cost = total;
    size_t segments = 0;
    for (size_t end = count; end > 0; end = begin[end - 1])
        starts[segments++] = begin[end - 1];
    for (size_t i = 0; i < segments / 2; i++) {
        size_t other = starts[i];
        starts[i] = starts[segments - 1 - i];
        starts[segments - 1 - i] = other;
    }
    free(begin);
    free(z);
    free(now.items);
    free(next.items);
    return segments;
}

/* ---- scale ---- */

#define BLOCK 5
/* E|d| of a standard normal d below its 90 % point 1.6449: 2 (φ(0) − φ(1.6449)) / 0.9. */
#define TRIMMED_MEAN 0.65736
/* Standard deviation of the median of five standard normal values (by their order statistic's
 * density; Teichroew 1956 has 0.28683 for its variance). */
#define MEDIAN_OF_FIVE 0.53557

/* Of steps[count], which is reordered. */
static double scale_of_steps(double *steps, size_t count)
{
    size_t kept = (9 * count + 9) / 10;
    double sum = 0;
    if (count == 0)
        return 0;
    if (kept < count)
        bench_history_select(steps, count, kept);
    for (size_t i = 0; i < kept; i++)
        sum += steps[i];
    return sum / (double)kept / TRIMMED_MEAN / sqrt(2);
}

double bench_segment_scale(const double *y, size_t count)
{
    if (count < 2)
        return 0;
    double *steps = bench_xmalloc(count * sizeof *steps);
    for (size_t t = 1; t < count; t++)
        steps[t - 1] = fabs(y[t] - y[t - 1]);
    double near = scale_of_steps(steps, count - 1);
    size_t blocks = count / BLOCK;
    double before = 0;
    for (size_t i = 0; i < blocks; i++) {
        /* The last ones count, an incomplete first block does not. */
        double block[BLOCK];
        memcpy(block, y + (count - (blocks - i) * BLOCK), sizeof block);
        double median = bench_history_median(block, BLOCK);
        if (i > 0)
            steps[i - 1] = fabs(median - before);
        before = median;
    }
    double far = blocks > 1 ? scale_of_steps(steps, blocks - 1) / MEDIAN_OF_FIVE : 0;
    free(steps);
    /* Of few blocks it says little. */
    return blocks >= 6 && far > near ? far : near;
}
