#include "bench/run/affinity.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

/* With fewer, a run of CPUs is not divided between measuring and compiling. */
#define LEAST_TO_DIVIDE 4

bool bench_affinity_has(const struct bench_affinity *a, size_t cpu)
{
    return cpu < BENCH_AFFINITY_CPUS && (a->cpus[cpu / 8] >> cpu % 8 & 1) != 0;
}

void bench_affinity_add(struct bench_affinity *a, size_t cpu)
{
    if (cpu >= BENCH_AFFINITY_CPUS || bench_affinity_has(a, cpu))
        return;
    a->cpus[cpu / 8] = (unsigned char)(a->cpus[cpu / 8] | 1u << cpu % 8);
    a->count++;
}

bool bench_affinity_parse(const char *list, struct bench_affinity *a)
{
    memset(a, 0, sizeof *a);
    for (const char *p = list; isdigit((unsigned char)*p);) {
        char *end;
        unsigned long first = strtoul(p, &end, 10), last = first;
        if (*end == '-' && isdigit((unsigned char)end[1]))
            last = strtoul(end + 1, &end, 10);
        if (last < first || last >= BENCH_AFFINITY_CPUS)
            break;
        for (unsigned long cpu = first; cpu <= last; cpu++)
            bench_affinity_add(a, cpu);
        if (*end == '\0' || *end == '\n')
            return true;
        if (*end != ',')
            break;
        p = end + 1;
    }
    memset(a, 0, sizeof *a);
    return false;
}

void bench_affinity_text(const struct bench_affinity *a, char text[256])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t cpu = 0; cpu < BENCH_AFFINITY_CPUS; cpu++) {
        size_t last = cpu;
        if (!bench_affinity_has(a, cpu))
            continue;
        while (bench_affinity_has(a, last + 1))
            last++;
        if (used > 230) {
            snprintf(text + used, 256 - used, ",…");
            return;
        }
        int n = snprintf(text + used, 256 - used, last > cpu ? "%s%zu-%zu" : "%s%zu",
                         used ? "," : "", cpu, last);
        used += (size_t)n;
        cpu = last;
    }
}

void bench_affinity_here(struct bench_affinity *a)
{
    cpu_set_t *set = CPU_ALLOC(BENCH_AFFINITY_CPUS);
    const size_t size = CPU_ALLOC_SIZE(BENCH_AFFINITY_CPUS);
    memset(a, 0, sizeof *a);
    CPU_ZERO_S(size, set);
    if (sched_getaffinity(0, size, set) == 0)
        for (size_t cpu = 0; cpu < BENCH_AFFINITY_CPUS; cpu++)
            if (CPU_ISSET_S(cpu, size, set))
                bench_affinity_add(a, cpu);
    CPU_FREE(set);
}

void bench_affinity_near(const char *pci, struct bench_affinity *a)
{
    char path[128], list[4096] = "";
    memset(a, 0, sizeof *a);
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%.64s/local_cpulist", pci);
    FILE *file = pci[0] != '\0' ? fopen(path, "re") : NULL;
    if (file == NULL)
        return;
    if (fgets(list, sizeof list, file) != NULL)
        bench_affinity_parse(list, a);
    fclose(file);
}

static bool equal(const struct bench_affinity *a, const struct bench_affinity *b)
{
    return memcmp(a->cpus, b->cpus, sizeof a->cpus) == 0;
}

/* The CPUs number `from` to `to` - 1 of `all`, in the order of their numbers. */
static void take(const struct bench_affinity *all, size_t from, size_t to,
                 struct bench_affinity *into)
{
    size_t seen = 0;
    for (size_t cpu = 0; cpu < BENCH_AFFINITY_CPUS && seen < to; cpu++)
        if (bench_affinity_has(all, cpu) && seen++ >= from)
            bench_affinity_add(into, cpu);
}

static void usable_near(const struct bench_affinity *allowed, const struct bench_affinity *near,
                        struct bench_affinity *usable)
{
    memset(usable, 0, sizeof *usable);
    for (size_t cpu = 0; cpu < BENCH_AFFINITY_CPUS; cpu++)
        if (bench_affinity_has(allowed, cpu) && (near->count == 0 || bench_affinity_has(near, cpu)))
            bench_affinity_add(usable, cpu);
}

void bench_affinity_divide(const struct bench_affinity *allowed, const struct bench_affinity *near,
                           size_t count, struct bench_affinity *own, struct bench_affinity *beside)
{
    struct bench_affinity *usable = bench_xcalloc(count + 1, sizeof *usable);
    memset(beside, 0, sizeof *beside);
    for (size_t i = 0; i < count; i++)
        usable_near(allowed, &near[i], &usable[i]);
    for (size_t i = 0; i < count; i++) {
        size_t sharers = 1, rank = 0;
        memset(&own[i], 0, sizeof own[i]);
        for (size_t k = 0; k < count; k++) {
            rank += k < i && equal(&usable[k], &usable[i]);
            sharers += k != i && equal(&usable[k], &usable[i]);
        }
        const size_t all = usable[i].count;
        const size_t from = rank * all / sharers, to = (rank + 1) * all / sharers;
        const size_t spare = to - from >= LEAST_TO_DIVIDE ? (to - from) / 4 : 0;
        if (near[i].count == 0 || all / sharers < 2)
            continue;
        take(&usable[i], from, to - spare, &own[i]);
        take(&usable[i], to - spare, to, beside);
    }
    free(usable);
}

void bench_affinity_move(int pid, const struct bench_affinity *a)
{
    const size_t size = CPU_ALLOC_SIZE(BENCH_AFFINITY_CPUS);
    cpu_set_t *set = a->count > 0 ? CPU_ALLOC(BENCH_AFFINITY_CPUS) : NULL;
    if (set == NULL)
        return;
    CPU_ZERO_S(size, set);
    for (size_t cpu = 0; cpu < BENCH_AFFINITY_CPUS; cpu++)
        if (bench_affinity_has(a, cpu))
            CPU_SET_S(cpu, size, set);
    sched_setaffinity(pid, size, set);
    CPU_FREE(set);
}

void bench_affinity_enter(const struct bench_affinity *a)
{
    bench_affinity_move(0, a);
}
