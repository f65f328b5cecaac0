/* NVML (libnvidia-ml, part of the driver): what the GPU says of its clocks, power and temperature.
 * Only read, never set. Its few functions are declared here: the header is not in every toolkit. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "bench/device/cuda/cuda_impl.h"

typedef struct nvml_device *nvml_device; /* nvmlDevice_t: a pointer */

/* nvmlClockType_t and nvmlTemperatureSensors_t */
enum { CLOCK_SM = 1, CLOCK_MEMORY = 2 };
enum { SENSOR_GPU = 0 };

static struct {
    int (*Init_v2)(void);
    int (*SystemGetDriverVersion)(char *version, unsigned length);
    int (*DeviceGetHandleByUUID)(const char *uuid, nvml_device *device);
    int (*DeviceGetTemperature)(nvml_device device, int sensor, unsigned *celsius);
    int (*DeviceGetPowerUsage)(nvml_device device, unsigned *milliwatts);
    int (*DeviceGetEnforcedPowerLimit)(nvml_device device, unsigned *milliwatts);
    int (*DeviceGetClockInfo)(nvml_device device, int clock, unsigned *mhz);
    int (*DeviceGetMaxClockInfo)(nvml_device device, int clock, unsigned *mhz);
    int (*DeviceGetCurrentClocksThrottleReasons)(nvml_device device, unsigned long long *reasons);
    int (*DeviceGetPersistenceMode)(nvml_device device, int *enabled);
    int (*DeviceGetEccMode)(nvml_device device, int *current, int *pending);
} nvml;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool available;

static void open_once(void)
{
    const struct {
        const char *name;
        void **slot;
    } functions[] = {
#define FUNCTION(name) {"nvml" #name, (void **)&nvml.name}
        FUNCTION(Init_v2),
        FUNCTION(SystemGetDriverVersion),
        FUNCTION(DeviceGetHandleByUUID),
        FUNCTION(DeviceGetTemperature),
        FUNCTION(DeviceGetPowerUsage),
        FUNCTION(DeviceGetEnforcedPowerLimit),
        FUNCTION(DeviceGetClockInfo),
        FUNCTION(DeviceGetMaxClockInfo),
        FUNCTION(DeviceGetCurrentClocksThrottleReasons),
        FUNCTION(DeviceGetPersistenceMode),
        FUNCTION(DeviceGetEccMode),
#undef FUNCTION
    };
    void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        *functions[i].slot = dlsym(library, functions[i].name);
    available = nvml.Init_v2 && nvml.Init_v2() == 0;
}

bool bench_cuda_driver_version(char *version, size_t size)
{
    pthread_once(&once, open_once);
    return available && nvml.SystemGetDriverVersion &&
           nvml.SystemGetDriverVersion(version, (unsigned)size) == 0;
}

struct list {
    struct bench_device_fact *facts;
    size_t count, max;
};

static void add(struct list *list, const char *name, const char *value)
{
    if (list->count == list->max)
        return;
    struct bench_device_fact *fact = &list->facts[list->count++];
    snprintf(fact->name, sizeof fact->name, "%s", name);
    snprintf(fact->value, sizeof fact->value, "%s", value);
}

static void add_number(struct list *list, const char *name, unsigned value)
{
    char text[32];
    snprintf(text, sizeof text, "%u", value);
    add(list, name, text);
}

static void add_watts(struct list *list, const char *name, unsigned milliwatts)
{
    char text[32];
    snprintf(text, sizeof text, "%.1f", milliwatts / 1000.0);
    add(list, name, text);
}

/* Bits of nvmlClocksThrottleReasons. */
static void add_throttle(struct list *list, unsigned long long reasons)
{
    static const struct {
        unsigned long long bit;
        const char *name;
    } names[] = {
        {0x1, "idle"},        {0x2, "application clocks"}, {0x4, "power cap"},
        {0x8, "hw slowdown"}, {0x10, "sync boost"},        {0x20, "sw thermal"},
        {0x40, "hw thermal"}, {0x80, "power brake"},       {0x100, "display clocks"},
    };
    char text[96] = "";
    size_t length = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && length < sizeof text; i++)
        if (reasons & names[i].bit)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                       length ? ", " : "", names[i].name);
    add(list, "throttle", length ? text : "none");
}

static void add_clocks(struct list *list, nvml_device device)
{
    unsigned mhz = 0;
    if (nvml.DeviceGetClockInfo && nvml.DeviceGetClockInfo(device, CLOCK_SM, &mhz) == 0)
        add_number(list, "sm_clock_mhz", mhz);
    if (nvml.DeviceGetMaxClockInfo && nvml.DeviceGetMaxClockInfo(device, CLOCK_SM, &mhz) == 0)
        add_number(list, "sm_clock_max_mhz", mhz);
    if (nvml.DeviceGetClockInfo && nvml.DeviceGetClockInfo(device, CLOCK_MEMORY, &mhz) == 0)
        add_number(list, "memory_clock_mhz", mhz);
}

static void add_state(struct list *list, nvml_device device)
{
    unsigned value = 0;
    unsigned long long reasons = 0;
    int flag = 0, pending = 0;
    if (nvml.DeviceGetTemperature && nvml.DeviceGetTemperature(device, SENSOR_GPU, &value) == 0)
        add_number(list, "temperature_c", value);
    if (nvml.DeviceGetPowerUsage && nvml.DeviceGetPowerUsage(device, &value) == 0)
        add_watts(list, "power_w", value);
    if (nvml.DeviceGetEnforcedPowerLimit && nvml.DeviceGetEnforcedPowerLimit(device, &value) == 0)
        add_watts(list, "power_limit_w", value);
    add_clocks(list, device);
    if (nvml.DeviceGetCurrentClocksThrottleReasons &&
        nvml.DeviceGetCurrentClocksThrottleReasons(device, &reasons) == 0)
        add_throttle(list, reasons);
    if (nvml.DeviceGetPersistenceMode && nvml.DeviceGetPersistenceMode(device, &flag) == 0)
        add(list, "persistence_mode", flag ? "on" : "off");
    if (nvml.DeviceGetEccMode && nvml.DeviceGetEccMode(device, &flag, &pending) == 0)
        add(list, "ecc", flag ? "on" : "off");
}

size_t bench_cuda_facts(struct bench_device *device, struct bench_device_fact *facts, size_t max)
{
    struct list list = {.facts = facts, .max = max};
    nvml_device handle = NULL;
    pthread_once(&once, open_once);
    if (available && nvml.DeviceGetHandleByUUID &&
        nvml.DeviceGetHandleByUUID(device->info.id, &handle) == 0)
        add_state(&list, handle);
    return list.count;
}
