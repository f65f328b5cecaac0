/* bench compile and bench doctor. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/str.h"
#include "support.h"

static void setup(void)
{
    cli_enter_folder();
    setenv("BENCH_CACHE", "cache", 1);
}

TestSuite(cli_compile, .init = setup, .fini = cli_leave_folder);

static const char description[] =
    "{\"name\": \"twice\", \"category\": \"pointwise\", \"dtypes\": [\"float32\", \"float16\"],\n"
    " \"dims\": [\"n*\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", \"fill\": "
    "{\"normal\": {\"mean\": 0, \"std\": 1}}}],\n"
    " \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], \"bytes\": \"2 * n * sizeof_T\", "
    "\"flops\": \"n\",\n"
    " \"oracle\": {\"source\": \"twice.cu\", \"entry\": \"oracle\", \"grid\": [\"n\"], \"block\": "
    "[1], \"args\": [\"x\", \"out\"]},\n"
    " \"implementations\": [\n"
    "  {\"name\": \"good\", \"provider\": \"cuda\", \"source\": \"twice.cu\", \"entry\": "
    "\"twice\",\n"
    "   \"tune\": {\"BLOCK\": [64, 128, 256]}, \"where\": \"BLOCK > 64 && n > 0\",\n"
    "   \"grid\": [\"ceildiv(n, BLOCK)\"], \"block\": [\"BLOCK\"], \"args\": [\"x\", \"out\"]},\n"
    "  {\"name\": \"other\", \"provider\": \"cuda\", \"source\": \"other.cu\", \"entry\": "
    "\"other\",\n"
    "   \"grid\": [\"n\"], \"block\": [1], \"args\": [\"x\", \"out\"]}]}\n";

static const char twice[] =
    "extern \"C\" __global__ void oracle(const BENCH_T *x, double *out)\n"
    "{ out[blockIdx.x] = 2.0 * (double)(float)x[blockIdx.x]; }\n"
    "#ifdef BLOCK\n"
    "extern \"C\" __global__ void twice(const BENCH_T *x, BENCH_T *out)\n"
    "{ out[blockIdx.x * BLOCK + threadIdx.x] = BENCH_T(2.0f * (float)x[threadIdx.x]); }\n"
    "#endif\n";

static const char other[] = "extern \"C\" __global__ void other(const BENCH_T *x, BENCH_T *out)\n"
                            "{\n"
                            "    out[blockIdx.x] = x[blockIdx.x];\n"
                            "}\n";

/* `text` is the source of the implementation "other". */
static void write_operator(const char *text)
{
    cli_write("kernels/twice/twice.json", description);
    cli_write("kernels/twice/twice.cu", twice);
    cli_write("kernels/twice/other.cu", text);
}

Test(cli_compile, every_dtype_and_variant_then_from_the_cache)
{
    write_operator(other);
    const struct bench_process_result *r = cli_bench("compile --kernels kernels");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "(oracle)");
    cli_expect_in(r->out, "BLOCK=128");
    cli_expect_in(r->out, "BLOCK=256");
    cr_expect_null(strstr(r->out, "BLOCK=64"), "`where` excludes it:\n%s", r->out);
    cli_expect_in(r->out, "\n8 compiled for "); /* 2 dtypes, oracle, 2 variants, other */
    cli_expect_in(r->out, "(0 from the cache)");
    r = cli_bench("compile twice --kernels kernels --dtype float16");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "\n4 compiled for ");
    cli_expect_in(r->out, "(4 from the cache)");
}

Test(cli_compile, a_suite_compiles_what_its_roles_need)
{
    write_operator(other);
    cli_write("s.json",
              "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": "
              "\"good\"},\n \"operators\": [{\"operator\": \"twice\", \"shapes\": [[256], "
              "[512]]}]}");
    const struct bench_process_result *r = cli_bench("compile --kernels kernels --suite s.json");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "\n3 compiled for ");
    cr_expect_null(strstr(r->out, "other"), "%s", r->out);
}

Test(cli_compile, a_suite_is_found_by_its_name_as_for_a_run)
{
    write_operator(other);
    cli_write("configs/short.json",
              "{\"name\": \"short\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": "
              "\"other\"},\n \"operators\": [{\"operator\": \"twice\", \"shapes\": [[256]]}]}");
    cli_write("configs/suite.schema.json", "{}");
    setenv("BENCH_HOME", ".", 1);
    const struct bench_process_result *r = cli_bench("compile --suite short");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "\n2 compiled for ");
    r = cli_bench("compile --suite shorter");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "no suite 'shorter'");
    cli_expect_in(r->err, "there are: short (");
}

Test(cli_compile, an_error_is_shown_with_its_line_and_the_rest_goes_on)
{
    write_operator("extern \"C\" __global__ void other(const BENCH_T *x, BENCH_T *out)\n"
                   "{\n"
                   "    out[0] = y[0];\n"
                   "}\n");
    const struct bench_process_result *r = cli_bench("compile --kernels kernels");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "other of twice");
    cli_expect_in(r->err, "other.cu");
    cr_expect(strstr(r->err, "other.cu(3)") || strstr(r->err, "other.cu:3"), "%s", r->err);
    cli_expect_in(r->out, "\n6 compiled for ");
    cli_expect_in(r->out, "2 failed");
}

