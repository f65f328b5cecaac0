#include "bench/case/launch_limits.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 1024
#define WARP 32
/* Of a multiprocessor, in four parts; a warp takes its registers from one, 256 at a time. */
#define PARTS 4
#define PART_REGISTERS 16384
#define REGISTERS_AT_ONCE 256

static const uint32_t max_grid[3] = {INT32_MAX, 65535, 65535}, max_block[3] = {1024, 1024, 64};

/* Shared memory that a block can ask for, static and dynamic. */
static const struct {
    long capability;
    size_t bytes;
} max_shared[] = {
    {70, 96 << 10},   {72, 96 << 10},  {75, 64 << 10},  {80, 163 << 10},  {86, 99 << 10},
    {87, 163 << 10},  {89, 99 << 10},  {90, 227 << 10}, {100, 227 << 10}, {103, 227 << 10},
    {110, 227 << 10}, {120, 99 << 10}, {121, 99 << 10},
};

static size_t shared_of(long capability)
{
    for (size_t i = 0; i < sizeof max_shared / sizeof *max_shared; i++)
        if (max_shared[i].capability == capability)
            return max_shared[i].bytes;
    return SIZE_MAX;
}

static int check_extents(const struct bench_launch *launch, struct bench_err *err)
{
    static const char axis[] = "xyz";
    for (int i = 0; i < 3; i++) {
        if (launch->grid[i] > max_grid[i])
            return bench_err_set(err, BENCH_EINPUT,
                                 "'%s': grid.%c is %" PRIu32 "; a GPU allows %" PRIu32,
                                 launch->entry, axis[i], launch->grid[i], max_grid[i]);
        if (launch->block[i] > max_block[i])
            return bench_err_set(err, BENCH_EINPUT,
                                 "'%s': block.%c is %" PRIu32 "; a GPU allows %" PRIu32,
                                 launch->entry, axis[i], launch->block[i], max_block[i]);
    }
    return BENCH_OK;
}

/* Threads of a block of a kernel of so many registers a thread. */
static uint64_t threads_with(int registers)
{
    uint64_t warp = ((uint64_t)registers * WARP + REGISTERS_AT_ONCE - 1) / REGISTERS_AT_ONCE *
                    REGISTERS_AT_ONCE;
    uint64_t threads = warp > 0 ? PART_REGISTERS / warp * PARTS * WARP : MAX_THREADS;
    return threads < MAX_THREADS ? threads : MAX_THREADS;
}

int bench_launch_check(const char *arch, const struct bench_launch *launch,
                       const struct bench_entry_resources *compiled, struct bench_err *err)
{
    if (strncmp(arch, "sm_", 3) != 0)
        return BENCH_OK;
    int rc = check_extents(launch, err);
    if (rc != BENCH_OK)
        return rc;
    uint64_t threads = (uint64_t)launch->block[0] * launch->block[1] * launch->block[2];
    if (threads > MAX_THREADS)
        return bench_err_set(err, BENCH_EINPUT,
                             "'%s': %" PRIu64 " threads a block; a GPU allows %d", launch->entry,
                             threads, MAX_THREADS);
    if (threads > threads_with(compiled->registers))
        return bench_err_set(err, BENCH_EINPUT,
                             "'%s': %" PRIu64
                             " threads a block; with %d registers a thread %" PRIu64
                             " are possible: __launch_bounds__(%" PRIu64 ") limits the registers",
                             launch->entry, threads, compiled->registers,
                             threads_with(compiled->registers), threads);
    size_t most = shared_of(strtol(arch + 3, NULL, 10));
    if (launch->shared_bytes > most || compiled->shared_bytes > most - launch->shared_bytes)
        return bench_err_set(err, BENCH_EINPUT,
                             "'%s': %zu bytes of dynamic and %zu of static shared memory a block; "
                             "%s allows %zu together",
                             launch->entry, launch->shared_bytes, compiled->shared_bytes, arch,
                             most);
    return BENCH_OK;
}
