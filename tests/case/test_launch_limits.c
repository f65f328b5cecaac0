/* What a GPU that is not here could launch. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/case/launch_limits.h"

static struct bench_err err;
static struct bench_launch launch;
static struct bench_entry_resources compiled;

static void setup(void)
{
    launch = (struct bench_launch){.entry = "twice", .grid = {1, 1, 1}, .block = {256, 1, 1}};
    compiled = (struct bench_entry_resources){.registers = 32};
}

TestSuite(launch_limits, .init = setup);

static void expect_good(const char *arch)
{
    cr_expect_eq(bench_launch_check(arch, &launch, &compiled, &err), BENCH_OK, "%s", err.message);
}

static void expect_fault(const char *arch, const char *part)
{
    cr_expect_eq(bench_launch_check(arch, &launch, &compiled, &err), BENCH_EINPUT, "%s", part);
    cr_expect(strstr(err.message, part) != NULL, "no '%s' in: %s", part, err.message);
}

Test(launch_limits, extents_of_grid_and_block)
{
    launch.grid[0] = INT32_MAX;
    launch.grid[1] = 65535;
    expect_good("sm_90");
    launch.grid[1] = 65536;
    expect_fault("sm_90", "'twice': grid.y is 65536; a GPU allows 65535");
    launch.grid[1] = 1;
    launch.block[0] = 1;
    launch.block[2] = 128;
    expect_fault("sm_90", "block.z is 128; a GPU allows 64");
    launch.block[0] = 64;
    launch.block[2] = 32;
    expect_fault("sm_90", "2048 threads a block; a GPU allows 1024");
}

/* 16384 registers for each quarter of the warps, a warp's in units of 256: at 72 a thread seven
 * warps of 2304 fit a quarter, at 64 eight. */
Test(launch_limits, registers_of_all_threads)
{
    launch.block[0] = 1024;
    compiled.registers = 64;
    expect_good("sm_90");
    compiled.registers = 65;
    expect_fault("sm_90", "1024 threads a block; with 65 registers a thread 896 are possible: "
                          "__launch_bounds__(1024)");
    launch.block[0] = 896;
    expect_good("sm_90");
    launch.block[0] = 256;
    compiled.registers = 255;
    expect_good("sm_90");
    launch.block[0] = 257;
    expect_fault("sm_90", "256 are possible");
}

Test(launch_limits, shared_memory_of_an_architecture)
{
    launch.shared_bytes = 227 * 1024 - 16;
    compiled.shared_bytes = 16;
    expect_good("sm_90");
    expect_fault("sm_86", "sm_86 allows 101376 together");
    compiled.shared_bytes = 17;
    expect_fault("sm_90", "232432 bytes of dynamic and 17 of static shared memory a block; sm_90 "
                          "allows 232448 together");
    expect_good("sm_9999"); /* nobody knows */
    launch.shared_bytes = SIZE_MAX;
    expect_fault("sm_90", "of dynamic");
}

Test(launch_limits, the_cpu_device_has_none)
{
    launch.grid[1] = 1000000;
    expect_good("x86-64");
}
