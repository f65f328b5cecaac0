#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/suite.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "spec_files.h"

static struct bench_err err;
static struct bench_suite *suite;
static char *kernels, *folder;

/* Over the operators of tests/resources/kernels. */
static const char *const base_text =
    "{\n"
    "  \"name\": \"base\",\n"
    "  \"dtypes\": [\"float32\", \"float16\"],\n"
    "  \"roles\": { \"candidate\": \"fast\", \"reference\": [\"library\", \"slow\"] },\n"
    "  \"settings\": { \"rounds\": 20, \"cache\": \"hot\" },\n"
    "  \"shapes\": { \"some\": [[8], { \"product\": [[2, 3], [5, { \"pow2\": [3, 5] }]] }] },\n"
    "  \"operators\": [\n"
    "    { \"operator\": \"ticker\", \"shapes\": \"some\" },\n"
    "    { \"operator\": \"metronome\", \"shapes\": [[16, 64], [16, 2048]],\n"
    "      \"params\": [{}, { \"beat\": \"odd\" }], \"roles\": { \"baseline\": [\"steady\"] } }\n"
    "  ]\n"
    "}\n";

static void set_up(void)
{
    char *spec = spec_resource("");
    kernels = bench_path_join(spec, "../kernels");
    free(spec);
    folder = spec_folder_new("\"category\"", "\"category\"");
}

static void tear_down(void)
{
    bench_suite_free(suite);
    spec_folder_remove(folder);
    free(kernels);
}

TestSuite(suite, .init = set_up, .fini = tear_down);
TestSuite(suite_faults, .init = set_up, .fini = tear_down);

static int read_text(const char *text, const struct bench_suite_filter *filter)
{
    bench_suite_free(suite);
    suite = NULL;
    char *path = spec_folder_write(folder, "base.json", text);
    int rc = bench_suite_read(path, kernels, filter, &suite, &err);
    free(path);
    return rc;
}

static void read_changed(const char *find, const char *replace)
{
    char *text = spec_replace(base_text, find, replace);
    cr_assert_eq(read_text(text, NULL), 0, "%s", err.message);
    free(text);
}

