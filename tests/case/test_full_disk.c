/* Whose fault it is that something does not compile. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <string.h>
#include <sys/statvfs.h>

#include "job_fixture.h"

TestSuite(full_disk, .timeout = 300);

/* ---- a disk that is said to be full (tests/CMakeLists.txt) ---- */

static bool is_full;

int __wrap_statvfs(const char *path, struct statvfs *disk);
int __real_statvfs(const char *path, struct statvfs *disk);

int __wrap_statvfs(const char *path, struct statvfs *disk)
{
    int rc = __real_statvfs(path, disk);
    disk->f_blocks = 1 << 20;
    disk->f_frsize = 4096;
    disk->f_bavail = is_full ? 3 : 1 << 19;
    disk->f_files = disk->f_favail = 0; /* as file systems without a fixed number */
    return rc;
}

/* ---- the tests ---- */

#define KERNEL(name, type)                                                                         \
    "extern \"C\" __global__ void " name "(const float *x, " type " *out, long long n)\n"          \
    "{\n"                                                                                          \
    "    const long long i = blockIdx.x * 256LL + threadIdx.x;\n"                                  \
    "    if (i < n)\n"                                                                             \
    "        out[i] = 2 * x[i];\n"                                                                 \
    "}\n"
#define COMPUTED(name, options)                                                                    \
    "{\"name\": \"" name                                                                           \
    "\", \"provider\": \"cuda\", \"source\": \"made.cu\", \"entry\": \"right\", \"options\": "     \
    "[" options                                                                                    \
    "], \"grid\": [\"ceildiv(n, 256)\"], \"block\": [256], \"args\": [\"x\", \"out\", "            \
    "{\"int64\": \"n\"}]}"

static const char implementations[] =
    "[" COMPUTED("sound", "") ", " COMPUTED("broken", "\"-DBROKEN\"") "]";
static const char source[] = "#ifdef BROKEN\n"
                             "#error No space left on device\n"
                             "#endif\n" KERNEL("oracle", "double") KERNEL("right", "float");

static int run_broken(struct job_fixture *f, struct bench_err *err)
{
    job_open(f, "cpu:1");
    f->settings.suite.rounds = 5;
    f->settings.suite.cache = BENCH_CACHE_HOT;
    job_operator(f, implementations, source, 1000);
    job_roles(f, "broken", "sound", NULL);
    return bench_case_run(&f->s, &f->job, &f->records, &f->record_count, err);
}

Test(full_disk, what_does_not_compile_is_its_own_fault)
{
    struct job_fixture f;
    struct bench_err err = {0};
    cr_assert_eq(run_broken(&f, &err), 0, "%s", err.message);
    const struct bench_record *broken = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(broken->status, BENCH_STATUS_COMPILE_ERROR);
    cr_expect_not_null(strstr(broken->reason, "No space left on device"), "%s", broken->reason);
    cr_expect_eq(job_record(&f, BENCH_REFERENCE)->status, BENCH_STATUS_OK);
    job_close(&f);
}

Test(full_disk, where_nothing_can_be_compiled_nobody_is_blamed)
{
    struct job_fixture f;
    struct bench_err err = {0};
    is_full = true;
    cr_expect_eq(run_broken(&f, &err), BENCH_EDISK);
    cr_expect_not_null(strstr(err.message, "is full"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "set BENCH_CACHE to a folder"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "made.cu:2"), "%s", err.message);
    job_close(&f);
}
