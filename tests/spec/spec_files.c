#include "spec_files.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

char *spec_resource(const char *relative)
{
    const char *root = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(root, "BENCH_TEST_RESOURCES is not set; start the tests with ctest");
    return bench_xprintf("%s/spec/%s", root, relative);
}

char *spec_replace(const char *text, const char *find, const char *replace)
{
    const char *at = strstr(text, find);
    cr_assert_not_null(at, "the text to replace does not occur: %s", find);
    return bench_xprintf("%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
}

char *spec_folder_write(const char *folder, const char *name, const char *text)
{
    struct bench_err err;
    char *path = bench_path_join(folder, name);
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
    return path;
}

char *spec_folder_new(const char *find, const char *replace)
{
    struct bench_err err;
    const char *tmp = getenv("TMPDIR");
    char *folder = bench_xprintf("%s/bench-spec-XXXXXX", tmp != NULL ? tmp : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    char *sample = spec_resource("kernels/sample/sample.json");
    char *text = NULL;
    cr_assert_eq(bench_file_read(sample, 0, &text, NULL, &err), 0, "%s", err.message);
    char *changed = spec_replace(text, find, replace);
    free(spec_folder_write(folder, "sample/sample.json", changed));
    free(spec_folder_write(folder, "sample/oracle.cu", "/* */\n"));
    free(spec_folder_write(folder, "sample/candidate.cu", "/* */\n"));
    free(changed);
    free(text);
    free(sample);
    return folder;
}

void spec_folder_remove(char *folder)
{
    struct bench_err err;
    cr_assert_eq(bench_file_remove_tree(folder, &err), 0, "%s", err.message);
    free(folder);
}

void spec_expect_contains(const char *text, const char *part, const char *what)
{
    cr_expect_not_null(strstr(text, part), "%s:\n  expected: %s\n  found:    %s", what, part, text);
}
