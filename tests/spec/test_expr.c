#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/expr.h"
#include "spec_files.h"

static struct bench_scope *scope;
static struct bench_err err;

static void set_up(void)
{
    static const int64_t shape[] = {4, 6, 10};
    scope = bench_scope_new();
    bench_scope_set_shape(scope, shape, 3);
    bench_scope_set(scope, "rows", 24);
    bench_scope_set(scope, "cols", 10);
    bench_scope_set(scope, "other", 1);
    bench_scope_set(scope, "same", 0);
    bench_scope_set(scope, "row", 1);
    bench_scope_set(scope, "big", 9007199254740991.0);
}

static void tear_down(void)
{
    bench_scope_free(scope);
}

TestSuite(expr, .init = set_up, .fini = tear_down);

struct value {
    const char *expression;
    double value;
};

Test(expr, values)
{
    static const struct value table[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"7 / 2", 3.5},
        {"7 % 3", 1},
        {"-7 % 3", 2},
        {"7 % -3", -2},
        {"2 * 7 % 4", 2},
        {"2 ^ 3 ^ 2", 512},
        {"-2 ^ 2", -4},
        {"2 ^ -1", 0.5},
        {"2 - -3", 5},
        {"1e3 + .5", 1000.5},
        {"1.5e-3", 0.0015},
        {"1 < 2", 1},
        {"2 <= 1", 0},
        {"3 != -3", 1},
        {"1 < -1", 0},
        {"0 || 0 && 1", 0},
        {"1 || 0 && 0", 1},
        {"2 && 4", 1},
        {"0 || 7", 1},
        {"0.5 && 0.25", 1},
        {"0 || 0.5", 1},
        {"10 ^ 20 && 1", 1},
        {"other == row", 1},
        {"other == same", 0},
        {"ceildiv(7, 2)", 4},
        {"ceildiv(8, 2)", 4},
        {"ceildiv(-7, 2)", -3},
        {"floordiv(7, 2)", 3},
        {"floordiv(-7, 2)", -4},
        {"ceildiv(big, 2)", 4503599627370496.0},
        {"floordiv(big, 16)", 562949953421311.0},
        {"ceildiv(7.5, 2)", 4},
        {"floor(2.7) + ceil(2.2)", 5},
        {"floor(-2.5)", -3},
        {"round(2.5)", 2},
        {"round(3.5)", 4},
        {"abs(-3)", 3},
        {"sqrt(16)", 4},
        {"log2(1024)", 10},
        {"min(3, 1, 2)", 1},
        {"max(3, 1, 2, 9)", 9},
        {"select(cols > 9, 5, 6)", 5},
        {"select(cols > 10, 5, 6)", 6},
        {"pow2ceil(1)", 1},
        {"pow2ceil(0)", 1},
        {"pow2ceil(64)", 64},
        {"pow2ceil(65)", 128},
        {"pow2ceil(1000000007)", 1073741824},
        {"size(0)", 4},
        {"size(2)", 10},
        {"size(-1)", 10},
        {"size(-3)", 4},
        {"prod(0, 3)", 240},
        {"prod(0, 2)", 24},
        {"prod(1, 1)", 1},
        {"prod(0, -1)", 24},
        {"prod(-2, 3)", 60},
        {"big", 9007199254740991.0},
        {"big + 1 - big", 1},
        {"\t rows\n*\r cols ", 240},
        {"select(rows == 24 && cols != 3, ceildiv(rows * cols, 4 * 32), 1)", 2},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); ++i) {
        double value = NAN;
        int rc = bench_expr_eval(table[i].expression, scope, &value, &err);
        cr_expect_eq(rc, 0, "%s: %s", table[i].expression, err.message);
        cr_expect_eq(value, table[i].value, "%s: found %.17g, expected %.17g", table[i].expression,
                     value, table[i].value);
    }
}

struct fault {
    const char *expression;
    const char *message;
};

