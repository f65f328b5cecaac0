/* The kernels that measure a GPU's limits: they compile for every generation, and where there is a
 * GPU, they measure what it can do. (They are for GPUs alone: they have inline PTX, and the cpu
 * device is not measured.) */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bench/case/roofline.h"
#include "bench/case/roofline_impl.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static char *folder;
static struct bench_err err;

static void setup(void)
{
    char pattern[] = "/tmp/bench-test-XXXXXX";
    cr_assert_not_null(mkdtemp(pattern));
    folder = bench_xstrdup(pattern);
    setenv("BENCH_CACHE", folder, 1);
}

static void teardown(void)
{
    bench_file_remove_tree(folder, NULL);
    free(folder);
}

TestSuite(roofline_kernels, .init = setup, .fini = teardown, .timeout = 300);

Test(roofline_kernels, compile_for_every_generation_without_spills)
{
    static const char *const archs[] = {"sm_80", "sm_90", "sm_100", "sm_120"};
    char *version = bench_compiler_version("sm_90", &err);
    if (version == NULL)
        cr_skip_test("no NVRTC: %s", err.message);
    free(version);
    for (size_t a = 0; a < sizeof archs / sizeof archs[0]; a++) {
        struct bench_compile_request request;
        struct bench_compiled compiled = {0};
        if (bench_compiler_check(archs[a], &err) != BENCH_OK)
            continue; /* an older compiler than the architecture */
        bench_roofline_request(archs[a], &request);
        cr_assert_eq(bench_compile(&request, &compiled, &err), 0, "%s: %s", archs[a], err.message);
        cr_expect_eq(compiled.entry_count, BENCH_METER_KERNELS);
        for (size_t i = 0; i < compiled.entry_count; i++)
            cr_expect_eq(compiled.entries[i].spill_store_bytes, 0, "%s: %s spills", archs[a],
                         request.entries[i]);
        bench_compiled_fini(&compiled);
    }
}

/* Published peaks of one product of each architecture: dense TFLOPS and TOPS of tensor cores. */
struct published {
    const char *arch;
    int sm_count;
    double mhz, tf32, fp16, int8;
};

Test(roofline_kernels, documented_rates_give_the_published_peaks)
{
    static const struct published products[] = {
        {"sm_70", 80, 1530, 0, 125, 0},
        {"sm_75", 40, 1590, 0, 65, 130},
        {"sm_80", 108, 1410, 156, 312, 624},
        {"sm_86", 84, 1740, 74.8, 149.7, 299.3},
        {"sm_89", 142, 2520, 183, 362.05, 733},
        {"sm_90", 132, 1830, 494.7, 989.4, 1978.9},
        {"sm_120", 188, 2617, 251.9, 503.8, 1007.6},
    };
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        const struct published *p = &products[i];
        const struct bench_tensor_peak *peak = bench_tensor_peak_find(p->arch);
        double scale = p->sm_count * p->mhz * 1e6 * 1e-12;
        cr_assert_not_null(peak, "%s", p->arch);
        cr_expect_float_eq(peak->tf32 * scale, p->tf32, 0.015 * p->tf32, "%s", p->arch);
        cr_expect_float_eq(peak->fp16 * scale, p->fp16, 0.015 * p->fp16, "%s", p->arch);
        cr_expect_float_eq(peak->int8 * scale, p->int8, 0.015 * p->int8, "%s", p->arch);
    }
    cr_expect_null(bench_tensor_peak_find("sm_999"));
}

/* ---- on a GPU ---- */

static struct bench_session session;

/* One of these tests at a time: they would take bandwidth from one another. Until the process ends.
 * Each user has a file: another one's cannot be opened. */
static void wait_for_turn(void)
{
    char *path = bench_xprintf("/tmp/bench-test-roofline-%u.lock", (unsigned)getuid());
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    cr_assert(lock >= 0 && flock(lock, LOCK_EX) == 0, "%s", path);
    free(path);
}

static void open_gpu(void)
{
    setup();
    if (bench_session_open(&session, "cuda", 1, false, &err) != BENCH_OK)
        cr_skip_test("no GPU: %s", err.message);
    char *version = bench_compiler_version(session.info->arch, &err);
    if (version == NULL)
        cr_skip_test("no NVRTC: %s", err.message);
    free(version);
    wait_for_turn();
}

