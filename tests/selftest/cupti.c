/* What is made of CUPTI's records. The functions of CUPTI are stood in for by this program's own:
 * records are laid out by the offsets of its headers (12.9, 13.0, 13.5), not by our struct. */
#include <criterion/criterion.h>

#ifdef BENCH_HAVE_CUDA

#include "bench/device/cuda/cupti.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES 216 /* CUpti_ActivityKernel10 */
#define KERNEL 10        /* CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL */
#define MAX_LIMIT_REACHED 12

static struct {
    uint32_t version;
    void (*request)(uint8_t **, size_t *, size_t *);
    void (*complete)(void *, uint32_t, uint8_t *, size_t, size_t);
    uint8_t records[4 * RECORD_BYTES];
    size_t count, dropped;
    int enable_result;
} fake = {.version = 130001};

int cuptiGetVersion(uint32_t *version);
int cuptiGetVersion(uint32_t *version)
{
    *version = fake.version;
    return 0;
}

int cuptiGetResultString(int result, const char **text);
int cuptiGetResultString(int result, const char **text)
{
    (void)result;
    *text = "CUPTI_ERROR_OF_THE_TEST";
    return 0;
}

int cuptiActivityRegisterCallbacks(void (*request)(uint8_t **, size_t *, size_t *),
                                   void (*complete)(void *, uint32_t, uint8_t *, size_t, size_t));
int cuptiActivityRegisterCallbacks(void (*request)(uint8_t **, size_t *, size_t *),
                                   void (*complete)(void *, uint32_t, uint8_t *, size_t, size_t))
{
    fake.request = request;
    fake.complete = complete;
    return 0;
}

int cuptiActivityEnable(int kind);
int cuptiActivityEnable(int kind)
{
    cr_assert_eq(kind, KERNEL);
    return fake.enable_result;
}

int cuptiActivityDisable(int kind);
int cuptiActivityDisable(int kind)
{
    cr_assert_eq(kind, KERNEL);
    return 0;
}

int cuptiActivityFlushAll(uint32_t flag);
int cuptiActivityFlushAll(uint32_t flag)
{
    uint8_t *buffer = NULL;
    size_t size = 0, most = 1;
    (void)flag;
    fake.request(&buffer, &size, &most);
    cr_assert_not_null(buffer);
    cr_assert_eq((uintptr_t)buffer % 8, 0);
    cr_assert_eq(most, 0);
    cr_assert_geq(size, fake.count * RECORD_BYTES);
    memcpy(buffer, fake.records, fake.count * RECORD_BYTES);
    fake.complete(NULL, 0, buffer, size, fake.count * RECORD_BYTES);
    return 0;
}

int cuptiActivityGetNextRecord(uint8_t *buffer, size_t valid, void **record);
int cuptiActivityGetNextRecord(uint8_t *buffer, size_t valid, void **record)
{
    uint8_t *next = *record == NULL ? buffer : (uint8_t *)*record + RECORD_BYTES;
    if (next + RECORD_BYTES > buffer + valid)
        return MAX_LIMIT_REACHED;
    *record = next;
    return 0;
}

int cuptiActivityGetNumDroppedRecords(void *context, uint32_t stream, size_t *dropped);
int cuptiActivityGetNumDroppedRecords(void *context, uint32_t stream, size_t *dropped)
{
    (void)context;
    (void)stream;
    *dropped = fake.dropped;
    return 0;
}

static void put(const void *value, size_t bytes, size_t offset)
{
    memcpy(&fake.records[fake.count * RECORD_BYTES + offset], value, bytes);
}

static void add(uint32_t kind, const char *name, uint64_t start, uint64_t end, int32_t blocks)
{
    const int32_t grid[3] = {blocks, 1, 1}, block[3] = {128, 1, 1};
    put(&kind, 4, 0);
    put(&start, 8, 16);
    put(&end, 8, 24);
    put(grid, 12, 52);
    put(block, 12, 64);
    put(&name, 8, 104);
    fake.count++;
}

