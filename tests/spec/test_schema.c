/* The JSON Schemas accept what is shipped and what bench accepts, and refuse what they can see. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "spec_files.h"

static const char *const script =
    "import glob, json, os, sys\n"
    "import jsonschema\n"
    "home, resources = sys.argv[1:]\n"
    "V = jsonschema.Draft202012Validator\n"
    "load = lambda p: json.load(open(p, encoding='utf-8-sig'))\n"
    "op = load(home + '/kernels/operator.schema.json')\n"
    "suite = load(home + '/configs/suite.schema.json')\n"
    "V.check_schema(op)\n"
    "V.check_schema(suite)\n"
    "criteria = load(home + '/configs/criteria.schema.json')\n"
    "V.check_schema(criteria)\n"
    "rules = sorted(glob.glob(home + '/configs/criteria/*.json'))\n"
    "ops = [p for d in (home + '/kernels', resources + '/kernels', resources + '/spec/kernels',\n"
    "          resources + '/python/kernels')\n"
    "       for p in sorted(glob.glob(d + '/*/*.json'))]\n"
    "suites = [p for p in sorted(glob.glob(home + '/configs/*.json'))\n"
    "          if not p.endswith('.schema.json')] + [resources + '/suites/null.json']\n"
    "assert len(ops) >= 4 and suites and len(rules) >= 6, (ops, suites, rules)\n"
    "faults = [f'{p}: {e.json_path}: {e.message}' for s, ps in ((op, ops), (suite, suites),\n"
    "          (criteria, rules))\n"
    "          for p in ps for e in V(s).iter_errors(load(p))]\n"
    "text = open(resources + '/spec/kernels/sample/sample.json').read()\n"
    "for old, new in [('\"category\"', '\"categorie\"'), ('\"reduction\"', '\"x\"'),\n"
    "        ('\"flops\": \"5 * numel\",', ''), ('\"float16\", \"int64\"]', '\"fp16\"]'),\n"
    "        ('\"WARPS\": [2, 4, 8]', '\"WARPS\": []'), ('\"block\": [64]', '\"block\": []'),\n"
    "        ('\"source\": \"oracle.cu\",', ''), ('\"std\": 1', '\"sd\": 1'),\n"
    "        ('\"type\": \"int\"', '\"type\": \"integer\"'), ('\"cudnn\"', '\"oracle\"'),\n"
    "        ('{ \"int\": \"cols\" }', '{ \"int\": 1, \"float\": 1 }'),\n"
    "        ('\"entry\": \"cudnn.softmax\",', '\"entry\": \"x\", \"grid\": [1],'),\n"
    "        ('\"launches\": [', '\"entry\": \"x\", \"launches\": ['),\n"
    "        ('\"flops\"', '\"roofline_exempt\": \" \", \"flops\"'),\n"
    "        ('\"flops\"', '\"far_from_limit\": 1, \"flops\"'),\n"
    "        ('\"empty\": [\"rows\"]', '\"empty\": []'),\n"
    "        ('\"empty\": [\"rows\"]', '\"empty\": [\"rows*\"]')]:\n"
    "    assert old in text, old\n"
    "    if V(op).is_valid(json.loads(text.replace(old, new, 1))):\n"
    "        faults.append(f'the schema accepts {new!r} in place of {old!r}')\n"
    "exempt = text.replace('\"flops\"', '\"roofline_exempt\": \"a view\", \"flops\"', 1)\n"
    "faults += [e.message for e in V(op).iter_errors(json.loads(exempt))]\n"
    "text = open(resources + '/suites/null.json').read()\n"
    "for old, new in [('\"roles\"', '\"role\"'), ('\"cold\"', '\"warm\"'),\n"
    "        ('\"operators\"', '\"ops\"'), ('[[1024],', '[[-1],'), ('\"pow2\"', '\"pow3\"'),\n"
    "        ('\"candidate\": \"fast\"', '\"candidate\": []')]:\n"
    "    assert old in text, old\n"
    "    if V(suite).is_valid(json.loads(text.replace(old, new, 1))):\n"
    "        faults.append(f'the schema accepts {new!r} in place of {old!r}')\n"
    "text = open(home + '/configs/criteria/careful.json').read()\n"
    "for old, new in [('\"geomean\"', '\"mean\"'), ('\"geomean\"', '{ \"share\": 0 }'),\n"
    "        ('\"fail\"', '\"maybe\"'), ('\"weight\": 4', '\"weight\": 0'), ('0.90', '0'),\n"
    "        ('\"threshold\"', '\"treshold\"'), ('true', '1'), ('10,', '0,')]:\n"
    "    assert old in text, old\n"
    "    if V(criteria).is_valid(json.loads(text.replace(old, new, 1))):\n"
    "        faults.append(f'the schema accepts {new!r} in place of {old!r}')\n"
    "print('\\n'.join(faults))\n"
    "sys.exit(1 if faults else 0)\n";

static bool python_has_jsonschema(void)
{
    const char *const argv[] = {"python3", "-c",
                                "import jsonschema.validators as v; "
                                "v.Draft202012Validator",
                                NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result;
    struct bench_err err;
    int rc = bench_process_run(&spec, &result, &err);
    bool has = rc == 0 && result.exit_code == 0;
    bench_process_result_fini(&result);
    return has;
}

Test(schema, accepts_what_is_shipped_and_refuses_faults)
{
    if (!python_has_jsonschema()) {
        cr_skip_test("python3 with the module jsonschema is not installed");
    }
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    const char *home = getenv("BENCH_HOME");
    cr_assert(resources != NULL && home != NULL, "start the tests with ctest");
    const char *const argv[] = {"python3", "-", home, resources, NULL};
    struct bench_process_spec spec = {
        .argv = argv, .input = script, .input_length = strlen(script), .timeout_ms = 300000};
    struct bench_process_result result;
    struct bench_err err;
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    cr_expect_eq(result.exit_code, 0, "%s%s", result.out, result.err);
    bench_process_result_fini(&result);
}
