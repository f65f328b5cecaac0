/* Names, Python literals, categories, and the texts of CUDA sources. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/categories.h"
#include "importer/export.h"
#include "importer/python_text.h"
#include "importer/source_inline.h"
#include "support.h"

static void expect_name(const char *op_name, const char *want)
{
    char *name = NULL;
    struct bench_err err;
    int rc = bench_operator_python_name(op_name, &name, &err);
    cr_expect_eq(rc, want != NULL ? 0 : BENCH_EINPUT, "%s", op_name);
    if (want != NULL && rc == 0) {
        cr_expect_str_eq(name, want);
    }
    free(name);
}

Test(texts, operator_names)
{
    expect_name("aten::gelu", "gelu");
    expect_name("gelu", "gelu");
    expect_name("aten::ge.Scalar", "ge_Scalar");
    expect_name("aten::ge_.Scalar", "ge__Scalar");
    expect_name("multiply_Tensor", "multiply_Tensor");
    expect_name("clamp_max_", "clamp_max_");
    expect_name("aten::../../x", NULL);
    expect_name("", NULL);
    expect_name("aten::", NULL);
    expect_name("a/b", NULL);
    expect_name("9x", NULL);
    expect_name("class", NULL);
    expect_name("g\xc3\xa9lu", NULL);
}

Test(texts, categories_come_from_whole_names)
{
    cr_expect_str_eq(bench_category_of("gelu"), "pointwise");
    cr_expect_str_eq(bench_category_of("sum"), "reduction");
    cr_expect_str_eq(bench_category_of("mm"), "blas");
    cr_expect_str_eq(bench_category_of("addmm"), "blas");
    cr_expect_str_eq(bench_category_of("softmax"), "reduction");
    /* Names that contain max, sum, mm and are none of these. */
    cr_expect_str_eq(bench_category_of("clamp_max_"), "pointwise");
    cr_expect_str_eq(bench_category_of("fmin"), "pointwise");
    cr_expect_str_eq(bench_category_of("summary"), "custom");
    cr_expect_str_eq(bench_category_of("comm_"), "custom");
    /* Overloads and in-place variants. */
    cr_expect_str_eq(bench_category_of("ge__Scalar"), "pointwise");
    cr_expect_str_eq(bench_category_of("ge_Tensor"), "pointwise");
    cr_expect_str_eq(bench_category_of("multiply_Tensor"), "pointwise");
    cr_expect_str_eq(bench_category_of("max_dim"), "reduction");
    cr_expect_str_eq(bench_category_of("max_other"), "pointwise");
    cr_expect(bench_category_is_known("custom"));
    cr_expect_not(bench_category_is_known("Pointwise"));
}

static void expect_block(const char *text, const char *want)
{
    struct bench_str out;
    bench_str_init(&out);
    bench_python_add_block(&out, text);
    cr_expect_str_eq(out.data, want);
    bench_str_fini(&out);
}

Test(texts, blocks_of_text_stay_readable_where_that_is_safe)
{
    expect_block("a \\n b\n", "r\"\"\"a \\n b\n\"\"\"");
    expect_block("say \"\"\"x\"\"\"\n", "r'''say \"\"\"x\"\"\"\n'''");
    expect_block("ends with \\", "\"ends with \\\\\"");
    expect_block("both \"\"\" and '''\n", "\"both \\\"\\\"\\\" and '''\\n\"");
}

Test(texts, wrapped_docstrings_have_at_most_88_columns)
{
    struct bench_str out;
    bench_str_init(&out);
    bench_python_add_wrapped(&out,
                             "one two three four five six seven eight nine ten eleven twelve "
                             "thirteen fourteen fifteen sixteen seventeen eighteen",
                             4);
    char *line = strchr(out.data, '\n');
    cr_assert_not_null(line);
    cr_expect_leq(line - out.data + 7, 88);
    cr_expect_eq(strncmp(line, "\n    ", 5), 0);
    bench_str_fini(&out);
}

static void expect_fitted(const char *source, const char *expected)
{
    struct bench_str out;
    bench_str_init(&out);
    bench_python_add_fitted(&out, source);
    cr_expect_str_eq(out.data, expected);
    bench_str_fini(&out);
}

