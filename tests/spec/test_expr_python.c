/* Exported expressions give Python's interpreter the value that bench computed. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/expr.h"
#include "bench/util/process.h"
#include "bench/util/rng.h"
#include "bench/util/str.h"
#include "spec_files.h"

static struct bench_err err;

Test(expr_python, texts)
{
    static const struct {
        const char *expression, *python;
    } table[] = {
        {"a+b*c", "a + b * c"},
        {"a^b^c", "a ** b ** c"},
        {"-a ^ 2", "-a ** 2"},
        {"a < b && c", "a < b and (c) != 0"},
        {"a || b && c", "(a) != 0 or (b) != 0 and (c) != 0"},
        {"(a || b) * 2", "((a) != 0 or (b) != 0) * 2"},
        {"select(a==b,ceildiv(a,2),max(a , b,3))", "select(a == b, ceildiv(a, 2), max(a, b, 3))"},
        {"(a)%3.5e-1", "(a) % 3.5e-1"},
        {"size(-1)\n+ 1", "size(-1) + 1"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); ++i) {
        char *python = NULL;
        cr_assert_eq(bench_expr_to_python(table[i].expression, &python, &err), 0, "%s",
                     err.message);
        cr_expect_str_eq(python, table[i].python);
        free(python);
    }
    char *python = NULL;
    cr_expect_eq(bench_expr_to_python("a ? b : c", &python, &err), BENCH_EINPUT);
    cr_expect_eq(bench_expr_to_python("__import__('os')", &python, &err), BENCH_EINPUT);
}

/* What an export defines, and the shape and names of the test. */
static const char *const prelude = "from math import ceil, floor, log2, sqrt, prod as product\n"
                                   "shape = [3, 2, 6]\n"
                                   "ceildiv = lambda a, b: -(-a // b)\n"
                                   "floordiv = lambda a, b: a // b\n"
                                   "select = lambda c, a, b: a if c else b\n"
                                   "pow2ceil = lambda a: 1 if a <= 1 else 2 ** ceil(log2(a))\n"
                                   "size = lambda i: shape[i]\n"
                                   "prod = lambda i, j: product(shape[i:j])\n"
                                   "rows = 6\ncols = 5\nflag = 0\n"
                                   "def show(f):\n"
                                   "    try:\n"
                                   "        print(repr(float(f())))\n"
                                   "    except Exception as e:\n"
                                   "        print('nan', e)\n";

static struct bench_scope *make_scope(void)
{
    static const int64_t shape[] = {3, 2, 6};
    struct bench_scope *scope = bench_scope_new();
    bench_scope_set_shape(scope, shape, 3);
    bench_scope_set(scope, "rows", 6);
    bench_scope_set(scope, "cols", 5);
    bench_scope_set(scope, "flag", 0);
    return scope;
}

static const char *pick(struct bench_rng *rng, const char *const *items, size_t count)
{
    return items[bench_rng_below(rng, count)];
}

