/*
 * CUPTI's activity interface, declared by hand: its header is not in every toolkit. Taken from
 * cupti_activity.h, cupti_result.h and cupti_version.h of the packages nvidia-cuda-cupti 12.9.79,
 * 13.0.85 and 13.5.25.
 *
 * Records of kernels have grown with every version (CUpti_ActivityKernel4 of CUDA 9 has 144 bytes,
 * …Kernel9 of 12.9 208, …Kernel10 of 13.0 216, …Kernel13 of 13.5 248), but only at their end: all
 * of them have the members below at these offsets. Newer versions than those that were looked at
 * are refused, for nobody knows that yet; so is a record that does not make sense.
 */
#include "bench/device/cuda/cupti.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

#define VERSION_CUDA_12 18     /* 11.8; the least that has been seen with a CUDA 12 driver */
#define VERSION_LAST_NUMBER 28 /* 12.9 update 1, the last of the old numbering */
#define VERSION_CUDA_13 130000 /* then xxyyzz: 13.0 */
#define VERSION_NEWEST 130599  /* 13.5, whatever its update */

enum { SUCCESS = 0, ERROR_MAX_LIMIT_REACHED = 12 }; /* CUptiResult */
enum { KIND_CONCURRENT_KERNEL = 10 };               /* CUpti_ActivityKind */
enum { FLUSH_FORCED = 1 };                          /* CUpti_ActivityFlag */

/* The beginning of CUpti_ActivityKernel4 to …Kernel13 (packed to 8 bytes, so without holes). */
struct kernel_record {
    uint32_t kind;
    uint8_t cache_config, shared_memory_config;
    uint16_t registers;
    uint32_t partitioned_requested, partitioned_executed;
    uint64_t start, end, completed;
    uint32_t device, context, stream;
    int32_t grid[3], block[3];
    int32_t static_shared, dynamic_shared;
    uint32_t local_per_thread, local_total, correlation;
    int64_t grid_id;
    const char *name;
};
_Static_assert(offsetof(struct kernel_record, start) == 16, "CUpti_ActivityKernel.start");
_Static_assert(offsetof(struct kernel_record, grid) == 52, "CUpti_ActivityKernel.gridX");
_Static_assert(offsetof(struct kernel_record, correlation) == 92, "CUpti_ActivityKernel");
_Static_assert(offsetof(struct kernel_record, name) == 104, "CUpti_ActivityKernel.name");

/* Records are at multiples of 8 bytes of these (ACTIVITY_RECORD_ALIGNMENT). */
#define BUFFER_BYTES ((size_t)4 << 20)
#define BUFFER_ALIGNMENT 8

typedef void (*request_function)(uint8_t **buffer, size_t *size, size_t *max_records);
typedef void (*complete_function)(void *context, uint32_t stream, uint8_t *buffer, size_t size,
                                  size_t valid);

const char *const bench_cupti_sonames[] = {"libcupti.so.13", "libcupti.so.12", "libcupti.so", NULL};

/* One a process, as CUPTI is: its callbacks carry no data of ours, and come from its threads. */
static struct {
    int (*GetVersion)(uint32_t *version);
    int (*GetResultString)(int result, const char **text);
    int (*ActivityRegisterCallbacks)(request_function request, complete_function complete);
    int (*ActivityEnable)(int kind);
    int (*ActivityDisable)(int kind);
    int (*ActivityFlushAll)(uint32_t flag);
    int (*ActivityGetNextRecord)(uint8_t *buffer, size_t valid, void **record);
    int (*ActivityGetNumDroppedRecords)(void *context, uint32_t stream, size_t *dropped);

    pthread_mutex_t lock; /* of the rest */
    struct bench_cupti_kernel *kernels;
    size_t count, capacity;
    size_t dropped, unusable;
    bool no_memory;
} cupti = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int failed(int code, int result, const char *what, struct bench_err *err)
{
    const char *text = NULL;
    if (cupti.GetResultString(result, &text) != SUCCESS || text == NULL)
        text = "an unknown error";
    return bench_err_set(err, code, "CUPTI: %s: %s", what, text);
}

/* ---- what CUPTI calls ---- */

static void on_request(uint8_t **buffer, size_t *size, size_t *max_records)
{
    *buffer = aligned_alloc(BUFFER_ALIGNMENT, BUFFER_BYTES);
    *size = *buffer != NULL ? BUFFER_BYTES : 0;
    *max_records = 0; /* as many as fit */
    if (*buffer == NULL) {
        pthread_mutex_lock(&cupti.lock);
        cupti.no_memory = true;
        pthread_mutex_unlock(&cupti.lock);
    }
}

static void take_record(const struct kernel_record *from)
{
    /* A start of 0 means that CUPTI had no room for the times. */
    bool usable = from->start > 0 && from->end >= from->start && from->name != NULL;
    for (int i = 0; i < 3; i++)
        usable = usable && from->grid[i] > 0 && from->block[i] > 0;
    if (!usable) {
        cupti.unusable++;
        return;
    }
    if (cupti.count == cupti.capacity) {
        cupti.capacity = cupti.capacity * 2 + 1024;
        cupti.kernels = bench_xrealloc(cupti.kernels, cupti.capacity * sizeof *cupti.kernels);
    }
    struct bench_cupti_kernel *to = &cupti.kernels[cupti.count++];
    snprintf(to->name, sizeof to->name, "%s", from->name);
    to->start_ns = from->start;
    to->end_ns = from->end;
    memcpy(to->grid, from->grid, sizeof to->grid);
    memcpy(to->block, from->block, sizeof to->block);
}

