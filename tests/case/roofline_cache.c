/* The roofline's file in the cache: on devices that are not measured a person may write it. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/roofline.h"
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

TestSuite(roofline_cache, .init = setup, .fini = teardown, .timeout = 180);

static const char good[] =
    "{\"format\": 1, \"roofline\": {\n"
    "  \"known\": true, \"measured\": \"2026-11-22T13:00:00Z\",\n"
    "  \"read_bytes_s\": 3e12, \"write_bytes_s\": 2.5e12, \"copy_bytes_s\": 2.75e12,\n"
    "  \"l2_read_bytes_s\": null, \"fp64_flops\": 34e12, \"fp32_flops\": 6.5e13,\n"
    "  \"fp16_flops\": 1.3e14, \"fp64_tensor_flops\": 67e12, \"tf32_tensor_flops\": 5e14,\n"
    "  \"fp16_tensor_flops\": null, \"bf16_tensor_flops\": 1e15, \"int8_tensor_flops\": 0,\n"
    "  \"fp64_mma_flops\": 0, \"tf32_mma_flops\": 0, \"fp16_mma_flops\": 6e14,\n"
    "  \"bf16_mma_flops\": 0, \"int8_mma_flops\": 0, \"clock_mhz\": 1980}}\n";

static void put_file(const struct bench_device_info *info, const char *text)
{
    char *path = bench_roofline_path(info);
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
    free(path);
}

/* `good` with one thing changed. */
static char *changed(const char *find, const char *replace)
{
    const char *at = strstr(good, find);
    cr_assert_not_null(at, "%s", find);
    return bench_xprintf("%.*s%s%s", (int)(at - good), good, replace, at + strlen(find));
}

/* What a session finds; only the device's description is looked at where the cache has the file. */
static struct bench_roofline get(const struct bench_device_info *info)
{
    struct bench_session s = {.info = info};
    struct bench_roofline r;
    memset(&r, 0xA5, sizeof r); /* all of it is written */
    cr_assert_eq(bench_roofline_get(&s, &r, &err), 0, "%s", err.message);
    return r;
}

static const struct bench_device_info null_info = {.kind = "null", .id = "null"};
static const struct bench_device_info cpu_info = {.kind = "cpu", .id = "cpu"};
static const struct bench_device_info gpu_info = {
    .kind = "cuda", .id = "GPU-0a1b/..", .arch = "sm_90", .driver = "580.1, CUDA 13.0"};

Test(roofline_cache, devices_that_are_not_measured_say_so)
{
    struct bench_roofline r = get(&null_info);
    cr_expect(!r.known);
    cr_expect_str_eq(r.why, "not measured on the null device");
    r = get(&cpu_info);
    cr_expect(!r.known);
    cr_expect_str_eq(r.why, "not measured on the cpu device");
}

Test(roofline_cache, a_file_can_be_written_by_hand)
{
    char *path = bench_path_join(folder, "roofline-null.json");
    cr_assert_eq(bench_file_write_atomic(path, good, strlen(good), &err), 0, "%s", err.message);
    free(path);
    struct bench_roofline r = get(&null_info);
    cr_expect(r.known);
    cr_expect_str_eq(r.why, "");
    cr_expect_str_eq(r.measured, "2026-11-22T13:00:00Z");
    cr_expect_eq(r.read_bytes_s, 3e12);
    cr_expect_eq(r.copy_bytes_s, 2.75e12);
    cr_expect_eq(r.bf16_tensor_flops, 1e15);
    cr_expect_eq(r.int8_tensor_flops, 0);
    cr_expect(isinf(r.fp16_tensor_flops) && isinf(r.l2_read_bytes_s));
    cr_expect_eq(r.fp16_mma_flops, 6e14);
    cr_expect_eq(r.clock_mhz, 1980);
}

