/* Cases that need more memory than is free, because others use the device, too. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/device/device_impl.h"
#include "job_fixture.h"

TestSuite(memory, .timeout = 300);

#define KERNEL(name, answer)                                                                       \
    "extern \"C\" __global__ void " name "(const float *x, float *out, long long n)\n"             \
    "{\n"                                                                                          \
    "    const long long i = blockIdx.x * 256LL + threadIdx.x;\n"                                  \
    "    if (i < n)\n"                                                                             \
    "        out[i] = " answer ";\n"                                                               \
    "}\n"
#define COMPUTED(name)                                                                             \
    "{\"name\": \"" name "\", \"provider\": \"cuda\", \"source\": \"made.cu\", \"entry\": \"" name \
    "\", \"grid\": [\"ceildiv(n, 256)\"], \"block\": [256], \"args\": [\"x\", \"out\", "           \
    "{\"int64\": \"n\"}]}"

static const char implementations[] = "[" COMPUTED("right") ", " COMPUTED("wrong") "]";
static const char source[] =
    "extern \"C\" __global__ void oracle(const float *x, double *out, long long n)\n"
    "{\n"
    "    const long long i = blockIdx.x * 256LL + threadIdx.x;\n"
    "    if (i < n)\n"
    "        out[i] = 2.0 * x[i];\n"
    "}\n" KERNEL("right", "2 * x[i]") KERNEL("wrong", "2 * x[i] + 1");

/* Large enough that two sets of inputs are told from one, whatever else is in memory. */
#define LARGE ((int64_t)1 << 18)
#define BLOCKS 4096

/* ---- a device of which others have most of the memory ---- */

static const struct bench_device_ops *cpu;
static struct bench_device_ops shared;
static struct {
    void *memory;
    size_t bytes;
} blocks[BLOCKS];
static size_t block_count, used_bytes, peak_bytes, free_bytes;

static int alloc(struct bench_device *device, size_t bytes, void **memory, struct bench_err *err)
{
    if (used_bytes + bytes > free_bytes)
        return bench_err_set(err, BENCH_EMEMORY, "out of memory: others use it");
    int rc = cpu->alloc(device, bytes, memory, err);
    cr_assert_lt(block_count, BLOCKS);
    blocks[block_count].memory = *memory;
    blocks[block_count++].bytes = bytes;
    used_bytes += bytes;
    peak_bytes = used_bytes > peak_bytes ? used_bytes : peak_bytes;
    return rc;
}

static void release(struct bench_device *device, void *memory)
{
    for (size_t i = 0; i < block_count; i++)
        if (blocks[i].memory == memory) {
            used_bytes -= blocks[i].bytes;
            blocks[i] = blocks[--block_count];
            break;
        }
    cpu->release(device, memory);
}

static void open_job(struct job_fixture *f, const char *candidate, size_t most_bytes)
{
    job_open(f, "cpu:1");
    cpu = f->s.device->ops;
    shared = *cpu;
    shared.alloc = alloc;
    shared.release = release;
    shared.flush = NULL; /* takes long */
    f->s.device->ops = &shared;
    f->settings.suite.rounds = 16;
    job_operator(f, implementations, source, LARGE);
    job_roles(f, candidate, "right", NULL);
    block_count = used_bytes = peak_bytes = 0;
    free_bytes = most_bytes;
}

/* What the case takes with `sets` sets of inputs at most. */
static size_t run_once(const char *candidate, size_t most_bytes, int64_t sets)
{
    struct job_fixture f;
    open_job(&f, candidate, most_bytes);
    job_run(&f);
    const struct bench_record *reference = job_record(&f, BENCH_REFERENCE);
    cr_assert_eq(reference->status, BENCH_STATUS_OK, "%s", reference->reason);
    cr_assert_eq(reference->round_count, 16);
    cr_assert_eq(reference->checks.sets_at_once, sets);
    job_close(&f);
    return peak_bytes;
}

/* ---- the tests ---- */

Test(memory, one_set_of_inputs_is_taken_where_two_are_too_many)
{
    const size_t two = run_once("right", SIZE_MAX, 2);
    cr_expect_lt(run_once("right", two - 1, 1), two);
}

Test(memory, a_case_that_finds_too_little_is_left_out_and_the_next_one_runs)
{
    struct job_fixture f;
    open_job(&f, "right", LARGE);
    job_run(&f);
    cr_expect_eq(f.record_count, BENCH_ROLE_COUNT);
    for (int r = BENCH_CANDIDATE; r <= BENCH_REFERENCE; r++) {
        const struct bench_record *record = job_record(&f, (enum bench_role)r);
        cr_expect_eq(record->status, BENCH_STATUS_UNSUPPORTED);
        cr_expect_str_eq(record->reason, "out of memory: others use it");
    }
    cr_expect_eq(job_record(&f, BENCH_BASELINE)->status, BENCH_STATUS_UNAVAILABLE);
    cr_expect_str_eq(job_record(&f, BENCH_BASELINE)->reason, "the suite names no baseline");
    free_bytes = SIZE_MAX;
    job_run(&f);
    cr_expect_eq(job_record(&f, BENCH_CANDIDATE)->status, BENCH_STATUS_OK);
    cr_expect_eq(job_record(&f, BENCH_CANDIDATE)->round_count, 16);
    job_close(&f);
}

/* What is wrong stays wrong, although there is no memory for timing the others. */
Test(memory, what_was_found_before_it_ran_out_counts)
{
    struct job_fixture f;
    const size_t two = run_once("wrong", SIZE_MAX, 2);
    const size_t one = run_once("wrong", two - 1, 1);
    open_job(&f, "wrong", one - 1);
    job_run(&f);
    const struct bench_record *reference = job_record(&f, BENCH_REFERENCE);
    cr_expect_eq(job_record(&f, BENCH_CANDIDATE)->status, BENCH_STATUS_WRONG);
    cr_expect_eq(reference->status, BENCH_STATUS_UNSUPPORTED);
    cr_expect_str_eq(reference->reason, "out of memory: others use it");
    cr_expect_eq(reference->round_count, 0);
    job_close(&f);
}