static void close_gpu(void)
{
    bench_session_close(&session);
    teardown();
}

TestSuite(roofline_gpu, .init = open_gpu, .fini = close_gpu, .timeout = 300);

/* From the driver: memory clock times bus width, both edges. 0 if it does not tell. */
static double theoretical_bytes_s(int index)
{
    enum { MEMORY_CLOCK_KHZ = 36, BUS_BITS = 37 }; /* CUdevice_attribute of cuda.h */
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    cr_assert_not_null(library, "%s", dlerror());
    void *symbol = dlsym(library, "cuDeviceGetAttribute");
    cr_assert_not_null(symbol, "%s", dlerror());
    int (*attribute)(int *, int, int);
    memcpy(&attribute, &symbol, sizeof symbol);
    int khz = 0, bits = 0;
    cr_assert_eq(attribute(&khz, MEMORY_CLOCK_KHZ, index), 0);
    cr_assert_eq(attribute(&bits, BUS_BITS, index), 0);
    return 2 * khz * 1e3 * bits / 8;
}

static struct bench_roofline measure(void)
{
    struct bench_roofline r;
    cr_assert_eq(bench_roofline_get(&session, &r, &err), 0, "%s", err.message);
    cr_assert(r.known, "%s", r.why);
    return r;
}

Test(roofline_gpu, what_is_measured_is_near_what_the_device_should_do)
{
    struct bench_roofline r = measure();
    double peak = theoretical_bytes_s(session.info->index);
    if (peak > 0) {
        cr_expect(r.read_bytes_s > 0.5 * peak && r.read_bytes_s < 1.05 * peak,
                  "reads %g GB/s of %g", r.read_bytes_s * 1e-9, peak * 1e-9);
        cr_expect(r.write_bytes_s > 0.5 * peak && r.write_bytes_s < 1.05 * peak,
                  "writes %g GB/s of %g", r.write_bytes_s * 1e-9, peak * 1e-9);
        cr_expect(r.copy_bytes_s > 0.5 * peak && r.copy_bytes_s < 1.05 * peak,
                  "copies %g GB/s of %g", r.copy_bytes_s * 1e-9, peak * 1e-9);
    }
    cr_expect_gt(r.l2_read_bytes_s, r.read_bytes_s);
    cr_expect_gt(r.fp16_flops, 0.9 * r.fp32_flops);
    cr_expect_gt(r.fp32_flops, 0.9 * r.fp64_flops);
    cr_expect_gt(r.clock_mhz, 0);
    cr_expect_gt(r.fp16_tensor_flops, r.fp32_flops);
    cr_expect_geq(r.fp16_tensor_flops, r.fp16_mma_flops);
    if (r.fp16_mma_flops > 0) { /* sm_80 and later */
        cr_expect_gt(r.fp16_mma_flops, r.fp32_flops);
        cr_expect_gt(r.fp16_mma_flops, r.tf32_mma_flops);
        cr_expect(isinf(r.fp16_tensor_flops) || r.fp16_mma_flops > 0.1 * r.fp16_tensor_flops,
                  "mma.sync reaches %g of %g Tflop/s", r.fp16_mma_flops * 1e-12,
                  r.fp16_tensor_flops * 1e-12);
    }
}

Test(roofline_gpu, it_is_measured_once_and_again_if_the_file_is_bad)
{
    struct bench_roofline first = measure(), second = measure();
    cr_expect_eq(first.read_bytes_s, second.read_bytes_s); /* to the last bit: from the file */
    char *path = bench_roofline_path(session.info);
    cr_assert_eq(bench_file_write_atomic(path, "{", 1, &err), 0, "%s", err.message);
    struct bench_roofline third = measure();
    cr_expect_not_null(strstr(third.why, path), "%s", third.why);
    cr_expect_str_eq(measure().why, "", "the bad file is still there");
    free(path);
}

Test(roofline_gpu, a_cache_that_cannot_be_written_costs_a_warning)
{
    setenv("BENCH_CACHE", "/dev/null/cache", 1);
    struct bench_roofline r = measure();
    cr_expect_not_null(strstr(r.why, "not kept"), "%s", r.why);
}