Test(roofline_cache, a_measured_device_is_known_by_id_driver_and_kernels)
{
    struct bench_device_info other = gpu_info;
    char *path = bench_roofline_path(&gpu_info);
    char *name = bench_xprintf("%s/roofline-GPU-0a1b___-", folder);
    cr_expect(bench_str_starts(path, name), "%s", path);
    strcpy(other.driver, "580.2, CUDA 13.0");
    char *other_path = bench_roofline_path(&other);
    cr_expect_str_neq(path, other_path);
    cr_expect_eq(strlen(path), strlen(other_path));
    put_file(&gpu_info, good);
    cr_expect(get(&gpu_info).known);
    free(other_path);
    free(name);
    free(path);
}

struct fault {
    const char *find, *replace, *message;
};

Test(roofline_cache, a_file_that_cannot_be_right_is_named_and_not_used)
{
    static const struct fault faults[] = {
        {"3e12", "0", "/roofline/read_bytes_s: found 0, expected a finite number above 0"},
        {"3e12", "-1", "/roofline/read_bytes_s: found -1, expected a finite number above 0"},
        {"3e12", "null", "/roofline/read_bytes_s"},
        {"3e12", "1e999", "roofline-null.json"},
        {"5e14", "-5e14",
         "/roofline/tf32_tensor_flops: found -5e+14, expected a finite number "
         "that is not negative"},
        {"1e15", "\"fast\"", "/roofline/bf16_tensor_flops"},
        {"\"clock_mhz\": 1980", "\"clock_mhz\": null", "/roofline/clock_mhz"},
        {"\"fp32_flops\": 6.5e13,", "", "fp32_flops"},
        {"\"known\": true", "\"known\": false", "/roofline/known"},
        {"\"format\": 1", "\"format\": 2", "/format"},
        {"\"format\": 1", "\"format\": 1, \"x\": 1", "unknown key 'x'"},
        {"}}", "}", "roofline-null.json"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char *text = changed(faults[i].find, faults[i].replace);
        put_file(&null_info, text);
        struct bench_roofline r = get(&null_info);
        cr_expect(!r.known, "accepted: %s", faults[i].replace);
        cr_expect_not_null(strstr(r.why, faults[i].message), "expected: %s\nfound: %s",
                           faults[i].message, r.why);
        cr_expect_not_null(strstr(r.why, "roofline-null.json"), "%s", r.why);
        free(text);
    }
}

static struct bench_roofline through_json(const struct bench_roofline *r)
{
    struct bench_json_doc *doc = NULL;
    struct bench_json_writer w;
    struct bench_roofline back;
    struct bench_str text;
    memset(&back, 0xA5, sizeof back);
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_roofline_write(r, "roofline", &w);
    bench_json_close_object(&w);
    cr_assert_eq(bench_json_parse("text", text.data, text.len, &doc, &err), 0, "%s", err.message);
    cr_assert_eq(bench_roofline_read(bench_json_root(doc), "roofline", &back, &err), 0, "%s",
                 err.message);
    bench_json_free(doc);
    bench_str_fini(&text);
    return back;
}

Test(roofline_cache, what_is_written_is_read_back)
{
    put_file(&null_info, good);
    struct bench_roofline r = get(&null_info);
    strcpy(r.why, "measured, but not kept: disk full");
    struct bench_roofline back = through_json(&r);
    cr_expect_str_eq(back.why, r.why);
    cr_expect_str_eq(back.measured, r.measured);
    cr_expect(back.known);
    const double *a = &r.read_bytes_s, *b = &back.read_bytes_s;
    for (size_t i = 0; a + i <= &r.clock_mhz; i++) /* INFINITY equals itself */
        cr_expect_eq(a[i], b[i], "number %zu: %g, was %g", i, b[i], a[i]);

    struct bench_roofline none = {.why = "not measured on the cpu device"};
    back = through_json(&none);
    cr_expect(!back.known);
    cr_expect_str_eq(back.why, none.why);
    cr_expect_eq(back.read_bytes_s, 0);
}
