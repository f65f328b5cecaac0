/* Metadata as their readers take them, and where what was measured came from. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "support.h"

TestSuite(import_metadata, .init = importer_enter, .fini = importer_leave, .timeout = 300);

static void run(const char *const *argv, const char *expected)
{
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result;
    cr_assert_eq(bench_process_run(&spec, &result, NULL), 0, "%s", argv[0]);
    cr_assert_eq(result.exit_code, 0, "%s: %s%s", argv[0], result.out, result.err);
    if (expected != NULL) {
        cr_expect_str_eq(result.out, expected);
    }
    bench_process_result_fini(&result);
}

/* A reader written from the description of the format: what it does not know it refuses. */
Test(import_metadata, a_reader_takes_every_entry)
{
    importer_select("gelu sum ge_ mm");
    importer_data("gelu", "gelu", "def gelu(x):\n    return x\n", NULL);
    importer_data("sum", "sum", "def sum(x):\n    return x + 1\n", NULL);
    importer_data("ge", "ge_", "def ge__Tensor(x, y):\n    return x\n", NULL);
    importer_data("mm", "mm", "def mm(x, y):\n    return x\n", "def test_mm():\n    mm(1, 2)\n");
    importer_import();
    char *reader = importer_resource("metadata_reader.py");
    const char *argv[] = {"python3", reader, GENERATED "_metadata.json", NULL};
    run(argv, "4\n");
    free(reader);
}

static const struct bench_json *first_entry(struct bench_json_doc **doc)
{
    struct bench_err err;
    cr_assert_eq(bench_json_read(GENERATED "_metadata.json", 0, doc, &err), 0, "%s", err.message);
    return bench_json_first(bench_json_get(bench_json_root(*doc), "ops"));
}

/* Run, device, sources and binaries of what was measured, beside the selection. */
Test(import_metadata, where_the_measurements_came_from)
{
    struct bench_json_doc *doc;
    importer_write(
        "selected.json",
        "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\","
        " \"operators\": {\"gelu\": {\"run\": \"r1\", \"configs\": ["
        "{\"shape\": [4], \"dtype\": \"float32\", \"your_time\": 1, \"flaggems_time\": 2,"
        " \"speedup_vs_flaggems\": 2, \"implementation\": \"fast\", \"source_hash\": "
        "\"s1\"}, {\"shape\": [5], \"dtype\": \"float32\", \"your_time\": 1,"
        " \"flaggems_time\": 2, \"speedup_vs_flaggems\": 2, \"implementation\": \"fast\","
        " \"source_hash\": \"s1\"}]}}}");
    importer_write("run.json", "{\"run\": \"r1\", \"device\": {\"kind\": \"cuda\", \"name\": \"A "
                               "GPU\"}}");
    importer_write(
        "journal.jsonl",
        "{\"operator\": \"gelu\", \"implementation\": \"fast\", \"binary_hash\": \"b1\"}\n"
        "{\"operator\": \"gelu\", \"implementation\": \"fast\", \"binary_hash\": \"b2\"}\n"
        "{\"operator\": \"gelu\", \"implementation\": \"fast\", \"binary_hash\": \"b1\"}\n"
        "{\"operator\": \"gelu\", \"implementation\": \"slow\", \"binary_hash\": \"b3\"}\n"
        "{\"operator\": \"tanh\", \"implementation\": \"fast\", \"binary_hash\": \"b4\"}\n"
        "{\"operator\": \"gelu\", \"implementation\": \"fast\", \"binary_ha");
    importer_data("gelu", "gelu", "def gelu(x):\n    return x\n", NULL);
    importer_import();
    const struct bench_json *config =
        bench_json_get(bench_json_get(first_entry(&doc), "generation_info"), "generation_config");
    const struct bench_json *sources = bench_json_get(config, "measured_source_hashes");
    const struct bench_json *binaries = bench_json_get(config, "measured_binary_hashes");
    cr_expect_str_eq(bench_json_string(bench_json_get(config, "run")), "r1");
    cr_expect_str_eq(bench_json_string(bench_json_get(config, "device")), "A GPU");
    cr_assert_eq(bench_json_size(sources), 1);
    cr_expect_str_eq(bench_json_string(bench_json_first(sources)), "s1");
    cr_assert_eq(bench_json_size(binaries), 2);
    cr_expect_str_eq(bench_json_string(bench_json_at(binaries, 1)), "b2");
    bench_json_free(doc);
}

Test(import_metadata, the_commit_of_the_tree)
{
    struct bench_json_doc *doc;
    if (!bench_process_exists("git")) {
        cr_skip_test("git is not installed");
    }
    cr_assert_eq(setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1), 0);
    const char *init[] = {"git", "-C", "tree", "init", "-q", NULL};
    const char *commit[] = {
        "git",    "-C", "tree",          "-c", "user.name=A", "-c", "user.email=a",
        "commit", "-q", "--allow-empty", "-m", "x",           NULL};
    run(init, NULL);
    run(commit, NULL);
    importer_select("gelu");
    importer_data("gelu", "gelu", "def gelu(x):\n    return x\n", NULL);
    importer_import();
    const struct bench_json *hash =
        bench_json_get(bench_json_get(first_entry(&doc), "code_location"), "commit_hash");
    char *line = bench_xprintf("%s\n", bench_json_string(hash));
    const char *head[] = {"git", "-C", "tree", "rev-parse", "HEAD", NULL};
    run(head, line);
    free(line);
    bench_json_free(doc);
    cr_expect_eq(importer_import(), 0, "a later commit changes nothing");
}
