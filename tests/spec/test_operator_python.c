/* Descriptions of operators that are called in Python. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/operator.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "spec_files.h"

static struct bench_err err;

/* An operator with one implementation and an oracle, with these members in their objects. */
static char *describe(const char *name, const char *implementation, const char *oracle)
{
    return bench_xprintf(
        "{\"name\": \"%s\", \"category\": \"pointwise\", \"dtypes\": [\"float32\"],"
        " \"dims\": [\"n*\"],"
        " \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", \"fill\": {\"constant\": 1}}],"
        " \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], \"bytes\": 1, \"flops\": 1,"
        " \"oracle\": {\"entry\": \"f\", %s},"
        " \"implementations\": [{\"name\": \"i\", \"provider\": \"python\", \"entry\": \"f\", "
        "%s}]}",
        name, oracle, implementation);
}

static int read_description(const char *name, const char *implementation, const char *oracle,
                            struct bench_operator **op)
{
    char *folder = spec_folder_new("\"sample\"", "\"sample\"");
    char *text = describe(name, implementation, oracle);
    char *file = bench_xprintf("%s/%s.json", name, name);
    char *path = spec_folder_write(folder, file, text);
    char *code_file = bench_xprintf("%s/code.py", name);
    char *code = spec_folder_write(folder, code_file, "pass\n");
    err.message[0] = '\0';
    int rc = bench_operator_read(path, op, &err);
    free(code);
    free(code_file);
    free(path);
    free(file);
    free(text);
    spec_folder_remove(folder);
    return rc;
}

#define PYTHON "\"python\": {\"kind\": \"aten\"}"
#define ORACLE "\"provider\": \"python\", " PYTHON

Test(operator_python, what_is_called_is_kept_as_it_is)
{
    struct bench_operator *op = NULL;
    int rc = read_description("double_it",
                              "\"python\": {\"kind\": \"code\", \"source\": \"code.py\", \"args\": "
                              "[{\"input\": \"x\"}, 2.5, null]}",
                              ORACLE ", \"scale\": true", &op);
    cr_assert_eq(rc, 0, "%s", err.message);
    const struct bench_implementation *i = bench_operator_find(op, "i");
    cr_expect_eq(i->provider, BENCH_PROVIDER_PYTHON);
    cr_expect_str_eq(i->python, "{\"kind\":\"code\",\"source\":\"code.py\",\"args\":[{\"input\":"
                                "\"x\"},2.5,null]}");
    cr_expect_str_eq(bench_path_basename(i->source), "code.py");
    cr_expect_str_eq(i->launches[0].entry, "f");
    cr_expect_eq(op->oracle.provider, BENCH_PROVIDER_PYTHON);
    cr_expect_str_eq(op->oracle.python, "{\"kind\":\"aten\"}");
    cr_expect_null(op->oracle.source);
    cr_expect(op->oracle.has_scale);
    cr_expect_not(op->in_python, "no suite names it");
    cr_expect_str_eq(bench_provider_name(i->provider), "python");
    bench_operator_free(op);
}

/* No expression uses an operator's own name. */
Test(operator_python, operators_may_have_names_of_functions)
{
    struct bench_operator *op = NULL;
    cr_assert_eq(read_description("abs", PYTHON, ORACLE, &op), 0, "%s", err.message);
    bench_operator_free(op);
    cr_expect_eq(read_description("lambda", PYTHON, ORACLE, &op), BENCH_EINPUT);
    spec_expect_contains(err.message, "it is a keyword of Python", "lambda");
}

Test(operator_python, faults)
{
    static const struct {
        const char *implementation, *oracle, *message;
    } table[] = {
        {"\"description\": \"d\"", ORACLE, "/implementations/0: the key 'python'"},
        {"\"python\": 3", ORACLE, "/implementations/0/python: found a number"},
        {"\"python\": {\"source\": \"none.py\"}", ORACLE, "there is no file"},
        {PYTHON ", \"args\": [\"x\"]", ORACLE, "'args' has no meaning for the provider 'python'"},
        {PYTHON ", \"tune\": {\"A\": [1]}", ORACLE, "'tune' has no meaning"},
        {PYTHON ", \"source\": \"code.py\"", ORACLE, "'source' has no meaning"},
        {PYTHON ", \"launches\": []", ORACLE, "'launches' has no meaning"},
        {PYTHON, "\"provider\": \"library\", \"args\": []",
         "/oracle/provider: an oracle is of the provider 'cuda' (default) or 'python'"},
        {PYTHON, PYTHON, "/oracle/python: 'python' has no meaning for the provider 'cuda'"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bench_operator *op = NULL;
        int rc = read_description("f", table[i].implementation, table[i].oracle, &op);
        cr_expect_eq(rc, BENCH_EINPUT, "accepted: %s", table[i].message);
        if (rc == 0)
            bench_operator_free(op);
        spec_expect_contains(err.message, table[i].message, table[i].message);
    }
}