static void on_complete(void *context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid)
{
    void *record = NULL;
    size_t dropped = 0;
    (void)size;
    pthread_mutex_lock(&cupti.lock);
    int result =
        valid > 0 ? cupti.ActivityGetNextRecord(buffer, valid, &record) : ERROR_MAX_LIMIT_REACHED;
    while (result == SUCCESS) {
        const struct kernel_record *kernel = record;
        if (kernel->kind == KIND_CONCURRENT_KERNEL)
            take_record(kernel);
        result = cupti.ActivityGetNextRecord(buffer, valid, &record);
    }
    if (result != ERROR_MAX_LIMIT_REACHED)
        cupti.unusable++;
    if (cupti.ActivityGetNumDroppedRecords(context, stream, &dropped) == SUCCESS)
        cupti.dropped += dropped;
    pthread_mutex_unlock(&cupti.lock);
    free(buffer);
}

/* ---- starting and stopping ---- */

static int find_functions(void *library, struct bench_err *err)
{
    const struct {
        const char *name;
        void **slot;
    } functions[] = {
#define FUNCTION(name) {"cupti" #name, (void **)&cupti.name}
        FUNCTION(GetVersion),
        FUNCTION(GetResultString),
        FUNCTION(ActivityRegisterCallbacks),
        FUNCTION(ActivityEnable),
        FUNCTION(ActivityDisable),
        FUNCTION(ActivityFlushAll),
        FUNCTION(ActivityGetNextRecord),
        FUNCTION(ActivityGetNumDroppedRecords),
#undef FUNCTION
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        *functions[i].slot = dlsym(library, functions[i].name);
        if (*functions[i].slot == NULL)
            return bench_err_set(err, BENCH_EUNSUPPORTED, "this CUPTI has no function %s",
                                 functions[i].name);
    }
    return BENCH_OK;
}

static int check_version(uint32_t version, struct bench_err *err)
{
    bool known = (version >= VERSION_CUDA_12 && version <= VERSION_LAST_NUMBER) ||
                 (version >= VERSION_CUDA_13 && version <= VERSION_NEWEST);
    return known ? BENCH_OK
                 : bench_err_set(err, BENCH_EUNSUPPORTED,
                                 "CUPTI's API has version %u; its records are known for %d to %d "
                                 "and %d to %d (CUDA 11.8 to 13.5)",
                                 version, VERSION_CUDA_12, VERSION_LAST_NUMBER, VERSION_CUDA_13,
                                 VERSION_NEWEST);
}

int bench_cupti_start(void *library, uint32_t *version, struct bench_err *err)
{
    int rc = find_functions(library, err);
    if (rc != BENCH_OK)
        return rc;
    int result = cupti.GetVersion(version);
    if (result != SUCCESS)
        return failed(BENCH_EUNSUPPORTED, result, "asking for its version", err);
    rc = check_version(*version, err);
    if (rc != BENCH_OK)
        return rc;
    result = cupti.ActivityRegisterCallbacks(on_request, on_complete);
    if (result == SUCCESS)
        result = cupti.ActivityEnable(KIND_CONCURRENT_KERNEL);
    return result == SUCCESS ? BENCH_OK
                             : failed(BENCH_EUNSUPPORTED, result, "starting to trace kernels", err);
}

static int by_start(const void *a, const void *b)
{
    const struct bench_cupti_kernel *x = a, *y = b;
    return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

int bench_cupti_stop(struct bench_cupti_kernel **kernels, size_t *count, struct bench_err *err)
{
    int result = cupti.ActivityFlushAll(FLUSH_FORCED);
    if (result == SUCCESS)
        result = cupti.ActivityDisable(KIND_CONCURRENT_KERNEL);
    if (result != SUCCESS)
        return failed(BENCH_ERROR, result, "ending the trace", err);
    pthread_mutex_lock(&cupti.lock);
    int rc = BENCH_OK;
    if (cupti.dropped > 0 || cupti.unusable > 0 || cupti.no_memory)
        rc = bench_err_set(err, BENCH_ERROR,
                           "CUPTI lost %zu records, and %zu have no usable times%s", cupti.dropped,
                           cupti.unusable, cupti.no_memory ? "; there was no memory for more" : "");
    if (cupti.count > 0)
        qsort(cupti.kernels, cupti.count, sizeof *cupti.kernels, by_start);
    *kernels = cupti.kernels;
    *count = cupti.count;
    cupti.kernels = NULL;
    cupti.count = cupti.capacity = 0;
    pthread_mutex_unlock(&cupti.lock);
    if (rc != BENCH_OK) {
        free(*kernels);
        *kernels = NULL;
        *count = 0;
    }
    return rc;
}