static const struct fault faults[] = {
    {"colz * 2", "unknown name 'colz' at character 1, did you mean 'cols'?"},
    {"colz * rowz", "unknown name 'colz' at character 1, did you mean 'cols'?; unknown name 'rowz' "
                    "at character 8, did you mean"},
    {"entirely_else", "unknown name 'entirely_else' at character 1 (known here: rows, cols,"},
    {"_pi", "unknown name '_pi'"},
    {"", "character 1: a number, a name or '(' expected, but the expression ends"},
    {"rows *", "character 7: a number, a name or '(' expected, but the expression ends"},
    {"rows cols", "character 6: an operator or the end expected, found 'cols'"},
    {"(rows", "')' expected, but the expression ends"},
    {"rows)", "an operator or the end expected, found ')'"},
    {"rows ? 1 : 2", "write select(condition, a, b)"},
    {"rows = 2", "to compare write '=='"},
    {"!rows", "write 'a == 0'"},
    {"\"text\"", "strings are not part of the language"},
    {"'text'", "strings are not part of the language"},
    {"rows & 1", "'and' is '&&'"},
    {"rows | 1", "'or' is '||'"},
    {"rows ** 2", "power is '^'"},
    {"rows // 2", "write floordiv(a, b)"},
    {"1 << 2", "shifts are not part of the language"},
    {"rows; cols", "';' is not part of the language"},
    {"rows \xc3\x97 2", "byte 0xc3 is not part of the language"},
    {"1 < 2 < 3", "comparisons cannot be chained"},
    {"1 == 1 == 1", "comparisons cannot be chained"},
    {"- -3", "a number, a name or '(' expected, found '-'"},
    {"2x", "'2x' is no number"},
    {"1.2.3", "'1.2.' is no number"},
    {"010", "a number does not begin with 0"},
    {"0x10", "'0x' is no number"},
    {"sin(1)", "unknown function 'sin'"},
    {"ceil_div(1, 2)", "unknown function 'ceil_div', did you mean 'ceildiv'?"},
    {"rows(1)", "unknown function 'rows'"},
    {"min", "'min' is a function"},
    {"min(1)", "min takes at least 2 arguments, found 1"},
    {"min()", "min takes at least 2 arguments, found 0"},
    {"floor(1, 2)", "floor takes 1 argument, found 2"},
    {"select(1, 2)", "select takes 3 arguments, found 2"},
    {"max(1, 2", "',' or ')' expected, but the expression ends"},
    {"max(1,, 2)", "found ','"},
    {"1, 2", "an operator or the end expected, found ','"},
    {"1 / 0", "no finite value"},
    {"5 % 0", "no finite value"},
    {"sqrt(0 - 1)", "no finite value"},
    {"10 ^ 400", "no finite value"},
    {"size(3)", "size(i): 3 is no dimension of a shape of 3 dimensions"},
    {"size(-4)", "-4 is no dimension"},
    {"size(0.5)", "0.5 is no dimension"},
    {"prod(0, 4)", "prod(i, j): 4 is no dimension"},
};

Test(expr, faults_say_what_and_where)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); ++i) {
        double value;
        int rc = bench_expr_eval(faults[i].expression, scope, &value, &err);
        cr_expect_eq(rc, BENCH_EINPUT, "'%s' was accepted", faults[i].expression);
        spec_expect_contains(err.message, faults[i].message, faults[i].expression);
    }
}

