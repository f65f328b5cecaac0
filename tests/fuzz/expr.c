/* Expressions: whatever passes the check can be evaluated, and exported. */
#include <math.h>
#include <stdlib.h>

#include "bench/spec/expr.h"
#include "fuzz.h"

static struct bench_scope *make_scope(void)
{
    static const int64_t shape[] = {64, 3, 1024};
    struct bench_scope *scope = bench_scope_new();
    bench_scope_set_shape(scope, shape, 3);
    bench_scope_set(scope, "numel", 64. * 3 * 1024);
    bench_scope_set(scope, "n", 1000);
    bench_scope_set(scope, "rows", 64);
    bench_scope_set(scope, "cols", 0);
    return scope;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bench_scope *scope;
    struct bench_err err = {0};
    double value = NAN;
    int64_t integer = 0;
    char *python = NULL, *text = fuzz_text(data, size);
    if (scope == NULL)
        scope = make_scope();
    int checked = bench_expr_check(text, scope, &err);
    fuzz_check_error(checked, &err);
    int rc = bench_expr_eval(text, scope, &value, &err);
    fuzz_check_error(rc, &err);
    fuzz_require(checked == BENCH_OK || rc != BENCH_OK);
    fuzz_require(rc != BENCH_OK || isfinite(value));
    rc = bench_expr_eval_int(text, scope, 1, 4096, &integer, &err);
    fuzz_check_error(rc, &err);
    fuzz_require(rc != BENCH_OK || ((double)integer == value && integer >= 1 && integer <= 4096));
    rc = bench_expr_to_python(text, &python, &err);
    fuzz_check_error(rc, &err);
    fuzz_require(checked != BENCH_OK || rc == BENCH_OK);
    free(python);
    free(text);
    return 0;
}
