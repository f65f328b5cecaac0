/* CUDA C sources compiled for sm_90 by NVRTC, and the compile cache. Needs no GPU; where NVRTC is
 * absent each test says so and is skipped. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/provider/cuda/compile.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static char *folder; /* sources; the cache is in it too */

static char *write_file(const char *name, const char *text)
{
    struct bench_err err = {0};
    char *path = bench_path_join(folder, name);
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
    return path;
}

static void setup(void)
{
    char *version = bench_compiler_version("sm_90", NULL);
    if (!version) {
        struct bench_err err = {0};
        bench_compiler_version("sm_90", &err);
        cr_skip_test("no NVRTC: %s", err.message);
    }
    free(version);
    char pattern[] = "/tmp/bench-test-XXXXXX";
    cr_assert(mkdtemp(pattern));
    folder = bench_xstrdup(pattern);
    char *cache = bench_path_join(folder, "cache");
    setenv("BENCH_CACHE", cache, 1);
    free(cache);
}

static void teardown(void)
{
    if (folder)
        bench_file_remove_tree(folder, NULL);
    free(folder);
}

TestSuite(nvrtc, .init = setup, .fini = teardown);

static const struct bench_define float_defines[] = {
    {"BENCH_T", "float"}, {"BENCH_T_IS_FLOAT32", "1"}, {"BLOCK", "256"}};

static int compile(const char *source, const char *entry, struct bench_compiled *out,
                   struct bench_err *err)
{
    const char *entries[] = {entry};
    struct bench_compile_request request = {.source = source,
                                            .arch = "sm_90",
                                            .defines = float_defines,
                                            .define_count = 3,
                                            .entries = entries,
                                            .entry_count = 1};
    return bench_compile(&request, out, err);
}

/* What an export writes must do without the folder that its source came from. */
Test(nvrtc, a_given_text_does_not_see_the_sources_folder)
{
    char *header = write_file("h.cuh", "#define ONE 1\n");
    char *source =
        write_file("k.cu", "#include \"h.cuh\"\n__global__ void k(int *x) { *x = ONE; }\n");
    const char *entries[] = {"k"};
    struct bench_compile_request request = {
        .source = source, .arch = "sm_90", .entries = entries, .entry_count = 1};
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
    bench_compiled_fini(&out);
    request.source = "k.cu";
    request.text = "#include \"h.cuh\"\n__global__ void k(int *x) { *x = ONE; }\n";
    cr_expect_eq(bench_compile(&request, &out, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "h.cuh"), "%s", err.message);
    request.text = "__global__ void k(int *x) { *x = 1; }\n";
    cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
    bench_compiled_fini(&out);
    free(source);
    free(header);
}

static const char templates[] = "template <class T, int N> __global__ void scale(T *x)\n"
                                "{\n"
                                "    __shared__ T tile[N];\n"
                                "    tile[threadIdx.x] = x[threadIdx.x];\n"
                                "    __syncthreads();\n"
                                "    x[threadIdx.x] = tile[N - 1 - threadIdx.x];\n"
                                "}\n"
                                "extern \"C\" __global__ void plain(BENCH_T *x) { x[0] = 1; }\n";

Test(nvrtc, compiles_plain_kernels_and_template_instances)
{
    char *source = write_file("a.cu", templates);
    const char *entries[] = {"scale<BENCH_T, BLOCK>", "plain", "scale<__half, 64>",
                             "scale<__nv_bfloat16, 32>"};
    struct bench_compile_request request = {.source = source,
                                            .arch = "sm_90",
                                            .defines = float_defines,
                                            .define_count = 3,
                                            .entries = entries,
                                            .entry_count = 4};
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
    cr_assert_eq(out.entry_count, 4);
    cr_expect(!out.from_cache);
    cr_expect_gt(out.seconds, 0);
    cr_expect_str_eq(out.log, "");
    cr_expect_str_eq(out.entries[1].symbol, "plain");
    for (size_t i = 0; i < 4; i++)
        cr_expect_gt(out.entries[i].registers, 0);
    cr_expect_eq(out.entries[0].shared_bytes, 256 * 4);
    cr_expect_eq(out.entries[1].shared_bytes, 0);
    cr_expect_eq(out.entries[2].shared_bytes, 64 * 2);
    cr_expect_eq(out.entries[0].spill_store_bytes, 0);

    char *cubin = NULL;
    cr_assert_eq(bench_file_read(out.path, 0, &cubin, NULL, &err), 0, "%s", err.message);
    cr_expect_eq(memcmp(cubin, "\177ELF", 4), 0);
    free(cubin);
    bench_compiled_fini(&out);
    free(source);
}

