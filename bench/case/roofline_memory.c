/* How fast device memory and the L2 cache can be read, written and copied. */
#include "bench/case/roofline_impl.h"

/* As in roofline.cu. */
#define WEYL 0x9E3779B9u
/* Reads of data in L2: a quarter of the cache, so many times. 12 MB that often take about 150 us.
 */
#define L2_PART 4
#define L2_PASSES 64

/* Blocks a multiprocessor; 0: one a tile. */
static const uint32_t memory_grids[] = {2, 4, 8, 16, 0};
#define MEMORY_GRIDS (sizeof memory_grids / sizeof memory_grids[0])
static const uint32_t l2_grids[] = {1, 2, 4};
#define L2_GRIDS (sizeof l2_grids / sizeof l2_grids[0])

static uint32_t blocks_of(const struct bench_meter *m, uint32_t per_sm, uint32_t tiles)
{
    uint32_t blocks = per_sm * (uint32_t)m->info->sm_count;
    return blocks == 0 || blocks > tiles ? tiles : blocks;
}

/* The sum, modulo 2^32, of the words that roofline_write writes. */
static uint32_t sum_of_words(size_t bytes, uint32_t salt)
{
    uint64_t n = bytes / 4;
    uint64_t pairs = n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n;
    return (uint32_t)pairs * WEYL + (uint32_t)n * salt;
}

/* Reads `bytes` of a buffer `passes` times and compares the sum of its words. */
static int check_buffer(struct bench_meter *m, int buffer, size_t bytes, uint32_t passes,
                        uint32_t blocks, struct bench_err *err)
{
    uint32_t tiles = (uint32_t)(bytes / BENCH_METER_TILE_BYTES), zero = 0, sum = 0;
    void *args[] = {&m->buffers[buffer], &tiles, &passes, &m->sum};
    struct bench_meter_work work = {BENCH_METER_READ, blocks, args};
    int rc = bench_device_upload(m->device, m->sum, &zero, sizeof zero, err);
    if (rc == BENCH_OK)
        rc = bench_meter_launch(m, &work, err);
    if (rc == BENCH_OK)
        rc = bench_device_download(m->device, &sum, m->sum, sizeof sum, err);
    uint32_t expected = passes * sum_of_words(bytes, m->salts[buffer]);
    if (rc == BENCH_OK && sum != expected)
        rc = bench_err_set(err, BENCH_ERROR,
                           "memory that was written and read back has the sum %08x, expected %08x",
                           sum, expected);
    return rc;
}

/* Buffer 0, then, timed, buffer 1: none of it is in the cache. */
static int measure_read(struct bench_meter *m, struct bench_roofline *r, struct bench_err *err)
{
    uint32_t tiles = (uint32_t)(m->buffer_bytes / BENCH_METER_TILE_BYTES), passes = 1;
    void *before_args[] = {&m->buffers[0], &tiles, &passes, &m->sum};
    void *timed_args[] = {&m->buffers[1], &tiles, &passes, &m->sum};
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < MEMORY_GRIDS; i++) {
        uint32_t blocks = blocks_of(m, memory_grids[i], tiles);
        struct bench_meter_work before = {BENCH_METER_READ, blocks, before_args};
        struct bench_meter_work timed = {BENCH_METER_READ, blocks, timed_args};
        rc = bench_meter_rate(m, &before, &timed, (double)m->buffer_bytes, &r->read_bytes_s, err);
        if (rc == BENCH_OK)
            rc = check_buffer(m, 1, m->buffer_bytes, 1, blocks, err);
    }
    return rc;
}