Test(expr, too_long_or_too_deep_is_refused)
{
    double value;
    size_t size = 1 << 20;
    char *text = malloc(size + 1);
    memset(text, '(', size);
    text[size] = '\0';
    cr_expect_eq(bench_expr_eval(text, scope, &value, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "at most 4096 are allowed", "a megabyte");
    static const char *const deep[] = {"(", "-(", "1^", "max(1, ", "1+(2*", "1^-"};
    for (size_t d = 0; d < sizeof(deep) / sizeof(deep[0]); ++d) {
        text[0] = '\0';
        for (int i = 0; i < 400; ++i) {
            strcat(text, deep[d]);
        }
        cr_expect_eq(bench_expr_eval(text, scope, &value, &err), BENCH_EINPUT);
        spec_expect_contains(err.message, "nested more than 64 levels deep", deep[d]);
    }
    free(text);
}

Test(expr, integers_are_checked)
{
    int64_t value = 0;
    cr_expect_eq(bench_expr_eval_int("rows * 2", scope, 0, 100, &value, &err), 0);
    cr_expect_eq(value, 48);
    cr_expect_eq(bench_expr_eval_int("rows / 5", scope, 0, 100, &value, &err), BENCH_EINPUT);
    spec_expect_contains(err.message,
                         "'rows / 5' is 4.7999999999999998 here, where an integer is "
                         "needed",
                         "a fraction");
    cr_expect_eq(bench_expr_eval_int("rows - 25", scope, 1, 100, &value, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "is -1 here, where 1 to 100 is allowed", "below");
    cr_expect_eq(bench_expr_eval_int("2 ^ 60", scope, INT64_MIN, INT64_MAX, &value, &err),
                 BENCH_EINPUT);
    spec_expect_contains(err.message, "beyond 2^53", "inexact");
}

Test(expr, a_later_binding_replaces_and_copies_are_independent)
{
    double value = 0;
    struct bench_scope *copy = bench_scope_copy(scope);
    bench_scope_set(copy, "rows", 7);
    cr_expect_eq(bench_expr_eval("rows + size(0)", copy, &value, &err), 0);
    cr_expect_eq(value, 11);
    cr_expect_eq(*bench_scope_get(scope, "rows"), 24);
    cr_expect_null(bench_scope_get(scope, "nothing"));
    bench_scope_free(copy);
}

Test(expr, a_check_does_not_evaluate)
{
    cr_expect_eq(bench_expr_check("1 / (rows - 24) + size(9)", scope, &err), 0);
    cr_expect_eq(bench_expr_check("anything + 1", NULL, &err), 0);
    cr_expect_eq(bench_expr_check("anything + 1", scope, &err), BENCH_EINPUT);
}

Test(expr, size_needs_a_shape)
{
    double value;
    struct bench_scope *empty = bench_scope_new();
    cr_expect_eq(bench_expr_eval("size(0)", empty, &value, &err), BENCH_EINPUT);
    spec_expect_contains(err.message, "size(i) needs a case's shape", "no shape");
    bench_scope_free(empty);
}

Test(expr, what_cannot_hold_is_told_without_all_names)
{
    static const struct {
        const char *expression;
        bool may;
    } of[] = {
        {"BM == 16 && cols > 8", false},
        {"BM == 32 && cols > 8", true},
        {"BM == 16 || cols > 8", true},
        {"(BM == 16 && cols <= 8) || (BM == 64 && cols > 8)", false},
        {"(BM == 16 && cols <= 8) || (BM == 32 && cols > 8)", true},
        {"(BM == 16) == (cols > 8)", true},
        {"select(cols > 8, BM == 16, BM == 64)", true},
        {"BM == 16 && select(cols > 8, 1, 0)", false},
        {"-(cols > 8) + 1", true},
        {"cols", true},
        {"BM - 32", false},
        {"BM * size(0) > 0", true},
        {"BM == 16 && size(0) > 0", false},
        {"BM == 16 && (cols > 8", true}, /* no expression rules anything out */
    };
    struct bench_scope *some = bench_scope_new();
    bench_scope_set(some, "BM", 32);
    for (size_t i = 0; i < sizeof(of) / sizeof(*of); ++i) {
        cr_expect_eq(bench_expr_may_hold(of[i].expression, some), of[i].may, "%s",
                     of[i].expression);
    }
    bench_scope_free(some);
}

static void *evaluate_many(void *wrong)
{
    for (int i = 0; i < 2000; ++i) {
        double value = 0;
        struct bench_err e;
        int rc =
            bench_expr_eval("ceildiv(rows * cols, 7) + max(size(1), 2) % 4", scope, &value, &e);
        if (rc != 0 || value != 37) {
            *(int *)wrong += 1;
        }
        if (bench_expr_eval("rows +", scope, &value, &e) == 0) {
            *(int *)wrong += 1;
        }
    }
    return NULL;
}

Test(expr, threads_can_share_a_scope)
{
    pthread_t threads[4];
    int wrong[4] = {0};
    for (int i = 0; i < 4; ++i) {
        cr_assert_eq(pthread_create(&threads[i], NULL, evaluate_many, &wrong[i]), 0);
    }
    for (int i = 0; i < 4; ++i) {
        pthread_join(threads[i], NULL);
        cr_expect_eq(wrong[i], 0);
    }
}