#define S60 "aaaaaaaaa_aaaaaaaaa_aaaaaaaaa_aaaaaaaaa_aaaaaaaaa_aaaaaaaaa_"

Test(texts, long_lines_of_code_are_broken_within_brackets)
{
    expect_fitted("short(1, 2)\n", "short(1, 2)\n");
    /* Between arguments, not within them. */
    expect_fitted("    f(" S60 ", (1, 2), " S60 ")\n",
                  "    f(" S60 ", (1, 2),\n            " S60 ")\n");
    /* A condition before a word. */
    expect_fitted("if not (" S60 " and x or " S60 "):\n",
                  "if not (" S60 " and x\n        or " S60 "):\n");
    /* Never within a string or a comment; what is only one string goes on a line of its own. */
    expect_fitted("    raise Error(\"" S60 " and " S60 "\")\n",
                  "    raise Error(\n            \"" S60 " and " S60 "\")  # noqa: E501\n");
    expect_fitted("x = 1  # (" S60 " and " S60 ")\n",
                  "x = 1  # (" S60 " and " S60 ")  # noqa: E501\n");
    expect_fitted("'''(\n" S60 " and " S60 ", \"'''\n", "'''(\n" S60 " and " S60 ", \"'''\n");
    /* A bracket that an earlier line opened counts. */
    expect_fitted("f(\n  " S60 " + " S60 ",\n)\n", "f(\n  " S60 " +\n          " S60 ",\n)\n");
}

TestSuite(inlining, .init = importer_enter, .fini = importer_leave);

Test(inlining, each_file_once_with_its_name)
{
    struct bench_str out;
    struct bench_err err;
    importer_write("k/common/a.cuh", "#pragma once\n#include \"b.cuh\"\nint a;\n");
    importer_write("k/common/b.cuh", "#pragma once\nint b;");
    importer_write("k/op/x.cu", "#include <cuda_fp16.h>\n"
                                "  # include \"../common/a.cuh\" // shared\n"
                                "#include \"../common/b.cuh\"\n"
                                "// #include \"no.cuh\"\n"
                                "/*\n#include \"no.cuh\"\n*/\n"
                                "int x;\n");
    bench_str_init(&out);
    cr_assert_eq(bench_source_inline("k/op/x.cu", &out, &err), 0, "%s", err.message);
    cr_expect_str_eq(out.data, "/* ---- op/x.cu ---- */\n"
                               "#include <cuda_fp16.h>\n"
                               "/* ---- common/a.cuh ---- */\n"
                               "/* ---- common/b.cuh ---- */\n"
                               "int b;\n"
                               "/* ---- end of common/b.cuh ---- */\n"
                               "int a;\n"
                               "/* ---- end of common/a.cuh ---- */\n"
                               "// #include \"no.cuh\"\n"
                               "/*\n#include \"no.cuh\"\n*/\n"
                               "int x;\n");
    bench_str_fini(&out);
}

Test(inlining, what_stands_under_a_condition_is_there_again_without_one)
{
    struct bench_str out;
    struct bench_err err;
    importer_write("k/op/guarded.cuh",
                   "#ifndef G\n#define G\n#include \"once.cuh\"\nint g;\n#endif\n");
    importer_write("k/op/once.cuh", "#pragma once\nint o;\n");
    importer_write("k/op/x.cu", "#if THREADS > 32\n"
                                "#include \"guarded.cuh\"\n"
                                "#endif\n"
                                "#include \"guarded.cuh\"\n"
                                "#include \"once.cuh\"\n");
    bench_str_init(&out);
    cr_assert_eq(bench_source_inline("k/op/x.cu", &out, &err), 0, "%s", err.message);
    static const char guarded[] = "/* ---- op/guarded.cuh ---- */\n"
                                  "#ifndef G\n#define G\n"
                                  "/* ---- op/once.cuh ---- */\n"
                                  "#ifndef BENCH_FILE_2\n#define BENCH_FILE_2\n"
                                  "int o;\n"
                                  "#endif\n"
                                  "/* ---- end of op/once.cuh ---- */\n"
                                  "int g;\n"
                                  "#endif\n"
                                  "/* ---- end of op/guarded.cuh ---- */\n";
    char *expected =
        bench_xprintf("/* ---- op/x.cu ---- */\n#if THREADS > 32\n%s#endif\n%s", guarded, guarded);
    cr_expect_str_eq(out.data, expected);
    free(expected);
    bench_str_fini(&out);
}