/* The cache is full of dirty lines before and after: as much reaches memory as is written. */
static int measure_write(struct bench_meter *m, struct bench_roofline *r, struct bench_err *err)
{
    uint32_t tiles = (uint32_t)(m->buffer_bytes / BENCH_METER_TILE_BYTES);
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < MEMORY_GRIDS; i++) {
        uint32_t blocks = blocks_of(m, memory_grids[i], tiles);
        m->salts[0] += BENCH_METER_SALT_STEP;
        m->salts[1] += BENCH_METER_SALT_STEP; /* other words than those that are there */
        void *before_args[] = {&m->buffers[0], &tiles, &m->salts[0]};
        void *timed_args[] = {&m->buffers[1], &tiles, &m->salts[1]};
        struct bench_meter_work before = {BENCH_METER_WRITE, blocks, before_args};
        struct bench_meter_work timed = {BENCH_METER_WRITE, blocks, timed_args};
        rc = bench_meter_rate(m, &before, &timed, (double)m->buffer_bytes, &r->write_bytes_s, err);
        if (rc == BENCH_OK)
            rc = check_buffer(m, 1, m->buffer_bytes, 1, blocks, err);
    }
    return rc;
}

/* Buffer 0 to 1, then, timed, 2 to 3. */
static int measure_copy(struct bench_meter *m, struct bench_roofline *r, struct bench_err *err)
{
    uint32_t tiles = (uint32_t)(m->buffer_bytes / BENCH_METER_TILE_BYTES);
    void *before_args[] = {&m->buffers[1], &m->buffers[0], &tiles};
    void *timed_args[] = {&m->buffers[3], &m->buffers[2], &tiles};
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < MEMORY_GRIDS; i++) {
        uint32_t blocks = blocks_of(m, memory_grids[i], tiles);
        struct bench_meter_work before = {BENCH_METER_COPY, blocks, before_args};
        struct bench_meter_work timed = {BENCH_METER_COPY, blocks, timed_args};
        rc = bench_meter_write(m, 2, err);
        if (rc == BENCH_OK)
            rc = bench_meter_rate(m, &before, &timed, 2 * (double)m->buffer_bytes, &r->copy_bytes_s,
                                  err);
        m->salts[1] = m->salts[0];
        m->salts[3] = m->salts[2];
        if (rc == BENCH_OK)
            rc = check_buffer(m, 3, m->buffer_bytes, 1, blocks, err);
    }
    return rc;
}

/* The first pass over it, untimed, brings the data in. Every block has as many tiles as the next:
 * one that has more would make the others wait. */
static int measure_l2(struct bench_meter *m, struct bench_roofline *r, struct bench_err *err)
{
    uint32_t once = 1, passes = L2_PASSES;
    uint32_t part = (uint32_t)(m->info->l2_bytes / L2_PART / BENCH_METER_TILE_BYTES);
    int rc = BENCH_OK;
    if (part == 0)
        return BENCH_OK; /* not known: no limit */
    r->l2_read_bytes_s = 0;
    for (size_t i = 0; rc == BENCH_OK && i < L2_GRIDS; i++) {
        uint32_t blocks = l2_grids[i] * (uint32_t)m->info->sm_count;
        uint32_t tiles = part / blocks * blocks;
        if (tiles == 0 && i > 0)
            break;
        if (tiles == 0) /* a small cache: one tile each, or fewer blocks */
            tiles = blocks = part < blocks ? part : blocks;
        void *before_args[] = {&m->buffers[0], &tiles, &once, &m->sum};
        void *timed_args[] = {&m->buffers[0], &tiles, &passes, &m->sum};
        struct bench_meter_work before = {BENCH_METER_READ, blocks, before_args};
        struct bench_meter_work timed = {BENCH_METER_READ, blocks, timed_args};
        double bytes = (double)tiles * (double)BENCH_METER_TILE_BYTES;
        rc = bench_meter_rate(m, &before, &timed, bytes * L2_PASSES, &r->l2_read_bytes_s, err);
        if (rc == BENCH_OK)
            rc = check_buffer(m, 0, tiles * BENCH_METER_TILE_BYTES, passes, blocks, err);
    }
    return rc;
}

int bench_meter_memory(struct bench_meter *m, struct bench_roofline *r, struct bench_err *err)
{
    int rc = measure_read(m, r, err);
    if (rc == BENCH_OK)
        rc = measure_write(m, r, err);
    if (rc == BENCH_OK)
        rc = measure_copy(m, r, err);
    if (rc == BENCH_OK)
        rc = measure_l2(m, r, err);
    return rc;
}