Test(cli_compile, an_unknown_entry_names_the_kernels)
{
    write_operator(
        "extern \"C\" __global__ void another(BENCH_T *out) { out[0] = BENCH_T(1.0f); }\n");
    const struct bench_process_result *r = cli_bench("compile --kernels kernels --dtype float32");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "no kernel");
    cli_expect_in(r->err, "another");
}

Test(cli_compile, for_a_gpu_that_is_not_here)
{
    write_operator(other);
    const struct bench_process_result *r = cli_bench("compile --kernels kernels --arch sm_90");
    if (r->exit_code == 4 && strstr(r->err, "NVRTC"))
        cr_skip_test("%s", r->err);
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "\n8 compiled for sm_90 ");
}

/* The first dimension of the case is that of the grid, which may have more than 65535 in x only. */
Test(cli_compile, a_suite_for_a_gpu_that_is_not_here_is_held_against_what_it_can_launch)
{
    write_operator(other);
    cli_write("s.json", "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": "
                        "\"good\", \"baseline\": \"wide\"},\n \"operators\": [{\"operator\": "
                        "\"twice\", \"shapes\": [[70000], [70001], [512]]}]}");
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addn(&text, description, strlen(description) - strlen("]}\n"));
    bench_str_addf(&text, ",\n  {\"name\": \"wide\", \"provider\": \"cuda\", \"source\": "
                          "\"other.cu\", \"entry\": \"other\",\n   \"grid\": [1, \"n\"], "
                          "\"block\": [1], \"args\": [\"x\", \"out\"]}]}\n");
    cli_write("kernels/twice/twice.json", text.data);
    bench_str_fini(&text);
    const struct bench_process_result *r =
        cli_bench("compile --kernels kernels --suite s.json --arch sm_90");
    if (r->exit_code == 4 && strstr(r->err, "NVRTC"))
        cr_skip_test("%s", r->err);
    cli_expect_exit(r, 1);
    /* Of each case the oracle, two variants of "good", and "wide". */
    cli_expect_in(r->out, "12 launches looked at, 2 impossible");
    cli_expect_in(r->err, "wide cannot be launched on sm_90:\ntwice float32 [70000]: 'other': "
                          "grid.y is 70000; a GPU allows 65535\n(and 1 more of its launches)\n");
}

Test(cli_compile, a_gpu_that_the_compiler_does_not_know_is_bad_usage)
{
    write_operator(other);
    const struct bench_process_result *r = cli_bench("compile --kernels kernels --arch sm_999");
    if (r->exit_code == 4 && !strstr(r->err, "cannot compile for sm_999"))
        cr_skip_test("%s", r->err);
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "cannot compile for sm_999; it knows sm_");
}

Test(cli_compile, without_its_compiler_the_system_is_to_blame)
{
    write_operator(other);
    setenv("BENCH_NVRTC", "/nonexistent/libnvrtc.so", 1);
    cli_expect_exit(cli_bench("compile --kernels kernels --arch sm_999"), 4);
}

Test(cli_compile, bad_usage)
{
    write_operator(other);
    cli_expect_exit(cli_bench("compile --kernels kernels nosuch"), 2);
    cli_expect_exit(cli_bench("compile --kernels kernels --dtype float33"), 2);
    cli_expect_exit(cli_bench("compile --kernels kernels --suite nosuch.json"), 2);
    const struct bench_process_result *r = cli_bench("compile --kernels kernels --arch z80");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "z80");
    cli_expect_exit(cli_bench("compile --kernels kernels --jobs -1"), 2);
}

TestSuite(cli_doctor, .init = setup, .fini = cli_leave_folder);

Test(cli_doctor, finds_a_device_that_runs)
{
    const struct bench_process_result *r = cli_bench("doctor");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "ran a kernel");
    cli_expect_in(r->out, "NVRTC");
    cli_expect_in(r->out, "kernels");
}

Test(cli_doctor, says_what_a_missing_part_disables)
{
    setenv("BENCH_NVRTC", "/nonexistent/libnvrtc.so", 1);
    setenv("BENCH_CUBLAS", "/nonexistent/libcublas.so", 1);
    const struct bench_process_result *r = cli_bench("doctor");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "missing  NVRTC");
    cli_expect_in(r->out, "no GPU kernel can be compiled");
    cli_expect_in(r->out, "missing  cuBLAS");
    cli_expect_in(r->out, "/nonexistent/libcublas.so");
    cli_expect_in(r->out, "remedy: install the CUDA toolkit");
}

Test(cli_doctor, without_any_compiler_no_device_runs)
{
    setenv("BENCH_NVRTC", "/nonexistent/libnvrtc.so", 1);
    setenv("PATH", "/nonexistent", 1);
    const struct bench_process_result *r = cli_bench("doctor");
    cli_expect_exit(r, 3);
    cli_expect_in(r->out, "No device can run a kernel");
    cli_expect_in(r->out, "install g");
}
