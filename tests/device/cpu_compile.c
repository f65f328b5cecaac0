/* What the cpu device's compiler says of sources that do not compile. */
#include <criterion/criterion.h>
#include <string.h>

#include "cpu_support.h"

TestSuite(cpu_compile, .init = cpu_setup, .fini = cpu_teardown);

static void expect(const char *text, const char *entry, int code, const char *part)
{
    struct bench_err err = {0};
    cr_expect_eq(cpu_compile_text(text, entry, &err), code, "%s: %d, %s", text, err.code,
                 err.message);
    cr_expect(strstr(err.message, part), "\"%s\" lacks \"%s\"", err.message, part);
    /* Our own files are nobody's business. */
    cr_expect_not(strstr(err.message, "bench_cpu/"), "%s", err.message);
}

Test(cpu_compile, errors_are_told_in_the_users_file_and_line)
{
    expect("__global__ void k(float *p)\n{\n    p[0] = undefined_name;\n}\n", "k", BENCH_EINPUT,
           "test.cu:3: error: ");
    expect("__global__ void k(float *p)\n{\n    p[0] = undefined_name;\n}\n", "k", BENCH_EINPUT,
           "    p[0] = undefined_name;");
    expect("#define VALUE (1 +\n\n__global__ void k(int *p) { p[0] = VALUE; }\n", "k", BENCH_EINPUT,
           "test.cu:3: error: ");
    expect("#include \"nowhere.cuh\"\n__global__ void k() {}\n", "k", BENCH_EINPUT,
           "#include \"nowhere.cuh\"");
    /* A call that CUDA does not have either is no call. */
    expect("struct s { int a[9]; };\n__global__ void k(s *p)\n{\n"
           "    p[0] = __shfl_sync(~0u, p[0], 1);\n}\n",
           "k", BENCH_EINPUT, "test.cu:4: error: ");
    expect("__global__ void k(float *p)\n{\n    atomicMax(p, 1.0f);\n}\n", "k", BENCH_EINPUT,
           "test.cu:3: error: ");
}

Test(cpu_compile, an_unknown_entry_names_the_kernels)
{
    static const char text[] = "// __global__ void commented();\n"
                               "template <class T> __global__ void first(T *p) {}\n"
                               "namespace n { __global__ void __launch_bounds__(64) second() {} }\n"
                               "__device__ void helper() {}\n";
    expect(text, "third", BENCH_ENOTFOUND, "are: first, second");
    expect(text, "helper", BENCH_ENOTFOUND, "no kernel \"helper\"");
    expect(text, "first<int, 3>", BENCH_EINPUT, "entry \"first<int, 3>\" does not compile");
    struct bench_err err = {0};
    cr_expect_eq(cpu_compile_text(text, "n::second", &err), 0, "%s", err.message);
    cr_expect_eq(cpu_compile_text(text, "first<double>", &err), 0, "%s", err.message);
}

Test(cpu_compile, what_the_device_cannot_do_is_refused_by_name)
{
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"\n__global__ void k() { asm volatile(\"bar.sync 0;\"); }", "test.cu:2: the cpu device "
                                                                     "cannot do inline PTX"},
        {"__global__ void k() {\n __asm__(\"ret;\"); }", "test.cu:2: the cpu device cannot do "
                                                         "inline PTX"},
        {"#include <mma.h>\n__global__ void k() {}", "test.cu:1: the cpu device cannot do WMMA"},
        {"\n#include <cooperative_groups.h>\n__global__ void k() {}",
         "test.cu:2: the cpu device cannot do cooperative groups"},
        {"#include <cuda_pipeline.h>\n__global__ void k() {}", "asynchronous copies"},
        {"#include <cub/cub.cuh>\n__global__ void k() {}", "cub/cub.cuh"},
        {"\n#include <cuda/std/type_traits>\n__global__ void k() {}", "test.cu:2: the cpu device"},
        {"__global__ void k() {}\n__global__ void l() { k<<<1, 2>>>(); }",
         "test.cu:2: the cpu device cannot do kernel launches from a kernel"},
        {"__global__ void k(cudaTextureObject_t t) {}", "textures"},
        {"__managed__ int m;\n__global__ void k() {}", "managed variables"},
        {"extern __shared__ float s[];\n__global__ void k() { s[0] = 1; }",
         "test.cu:1: the cpu device cannot do extern __shared__ at file scope"},
        {"namespace n {\nextern __shared__ float s[];\n}\n__global__ void k() {}",
         "test.cu:2: the cpu device cannot do extern __shared__ at file scope"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i].text, "k", BENCH_EUNSUPPORTED, cases[i].part);
}

Test(cpu_compile, what_is_not_compiled_is_not_refused)
{
    struct bench_err err = {0};
    cr_expect_eq(
        cpu_compile_text("// asm(\"x\") <<< >>> in a comment\n"
                         "#if !BENCH_CPU\n#include <mma.h>\n"
                         "__global__ void k() { asm(\"bar.sync 0;\"); }\n"
                         "#else\n"
                         "__global__ void k() { const char *s = \"asm <<< tex2D\"; (void)s;"
                         " asm volatile(\"\" ::: \"memory\"); }\n"
                         "#endif\n",
                         "k", &err),
        0, "%s", err.message);
}

Test(cpu_compile, options_are_those_of_nvrtc)
{
    const char *entries[] = {"k<float, N>"};
    const char *options[] = {"--use_fast_math",    "-I",          "/proc/nowhere", "-DA=2",
                             "--define-macro=B=3", "--std=c++20", "--fmad=false",  "-arch=sm_90"};
    const struct bench_define defines[] = {{"N", "4"}, {"BENCH_T", "long long"}};
    struct bench_compile_request request = {
        .source = "test.cu",
        .text = "template <class T, int M> __global__ void k(T *p, BENCH_T *q) {\n"
                "  static_assert(M * A * B == 24); static_assert(sizeof(BENCH_T) == 8); }\n",
        .arch = bench_device_info(cpu_device)->arch,
        .options = options,
        .option_count = sizeof(options) / sizeof(options[0]),
        .defines = defines,
        .define_count = 2,
        .entries = entries,
        .entry_count = 1};
    struct bench_compiled compiled;
    struct bench_err err = {0};
    cr_assert_eq(bench_compile(&request, &compiled, &err), 0, "%s", err.message);
    bench_compiled_fini(&compiled);
    options[0] = "--no-such-option";
    cr_expect_eq(bench_compile(&request, &compiled, &err), BENCH_EUNSUPPORTED);
    cr_expect(strstr(err.message, "--no-such-option"), "%s", err.message);
}

Test(cpu_compile, too_much_static_shared_memory_is_an_error)
{
    expect("__global__ void k(float *p) { __shared__ float s[12289]; s[threadIdx.x] = 1;\n"
           "__syncthreads(); p[0] = s[1]; }\n",
           "k", BENCH_EINPUT, "49156 bytes of static shared memory, the limit is 49152");
}

Test(cpu_compile, a_missing_compiler_is_told_with_what_to_do)
{
    setenv("BENCH_CXX", "/proc/nowhere/c++", 1);
    expect("__global__ void k() {}\n", "k", BENCH_EUNSUPPORTED, "/proc/nowhere/c++");
    setenv("BENCH_CXX", "", 1);
    setenv("PATH", "/proc/nowhere", 1);
    expect("__global__ void k() {}\n", "k", BENCH_EUNSUPPORTED, "install g++");
}
