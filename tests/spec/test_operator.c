#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/spec/operator.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "spec_files.h"

static struct bench_err err;

static struct bench_operator *read_sample(void)
{
    struct bench_operator *op = NULL;
    char *path = spec_resource("kernels/sample/sample.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    free(path);
    return op;
}

Test(operator, the_head_is_read)
{
    struct bench_operator *op = read_sample();
    cr_expect_str_eq(op->name, "sample");
    cr_expect_str_eq(op->aten, "aten::sample.dim");
    cr_expect_str_eq(op->category, "reduction");
    cr_expect(op->dtypes[BENCH_FLOAT32] && op->dtypes[BENCH_INT64] && !op->dtypes[BENCH_BOOL]);
    cr_expect_eq(op->dim_count, 2);
    cr_expect_str_eq(op->dims[0], "rows");
    cr_expect_eq(op->star_dim, 0);
    cr_expect_eq(strlen(op->hash), 32);
    cr_expect_eq(op->param_count, 4);
    cr_expect_eq(op->params[0].default_value, 1e-5);
    cr_expect_eq(op->params[1].default_value, -1);
    cr_expect_eq(op->params[2].default_value, 1);
    cr_expect_eq(op->params[3].type, BENCH_PARAM_ENUM);
    cr_expect_eq(op->params[3].default_value, 1);
    cr_expect_str_eq(op->params[3].values[0], "same");
    cr_expect_str_eq(op->lets[1].name, "twice");
    cr_expect_eq(op->tolerance[BENCH_FLOAT16].rtol, 2e-3);
    cr_expect_eq(op->tolerance[BENCH_FLOAT32].rtol, 1.3e-6);
    cr_expect_eq(op->tolerance[BENCH_BFLOAT16].rtol, 1.6e-2);
    cr_expect_eq(op->tolerance[BENCH_INT64].atol, 0);
    cr_expect_eq(bench_operator_usual_tolerance(BENCH_FLOAT16).rtol, 1e-3, "which is not its own");
    bench_operator_free(op);
}

/* Of the sample with its first `find` replaced. */
static void read_hashes(const char *find, const char *replace, char hash[33], char meaning[33])
{
    struct bench_operator *op;
    char *folder = spec_folder_new(find, replace);
    char *path = bench_path_join(folder, "sample/sample.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    memcpy(hash, op->hash, 33);
    memcpy(meaning, op->meaning, 33);
    bench_operator_free(op);
    free(path);
    spec_folder_remove(folder);
}

Test(operator, words_and_spaces_have_no_part_in_its_meaning)
{
    char hash[33], meaning[33], other_hash[33], other_meaning[33];
    read_hashes("\"flops\"", "\"flops\"", hash, meaning);
    read_hashes("\"flops\"", "\"far_from_limit\":   \"slow\", \"flops\"", other_hash,
                other_meaning);
    cr_expect_str_neq(other_hash, hash);
    cr_expect_str_eq(other_meaning, meaning);
    read_hashes("\"description\": \"", "\"description\": \"Or so. ", other_hash, other_meaning);
    cr_expect_str_eq(other_meaning, meaning);
    read_hashes("\"flops\"", "\"roofline_exempt\": \"a view\", \"flops\"", other_hash,
                other_meaning);
    cr_expect_str_neq(other_meaning, meaning);
    read_hashes("\"ceildiv(rows, 64)\"", "\"ceildiv(rows, 32)\"", other_hash, other_meaning);
    cr_expect_str_neq(other_meaning, meaning);
    read_hashes("\"grid\": [1], \"block\": [\"pow2ceil", "\"grid\": [2], \"block\": [\"pow2ceil",
                other_hash, other_meaning);
    cr_expect_str_neq(other_meaning, meaning);
}

Test(operator, an_exemption_from_the_roofline_is_read_with_its_reason)
{
    struct bench_operator *op = read_sample();
    cr_expect_null(op->roofline_exempt);
    bench_operator_free(op);
    char *folder = spec_folder_new("\"flops\"", "\"roofline_exempt\": \"a view\", \"flops\"");
    char *path = bench_path_join(folder, "sample/sample.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    cr_expect_str_eq(op->roofline_exempt, "a view");
    bench_operator_free(op);
    free(path);
    spec_folder_remove(folder);
}

Test(operator, dims_that_may_be_empty_are_read)
{
    static const struct {
        const char *empty, *message;
    } faults[] = {
        {"[\"cols\", \"cols\"]", "found 'cols', expected each once of the dims"},
        {"[\"colz\"]", "found 'colz', expected one of the dims 'rows', 'cols' (without '*')"},
        {"[\"rows*\"]", "found 'rows*', expected one of the dims"},
        {"[]", "sample.json:"},
    };
    struct bench_operator *op = read_sample();
    cr_expect(op->may_be_empty[0] && !op->may_be_empty[1]);
    bench_operator_free(op);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char *member = bench_xprintf("\"empty\": %s", faults[i].empty);
        char *folder = spec_folder_new("\"empty\": [\"rows\"]", member);
        char *path = bench_path_join(folder, "sample/sample.json");
        cr_expect_eq(bench_operator_read(path, &op, &err), BENCH_EINPUT, "%s", faults[i].empty);
        spec_expect_contains(err.message, faults[i].message, faults[i].empty);
        free(path);
        free(member);
        spec_folder_remove(folder);
    }
}

Test(operator, why_it_is_far_from_the_limit_is_read)
{
    struct bench_operator *op = read_sample();
    cr_expect_null(op->far_from_limit);
    bench_operator_free(op);
    char *folder = spec_folder_new("\"flops\"", "\"far_from_limit\": \"no wgmma\", \"flops\"");
    char *path = bench_path_join(folder, "sample/sample.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    cr_expect_str_eq(op->far_from_limit, "no wgmma");
    bench_operator_free(op);
    free(path);
    spec_folder_remove(folder);
}

Test(operator, tensors_are_read)
{
    struct bench_operator *op = read_sample();
    cr_expect_eq(op->input_count, 5);
    cr_expect(op->inputs[0].shape_is_case && op->inputs[0].dtype_is_case);
    cr_expect_eq(op->inputs[0].fill.kind, BENCH_FILL_NORMAL);
    cr_expect_eq(op->inputs[1].dtype, BENCH_FLOAT32);
    cr_expect_str_eq(op->inputs[1].fill.a, "-1");
    cr_expect_str_eq(op->inputs[1].fill.b, "cols");
    cr_expect_eq(op->inputs[2].ndim, 2);
    cr_expect_eq(op->inputs[3].ndim, 0);
    cr_expect_not(op->inputs[3].shape_is_case);
    cr_expect_str_eq(op->inputs[3].fill.a, "2.5");
    cr_expect_eq(op->inputs[4].fill.kind, BENCH_FILL_SEQUENCE);
    cr_expect_eq(op->output_count, 2);
    cr_expect_eq(op->outputs[1].dtype, BENCH_INT64);
    bench_operator_free(op);
}

Test(operator, implementations_are_read)
{
    struct bench_operator *op = read_sample();
    cr_expect_eq(op->implementation_count, 4);
    cr_expect(op->oracle.is_oracle && op->oracle.has_scale);
    cr_expect_str_eq(op->oracle.launches[0].args[3].text, "scale");
    const struct bench_implementation *c = bench_operator_find(op, "candidate");
    cr_assert_not_null(c);
    cr_expect_eq(c->provider, BENCH_PROVIDER_CUDA);
    cr_expect(bench_file_exists(c->source), "%s", c->source);
    cr_expect_eq(c->dtype_count, 2);
    cr_expect_eq(c->tunable_count, 2);
    cr_expect_eq(c->tunables[0].values[2], 8);
    cr_expect_str_eq(c->requirements[0].name, "cols <= 8192");
    cr_expect_str_eq(c->launches[0].grid[2], "2");
    cr_expect_str_eq(c->launches[0].block[1], "1");
    cr_expect_eq(c->launches[0].args[4].kind, BENCH_ARG_INT);
    const struct bench_implementation *two = bench_operator_find(op, "two_steps");
    cr_expect_eq(two->launch_count, 2);
    cr_expect_str_eq(two->launches[1].entry, "second");
    cr_expect_str_eq(two->workspaces[0].name, "partial");
    cr_expect_eq(two->device_count, 2);
    cr_expect_eq(bench_operator_find(op, "cudnn")->provider, BENCH_PROVIDER_LIBRARY);
    cr_expect_null(bench_operator_find(op, "oracle"));
    bench_operator_free(op);
}

Test(operator, the_torch_section_is_read)
{
    struct bench_operator *op = read_sample();
    cr_assert_not_null(op->torch);
    cr_expect_eq(op->torch->tensor_count, 5);
    cr_expect_str_eq(op->torch->tensors[0].expression, "input");
    cr_expect_str_eq(op->torch->params[0].name, "keep");
    cr_expect_str_eq(op->torch->output_shapes[0].expression, "input.shape[:-1]");
    cr_expect_str_eq(op->torch->example_call, "x, -1");
    bench_operator_free(op);
}

Test(operator, what_may_be_left_out_has_defaults)
{
    struct bench_operator *op = NULL;
    char *path = spec_resource("kernels/lone/lone.json");
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    cr_expect_str_eq(op->aten, "aten::lone");
    cr_expect_str_eq(op->description, "");
    cr_expect_eq(op->star_dim, -1);
    cr_expect_null(op->torch);
    cr_expect_eq(op->oracle.launch_count, 0);
    bench_operator_free(op);
    free(path);
}

Test(operator, a_relative_path_knows_its_folder)
{
    struct bench_operator *op = NULL;
    char *folder = spec_resource("kernels/lone");
    cr_assert_eq(chdir(folder), 0);
    cr_expect_eq(bench_operator_read("lone.json", &op, &err), 0, "%s", err.message);
    cr_expect_str_eq(bench_path_basename(op->directory), "lone");
    bench_operator_free(op);
    free(folder);
}

struct fault {
    const char *find, *replace;
    const char *place; /* JSON pointer */
    const char *message;
};

static void expect_fault(const struct fault *f)
{
    struct bench_operator *op = NULL;
    char *folder = spec_folder_new(f->find, f->replace);
    char *path = bench_xprintf("%s/sample/sample.json", folder);
    err.message[0] = '\0';
    int rc = bench_operator_read(path, &op, &err);
    cr_expect_eq(rc, BENCH_EINPUT, "accepted: %s", f->replace);
    if (rc == 0) {
        bench_operator_free(op);
    }
    size_t line = 0;
    size_t column = 0;
    size_t prefix = strlen(path);
    cr_expect_eq(strncmp(err.message, path, prefix), 0, "no file in front: %s", err.message);
    cr_expect_eq(sscanf(err.message + prefix, ":%zu:%zu: ", &line, &column), 2, "no place: %s",
                 err.message);
    char *place =
        bench_xprintf(":%zu:%zu: %s%s", line, column, f->place, f->place[0] != '\0' ? ": " : "");
    spec_expect_contains(err.message, place, f->replace);
    spec_expect_contains(err.message, f->message, f->replace);
    free(place);
    free(path);
    spec_folder_remove(folder);
}

#define EXPECT_FAULTS(table)                                                                       \
    for (size_t i = 0; i < sizeof(table) / sizeof((table)[0]); ++i) {                              \
        expect_fault(&(table)[i]);                                                                 \
    }

Test(operator_faults, head)
{
    static const struct fault table[] = {
        {"\"category\"", "\"categorie\"", "/categorie", "unknown key 'categorie'; did you mean"},
        {"\"flops\": \"5 * numel\",", "", "", "the key 'flops' (an expression) is missing"},
        {"\"bytes\"", "\"flops\": 1, \"bytes\"", "/flops", "the key 'flops' is there twice"},
        {"\"name\": \"sample\"", "\"name\": 3", "/name", "found a number, expected a string"},
        {"\"name\": \"sample\"", "\"name\": \"other\"", "/name",
         "the name 'other' needs the file 'other/other.json'"},
        {"\"name\": \"sample\"", "\"name\": \"../x\"", "/name", "letters, digits and '_' only"},
        {"\"name\": \"sample\"", "\"name\": \"\"", "/name", "an empty string"},
        {"aten::sample.dim", "sample", "/aten", "expected 'aten::' and a name"},
        {"\"reduction\"", "\"reductions\"", "/category",
         "unknown category 'reductions', expected one of 'pointwise', 'reduction', 'blas', "
         "'custom'"},
        {"[\"float32\", \"float16\", \"int64\"]", "[]", "/dtypes", "an empty list"},
        {"\"float16\", \"int64\"]", "\"fp16\"]", "/dtypes/1",
         "unknown dtype 'fp16', write 'float16'"},
        {"\"float16\", \"int64\"]", "\"float8\"]", "/dtypes/1", "unknown dtype 'float8', expected"},
        {"\"float16\", \"int64\"]", "\"float32\"]", "/dtypes/1", "'float32' is there twice"},
        {"\"float16\", \"int64\"]", "7]", "/dtypes/1", "found a number, expected a string"},
        {"[\"rows*\", \"cols\"]", "\"rows\"", "/dims", "found a string, expected an array"},
        {"[\"rows*\", \"cols\"]", "[]", "/dims", "an empty list"},
        {"\"cols\"],", "\"cols*\"],", "/dims/1", "a second '*'"},
        {"\"cols\"],", "\"rows\"],", "/dims/1", "already the name of a dimension"},
        {"\"cols\"],", "\"numel\"],", "/dims/1", "it always has a meaning of its own"},
        {"\"cols\"],", "\"min\"],", "/dims/1", "it is a function of expressions"},
        {"\"cols\"],", "\"lambda\"],", "/dims/1", "it is a keyword of Python"},
        {"\"cols\"],", "\"2cols\"],", "/dims/1", "letters, digits and '_' only"},
        {"\"cols\"],", "\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"],", "/dims",
         "9 dimensions; at most 8"},
        {"\"rtol\": 2e-3", "\"rtol\": -1", "/tolerance/float16", "cannot be negative"},
        {"\"rtol\": 2e-3", "\"rtoll\": 1", "/tolerance/float16/rtoll", "did you mean 'rtol'"},
        {"{ \"float16\": {", "{ \"half\": {", "/tolerance/half", "unknown key 'half'"},
        {"\"5 * numel\"", "\"5 * nummel\"", "/flops",
         "unknown name 'nummel' at character 5, did you mean 'numel'?"},
        {"\"5 * numel\"", "\"5 * WARPS\"", "/flops", "unknown name 'WARPS'"},
        {"\"5 * numel\"", "true", "/flops", "expected a number or an expression"},
        {"\"flops\"", "\"roofline_exempt\": \" \", \"flops\"", "/roofline_exempt",
         "an empty string, expected some text"},
        {"\"flops\"", "\"far_from_limit\": \"\", \"flops\"", "/far_from_limit",
         "an empty string, expected some text"},
        {"\"flops\"", "\"roofline_exempt\": true, \"flops\"", "/roofline_exempt",
         "expected a string"},
    };
    EXPECT_FAULTS(table)
}

Test(operator_faults, params_and_lets)
{
    static const struct fault table[] = {
        {"\"type\": \"int\"", "\"type\": \"integer\"", "/params/axis/type",
         "unknown type 'integer', expected one of 'int', 'float', 'bool', 'enum'"},
        {"\"default\": -1", "\"default\": 1.5", "/params/axis/default", "a whole number"},
        {"\"default\": -1", "\"value\": 1", "/params/axis/value", "unknown key 'value'"},
        {", \"default\": -1", "", "/params/axis", "the key 'default' (a number) is missing"},
        {"\"default\": true", "\"default\": 1", "/params/keep/default", "expected true or false"},
        {"\"default\": \"row\"", "\"default\": \"column\"", "/params/other/default",
         "'column' is not among the values 'same', 'row'"},
        {"[\"same\", \"row\"]", "[]", "/params/other/values", "an empty list"},
        {"[\"same\", \"row\"]", "[\"row\", \"row\"]", "/params/other/values/1",
         "the value 'row' is number 1 here and number 0"},
        {"[\"same\", \"row\"]", "[\"row\", \"a b\"]", "/params/other/values/1", "letters, digits"},
        {"[\"same\", \"row\"]", "[\"row\", \"cols\"]", "/params/other/values/1",
         "already the name of a dimension"},
        {"\"axis\": {", "\"eps\": {", "/params/eps", "already the name of a parameter"},
        {"\"axis\": {", "\"cols\": {", "/params/cols", "already the name of a dimension"},
        {"\"axis\": {", "\"T\": {", "/params/T", "it always has a meaning of its own"},
        {"\"twice\": \"2 * padded\"", "\"padded\": \"2\"", "/let/padded",
         "already the name of a 'let'"},
        {"\"padded\": \"pow2ceil(cols)\"", "\"padded\": \"twice\"", "/let/padded",
         "unknown name 'twice'"},
        {"\"padded\": \"pow2ceil(cols)\"", "\"padded\": \"pow2ceil(cols\"", "/let/padded",
         "but the expression ends"},
        {"\"padded\": \"pow2ceil(cols)\"", "\"padded\": [1]", "/let/padded", "found an array"},
    };
    EXPECT_FAULTS(table)
}

Test(operator_faults, tensors)
{
    static const struct fault table[] = {
        {"\"name\": \"weight\"", "\"name\": \"x\"", "/inputs/1/name",
         "already the name of an input"},
        {"\"name\": \"weight\"", "\"name\": \"cols\"", "/inputs/1/name",
         "already the name of a dimension"},
        {"\"name\": \"weight\"", "\"name\": \"scale\"", "/inputs/1/name", "choose another"},
        {"\"name\": \"out\"", "\"name\": \"x\"", "/outputs/0/name", "already the name of an input"},
        {"\"shape\": \"case\"", "\"shape\": \"cases\"", "/inputs/0/shape",
         "found a string 'cases', expected \"case\" or a list of expressions"},
        {"\"shape\": \"case\", ", "", "/inputs/0", "the key 'shape'"},
        {"\"shape\": [\"cols\"]", "\"shape\": [\"colls\"]", "/inputs/1/shape/0",
         "did you mean 'cols'"},
        {"\"shape\": [\"cols\"]", "\"shape\": [1,1,1,1,1,1,1,1,1]", "/inputs/1/shape",
         "at most 8 are possible"},
        {"\"dtype\": \"float32\"", "\"dtype\": \"Float32\"", "/inputs/1/dtype",
         "unknown dtype 'Float32', write 'float32'"},
        {", \"fill\": { \"normal\": { \"mean\": 0, \"std\": 1 } }", "", "/inputs/0",
         "the key 'fill' (an object) is missing"},
        {"\"normal\"", "\"gauss\"", "/inputs/0/fill/gauss", "unknown key 'gauss'"},
        {"{ \"constant\": 2.5 }", "{ \"constant\": 2.5, \"normal\": {} }", "/inputs/3/fill",
         "found 2 fills, expected exactly one"},
        {"{ \"constant\": 2.5 }", "{}", "/inputs/3/fill", "found 0 fills"},
        {"\"std\": 1", "\"sd\": 1", "/inputs/0/fill/normal/sd", "unknown key 'sd'"},
        {", \"std\": 1", "", "/inputs/0/fill/normal", "the key 'std' (an expression) is missing"},
        {"\"name\": \"out\",", "\"name\": \"out\", \"fill\": {},", "/outputs/0/fill",
         "only inputs have a 'fill'"},
        {"\"name\": \"out\",", "\"name\": \"out\", \"index_into\": \"x\",", "/outputs/0/index_into",
         "only an output of \"dtype\": \"int64\" has positions"},
        {"\"name\": \"out\",", "\"name\": \"out\", \"dtype\": \"int64\", \"index_into\": \"y\",",
         "/outputs/0/index_into", "there is no input 'y'"},
    };
    EXPECT_FAULTS(table)
}

Test(operator_faults, implementations)
{
    static const struct fault table[] = {
        {"\"name\": \"two_steps\"", "\"name\": \"candidate\"", "/implementations/1/name",
         "two implementations have the name 'candidate'"},
        {"\"name\": \"two_steps\"", "\"name\": \"oracle\"", "/implementations/1/name",
         "the exact answer is described under the key 'oracle'"},
        {"\"name\": \"two_steps\"", "\"name\": \"two steps\"", "/implementations/1/name",
         "letters, digits, '_' and '-' only"},
        {"\"provider\": \"library\"", "\"provider\": \"cublas\"", "/implementations/2/provider",
         "unknown provider 'cublas', expected one of 'cuda', 'library', 'null'"},
        {"\"source\": \"candidate.cu\"", "\"source\": \"candidat.cu\"", "/implementations/0/source",
         "there is no file"},
        {"\"source\": \"candidate.cu\"", "\"source\": \"..\"", "/implementations/0/source",
         "there is no file"},
        {"\"source\": \"candidate.cu\",", "", "/implementations/0", "the key 'source' (a string)"},
        {"\"devices\": [\"cuda\", \"cpu\"]", "\"devices\": [\"gpu\"]",
         "/implementations/1/devices/0", "unknown kind of device 'gpu'"},
        {"\"devices\": [\"cuda\", \"cpu\"]", "\"devices\": []", "/implementations/1/devices",
         "an empty list"},
        {"\"dtypes\": [\"float32\", \"float16\"],", "\"dtypes\": [\"bool\"],",
         "/implementations/0/dtypes", "the operator itself does not have the dtype 'bool'"},
        {"\"WARPS\": [2, 4, 8]", "\"WARPS\": []", "/implementations/0/tune/WARPS", "an empty list"},
        {"\"WARPS\": [2, 4, 8]", "\"WARPS\": [2, 2]", "/implementations/0/tune/WARPS/1",
         "2 is there twice"},
        {"\"WARPS\": [2, 4, 8]", "\"WARPS\": [2.5]", "/implementations/0/tune/WARPS/0",
         "expected an integer"},
        {"\"WARPS\": [2, 4, 8]", "\"WARPS\": 4", "/implementations/0/tune/WARPS",
         "expected an array"},
        {"\"ITEMS\": [1, 2]", "\"WARPS\": [1, 2]", "/implementations/0/tune/WARPS",
         "already the name of a tunable"},
        {"\"ITEMS\": [1, 2]", "\"BENCH_T\": [1, 2]", "/implementations/0/tune/BENCH_T",
         "names that begin with BENCH_ are ours"},
        {"\"ITEMS\": [1, 2]", "\"cols\": [1, 2]", "/implementations/0/tune/cols",
         "already the name of a dimension"},
        {"\"rows_a_block\": \"", "\"ITEMS\": \"", "/implementations/0/let/ITEMS",
         "already the name of a tunable"},
        {"WARPS * ITEMS < 16", "WARP * ITEMS < 16", "/implementations/0/where",
         "did you mean 'WARPS'"},
        {"\"cols <= 8192\"", "\"cols <= WARPS\"", "/implementations/0/requires/cols <= WARPS",
         "unknown name 'WARPS'"},
        {"\"a row must fit the registers of one warp\"", "\"\"",
         "/implementations/0/requires/cols <= 8192", "an empty string"},
        {"\"grid\": [\"ceildiv(rows, rows_a_block)\", 1, \"2\"]", "\"grid\": []",
         "/implementations/0/grid", "a list of 0, expected one to three expressions"},
        {"\"grid\": [\"ceildiv(rows, rows_a_block)\", 1, \"2\"]", "\"grid\": [1, 1, 1, 1]",
         "/implementations/0/grid", "a list of 4, expected one to three expressions"},
        {"\"block\": [\"32 * WARPS\"]", "\"block\": \"32\"", "/implementations/0/block",
         "expected an array"},
        {"\"shared\": \"WARPS * 32 * 4\"", "\"shared\": \"WARPS * 32 * \"",
         "/implementations/0/shared", "but the expression ends"},
        {"[\"x\", \"weight\", \"out\"", "[\"x\", \"weigth\", \"out\"", "/implementations/0/args/1",
         "no input, output or workspace has the name 'weigth', did you mean 'weight'?"},
        {"[\"x\", \"weight\", \"out\"", "[\"x\", \"partial\", \"out\"", "/implementations/0/args/1",
         "no input, output or workspace has the name 'partial'"},
        {"[\"x\", \"weight\", \"out\"", "[\"x\", 4, \"out\"", "/implementations/0/args/1",
         "a typed number such as"},
        {"{ \"int\": \"cols\" }", "{ \"int32\": \"cols\" }", "/implementations/0/args/4/int32",
         "unknown key 'int32'"},
        {"{ \"int\": \"cols\" }", "{}", "/implementations/0/args/4", "found 0 keys"},
        {"{ \"int\": \"cols\" }", "{ \"int\": \"cols\", \"float\": 1 }",
         "/implementations/0/args/4", "found 2 keys"},
        {"\"name\": \"partial\"", "\"name\": \"x\"", "/implementations/1/workspace/0/name",
         "already the name of an input"},
        {"{ \"name\": \"partial\", ", "{ \"name\": \"y\", \"name\": \"partial\", ",
         "/implementations/1/workspace/0/name", "there twice"},
        {"\"launches\": [", "\"entry\": \"x\", \"launches\": [", "/implementations/1/entry",
         "'entry' stands in each of them"},
        {"{ \"entry\": \"first\", ", "{ ", "/implementations/1/launches/0",
         "the key 'entry' (a string) is missing"},
        {"\"entry\": \"cudnn.softmax\",", "\"entry\": \"cudnn.softmax\", \"grid\": [1],",
         "/implementations/2/grid", "'grid' has no meaning for the provider 'library'"},
        {"\"provider\": \"null\", ", "\"provider\": \"null\", \"source\": \"x.cu\", ",
         "/implementations/3/source", "'source' has no meaning for the provider 'null'"},
    };
    EXPECT_FAULTS(table)
}

Test(operator_faults, oracle)
{
    static const struct fault table[] = {
        {"\"where_from\", \"scale\", ", "\"where_from\", ", "/oracle/scale",
         "no launch has the argument 'scale'"},
        {"\"scale\": true,", "", "/oracle/args/3", "also says \"scale\": true"},
        {"\"scale\": true", "\"scale\": 1", "/oracle/scale", "expected true or false"},
        {"\"oracle.cu\"", "\"missing.cu\"", "/oracle/source", "there is no file"},
        {"\"scale\": true,", "\"scale\": true, \"tune\": {},", "/oracle/tune",
         "unknown key 'tune'"},
    };
    EXPECT_FAULTS(table)
}

Test(operator_faults, torch)
{
    static const struct fault table[] = {
        {"\"signature\": \"input, dim=-1, keepdim=True\",", "", "/torch",
         "the key 'signature' (a string) is missing"},
        {"\"x\": \"input\", ", "", "/torch/tensors", "which Python value the input 'x' is"},
        {"\"x\": \"input\", ", "\"y\": \"input\", ", "/torch/tensors/y",
         "'y' is no input of this operator"},
        {"\"x\": \"input\", ", "\"x\": 1, ", "/torch/tensors/x", "expected a string"},
        {"{ \"keep\": \"keepdim\" }", "{ \"keeps\": \"keepdim\" }", "/torch/params/keeps",
         "'keeps' is no parameter of this operator; it has 'eps', 'axis', 'keep', 'other'"},
        {"{ \"out\": \"input.shape[:-1]\" }", "{ \"x\": \"1\" }", "/torch/output_shapes/x",
         "'x' is no output"},
        {"\"example_call\"", "\"example\"", "/torch/example", "unknown key 'example'"},
    };
    EXPECT_FAULTS(table)
}

Test(operator_faults, computing_without_an_oracle)
{
    static const struct fault f = {"\"oracle\": {", "\"ignored\": {", "/ignored", "unknown key"};
    expect_fault(&f);
    char *folder = spec_folder_new("\"category\"", "\"category\"");
    struct bench_operator *op = NULL;
    free(spec_folder_write(folder, "lone/k.cu", "/* */\n"));
    char *path = spec_folder_write(
        folder, "lone/lone.json",
        "{\"name\": \"lone\", \"category\": \"custom\", \"dtypes\": [\"bool\"], \"dims\": [\"n\"],"
        "\"inputs\": [], \"outputs\": [{\"name\": \"o\", \"shape\": \"case\"}], \"bytes\": 1,"
        "\"flops\": 1, \"implementations\": [{\"name\": \"k\", \"provider\": \"cuda\","
        "\"source\": \"k.cu\", \"entry\": \"k\", \"grid\": [1], \"block\": [1], \"args\": []}]}");
    cr_expect_eq(bench_operator_read(path, &op, &err), BENCH_EINPUT);
    spec_expect_contains(err.message,
                         "/implementations/0: the implementation 'k' computes "
                         "something, so the operator needs an 'oracle'",
                         "no oracle");
    free(path);
    spec_folder_remove(folder);
}

static void expect_unreadable(const char *text, int code, const char *message)
{
    struct bench_operator *op = NULL;
    char *folder = spec_folder_new("\"category\"", "\"category\"");
    char *path = spec_folder_write(folder, "sample/sample.json", text);
    cr_expect_eq(bench_operator_read(path, &op, &err), code, "%s", message);
    spec_expect_contains(err.message, "sample/sample.json", message);
    spec_expect_contains(err.message, message, message);
    free(path);
    spec_folder_remove(folder);
}

Test(operator_faults, files_that_are_no_descriptions)
{
    expect_unreadable("", BENCH_EINPUT, ":1:1");
    expect_unreadable("not json", BENCH_EINPUT, ":1:1");
    expect_unreadable("{\n  \"name\": \"sample\",\n  \"dims\": [1,]\n}", BENCH_EINPUT, ":3:");
    expect_unreadable("[1, 2]", BENCH_EINPUT, "found an array, expected an object");
    expect_unreadable("null", BENCH_EINPUT, "found null, expected an object");
    expect_unreadable("{}", BENCH_EINPUT, "the key 'name' (a string) is missing");
}

Test(operator_faults, ten_and_a_hundred_megabytes_of_brackets)
{
    static const struct {
        size_t bytes;
        const char *message;
    } table[] = {{(size_t)10 << 20, "deep"}, {(size_t)100 << 20, "large"}};
    for (size_t i = 0; i < 2; ++i) {
        char *text = malloc(table[i].bytes + 1);
        memset(text, '[', table[i].bytes);
        text[table[i].bytes] = '\0';
        struct bench_operator *op = NULL;
        char *folder = spec_folder_new("\"category\"", "\"category\"");
        char *path = spec_folder_write(folder, "sample/sample.json", text);
        cr_expect_neq(bench_operator_read(path, &op, &err), 0);
        spec_expect_contains(err.message, "sample/sample.json", table[i].message);
        spec_expect_contains(err.message, table[i].message, "brackets");
        free(text);
        free(path);
        spec_folder_remove(folder);
    }
}

Test(operator_faults, no_such_file)
{
    struct bench_operator *op = NULL;
    cr_expect_eq(bench_operator_read("/proc/nowhere/gelu/gelu.json", &op, &err), BENCH_ENOTFOUND);
    spec_expect_contains(err.message, "/proc/nowhere/gelu/gelu.json", "the path");
}

Test(operator_folder, lists_and_locates)
{
    char *kernels = spec_resource("kernels");
    char **names = NULL;
    size_t count = 0;
    cr_assert_eq(bench_operator_list(kernels, &names, &count, &err), 0, "%s", err.message);
    cr_assert_eq(count, 2);
    cr_expect_str_eq(names[0], "lone");
    cr_expect_str_eq(names[1], "sample");
    bench_file_list_free(names, count);
    char *path = NULL;
    cr_assert_eq(bench_operator_locate(kernels, "lone", &path, &err), 0);
    cr_expect(bench_file_exists(path));
    free(path);
    cr_expect_eq(bench_operator_locate(kernels, "sampel", &path, &err), BENCH_ENOTFOUND);
    spec_expect_contains(err.message, "there is no operator 'sampel' in", "misspelt");
    spec_expect_contains(err.message, "did you mean 'sample'?; there are: lone, sample",
                         "misspelt");
    cr_expect_eq(bench_operator_locate(kernels, "../kernels/lone", &path, &err), BENCH_ENOTFOUND);
    free(kernels);
    cr_expect_neq(bench_operator_list("/proc/nowhere", &names, &count, &err), 0);
    spec_expect_contains(err.message, "/proc/nowhere", "no folder");
}

Test(operator_folder, one_without_an_operator_is_none)
{
    char folder[] = "/tmp/bench-test-kernels-XXXXXX";
    char **names = NULL, *path = NULL;
    size_t count = 0;
    cr_assert_not_null(mkdtemp(folder));
    cr_expect_eq(bench_operator_list(folder, &names, &count, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "there is no operator in it", "an empty folder");
    cr_expect_eq(bench_operator_locate(folder, "gelu", &path, &err), BENCH_EINPUT);
    cr_expect_null(path);
    rmdir(folder);
    cr_expect_eq(bench_operator_list("/dev/null", &names, &count, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "/dev/null: is a file", "a file");
}
