/* Which devices a text names. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/fleet.h"
#include "bench/util/mem.h"

static const char *argument_of(const char *device)
{
    const char *colon = strchr(device, ':');
    return colon != NULL ? colon + 1 : NULL;
}

static bool is_hardware(const char *device)
{
    return bench_str_starts(device, "cuda");
}

bool bench_fleet_is_meant(const char *device)
{
    const char *argument = argument_of(device);
    if (strchr(device, '*') != NULL || strchr(device, '+') != NULL)
        return true;
    if (argument == NULL)
        return false;
    return strcmp(argument, "all") == 0 || (is_hardware(device) && strchr(argument, ',') != NULL);
}

struct specs {
    char (*items)[128];
    size_t count;
};

static char *new_spec(struct specs *s)
{
    s->items = bench_xrealloc(s->items, (s->count + 1) * sizeof *s->items);
    return s->items[s->count++];
}

static int too_many(const char *device, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EINPUT, "device %s: at most %d devices", device,
                         BENCH_RUN_DEVICES_MOST);
}

static int expand_all(const char *device, int available, struct specs *s, struct bench_err *err)
{
    const size_t kind = strcspn(device, ":");
    if (!is_hardware(device))
        return bench_err_set(err, BENCH_EINPUT,
                             "device %s: there is no number of %.*s devices that is all of them; "
                             "write how many, %.*s*4",
                             device, (int)kind, device, (int)kind, device);
    if (available > BENCH_RUN_DEVICES_MOST)
        return too_many(device, err);
    for (int i = 0; i < available; i++)
        snprintf(new_spec(s), 128, "%.*s:%d", (int)kind, device, i);
    return BENCH_OK;
}

static int expand_list(const char *device, struct specs *s, struct bench_err *err)
{
    const size_t kind = strcspn(device, ":");
    for (const char *p = argument_of(device);; p++) {
        char *end;
        long n = strtol(p, &end, 10);
        if (!isdigit((unsigned char)*p) || (*end != ',' && *end != '\0') || n > 1023)
            return bench_err_set(err, BENCH_EINPUT,
                                 "device %s: after the colon come numbers of GPUs, from 0, with "
                                 "commas between, or all",
                                 device);
        if (s->count == BENCH_RUN_DEVICES_MOST)
            return too_many(device, err);
        char *spec = new_spec(s);
        snprintf(spec, 128, "%.*s:%ld", (int)kind, device, n);
        for (size_t i = 0; i + 1 < s->count; i++)
            if (strcmp(s->items[i], spec) == 0)
                return bench_err_set(err, BENCH_EINPUT, "device %s: %s is there twice", device,
                                     spec);
        p = end;
        if (*p == '\0')
            return BENCH_OK;
    }
}

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return end != text && *end == '\0';
}

/* `one` is the device without its factor. */
static void write_member(char spec[128], const char *one, int index)
{
    const char *argument = argument_of(one);
    if (!bench_str_starts(one, "null"))
        snprintf(spec, 128, "%.127s", one);
    else if (argument == NULL)
        snprintf(spec, 128, "null:index=%d", index);
    else
        snprintf(spec, 128, "null:%s%.100s,index=%d", is_number(argument) ? "floor=" : "", argument,
                 index);
}

static int expand_factor(const char *device, struct specs *s, struct bench_err *err)
{
    const char *star = strrchr(device, '*');
    char *end, one[101];
    long n = strtol(star + 1, &end, 10);
    if (is_hardware(device))
        return bench_err_set(err, BENCH_EINPUT,
                             "device %s: a GPU is there once; write cuda:0,1 or cuda:all", device);
    if (end == star + 1 || *end != '\0' || n < 1 || n > BENCH_RUN_DEVICES_MOST ||
        star - device > 100)
        return bench_err_set(err, BENCH_EINPUT,
                             "device %s: after the * comes how many of them, 1 to %d", device,
                             BENCH_RUN_DEVICES_MOST);
    snprintf(one, sizeof one, "%.*s", (int)(star - device), device);
    for (int i = 0; i < (int)n; i++)
        write_member(new_spec(s), one, i);
    return BENCH_OK;
}

/* "null:model=1+null:model=2": each as it would stand alone. */
static int expand_sum(const char *device, struct specs *s, struct bench_err *err)
{
    for (const char *p = device;; p++) {
        char one[101];
        size_t length = strcspn(p, "+");
        snprintf(one, sizeof one, "%.*s", length > 100 ? 0 : (int)length, p);
        if (one[0] == '\0' || strcmp(one, "auto") == 0 || bench_fleet_is_meant(one))
            return bench_err_set(err, BENCH_EINPUT,
                                 "device %s: between two + comes one device, such as cuda:1",
                                 device);
        if (s->count == BENCH_RUN_DEVICES_MOST)
            return too_many(device, err);
        int index = (int)s->count;
        write_member(new_spec(s), one, index);
        p += length;
        if (*p == '\0')
            return BENCH_OK;
    }
}

void bench_fleet_first(const char *device, char spec[128])
{
    char(*specs)[128] = NULL;
    size_t count = 0;
    snprintf(spec, 128, "%.127s", device);
    if (bench_fleet_is_meant(device) && bench_fleet_expand(device, 1, &specs, &count, NULL) == 0)
        snprintf(spec, 128, "%s", specs[0]);
    free(specs);
}

int bench_fleet_expand(const char *device, int available, char (**specs)[128], size_t *count,
                       struct bench_err *err)
{
    const char *argument = argument_of(device);
    struct specs s = {0};
    int rc;
    if (strchr(device, '+') != NULL)
        rc = expand_sum(device, &s, err);
    else if (strchr(device, '*') != NULL)
        rc = expand_factor(device, &s, err);
    else if (argument != NULL && strcmp(argument, "all") == 0)
        rc = expand_all(device, available, &s, err);
    else
        rc = expand_list(device, &s, err);
    if (rc != BENCH_OK) {
        free(s.items);
        return rc;
    }
    *specs = s.items;
    *count = s.count;
    return BENCH_OK;
}