static bool has_note(const char *part)
{
    for (size_t i = 0; i < suite->note_count; ++i) {
        if (strstr(suite->notes[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

Test(suite, grids_are_expanded_in_the_order_of_the_file)
{
    static const char *const labels[] = {
        "ticker float32 [8]",     "ticker float32 [2, 5]",  "ticker float32 [2, 8]",
        "ticker float32 [2, 16]", "ticker float32 [2, 32]", "ticker float32 [3, 5]",
        "ticker float32 [3, 8]",  "ticker float32 [3, 16]", "ticker float32 [3, 32]",
        "ticker float16 [8]",
    };
    cr_assert_eq(read_text(base_text, NULL), 0, "%s", err.message);
    cr_assert_eq(suite->case_count, 2 * 9 + 1 * 2 * 2);
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); ++i) {
        cr_expect_str_eq(suite->cases[i].plan.label, labels[i]);
    }
    cr_expect_str_eq(suite->cases[18].plan.label, "metronome float32 [16, 64] beat=even bars=4");
    cr_expect_str_eq(suite->cases[19].plan.label, "metronome float32 [16, 64] beat=odd bars=4");
    cr_expect_eq(suite->operator_count, 2);
    cr_expect_str_eq(suite->name, "base");
    cr_expect_eq(strlen(suite->hash), 32);
}

Test(suite, settings_have_defaults)
{
    cr_assert_eq(read_text(base_text, NULL), 0, "%s", err.message);
    cr_expect_eq(suite->settings.rounds, 20);
    cr_expect_eq(suite->settings.tune_rounds, 7);
    cr_expect_eq(suite->settings.warmup_rounds, 3);
    cr_expect_eq(suite->settings.cache, BENCH_CACHE_HOT);
    cr_expect_eq(suite->settings.seed, 1);
    cr_expect_eq(suite->settings.precision, 0.005);
    cr_expect_eq(suite->settings.confidence, 0.95);
    cr_expect_eq(suite->settings.speedup_threshold, 1.30);
    cr_expect_eq(suite->settings.relative_threshold, 1.25);
    cr_expect_eq(suite->settings.confirm, 0);
    cr_expect(suite->settings.aa);
    cr_expect(suite->settings.do_bench);
    cr_expect_eq(suite->settings.mode, BENCH_MODE_KERNEL);
}

Test(suite, without_rounds_there_are_as_many_as_it_takes)
{
    read_changed("\"rounds\": 20, ", "");
    cr_expect_eq(suite->settings.rounds, 0);
    cr_expect_eq(suite->settings.least_rounds, 16);
    cr_expect_eq(suite->settings.most_rounds, 1024);
}

Test(suite, settings_are_read)
{
    static const char settings[] =
        "\"least_rounds\": 8, \"most_rounds\": 99, \"precision\": 0.01, \"confidence\": 0.99, "
        "\"speedup_threshold\": 1.1, \"relative_threshold\": 1.5, \"confirm\": 5, \"aa\": false, "
        "\"do_bench\": false, \"mode\": \"operator\", \"tune_rounds\": 2, \"warmup_rounds\": 0, "
        "\"seed\": 9";
    read_changed("\"rounds\": 20", settings);
    const struct bench_settings *s = &suite->settings;
    cr_expect(s->rounds == 0 && s->least_rounds == 8 && s->most_rounds == 99);
    cr_expect(s->precision == 0.01 && s->confidence == 0.99);
    cr_expect(s->speedup_threshold == 1.1 && s->relative_threshold == 1.5);
    cr_expect(s->confirm == 5 && !s->aa && !s->do_bench && s->mode == BENCH_MODE_OPERATOR);
    cr_expect(s->tune_rounds == 2 && s->warmup_rounds == 0 && s->seed == 9);
    cr_expect_eq(s->cache, BENCH_CACHE_HOT);
}

/* A suite on base.json, with such members. */
static int read_derived(const char *members)
{
    char *text = bench_xprintf("{ \"base\": \"base.json\", \"name\": \"more\"%s }", members);
    free(spec_folder_write(folder, "base.json", base_text));
    char *path = spec_folder_write(folder, "more.json", text);
    bench_suite_free(suite);
    suite = NULL;
    int rc = bench_suite_read(path, kernels, NULL, &suite, &err);
    free(path);
    free(text);
    return rc;
}

Test(suite, one_can_stand_on_another)
{
    cr_assert_eq(read_text(base_text, NULL), 0, "%s", err.message);
    size_t count = suite->case_count;
    char hash[33];
    memcpy(hash, suite->hash, sizeof hash);
    cr_assert_eq(read_derived(", \"settings\": { \"confirm\": 3 }"), 0, "%s", err.message);
    cr_expect_str_eq(suite->name, "more");
    cr_expect_eq(suite->case_count, count);
    cr_expect_eq(suite->settings.confirm, 3);
    cr_expect_eq(suite->settings.rounds, 20);
    cr_expect_eq(suite->settings.cache, BENCH_CACHE_HOT);
    cr_expect_str_neq(suite->hash, hash);
}

/* The names of a role of the case, with blanks between. */
static const char *names_of(size_t index, enum bench_role role)
{
    static char text[256];
    const struct bench_role_choice *choice = &suite->cases[index].roles[role];
    text[0] = '\0';
    for (size_t i = 0; i < choice->count; ++i) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s", i > 0 ? " " : "", choice->names[i]);
    }
    return text;
}

Test(suite, one_that_stands_on_another_may_prefer_others_for_its_roles)
{
    cr_assert_eq(read_derived(""), 0, "%s", err.message);
    size_t last = suite->case_count - 1;
    cr_expect_str_eq(suite->cases[0].plan.op->name, "ticker");
    cr_expect_str_eq(names_of(0, BENCH_REFERENCE), "slow");
    cr_expect_str_eq(names_of(0, BENCH_BASELINE), "");
    cr_expect_str_eq(names_of(last, BENCH_BASELINE), "steady");
    cr_assert_eq(read_derived(", \"prefer\": { \"reference\": [\"fast\", \"slow\"], "
                              "\"baseline\": \"fast\" }"),
                 0, "%s", err.message);
    cr_expect_str_eq(names_of(0, BENCH_CANDIDATE), "fast");
    cr_expect_str_eq(names_of(0, BENCH_REFERENCE), "fast slow");
    cr_expect_str_eq(names_of(0, BENCH_BASELINE), "fast");
    cr_expect_str_eq(suite->cases[last].plan.op->name, "metronome");
    cr_expect_str_eq(names_of(last, BENCH_BASELINE), "fast steady");
}

Test(suite_faults, of_a_suite_on_another)
{
    cr_expect_eq(read_derived(", \"prefer\": { \"reference\": \"faster\" }"), BENCH_EINPUT);
    spec_expect_contains(err.message, "/prefer/reference: no operator of the suite has", "a name");

    cr_expect_eq(read_derived(", \"dtypes\": [\"float32\"]"), BENCH_EINPUT);
    spec_expect_contains(err.message, "more.json:1:", "place");
    spec_expect_contains(err.message, "unknown key 'dtypes'", "a key of the base");
    char *path =
        spec_folder_write(folder, "far.json", "{ \"base\": \"more.json\", \"name\": \"far\" }");
    cr_expect_eq(bench_suite_read(path, kernels, NULL, &suite, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "has a \"base\" itself", "a base of a base");
    free(path);
    path = spec_folder_write(folder, "none.json",
                             "{ \"base\": \"nothing.json\", \"name\": \"none\" }");
    cr_expect_eq(bench_suite_read(path, kernels, NULL, &suite, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "/base: there is no file", "no such base");
    free(path);
}

Test(suite, roles_of_the_suite_skip_names_that_an_operator_lacks)
{
    cr_assert_eq(read_text(base_text, NULL), 0, "%s", err.message);
    const struct bench_role_choice *ticker = suite->cases[0].roles;
    cr_assert_eq(ticker[BENCH_REFERENCE].count, 1);
    cr_expect_str_eq(ticker[BENCH_REFERENCE].names[0], "slow");
    cr_expect_eq(ticker[BENCH_BASELINE].count, 0);
    const struct bench_role_choice *metronome = suite->cases[18].roles;
    cr_expect_str_eq(metronome[BENCH_CANDIDATE].names[0], "fast");
    cr_expect_eq(metronome[BENCH_REFERENCE].count, 0);
    cr_expect_str_eq(metronome[BENCH_BASELINE].names[0], "steady");
    cr_expect(has_note("metronome has no reference: it has none of 'library', 'slow'"));
    cr_expect_not(has_note("baseline"));
}

Test(suite, a_dtype_of_the_suite_that_an_operator_lacks_is_skipped_and_said)
{
    cr_assert_eq(read_text(base_text, NULL), 0, "%s", err.message);
    cr_expect(has_note("metronome is not measured in float16"));
}

Test(suite, a_case_that_appears_twice_is_measured_once)
{
    read_changed("[[16, 64], [16, 2048]]", "[[16, 64], [16, 2048], [16, 64]]");
    cr_expect_eq(suite->case_count, 22);
    cr_expect(has_note("2 cases of the suite repeat another and are measured once"));
}

Test(suite, ten_thousand_cases)
{
    read_changed("[[8], {",
                 "[[8], { \"product\": [[7,11], {\"pow2\":[0,19]}, [1,2,3,4,5,6,7,8,9,10,"
                 "11,12,13,14,15,16,17,18,19,20,21,22,23,24,25], [1,2,3,4,5,6,7,8,9,10]] "
                 "}, {");
    cr_expect_eq(suite->case_count, 2 * (9 + 10000) + 4);
}

Test(suite, filters_narrow)
{
    const char *const operators[] = {"ticker"};
    const char *const dtypes[] = {"torch.float16"};
    struct bench_suite_filter filter = {.operators = operators, .operator_count = 1};
    cr_assert_eq(read_text(base_text, &filter), 0, "%s", err.message);
    cr_expect_eq(suite->case_count, 18);
    filter.dtypes = dtypes;
    filter.dtype_count = 1;
    cr_assert_eq(read_text(base_text, &filter), 0, "%s", err.message);
    cr_expect_eq(suite->case_count, 9);
    filter.max_cases_per_operator = 4;
    cr_assert_eq(read_text(base_text, &filter), 0, "%s", err.message);
    cr_expect_eq(suite->case_count, 4);
    cr_expect(has_note("ticker: 5 cases are left out by the limit of 4 cases an operator"));
}

Test(suite, what_a_limit_cuts_off_is_checked_all_the_same)
{
    struct bench_suite_filter filter = {.max_cases_per_operator = 1};
    char *text = spec_replace(base_text, "{ \"beat\": \"odd\" }", "{ \"beat\": \"old\" }");
    cr_expect_eq(read_text(text, &filter), BENCH_EINPUT);
    spec_expect_contains(err.message, "/operators/1/params/1/beat", "the place");
    free(text);
    cr_assert_eq(read_text(base_text, &filter), 0, "%s", err.message);
    cr_expect_eq(suite->case_count, 2);
}

Test(suite, filters_that_match_nothing_are_errors)
{
    const char *const operators[] = {"tickr"};
    const char *const unknown[] = {"float8"};
    const char *const absent[] = {"int64"};
    struct bench_suite_filter filter = {.operators = operators, .operator_count = 1};
    cr_expect_eq(read_text(base_text, &filter), BENCH_EINPUT);
    spec_expect_contains(err.message,
                         "the suite has no operator 'tickr'; it has 'ticker', "
                         "'metronome'. Name a suite that has it",
                         "operator");
    filter = (struct bench_suite_filter){.dtypes = unknown, .dtype_count = 1};
    cr_expect_eq(read_text(base_text, &filter), BENCH_EINPUT);
    spec_expect_contains(err.message, "there is no dtype 'float8'", "unknown dtype");
    filter.dtypes = absent;
    cr_expect_eq(read_text(base_text, &filter), BENCH_EINPUT);
    spec_expect_contains(err.message, "no case of the chosen operators has the dtype 'int64'",
                         "absent dtype");
}

Test(suite, the_suite_of_the_run_engines_tests_is_in_order)
{
    char *spec = spec_resource("");
    char *path = bench_path_join(spec, "../suites/null.json");
    cr_assert_eq(bench_suite_read(path, kernels, NULL, &suite, &err), 0, "%s", err.message);
    cr_expect_eq(suite->case_count, 2 * 5 + 4);
    cr_expect_eq(suite->settings.seed, 7);
    free(path);
    free(spec);
}

struct fault {
    const char *find, *replace;
    const char *place; /* JSON pointer */
    const char *message;
};

Test(suite_faults, each_gets_one_message_with_its_place)
{
    static const struct fault table[] = {
        {"\"operators\"", "\"operator\"", "/operator: ", "unknown key 'operator'; did you mean"},
        {"\"name\": \"base\",", "", "", "the key 'name' (a string) is missing"},
        {"\"rounds\": 20", "\"round\": 20", "/settings/round: ", "did you mean 'rounds'"},
        {"\"rounds\": 20", "\"rounds\": 0", "/settings/rounds: ", "expected 1 to 1000000"},
        {"\"rounds\": 20", "\"rounds\": \"20\"", "/settings/rounds: ", "expected a number"},
        {"\"rounds\": 20", "\"rounds\": 20, \"most_rounds\": 30",
         "/settings/most_rounds: ", "\"rounds\" fixes their number"},
        {"\"rounds\": 20", "\"most_rounds\": 8",
         "/settings/most_rounds: ", "least_rounds is 16 and most_rounds 8"},
        {"\"rounds\": 20", "\"least_rounds\": 1", "/settings/least_rounds: ", "expected 2 to"},
        {"\"rounds\": 20", "\"precision\": 0",
         "/settings/precision: ", "found 0, expected a number above 0 and below 1"},
        {"\"rounds\": 20", "\"confidence\": 95",
         "/settings/confidence: ", "found 95, expected a number above 0.5 and below 1"},
        {"\"rounds\": 20", "\"speedup_threshold\": -1",
         "/settings/speedup_threshold: ", "above 0 and below 1000"},
        {"\"rounds\": 20", "\"confirm\": 2",
         "/settings/confirm: ", "expected 0 (off) or at least 3"},
        {"\"rounds\": 20", "\"aa\": 1", "/settings/aa: ", "expected true or false"},
        {"\"rounds\": 20", "\"mode\": \"call\"", "/settings/mode: ", "unknown mode 'call'"},
        {"\"hot\"", "\"warm\"",
         "/settings/cache: ", "unknown cache 'warm', expected one of 'cold'"},
        {"[\"float32\", \"float16\"]", "[]", "/dtypes: ", "an empty list"},
        {"[\"float32\", \"float16\"]", "[\"half\"]",
         "/dtypes/0: ", "unknown dtype 'half', write 'float16'"},
        {"  \"dtypes\": [\"float32\", \"float16\"],\n", "",
         "/operators/0: ", "neither this entry nor the suite has \"dtypes\""},
        {"\"candidate\": \"fast\"", "\"candidates\": \"fast\"",
         "/roles/candidates: ", "did you mean 'candidate'"},
        {"\"candidate\": \"fast\"", "\"candidate\": []",
         "/roles/candidate: ", "found an empty list, expected the name of an implementation"},
        {"\"candidate\": \"fast\"", "\"candidate\": 1", "/roles/candidate: ", "found a number"},
        {"\"candidate\": \"fast\"", "\"candidate\": [\"fast\", \"fast\"]",
         "/roles/candidate/1: ", "'fast' is there twice"},
        {"\"candidate\": \"fast\"", "\"candidate\": \"slow\"", "/operators/1: ",
         "the operator 'metronome' has none of the suite's candidates 'slow'; it has 'fast', "
         "'steady', 'float_only'"},
        {"\"candidate\": \"fast\", ", "", "/operators/0: ", "no implementation is named as the"},
        {"[\"steady\"]", "[\"stedy\"]", "/operators/1/roles/baseline: ",
         "the operator 'metronome' has no implementation 'stedy'; it has 'fast'"},
        {"\"operator\": \"ticker\"", "\"operator\": \"tickr\"",
         "/operators/0/operator: ", "did you mean 'ticker'?; there are: "},
        {"\"operator\": \"ticker\", ", "", "/operators/0: ", "the key 'operator' (a string)"},
        {"\"shapes\": \"some\"", "\"shapes\": \"sum\"", "/operators/0/shapes: ",
         "there is no set of shapes 'sum'; the suite's \"shapes\" has 'some'"},
        {", \"shapes\": \"some\"", "", "/operators/0: ", "the key 'shapes'"},
        {"\"shapes\": \"some\"", "\"shapes\": []", "/operators/0/shapes: ", "an empty set"},
        {"\"shapes\": \"some\"", "\"shapes\": [8]",
         "/operators/0/shapes/0: ", "found a number, expected a shape"},
        {"\"shapes\": \"some\"", "\"shapes\": [[-1]]",
         "/operators/0/shapes/0/0: ", "expected an integer of at least 0"},
        {"\"shapes\": \"some\"", "\"shapes\": [[1.5]]", "/operators/0/shapes/0/0: ", "found 1.5"},
        {"\"shapes\": \"some\"", "\"shapes\": [[\"8\"]]",
         "/operators/0/shapes/0/0: ", "expected a number"},
        {"\"shapes\": \"some\"", "\"shapes\": [[1,1,1,1,1,1,1,1,1]]",
         "/operators/0/shapes/0: ", "at most 8"},
        {"[[16, 64], [16, 2048]]", "[[16]]", "/operators/1/shapes: ",
         "metronome float32 [16]: the shape has 1 dimension, expected 2: metronome is [rows, "
         "cols]"},
        {"{ \"beat\": \"odd\" }", "{ \"beet\": \"odd\" }",
         "/operators/1/params/1/beet: ", "unknown key 'beet'; did you mean 'beat'"},
        {"{ \"beat\": \"odd\" }", "{ \"beat\": \"od\" }",
         "/operators/1/params/1/beat: ", "parameter 'beat' is one of \"even\", \"odd\""},
        {"[{}, { \"beat\": \"odd\" }]", "[]", "/operators/1/params: ", "an empty list"},
        {"[{}, { \"beat\": \"odd\" }]", "[1]", "/operators/1/params/0: ", "expected an object"},
        {"\"params\":", "\"dtypes\": [\"float16\"], \"params\":", "/operators/1/dtypes: ",
         "the operator 'metronome' does not have the dtype 'float16'"},
        {"\"params\":", "\"parms\":", "/operators/1/parms: ", "did you mean 'params'"},
        {"[[2, 3], [5,", "[[], [5,", "/shapes/some/1/product/0: ", "an empty axis"},
        {"[[2, 3], [5,", "[[2, 2], [5,", "/shapes/some/1/product/0/1: ", "2 is on this axis twice"},
        {"[[2, 3], [5,", "[[2, 3], [8,", "/shapes/some/1/product/1/1: ", "8 is on this axis twice"},
        {"\"pow2\": [3, 5]", "\"pow2\": [5, 3]",
         "/shapes/some/1/product/1/1/pow2: ", "0 <= from <= to <= 53"},
        {"\"pow2\": [3, 5]", "\"pow2\": [3]",
         "/shapes/some/1/product/1/1/pow2: ", "expected [from"},
        {"\"pow2\": [3, 5]", "\"pow2\": [3, 5, 0]",
         "/shapes/some/1/product/1/1/pow2: ", "a step of"},
        {"\"pow2\": [3, 5]", "\"pow3\": [3, 5]",
         "/shapes/some/1/product/1/1/pow3: ", "unknown key"},
        {"\"product\": [[2, 3]", "\"products\": [[2, 3]",
         "/shapes/some/1/products: ", "did you mean 'product'"},
        {"{ \"some\": [[8]", "{ \"some\": [[1]], \"some\": [[8]", "/shapes/some: ", "there twice"},
        {"{ \"some\": [[8]", "{ \"none\": [], \"some\": [[8]", "/shapes/none: ", "an empty set"},
        {"[[2, 3], [5, { \"pow2\": [3, 5] }]]",
         "[[{\"pow2\":[0,50]}],[{\"pow2\":[0,50]}],[{\"pow2\":[0,50]}],[{\"pow2\":[0,50]}]]",
         "/shapes/some/1/product: ", "the product has more than 1000000 shapes"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); ++i) {
        char *text = spec_replace(base_text, table[i].find, table[i].replace);
        err.message[0] = '\0';
        cr_expect_eq(read_text(text, NULL), BENCH_EINPUT, "accepted: %s", table[i].replace);
        size_t line = 0;
        size_t column = 0;
        size_t prefix = strlen(folder) + strlen("/base.json");
        cr_expect(strncmp(err.message, folder, strlen(folder)) == 0 &&
                      sscanf(err.message + prefix, ":%zu:%zu: ", &line, &column) == 2,
                  "no place: %s", err.message);
        spec_expect_contains(err.message, table[i].place, table[i].replace);
        spec_expect_contains(err.message, table[i].message, table[i].replace);
        free(text);
    }
}

Test(suite_faults, more_than_a_million_cases)
{
    char *text =
        spec_replace(base_text, "[[2, 3], [5, { \"pow2\": [3, 5] }]]",
                     "[[{\"pow2\":[0,9]}],[{\"pow2\":[0,9]}],[{\"pow2\":[0,9]}],[{\"pow2\":[0,9]}],"
                     "[{\"pow2\":[0,8]}],[1,2,3,4,5,6]]");
    cr_expect_eq(read_text(text, NULL), BENCH_EINPUT);
    spec_expect_contains(err.message,
                         "/operators/0: 540001 shapes x 2 dtypes x 1 params make the suite larger "
                         "than 1000000 cases",
                         "too many");
    free(text);
}

Test(suite_faults, files_that_are_no_suites)
{
    cr_expect_eq(read_text("", NULL), BENCH_EINPUT);
    cr_expect_eq(read_text("{", NULL), BENCH_EINPUT);
    spec_expect_contains(err.message, "base.json:1:", "not JSON");
    cr_expect_eq(read_text("[]", NULL), BENCH_EINPUT);
    spec_expect_contains(err.message, "found an array, expected an object", "an array");
    cr_expect_eq(bench_suite_read("/proc/nowhere/x.json", kernels, NULL, &suite, &err),
                 BENCH_ENOTFOUND);
    spec_expect_contains(err.message, "/proc/nowhere/x.json", "no file");
}

Test(suite_faults, a_faulty_operator_is_reported_at_its_own_place)
{
    free(spec_folder_write(folder, "lone/lone.json", "{\"name\": \"lone\"}"));
    char *path =
        spec_folder_write(folder, "s.json",
                          "{\"name\": \"s\", \"roles\": {\"candidate\": \"x\"}, \"dtypes\":"
                          "[\"float32\"], \"operators\": [{\"operator\": \"lone\", "
                          "\"shapes\": [[1]]}]}");
    cr_expect_eq(bench_suite_read(path, folder, NULL, &suite, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "lone/lone.json:1:1: the key 'category'", "operator");
    free(path);
}