Test(inlining, what_is_for_the_cpu_device_is_left_out)
{
    struct bench_str out;
    struct bench_err err;
    importer_write("k/op/both.cuh", "int both;\n");
    importer_write("k/op/cpu.cuh", "#include \"both.cuh\"\nint cpu;\n");
    importer_write("k/op/x.cu", "#ifdef BENCH_CPU\n"
                                "#include \"cpu.cuh\"\n"
                                "#ifdef OTHER\n#else\nint no;\n#endif\n"
                                "#else\n"
                                "#ifdef OTHER\nint other;\n#else\nint yes;\n#endif\n"
                                "#endif /* BENCH_CPU */\n"
                                "#include \"both.cuh\"\n"
                                "# ifndef BENCH_CPU\nint gpu;\n#else\nint no;\n#endif\n"
                                "#ifdef BENCH_CPUS\nint cpus;\n#endif\n");
    bench_str_init(&out);
    cr_assert_eq(bench_source_inline("k/op/x.cu", &out, &err), 0, "%s", err.message);
    cr_expect_str_eq(out.data, "/* ---- op/x.cu ---- */\n"
                               "#ifdef OTHER\nint other;\n#else\nint yes;\n#endif\n"
                               "/* ---- op/both.cuh ---- */\n"
                               "int both;\n"
                               "/* ---- end of op/both.cuh ---- */\n"
                               "int gpu;\n"
                               "#ifdef BENCH_CPUS\nint cpus;\n#endif\n");
    bench_str_fini(&out);
    importer_write("k/op/x.cu", "#ifdef BENCH_CPU\n#elif OTHER\n#endif\n");
    bench_str_init(&out);
    cr_assert_eq(bench_source_inline("k/op/x.cu", &out, &err), BENCH_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "op/x.cu:2: #elif"), "%s", err.message);
    bench_str_fini(&out);
}

static void expect_inlined(const char *source, const char *expected)
{
    struct bench_str out;
    struct bench_err err;
    importer_write("k/op/x.cu", source);
    bench_str_init(&out);
    cr_assert_eq(bench_source_inline("k/op/x.cu", &out, &err), 0, "%s", err.message);
    char *whole = bench_xprintf("/* ---- op/x.cu ---- */\n%s", expected);
    cr_expect_str_eq(out.data, whole);
    free(whole);
    bench_str_fini(&out);
}

#define STEP "/* ---- op/step.inc ---- */\nSTEP\n/* ---- end of op/step.inc ---- */\n"

Test(inlining, a_file_without_a_guard_stands_wherever_it_is_included)
{
    importer_write("k/op/step.inc", "STEP\n");
    expect_inlined("#include \"step.inc\"\n#include \"step.inc\"\n", STEP STEP);
    /* What the tunables define is no guard. */
    importer_write("k/op/block.cuh",
                   "int first;\n#ifndef BLOCK\n#define BLOCK 8\n#include \"once.cuh\"\n#endif\n");
    importer_write("k/op/once.cuh", "#pragma once\nint once;\n");
    expect_inlined("#ifndef BLOCK\n#define BLOCK 8\n#include \"once.cuh\"\n#endif\n"
                   "#include \"once.cuh\"\n",
                   "#ifndef BLOCK\n#define BLOCK 8\n/* ---- op/once.cuh ---- */\n"
                   "#ifndef BENCH_FILE_1\n#define BENCH_FILE_1\nint once;\n#endif\n"
                   "/* ---- end of op/once.cuh ---- */\n#endif\n/* ---- op/once.cuh ---- */\n"
                   "#ifndef BENCH_FILE_1\n#define BENCH_FILE_1\nint once;\n#endif\n"
                   "/* ---- end of op/once.cuh ---- */\n");
}

