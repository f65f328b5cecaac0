/* Who the metadata of an import say that the speedups are over. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "bench/perf/json.h"
#include "bench/util/mem.h"
#include "support.h"

TestSuite(import_reference, .init = importer_enter, .fini = importer_leave, .timeout = 300);

/* A selection of gelu, whose one case has more members, and whose operator does. */
static void select_gelu_with(int batch, const char *operator_members, const char *case_members)
{
    char *text = bench_xprintf(
        "{\"batch\": %d, \"threshold\": 1.3, \"criterion\": \"%s\", \"operators\": {\"gelu\": {%s"
        "\"configs\": [{\"shape\": [64], \"dtype\": \"float32\", \"your_time\": 1, \"cuda_time\": "
        "1, "
        "\"flaggems_time\": 2, \"speedup_vs_flaggems\": 2, \"relative_to_cuda\": 1%s}]}}}",
        batch, batch == 1 ? "speedup_vs_flaggems" : "relative_to_cuda", operator_members,
        case_members);
    importer_write("selected.json", text);
    free(text);
    importer_data("gelu", "aten::gelu", "def gelu(x):\n    return x + 1\n", NULL);
}

static void expect_reference(const char *name)
{
    importer_import();
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_read(GENERATED "_metadata.json", 0, &doc, NULL), 0);
    const struct bench_json *op = bench_json_first(bench_json_get(bench_json_root(doc), "ops"));
    const struct bench_json *baseline =
        bench_json_first(bench_json_get(op, "performance_baselines"));
    cr_expect_str_eq(bench_json_string(bench_json_get(baseline, "reference_impl")), name);
    bench_json_free(doc);
}

/* A kernel of ours that stood in for FlagGems is not FlagGems. */
Test(import_reference, the_metadata_say_who_the_reference_really_was)
{
    static const char roles[] = ", \"reference_implementation\": \"reference\", "
                                "\"baseline_implementation\": \"plain\"";
    select_gelu_with(1, "", "");
    expect_reference("flaggems");
    select_gelu_with(2, "", "");
    expect_reference("cuda");
    select_gelu_with(1, "", roles);
    expect_reference("bench:reference");
    select_gelu_with(2, "", roles);
    expect_reference("bench:plain");
    select_gelu_with(2, "", ", \"baseline_implementation\": \"cudnn\"");
    expect_reference("cudnn");
}