Test(nvrtc, reports_spills_and_stack)
{
    char *source =
        write_file("spill.cu", "__global__ void __launch_bounds__(1024, 2) spill(float *x)\n"
                               "{\n"
                               "    float a[96];\n"
                               "    for (int i = 0; i < 96; i++) a[i] = x[i * 1024];\n"
                               "    for (int k = 0; k < 3; k++) {\n"
                               "        for (int i = 0; i < 96; i++) x[i] = a[95 - i];\n"
                               "        __syncthreads();\n"
                               "    }\n"
                               "}\n");
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(compile(source, "spill", &out, &err), 0, "%s", err.message);
    cr_expect_leq(out.entries[0].registers, 32);
    cr_expect_gt(out.entries[0].spill_store_bytes, 0);
    cr_expect_gt(out.entries[0].spill_load_bytes, 0);
    cr_expect_gt(out.entries[0].stack_bytes, 0);
    bench_compiled_fini(&out);
    free(source);
}

Test(nvrtc, keeps_warnings_in_the_log)
{
    char *source =
        write_file("w.cu", "__global__ void k(float *x)\n{\n    int unused;\n    x[0] = 1;\n}\n");
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(compile(source, "k", &out, &err), 0, "%s", err.message);
    cr_expect(strstr(out.log, "w.cu(3)"), "%s", out.log);
    cr_expect(!strstr(out.log, "ptxas"), "%s", out.log);
    bench_compiled_fini(&out);
    free(source);
}

Test(nvrtc, compile_error_has_file_and_line_of_source_and_include)
{
    char *header =
        write_file("common/bad.cuh", "inline __device__ int two()\n{\n    return 1 +;\n}\n");
    char *source = write_file("op/e.cu", "#include \"../common/bad.cuh\"\n"
                                         "__global__ void k(float *x)\n{\n    x[0] = nosuch;\n}\n");
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_expect_eq(compile(source, "k", &out, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "bad.cuh(3): error"), "%s", err.message);
    cr_expect(strstr(err.message, "e.cu(4): error"), "%s", err.message);
    cr_expect(strstr(err.message, source), "%s", err.message);
    free(header);
    free(source);
}

Test(nvrtc, too_much_static_shared_memory_is_named)
{
    char *source =
        write_file("s.cu", "__global__ void k(float *x)\n{\n    __shared__ float t[100000];\n"
                           "    t[threadIdx.x] = x[0]; __syncthreads(); x[1] = t[5];\n}\n");
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_expect_eq(compile(source, "k", &out, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "too much shared data"), "%s", err.message);
    free(source);
}

Test(nvrtc, unknown_entry_names_the_kernels)
{
    char *source = write_file("a.cu", templates);
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_expect_eq(compile(source, "sclae", &out, &err), BENCH_ENOTFOUND);
    cr_expect(strstr(err.message, "'sclae'"), "%s", err.message);
    cr_expect(strstr(err.message, "scale<...>, plain"), "%s", err.message);
    cr_expect_eq(compile(source, "scale", &out, &err), BENCH_ENOTFOUND);
    cr_expect(strstr(err.message, "which instance"), "%s", err.message);
    cr_expect_eq(compile(source, "scale<flot, 3>", &out, &err), BENCH_ENOTFOUND);
    cr_expect(strstr(err.message, "flot"), "%s", err.message);
    free(source);
}