Test(inlining, comments_and_literals_hide_what_they_hold_and_nothing_else)
{
    importer_write("k/op/step.inc", "STEP\n");
    expect_inlined("/* seen */ #include \"step.inc\" /* and\nthis */\n", STEP "/*\nthis */\n");
    expect_inlined("char *p = \"/*\"; // \"\n#include \"step.inc\"\nint n = 1'000;\n#include "
                   "\"step.inc\"\n",
                   "char *p = \"/*\"; // \"\n" STEP "int n = 1'000;\n" STEP);
    expect_inlined("// goes on \\\n#include \"no.cuh\"\n", "// goes on \\\n#include \"no.cuh\"\n");
    expect_inlined(
        "#ifndef BENCH_CPU\n/* slow */ #if 0\nint slow;\n#endif\nint b;\n#endif\nint c;\n",
        "/* slow */ #if 0\nint slow;\n#endif\nint b;\nint c;\n");
    expect_inlined("#ifdef BENCH_CPU\nint cpu;\n#endif /* the\ncpu */\nint x; /* to\n*/ #include "
                   "\"step.inc\"\n",
                   "/*\ncpu */\nint x; /* to\n*/\n" STEP);
}

static void expect_refused(const char *source, int code, const char *part)
{
    struct bench_str out;
    struct bench_err err = {.code = 0};
    importer_write("k/op/x.cu", source);
    bench_str_init(&out);
    cr_expect_eq(bench_source_inline("k/op/x.cu", &out, &err), code);
    cr_expect_not_null(strstr(err.message, part), "%s", err.message);
    bench_str_fini(&out);
}

Test(inlining, conditions_must_be_whole)
{
    expect_refused("#ifdef BENCH_CPU\nint x;\n", BENCH_EUNSUPPORTED,
                   "op/x.cu:1: this condition has no #endif");
    expect_refused("#ifdef BENCH_CPU\n#elifdef X\n#endif\n", BENCH_EUNSUPPORTED,
                   "op/x.cu:2: #elif");
    /* Whether it is asked for is the compiler's business. */
    expect_inlined("#if 0\n#include \"gone.cuh\"\n#endif\n",
                   "#if 0\n#include \"gone.cuh\"\n#endif\n");
    importer_write("k/op/y.cuh", "#if A\n#include \"y.cuh\"\n#endif\n");
    expect_inlined("#include \"y.cuh\"\n", "/* ---- op/y.cuh ---- */\n#if A\n#endif\n"
                                           "/* ---- end of op/y.cuh ---- */\n");
}

Test(inlining, a_text_that_grows_without_end_is_refused)
{
    for (int i = 0; i < 30; i++) {
        char *path = bench_xprintf("k/op/h%d.cuh", i);
        char *text = bench_xprintf("#if A\n#include \"h%d.cuh\"\n#endif\n#if B\n#include "
                                   "\"h%d.cuh\"\n#endif\n",
                                   i + 1, i + 1);
        importer_write(path, i < 29 ? text : "int h;\n");
        free(text);
        free(path);
    }
    expect_refused("#include \"h0.cuh\"\n", BENCH_EUNSUPPORTED, "more than 16 MB");
}

Test(inlining, a_missing_file_is_named_with_the_line)
{
    struct bench_str out;
    struct bench_err err;
    importer_write("k/op/x.cu", "int x;\n#include \"gone.cuh\"\n");
    bench_str_init(&out);
    cr_assert_eq(bench_source_inline("k/op/x.cu", &out, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "op/x.cu:2: includes"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "gone.cuh"), "%s", err.message);
    bench_str_fini(&out);
}

Test(inlining, an_include_by_macro_is_refused)
{
    struct bench_str out;
    struct bench_err err;
    importer_write("k/op/x.cu", "#include HEADER\n");
    bench_str_init(&out);
    cr_assert_eq(bench_source_inline("k/op/x.cu", &out, &err), BENCH_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "op/x.cu:1:"), "%s", err.message);
    bench_str_fini(&out);
}