static void random_expression(struct bench_rng *rng, int depth, struct bench_str *out)
{
    static const char *const leaves[] = {"rows", "cols",     "flag",    "1",           "2",
                                         "3",    "0.5",      "size(0)", "prod(0, -1)", "rows ^ 2",
                                         "0",    "2 ^ flag", "-cols",   "-cols ^ 2",   "2 ^ -flag"};
    static const char *const operators[] = {" + ", " - ", " * ", " / ", " % ", "&&",
                                            "||",  "<",   "<=",  ">=",  "==",  "!="};
    static const char *const functions[] = {"min", "max", "ceildiv", "floordiv"};
    static const char *const unary[] = {"floor", "ceil", "round", "abs", "pow2ceil", "-"};
    if (depth == 0) {
        bench_str_add(out, pick(rng, leaves, sizeof(leaves) / sizeof(leaves[0])));
        return;
    }
    switch (bench_rng_below(rng, 6)) {
    case 0: /* parentheses */
        bench_str_addc(out, '(');
        random_expression(rng, depth - 1, out);
        bench_str_add(out, pick(rng, operators, 12));
        random_expression(rng, depth - 1, out);
        bench_str_addc(out, ')');
        return;
    case 1:
        bench_str_addf(out, "%s(", pick(rng, functions, 4));
        random_expression(rng, depth - 1, out);
        bench_str_add(out, ", ");
        random_expression(rng, depth - 1, out);
        bench_str_addc(out, ')');
        return;
    case 2:
        bench_str_addf(out, "%s(", pick(rng, unary, 6));
        random_expression(rng, depth - 1, out);
        bench_str_addc(out, ')');
        return;
    case 3:
        bench_str_add(out, "select(");
        random_expression(rng, depth - 1, out);
        bench_str_add(out, ", ");
        random_expression(rng, depth - 1, out);
        bench_str_add(out, ", 7)");
        return;
    default: /* no parentheses: precedence decides */
        random_expression(rng, depth - 1, out);
        bench_str_add(out, pick(rng, operators, 12));
        random_expression(rng, depth - 1, out);
    }
}

#define EXPRESSION_COUNT 3000

/* Random expressions, of which those that chain comparisons are refused; returns how many are in
 * `script`, each with its value in `values` (NaN if it has none). */
static size_t write_script(struct bench_str *script, double *values, char **texts)
{
    struct bench_rng rng;
    struct bench_scope *scope = make_scope();
    size_t count = 0;
    bench_rng_init(&rng, 20261122);
    bench_str_add(script, prelude);
    while (count < EXPRESSION_COUNT) {
        struct bench_str e;
        char *python = NULL;
        bench_str_init(&e);
        random_expression(&rng, (int)bench_rng_below(&rng, 4), &e);
        if (bench_expr_to_python(e.data, &python, &err) != 0) {
            spec_expect_contains(err.message, "cannot be chained", e.data);
            bench_str_fini(&e);
            continue;
        }
        bench_str_addf(script, "show(lambda: %s)\n", python);
        free(python);
        if (bench_expr_eval(e.data, scope, &values[count], &err) != 0) {
            spec_expect_contains(err.message, "no finite value", e.data);
            values[count] = NAN;
        }
        texts[count++] = bench_str_take(&e);
        bench_str_fini(&e);
    }
    bench_scope_free(scope);
    return count;
}

Test(expr_python, random_expressions_have_the_same_value)
{
    static double values[EXPRESSION_COUNT];
    static char *texts[EXPRESSION_COUNT];
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    struct bench_str script;
    bench_str_init(&script);
    size_t count = write_script(&script, values, texts);
    const char *const argv[] = {"python3", "-", NULL};
    struct bench_process_spec spec = {
        .argv = argv, .input = script.data, .input_length = script.len, .timeout_ms = 300000};
    struct bench_process_result result;
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    cr_assert_eq(result.exit_code, 0, "%s", result.err);
    size_t compared = 0;
    char *line = result.out;
    for (size_t i = 0; i < count; ++i) {
        char *end = strchr(line, '\n');
        cr_assert_not_null(end, "python3 printed %zu of %zu lines", i, count);
        double python = strtod(line, NULL);
        if (isfinite(values[i])) {
            /* Python refuses some divisions by zero that select() throws away here. */
            bool raised = strncmp(line, "nan", 3) == 0;
            cr_expect(raised ? strstr(line, "zero") != NULL
                             : fabs(python - values[i]) <= 1e-12 * fabs(values[i]),
                      "%s: bench has %.17g, Python %.*s", texts[i], values[i], (int)(end - line),
                      line);
            compared += raised ? 0 : 1;
        }
        free(texts[i]);
        line = end + 1;
    }
    cr_expect_gt(compared, EXPRESSION_COUNT / 2, "only %zu values were compared", compared);
    bench_process_result_fini(&result);
    bench_str_fini(&script);
}