static int start(struct bench_err *err)
{
    uint32_t version = 0;
    int rc = bench_cupti_start(dlopen(NULL, RTLD_NOW), &version, err);
    cr_assert(rc != BENCH_OK || version == fake.version);
    return rc;
}

Test(cupti, kernels_come_in_the_order_of_their_starts_and_other_records_are_left_out)
{
    struct bench_cupti_kernel *kernels;
    size_t count;
    struct bench_err err = {0};
    add(KERNEL, "second", 2000, 2900, 7);
    add(2 /* a copy */, "none", 1500, 1600, 1);
    add(KERNEL, "first", 1000, 1865, 64);
    cr_assert_eq(start(&err), BENCH_OK, "%s", err.message);
    cr_assert_eq(bench_cupti_stop(&kernels, &count, &err), BENCH_OK, "%s", err.message);
    cr_assert_eq(count, 2);
    cr_assert_str_eq(kernels[0].name, "first");
    cr_assert_eq(kernels[0].end_ns - kernels[0].start_ns, 865);
    cr_assert_eq(kernels[0].grid[0], 64);
    cr_assert_eq(kernels[0].block[0], 128);
    cr_assert_str_eq(kernels[1].name, "second");
    cr_assert_eq(kernels[1].grid[0], 7);
    free(kernels);
}

Test(cupti, versions_that_nobody_has_looked_at_are_refused)
{
    static const uint32_t unknown[] = {12, 29, 120000, 130600, 140000};
    static const uint32_t known[] = {18, 28, 130000, 130001, 130500};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct bench_err err = {0};
        char text[32];
        fake.version = unknown[i];
        cr_assert_eq(start(&err), BENCH_EUNSUPPORTED);
        snprintf(text, sizeof text, "%u", unknown[i]);
        cr_assert_not_null(strstr(err.message, text), "%s", err.message);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct bench_err err = {0};
        fake.version = known[i];
        cr_assert_eq(start(&err), BENCH_OK, "%u: %s", known[i], err.message);
    }
}

Test(cupti, a_cupti_that_does_not_start_is_unsupported_in_its_own_words)
{
    struct bench_err err = {0};
    fake.enable_result = 37;
    cr_assert_eq(start(&err), BENCH_EUNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "CUPTI_ERROR_OF_THE_TEST"), "%s", err.message);
}

Test(cupti, a_library_that_is_not_cupti_is_unsupported)
{
    struct bench_err err = {0};
    uint32_t version;
    void *other = dlopen("libm.so.6", RTLD_NOW);
    cr_assert_not_null(other);
    cr_assert_eq(bench_cupti_start(other, &version, &err), BENCH_EUNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "no function cupti"), "%s", err.message);
}

static void expect_loss(const char *part)
{
    struct bench_cupti_kernel *kernels = NULL;
    size_t count = 1;
    struct bench_err err = {0};
    cr_assert_eq(start(&err), BENCH_OK, "%s", err.message);
    cr_assert_eq(bench_cupti_stop(&kernels, &count, &err), BENCH_ERROR);
    cr_assert_not_null(strstr(err.message, part), "%s", err.message);
    cr_assert_null(kernels);
    cr_assert_eq(count, 0);
}

Test(cupti, lost_records_are_an_error)
{
    add(KERNEL, "one", 1000, 2000, 1);
    fake.dropped = 3;
    expect_loss("lost 3 records");
}

Test(cupti, records_without_times_are_an_error)
{
    add(KERNEL, "one", 1000, 2000, 1);
    add(KERNEL, "two", 0, 0, 1);
    expect_loss("1 have no usable times");
}

Test(cupti, records_that_make_no_sense_are_an_error)
{
    add(KERNEL, "one", 1000, 2000, 0);
    add(KERNEL, "two", 2000, 1000, 1);
    expect_loss("2 have no usable times");
}

#endif
