#include "bench/device/cpu/hostinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void bench_host_arch(char *out, size_t size)
{
    struct utsname name;
    const char *machine = uname(&name) == 0 ? name.machine : "unknown";
    snprintf(out, size, "%.31s", strcmp(machine, "x86_64") == 0 ? "x86-64" : machine);
}

void bench_host_cpu_name(char *out, size_t size)
{
    char arch[32];
    bench_host_arch(arch, sizeof(arch));
    snprintf(out, size, "%s processor", arch); /* where cpuinfo has no model name (aarch64) */
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file)
        return;
    char line[512];
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "model name", 10) != 0)
            continue;
        const char *value = strchr(line, ':');
        if (value) {
            value += strspn(value, ": \t");
            snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
        }
        break;
    }
    fclose(file);
}

size_t bench_host_memory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (size_t)pages * (size_t)size : 0;
}

static int read_line(const char *folder, const char *name, char *line, int size)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    int ok = fgets(line, size, file) ? 0 : -1;
    fclose(file);
    return ok;
}

size_t bench_host_cache_bytes(int level)
{
    for (int index = 0; index < 8; index++) {
        char folder[128];
        char line[64];
        snprintf(folder, sizeof(folder), "/sys/devices/system/cpu/cpu0/cache/index%d", index);
        if (read_line(folder, "level", line, sizeof(line)) != 0 || strtol(line, NULL, 10) != level)
            continue;
        if (read_line(folder, "type", line, sizeof(line)) != 0 || line[0] == 'I')
            continue;
        if (read_line(folder, "size", line, sizeof(line)) != 0)
            continue;
        char *unit = NULL;
        size_t value = strtoul(line, &unit, 10);
        return *unit == 'M' ? value << 20 : *unit == 'K' ? value << 10 : value;
    }
    return 0;
}
