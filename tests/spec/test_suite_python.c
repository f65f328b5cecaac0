/* Which operators of a suite are called in Python, and whether it could do without. Over the
 * operators that bench comes with: each has `torch`, in Python, and others that are not. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/suite.h"
#include "bench/util/file.h"
#include "spec_files.h"

static struct bench_err err;
static struct bench_suite *suite;
static char *folder;

static void set_up(void)
{
    folder = spec_folder_new("\"category\"", "\"category\"");
}

static void tear_down(void)
{
    bench_suite_free(suite);
    spec_folder_remove(folder);
}

TestSuite(suite_python, .init = set_up, .fini = tear_down);

static void read_suite(const char *text)
{
    char *path = spec_folder_write(folder, "s.json", text),
         *kernels = spec_resource("../../../kernels");
    cr_assert_eq(bench_suite_read(path, kernels, NULL, &suite, &err), 0, "%s", err.message);
    free(kernels);
    free(path);
}

/* `text` with A and B in it replaced. */
static void read_filled(const char *text, const char *a, const char *b)
{
    char *half = spec_replace(text, "A", a), *whole = spec_replace(half, "B", b);
    read_suite(whole);
    free(whole);
    free(half);
}

/* relu, gelu and relu again, in other shapes; the first relu's baseline and that of the last. */
static void read_with(const char *first, const char *last)
{
    read_filled(
        "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"roles\": {\"candidate\": \"plain\"}, "
        "\"operators\": [{\"operator\": \"relu\", \"shapes\": [[8], [16]], \"roles\": "
        "{\"baseline\": A}}, {\"operator\": \"gelu\", \"shapes\": [[8]]}, {\"operator\": "
        "\"relu\", \"shapes\": [[32]], \"roles\": {\"baseline\": B}}]}",
        first, last);
}

static bool is_marked(const char *name)
{
    for (size_t i = 0; i < suite->operator_count; i++)
        if (strcmp(suite->operators[i]->name, name) == 0)
            return suite->operators[i]->in_python;
    cr_assert_fail("no operator %s", name);
    return false;
}

Test(suite_python, one_case_marks_its_operator_wherever_it_comes)
{
    read_with("\"reference\"", "[\"torch\", \"reference\"]");
    cr_expect_eq(suite->case_count, 4);
    cr_expect(is_marked("relu"));
    cr_expect_not(is_marked("gelu"));
    cr_expect(bench_suite_is_in_python(suite));
    cr_expect(bench_suite_can_leave_python(suite));
    cr_expect(is_marked("relu"), "asking changes nothing");
    cr_expect(bench_suite_leave_python(suite));
    cr_expect_not(bench_suite_is_in_python(suite));
}

Test(suite_python, a_role_that_is_in_python_alone_keeps_it)
{
    read_with("\"torch\"", "\"torch\"");
    cr_expect_not(bench_suite_can_leave_python(suite));
    cr_expect_not(bench_suite_leave_python(suite));
    cr_expect(is_marked("relu"), "nothing is changed");
}

Test(suite_python, a_role_that_some_cases_have_without_it_does_not)
{
    read_with("[\"torch\", \"reference\"]", "\"torch\"");
    cr_expect(bench_suite_can_leave_python(suite));
    cr_expect(bench_suite_leave_python(suite));
    cr_expect_not(is_marked("relu"));
}

/* relu by the suite's roles, gelu by its own besides. */
static void read_roles(const char *all, const char *own)
{
    read_filled(
        "{\"name\": \"s\", \"dtypes\": [\"float32\"], \"roles\": {A}, \"operators\": "
        "[{\"operator\": \"relu\", \"shapes\": [[8]]}, {\"operator\": \"gelu\", \"shapes\": "
        "[[8]], \"roles\": {B}}]}",
        all, own);
}

Test(suite_python, a_candidate_that_is_in_python_alone_keeps_it)
{
    read_roles("\"candidate\": \"plain\"", "\"candidate\": \"torch\"");
    cr_expect_not(bench_suite_can_leave_python(suite));
}

Test(suite_python, a_reference_that_some_operators_have_without_it_does_not)
{
    read_roles("\"candidate\": \"plain\", \"reference\": \"reference\"",
               "\"reference\": \"torch\"");
    cr_expect(bench_suite_can_leave_python(suite));
}

Test(suite_python, without_a_name_in_python_there_is_none)
{
    read_with("\"reference\"", "\"reference\"");
    cr_expect_not(bench_suite_is_in_python(suite));
    cr_expect(bench_suite_can_leave_python(suite));
}