Test(nvrtc, device_function_is_no_entry)
{
    char *source =
        write_file("d.cu", "__device__ __noinline__ void helper(float *x) { x[1] = 2; }\n"
                           "__global__ void k(float *x) { helper(x); }\n");
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_expect_eq(compile(source, "helper", &out, &err), BENCH_ENOTFOUND);
    cr_expect(strstr(err.message, "are: k"), "%s", err.message);
    free(source);
}

Test(nvrtc, bad_option_and_architecture)
{
    char *source = write_file("a.cu", templates);
    const char *entries[] = {"plain"}, *options[] = {"--nonsense"};
    struct bench_compile_request request = {.source = source,
                                            .arch = "sm_90",
                                            .options = options,
                                            .option_count = 1,
                                            .defines = float_defines,
                                            .define_count = 3,
                                            .entries = entries,
                                            .entry_count = 1};
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_expect_eq(bench_compile(&request, &out, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "--nonsense"), "%s", err.message);

    options[0] = "--gpu-architecture=sm_80";
    cr_expect_eq(bench_compile(&request, &out, &err), BENCH_EUNSUPPORTED);
    cr_expect(strstr(err.message, "does not run on sm_90"), "%s", err.message);

    request.option_count = 0;
    request.arch = "sm_12";
    cr_expect_eq(bench_compile(&request, &out, &err), BENCH_EUNSUPPORTED);
    cr_expect(strstr(err.message, "sm_90"), "%s", err.message);
    free(source);
}

Test(nvrtc, options_may_ask_for_sm_90a)
{
    char *source =
        write_file("h.cu", "__global__ void k(float *x)\n{\n"
                           "    asm volatile(\"wgmma.fence.sync.aligned;\");\n    x[0] = 1;\n}\n");
    const char *entries[] = {"k"}, *options[] = {"--gpu-architecture=sm_90a"};
    struct bench_compile_request request = {.source = source,
                                            .arch = "sm_90",
                                            .options = options,
                                            .option_count = 1,
                                            .entries = entries,
                                            .entry_count = 1};
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
    bench_compiled_fini(&out);
    request.option_count = 0; /* the instruction is not in sm_90 */
    cr_expect_eq(bench_compile(&request, &out, &err), BENCH_EINPUT);
    free(source);
}

Test(nvrtc, missing_source_is_named)
{
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_expect_eq(compile("/nonexistent/x.cu", "k", &out, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "/nonexistent/x.cu"), "%s", err.message);
}

Test(nvrtc, second_compile_comes_from_the_cache)
{
    char *source = write_file("a.cu", templates);
    struct bench_compiled first, second;
    struct bench_err err = {0};
    cr_assert_eq(compile(source, "scale<float, 32>", &first, &err), 0, "%s", err.message);
    cr_assert_eq(compile(source, "scale<float, 32>", &second, &err), 0, "%s", err.message);
    cr_expect(!first.from_cache && second.from_cache);
    cr_expect_str_eq(first.hash, second.hash);
    cr_expect_str_eq(first.path, second.path);
    cr_expect_str_eq(first.entries[0].symbol, second.entries[0].symbol);
    cr_expect_eq(first.entries[0].registers, second.entries[0].registers);
    cr_expect_eq(first.entries[0].shared_bytes, second.entries[0].shared_bytes);
    bench_compiled_fini(&first);
    bench_compiled_fini(&second);
    free(source);
}

