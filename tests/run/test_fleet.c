/* Which devices a text names, and where their workers run. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/affinity.h"
#include "bench/run/fleet.h"
#include "bench/util/str.h"

/* The devices with blanks between. */
static void expect_devices(const char *device, int available, const char *expected)
{
    struct bench_err err = {0};
    struct bench_str all;
    char(*specs)[128] = NULL;
    size_t count = 0;
    bench_str_init(&all);
    cr_expect(bench_fleet_is_meant(device), "%s names one device", device);
    cr_assert_eq(bench_fleet_expand(device, available, &specs, &count, &err), 0, "%s: %s", device,
                 err.message);
    for (size_t i = 0; i < count; i++)
        bench_str_addf(&all, "%s%s", i ? " " : "", specs[i]);
    cr_expect_str_eq(all.data, expected);
    bench_str_fini(&all);
    free(specs);
}

Test(fleet, several_devices_are_a_list_all_or_a_number_of_them)
{
    expect_devices("cuda:all", 3, "cuda:0 cuda:1 cuda:2");
    expect_devices("cuda:0,2", 4, "cuda:0 cuda:2");
    expect_devices("null*2", 1, "null:index=0 null:index=1");
    expect_devices("null:2200*2", 1, "null:floor=2200,index=0 null:floor=2200,index=1");
    expect_devices("null:clock=1980,throttle=0.1*1", 1, "null:clock=1980,throttle=0.1,index=0");
    expect_devices("cpu:2*3", 1, "cpu:2 cpu:2 cpu:2");
    expect_devices("cuda:3+cuda:1", 4, "cuda:3 cuda:1");
    expect_devices("null:model=1+null:7", 1, "null:model=1,index=0 null:floor=7,index=1");
}

Test(fleet, one_device_is_not_several)
{
    static const char *const one[] = {"auto",  "cuda", "cuda:1", "cpu",
                                      "cpu:4", "null", "null:2", "null:floor=1,clock=2"};
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        cr_expect_not(bench_fleet_is_meant(one[i]), "%s", one[i]);
}

static void expect_refused(const char *device, const char *part)
{
    struct bench_err err = {0};
    char(*specs)[128] = NULL;
    size_t count = 0;
    cr_expect_eq(bench_fleet_expand(device, 2, &specs, &count, &err), BENCH_EINPUT, "%s", device);
    cr_expect_not_null(strstr(err.message, part), "%s", err.message);
}

Test(fleet, nonsense_is_refused_with_what_to_write)
{
    expect_refused("cuda*2", "cuda:0,1 or cuda:all");
    expect_refused("cuda:0,0", "cuda:0 is there twice");
    expect_refused("cuda:0,", "with commas between, or all");
    expect_refused("cuda:0,x", "with commas between, or all");
    expect_refused("null:all", "null*4");
    expect_refused("null*0", "1 to 64");
    expect_refused("null*65", "1 to 64");
    expect_refused("null*", "1 to 64");
    expect_refused("null+", "between two + comes one device");
    expect_refused("null*2+null", "between two + comes one device");
    expect_refused("auto+null", "between two + comes one device");
}

Test(fleet, who_needs_one_device_has_the_first)
{
    char spec[128];
    bench_fleet_first("cuda:3,1", spec);
    cr_expect_str_eq(spec, "cuda:3");
    bench_fleet_first("cuda:all", spec);
    cr_expect_str_eq(spec, "cuda:0");
    bench_fleet_first("cpu*2", spec);
    cr_expect_str_eq(spec, "cpu");
    bench_fleet_first("cpu:4", spec);
    cr_expect_str_eq(spec, "cpu:4");
}

/* ---- CPUs ---- */

static void expect_cpus(const struct bench_affinity *a, const char *expected)
{
    char text[256];
    bench_affinity_text(a, text);
    cr_expect_str_eq(text, expected);
}

static struct bench_affinity cpus(const char *list)
{
    struct bench_affinity a;
    cr_assert(bench_affinity_parse(list, &a), "%s", list);
    return a;
}

Test(affinity, lists_are_read_as_linux_writes_them)
{
    static const char *const wrong[] = {"", "\n", "a", "1-", "3-1", "1,,2", "1,", "0-99999", "-1"};
    struct bench_affinity a;
    a = cpus("0-3,8-11\n");
    cr_expect_eq(a.count, 8);
    expect_cpus(&a, "0-3,8-11");
    a = cpus("5");
    expect_cpus(&a, "5");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect_not(bench_affinity_parse(wrong[i], &a), "'%s'", wrong[i]);
        cr_expect_eq(a.count, 0);
    }
}

/* Two nodes of eight CPUs, two GPUs near each. */
Test(affinity, gpus_of_a_node_share_its_cpus_and_compiling_has_its_own)
{
    const struct bench_affinity here = cpus("0-15");
    const struct bench_affinity near[] = {cpus("0-7"), cpus("0-7"), cpus("8-15"), cpus("8-15")};
    struct bench_affinity own[4], beside;
    bench_affinity_divide(&here, near, 4, own, &beside);
    expect_cpus(&own[0], "0-2");
    expect_cpus(&own[1], "4-6");
    expect_cpus(&own[2], "8-10");
    expect_cpus(&own[3], "12-14");
    expect_cpus(&beside, "3,7,11,15");
}

Test(affinity, only_allowed_cpus_are_used)
{
    const struct bench_affinity here = cpus("2-5");
    const struct bench_affinity near[] = {cpus("0-7"), cpus("0-7")};
    struct bench_affinity own[2], beside;
    bench_affinity_divide(&here, near, 2, own, &beside);
    expect_cpus(&own[0], "2-3");
    expect_cpus(&own[1], "4-5");
    expect_cpus(&beside, "");
}

/* In a child: a process that has entered few CPUs does not get the others back. */
Test(affinity, a_process_runs_where_it_was_put)
{
    struct bench_affinity here, one = {.count = 0};
    size_t cpu = 0;
    bench_affinity_here(&here);
    cr_assert_gt(here.count, 0);
    while (!bench_affinity_has(&here, cpu))
        cpu++;
    bench_affinity_add(&one, cpu);
    pid_t pid = fork();
    if (pid == 0) {
        bench_affinity_enter(&one);
        bench_affinity_here(&here);
        _exit(here.count == 1 && bench_affinity_has(&here, cpu) ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
}

Test(affinity, workers_run_anywhere_where_cpus_are_few_or_the_system_does_not_tell)
{
    const struct bench_affinity few = cpus("0-2"), many = cpus("0-63");
    const struct bench_affinity near[] = {cpus("0-7"), cpus("0-7")};
    const struct bench_affinity unknown[2] = {{.count = 0}, {.count = 0}};
    struct bench_affinity own[2], beside;
    bench_affinity_divide(&few, near, 2, own, &beside);
    expect_cpus(&own[0], "");
    expect_cpus(&own[1], "");
    bench_affinity_divide(&many, unknown, 2, own, &beside);
    expect_cpus(&own[0], "");
    expect_cpus(&own[1], "");
    expect_cpus(&beside, "");
}
