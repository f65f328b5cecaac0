/* What the journal says of inputs and sources, so that results of different runs, on whatever
 * devices, can be compared. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_support.h"

static void setup(void)
{
    cli_enter_folder();
    setenv("BENCH_CACHE", "cache", 0);
}

TestSuite(run_provenance, .init = setup, .fini = cli_leave_folder, .timeout = 480);

static const char description[] =
    "{\"name\": \"pick\", \"category\": \"custom\", \"dtypes\": [\"float32\", \"bfloat16\"],\n"
    " \"dims\": [\"n\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", \"fill\": "
    "{\"normal\": {\"mean\": 0, \"std\": 1}}},\n"
    "  {\"name\": \"at\", \"shape\": [\"n\"], \"dtype\": \"int64\", \"fill\": {\"integers\": "
    "{\"low\": 0, \"high\": \"n\"}}}],\n"
    " \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], \"bytes\": \"1\", \"flops\": "
    "\"1\",\n"
    " \"oracle\": {\"source\": \"oracle.cu\", \"entry\": \"oracle<BENCH_T>\", \"grid\": [\"n\"], "
    "\"block\": [1], \"args\": [\"x\", \"at\", \"out\"]},\n"
    " \"implementations\": [\n"
    "  {\"name\": \"good\", \"provider\": \"cuda\", \"source\": \"pick.cu\", \"entry\": "
    "\"pick<BENCH_T>\",\n"
    "   \"grid\": [\"n\"], \"block\": [1], \"args\": [\"x\", \"at\", \"out\"]},\n"
    "  {\"name\": \"again\", \"provider\": \"cuda\", \"source\": \"pick.cu\", \"entry\": "
    "\"pick<BENCH_T>\",\n"
    "   \"grid\": [\"n\"], \"block\": [1], \"args\": [\"x\", \"at\", \"out\"]}]}\n";

static const char oracle[] =
    "template <typename T>\n"
    "__global__ void oracle(const T *x, const long long *at, double *out)\n"
    "{ out[blockIdx.x] = (double)(float)x[at[blockIdx.x]]; }\n";

static const char pick[] = "#include \"../common/outer.cuh\"\n"
                           "template <typename T>\n"
                           "__global__ void pick(const T *x, const long long *at, T *out)\n"
                           "{ out[blockIdx.x] = x[at[blockIdx.x]]; }\n";

static void write_files(void)
{
    cli_write("kernels/pick/pick.json", description);
    cli_write("kernels/pick/oracle.cu", oracle);
    cli_write("kernels/pick/pick.cu", pick);
    cli_write("kernels/common/outer.cuh", "#include \"inner.cuh\"\n");
    cli_write("kernels/common/inner.cuh", "// one\n");
    cli_write("s.json",
              "{\"name\": \"s\", \"dtypes\": [\"float32\", \"bfloat16\"], \"settings\": "
              "{\"rounds\": 1, \"seed\": 7},\n \"roles\": {\"candidate\": \"good\", \"reference\": "
              "\"again\"},\n \"operators\": [{\"operator\": \"pick\", \"shapes\": [[1], [13]]}]}");
}

/* The member of every line of a run's journal that has an implementation, in order. */
static void run_and_collect(const char *options, const char *journal, const char *member,
                            char texts[8][64])
{
    struct run_journal j;
    char arguments[256];
    snprintf(arguments, sizeof arguments,
             "run s.json --kernels kernels --device cpu:1 --cache hot --quiet %s", options);
    cli_expect_exit(cli_bench(arguments), 0);
    run_read_journal(journal, &j);
    size_t count = 0;
    for (size_t i = 0; i < j.count; i++) {
        const struct bench_json *line = bench_json_root(j.lines[i]);
        if (bench_json_type(bench_json_get(line, "implementation")) != BENCH_JSON_STRING)
            continue;
        cr_assert_lt(count, 8);
        snprintf(texts[count++], 64, "%s", run_text(line, member));
    }
    cr_assert_eq(count, 8); /* 2 dtypes, 2 shapes, 2 roles */
    run_free_journal(&j);
}

/* The answers are of a program in another language that follows docs/formats.md. A device that
 * filled one input otherwise would not give them. */
Test(run_provenance, inputs_are_a_function_of_seed_and_case)
{
    static const char *const known[4] = {"8b605c438b1ff50d", "f68bdf8d33274388", "7fb9303ec5a6180f",
                                         "62be73ca44ab411d"};
    char first[8][64], second[8][64], other[8][64];
    write_files();
    run_and_collect("--output one", "one/journal.jsonl", "inputs_digest", first);
    run_and_collect("--output two", "two/journal.jsonl", "inputs_digest", second);
    run_and_collect("--output three --seed 8", "three/journal.jsonl", "inputs_digest", other);
    for (size_t i = 0; i < 8; i++) {
        cr_expect_str_eq(first[i], known[i / 2], "line %zu", i);
        cr_expect_str_eq(second[i], first[i], "line %zu", i);
        cr_expect_str_neq(other[i], first[i], "line %zu", i);
    }
}

Test(run_provenance, source_hash_covers_what_is_included)
{
    char before[8][64], after[8][64], elsewhere[8][64];
    write_files();
    run_and_collect("--output one", "one/journal.jsonl", "source_hash", before);
    cli_write("kernels/common/inner.cuh", "// two\n");
    cli_write("kernels/common/unused.cuh", "// nobody includes this\n");
    run_and_collect("--output two", "two/journal.jsonl", "source_hash", after);
    cli_write("kernels/common/inner.cuh", "// one\n");
    run_and_collect("--output three", "three/journal.jsonl", "source_hash", elsewhere);
    for (size_t i = 0; i < 8; i++) {
        cr_expect_str_neq(after[i], before[i], "line %zu", i);
        cr_expect_str_eq(elsewhere[i], before[i], "line %zu", i);
        cr_expect_eq(strlen(before[i]), 32);
    }
    struct bench_json_doc *doc = run_read("one/your_perf_data.json");
    const struct bench_json *op = bench_json_get(bench_json_root(doc), "pick");
    cr_expect_str_eq(run_text(bench_json_first(bench_json_get(op, "configs")), "source_hash"),
                     before[0]);
    bench_json_free(doc);
}
