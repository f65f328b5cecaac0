/*
 * Where the workers of several GPUs run on their host: each on CPUs near its GPU (the local_cpulist
 * that Linux has of its PCI device, which is its NUMA node's), and no two on the same ones. What
 * compiles beside them has CPUs of its own, so that it never takes time from a measuring thread.
 *
 * Cheap or not at all: where the system does not tell, or there are fewer than two CPUs a GPU, the
 * workers run anywhere.
 */
#ifndef BENCH_RUN_AFFINITY_H
#define BENCH_RUN_AFFINITY_H

#include <stdbool.h>
#include <stddef.h>

/* Of Linux's CPU numbers; more than the largest hosts have. */
#define BENCH_AFFINITY_CPUS 4096

struct bench_affinity {
    unsigned char cpus[BENCH_AFFINITY_CPUS / 8];
    size_t count; /* 0: anywhere */
};

bool bench_affinity_has(const struct bench_affinity *a, size_t cpu);
void bench_affinity_add(struct bench_affinity *a, size_t cpu);

/* "0-3,8-11", as sysfs has it. False, and nothing in it, if it is something else. */
bool bench_affinity_parse(const char *list, struct bench_affinity *a);
/* "0-3,8-11"; into 256 bytes, cut off with "…". */
void bench_affinity_text(const struct bench_affinity *a, char text[256]);
/* Those that this process may use. */
void bench_affinity_here(struct bench_affinity *a);
/* Those near a PCI device ("0000:3b:00.0"); count 0 if the system does not tell. */
void bench_affinity_near(const char *pci, struct bench_affinity *a);

/* near[count]: what is near each GPU. Divides the CPUs of `allowed` among them: own[i] are those of
 * worker i, beside those of what compiles meanwhile. GPUs that are near the same CPUs share them
 * out in equal runs; the last quarter of each run, where it has at least four, is for `beside`. */
void bench_affinity_divide(const struct bench_affinity *allowed, const struct bench_affinity *near,
                           size_t count, struct bench_affinity *own, struct bench_affinity *beside);

/* The calling thread, and what it starts, runs there from now on. Best effort. */
void bench_affinity_enter(const struct bench_affinity *a);
/* Another process does. */
void bench_affinity_move(int pid, const struct bench_affinity *a);

#endif
