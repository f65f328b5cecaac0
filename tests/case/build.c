/* Implementations to compile requests, and many of them at once. Compiles for sm_90 where there is
 * an NVRTC, else for the host. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/build.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static char *folder;
static const char *arch;

static void setup(void)
{
    char pattern[] = "/tmp/bench-test-XXXXXX";
    char *version = bench_compiler_version("sm_90", NULL);
    arch = version ? "sm_90" : "x86-64";
    free(version);
    cr_assert_not_null(mkdtemp(pattern));
    folder = bench_xstrdup(pattern);
    char *cache = bench_path_join(folder, "cache");
    setenv("BENCH_CACHE", cache, 1);
    free(cache);
}

static void teardown(void)
{
    bench_file_remove_tree(folder, NULL);
    free(folder);
}

TestSuite(build, .init = setup, .fini = teardown);

static char *write_source(const char *name, const char *text)
{
    struct bench_err err = {0};
    char *path = bench_path_join(folder, name);
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
    return path;
}

/* Wants bfloat16, BLOCK and SIGN as they are asked for, or does not compile. */
static const char picky[] =
    "#if BLOCK != 64 || SIGN != -1 || BENCH_T_IS_BFLOAT16 != 1\n"
    "#error wrong macros\n"
    "#endif\n"
    "template <class T, int N> __global__ void first(T *x) { x[N] = T(1.0f); }\n"
    "__global__ void second(__nv_bfloat16 *x) { x[SIGN + 1] = BENCH_T(2.0f); }\n";

static const int64_t blocks[] = {32, 64}, signs[] = {-1};
static struct bench_tunable tunables[] = {{"BLOCK", blocks, 2}, {"SIGN", signs, 1}};
static struct bench_launch_spec launches[] = {{.entry = "first<BENCH_T, BLOCK>"},
                                              {.entry = "second"}};

static struct bench_implementation implementation(const char *source)
{
    return (struct bench_implementation){
        .name = "picky",
        .provider = BENCH_PROVIDER_CUDA,
        .source = source,
        .tunables = tunables,
        .tunable_count = 2,
        .launches = launches,
        .launch_count = 2,
    };
}

static int64_t values_64[] = {64, -1}, values_32[] = {32, -1};
static const struct bench_variant variant_64 = {.values = values_64, .label = "BLOCK=64 SIGN=-1"};
static const struct bench_variant variant_32 = {.values = values_32, .label = "BLOCK=32 SIGN=-1"};

Test(build, source_sees_dtype_and_tunables_and_every_launch_is_an_entry)
{
    char *source = write_source("p.cu", picky);
    struct bench_implementation impl = implementation(source);
    struct bench_build_unit unit;
    struct bench_err err = {0};
    cr_assert_eq(
        bench_build_unit_init(&unit, &impl, BENCH_BFLOAT16, &variant_64, arch, false, &err), 0,
        "%s", err.message);
    cr_assert_eq(bench_build_all(&unit, 1, 1, NULL, NULL, &err), 0, "%s", err.message);
    cr_expect(unit.done);
    cr_assert_eq(unit.compiled.entry_count, 2);
    cr_expect_str_neq(unit.compiled.entries[0].symbol, unit.compiled.entries[1].symbol);
    bench_build_unit_fini(&unit);
    free(source);
}

Test(build, implementation_without_source_is_unsupported)
{
    struct bench_implementation impl = {.name = "lib", .provider = BENCH_PROVIDER_LIBRARY};
    struct bench_build_unit unit;
    struct bench_err err = {0};
    cr_expect_eq(bench_build_unit_init(&unit, &impl, BENCH_FLOAT32, &variant_64, arch, false, &err),
                 BENCH_EUNSUPPORTED);
    bench_build_unit_fini(&unit);
}

struct progress {
    size_t calls, last_done, total, stop_after;
};

static bool count_progress(void *data, const struct bench_build_unit *unit, size_t done,
                           size_t total)
{
    struct progress *p = data;
    p->calls++;
    p->last_done = done;
    p->total = total;
    return unit->done && p->calls != p->stop_after;
}

enum { UNITS = 6 };

/* Units of variant 64 (good) and 32 (does not compile), by turns: three of each are equal. */
static void make_units(struct bench_build_unit *units, const struct bench_implementation *impl)
{
    struct bench_err err = {0};
    for (int i = 0; i < UNITS; i++)
        cr_assert_eq(bench_build_unit_init(&units[i], impl, BENCH_BFLOAT16,
                                           i % 2 ? &variant_32 : &variant_64, arch, false, &err),
                     0, "%s", err.message);
}

Test(build, equal_units_are_compiled_once_and_failures_are_kept_apart)
{
    char *source = write_source("p.cu", picky);
    struct bench_implementation impl = implementation(source);
    struct bench_build_unit units[UNITS];
    struct progress progress = {0};
    struct bench_err err = {0};
    size_t fresh = 0;
    make_units(units, &impl);
    cr_expect(bench_build_unit_equal(&units[0], &units[2]));
    cr_expect(!bench_build_unit_equal(&units[0], &units[1]));
    cr_expect_eq(bench_build_all(units, UNITS, 3, count_progress, &progress, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "3 of 6"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "wrong macros"), "%s", err.message);
    cr_expect_eq(progress.calls, UNITS);
    cr_expect_eq(progress.last_done, UNITS);
    cr_expect_eq(progress.total, UNITS);
    for (int i = 0; i < UNITS; i++) {
        cr_expect(units[i].done);
        cr_expect_eq(units[i].status, i % 2 ? BENCH_EINPUT : 0);
        if (i % 2)
            cr_expect_not_null(strstr(units[i].message, "p.cu"), "%s", units[i].message);
        else
            fresh += !units[i].compiled.from_cache;
        bench_build_unit_fini(&units[i]);
    }
    cr_expect_eq(fresh, 1);
    free(source);
}

Test(build, progress_can_stop_it)
{
    char *source = write_source("p.cu", picky);
    struct bench_implementation impl = implementation(source);
    struct bench_build_unit units[UNITS];
    struct progress progress = {.stop_after = 1};
    struct bench_err err = {0};
    make_units(units, &impl);
    cr_expect_eq(bench_build_all(units, UNITS, 1, count_progress, &progress, &err),
                 BENCH_EINTERRUPTED);
    cr_expect_eq(progress.calls, 1);
    cr_expect(units[0].done);
    cr_expect(!units[UNITS - 1].done);
    for (int i = 0; i < UNITS; i++)
        bench_build_unit_fini(&units[i]);
    free(source);
}