Test(nvrtc, every_part_of_the_request_decides_the_entry)
{
    char *source = write_file("a.cu", templates);
    struct bench_define defines[] = {{"BENCH_T", "float"}, {"BLOCK", "256"}};
    const char *entries[] = {"plain"}, *options[] = {"--use_fast_math"};
    struct bench_compile_request request = {.source = source,
                                            .arch = "sm_90",
                                            .options = options,
                                            .defines = defines,
                                            .define_count = 2,
                                            .entries = entries,
                                            .entry_count = 1};
    struct bench_compiled out;
    struct bench_err err = {0};
    for (int change = 0; change < 5; change++) {
        if (change == 1)
            defines[1].value = "128";
        if (change == 2)
            entries[0] = "scale<float, 4>";
        if (change == 3)
            request.option_count = 1;
        if (change == 4)
            request.arch = "sm_100";
        cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
        cr_expect(!out.from_cache, "change %d", change);
        bench_compiled_fini(&out);
    }
    free(source);
}

Test(nvrtc, changed_include_of_an_include_is_compiled_anew)
{
    char *inner = write_file("common/inner.cuh", "#define VALUE 1\n");
    char *outer = write_file("common/outer.cuh", "#include \"inner.cuh\"\n");
    char *source = write_file("op/i.cu", "#include \"../common/outer.cuh\"\n"
                                         "__global__ void k(float *x) { x[0] = VALUE; }\n");
    struct bench_compiled first, again, changed;
    struct bench_err err = {0};
    cr_assert_eq(compile(source, "k", &first, &err), 0, "%s", err.message);
    cr_assert_eq(compile(source, "k", &again, &err), 0, "%s", err.message);
    free(write_file("common/inner.cuh", "#define VALUE 2\n"));
    cr_assert_eq(compile(source, "k", &changed, &err), 0, "%s", err.message);
    cr_expect(again.from_cache && !changed.from_cache);
    cr_expect_str_neq(first.hash, changed.hash);
    bench_compiled_fini(&first);
    bench_compiled_fini(&again);
    bench_compiled_fini(&changed);
    free(inner);
    free(outer);
    free(source);
}

Test(nvrtc, include_folder_of_the_options_is_relative_to_the_source)
{
    char *header = write_file("lib/v.cuh", "#define VALUE 1\n");
    char *source = write_file("op/i.cu", "#include <v.cuh>\n"
                                         "__global__ void k(float *x) { x[0] = VALUE; }\n");
    const char *entries[] = {"k"}, *options[] = {"-I../lib"};
    struct bench_compile_request request = {.source = source,
                                            .arch = "sm_90",
                                            .options = options,
                                            .option_count = 1,
                                            .entries = entries,
                                            .entry_count = 1};
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
    bench_compiled_fini(&out);
    free(write_file("lib/v.cuh", "#define VALUE 2\n"));
    cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
    cr_expect(!out.from_cache);
    bench_compiled_fini(&out);
    free(header);
    free(source);
}

static void damage(const char *path, bool truncate)
{
    struct bench_err err = {0};
    char *bytes = NULL;
    size_t length = 0;
    cr_assert_eq(bench_file_read(path, 0, &bytes, &length, &err), 0, "%s", err.message);
    if (truncate)
        length /= 2;
    else
        bytes[length / 2] ^= 1;
    cr_assert_eq(bench_file_write_atomic(path, bytes, length, &err), 0, "%s", err.message);
    free(bytes);
}

Test(nvrtc, damaged_entry_is_compiled_anew)
{
    char *source = write_file("a.cu", templates);
    struct bench_compiled first, again;
    struct bench_err err = {0};
    cr_assert_eq(compile(source, "plain", &first, &err), 0, "%s", err.message);
    char *meta =
        bench_xprintf("%.*s.json", (int)(strlen(first.path) - strlen(".cubin")), first.path);
    for (int kind = 0; kind < 4; kind++) {
        if (kind < 2)
            damage(first.path, kind == 1);
        else if (kind == 2)
            damage(meta, true);
        else
            cr_assert_eq(bench_file_remove_tree(first.path, &err), 0, "%s", err.message);
        cr_assert_eq(compile(source, "plain", &again, &err), 0, "%s", err.message);
        cr_expect(!again.from_cache, "kind %d", kind);
        cr_expect_str_eq(again.hash, first.hash, "kind %d", kind);
        bench_compiled_fini(&again);
        cr_assert_eq(compile(source, "plain", &again, &err), 0, "%s", err.message);
        cr_expect(again.from_cache, "kind %d", kind);
        bench_compiled_fini(&again);
    }
    free(meta);
    bench_compiled_fini(&first);
    free(source);
}

struct parallel {
    const char *source;
    struct bench_compiled out;
    struct bench_err err;
    int status;
    char entry[32];
};

static void *compile_thread(void *argument)
{
    struct parallel *p = argument;
    p->status = compile(p->source, p->entry, &p->out, &p->err);
    return NULL;
}

Test(nvrtc, threads_share_the_cache)
{
    enum { THREADS = 8 };
    char *source = write_file("a.cu", templates);
    static struct parallel parallel[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) { /* two threads want each of four entries */
        parallel[i].source = source;
        snprintf(parallel[i].entry, sizeof parallel[i].entry, "scale<float, %d>", 32 + i / 2);
        cr_assert_eq(pthread_create(&threads[i], NULL, compile_thread, &parallel[i]), 0);
    }
    size_t compiled = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        cr_assert_eq(parallel[i].status, 0, "%s", parallel[i].err.message);
        compiled += !parallel[i].out.from_cache;
        cr_expect_eq(parallel[i].out.entries[0].shared_bytes, (size_t)(32 + i / 2) * 4);
    }
    cr_expect_eq(compiled, THREADS / 2, "each entry is compiled once, got %zu", compiled);
    for (int i = 0; i < THREADS; i++)
        bench_compiled_fini(&parallel[i].out);
    free(source);
}

Test(nvrtc, text_in_place_of_the_file)
{
    const char *entries[] = {"built_in"};
    struct bench_compile_request request = {.source = "built-in.cu",
                                            .text =
                                                "__global__ void built_in(float *x) { x[0] = 1; }",
                                            .arch = "sm_90",
                                            .entries = entries,
                                            .entry_count = 1};
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(bench_compile(&request, &out, &err), 0, "%s", err.message);
    bench_compiled_fini(&out);
}

/* The folder's entries are used, and new ones go to $TMPDIR, to a folder of this user alone. */
Test(nvrtc, unwritable_cache_is_done_without)
{
    setenv("BENCH_CACHE", "/dev/null/cache", 1);
    setenv("TMPDIR", folder, 1);
    char *source = write_file("a.cu", templates);
    char *own = bench_xprintf("%s/bench-cache-%ld", folder, (long)geteuid());
    struct bench_compiled out;
    struct bench_err err = {0};
    for (int again = 0; again < 2; again++) {
        cr_assert_eq(compile(source, "plain", &out, &err), 0, "%s", err.message);
        cr_expect_eq(strncmp(out.path, own, strlen(own)), 0, "%s", out.path);
        cr_expect_eq(out.from_cache, again == 1);
        bench_compiled_fini(&out);
    }
    struct stat st;
    cr_assert_eq(stat(own, &st), 0);
    cr_expect_eq(st.st_mode & 077, 0);
    free(own);
    free(source);
}

/* What lies in a folder that others can write might be anybody's code. */
Test(nvrtc, nothing_is_loaded_from_a_folder_that_others_can_write)
{
    setenv("BENCH_CACHE", "/dev/null/cache", 1);
    setenv("TMPDIR", folder, 1);
    char *source = write_file("a.cu", templates);
    char *own = bench_xprintf("%s/bench-cache-%ld", folder, (long)geteuid());
    struct bench_compiled out;
    struct bench_err err = {0};
    cr_assert_eq(mkdir(own, 0700), 0);
    cr_assert_eq(chmod(own, 0777), 0);
    cr_expect_eq(compile(source, "plain", &out, &err), BENCH_ERROR);
    cr_expect(strstr(err.message, "/dev/null/cache"), "%s", err.message);
    cr_expect(strstr(err.message, "BENCH_CACHE"), "%s", err.message);
    cr_expect(strstr(err.message, own), "%s", err.message);
    free(own);
    free(source);
}
