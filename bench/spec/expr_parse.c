/*
 * The parser of expressions: checks syntax, names and numbers of arguments, and writes the
 * expression for muparser or in Python.
 *
 *   or    := and ("||" and)*
 *   and   := cmp ("&&" cmp)*
 *   cmp   := sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
 *   sum   := term (("+" | "-") term)*
 *   term  := unary (("*" | "/" | "%") unary)*
 *   unary := ["-" | "+"] power
 *   power := atom ["^" unary]
 *   atom  := number | name | function "(" or ("," or)* ")" | "(" or ")"
 *
 * These are muparser's precedences and Python's. What differs is taken out: Python chains
 * comparisons (a < b < c), which the language therefore does not have; Python's `and` and `or` give
 * one of their operands, and muparser's operands of && and || are cut to int (0.5 && 1 is 0), so an
 * operand that is no comparison is written as one with 0.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/spec/expr_impl.h"
#include "bench/util/mem.h"

#define MAX_DEPTH 64

struct parser {
    struct expr_token t;
    const struct bench_scope *scope;
    struct expr_use *use;
    struct bench_str *out;
    enum expr_dialect dialect;
    struct bench_str unknown; /* what is to be said about unknown names */
    size_t unbound;           /* EXPR_POSSIBLE: how many were read that have no value */
    int depth;
};

static int parse_or(struct parser *p, bool *is_bool);

static void emit(struct parser *p, const char *text)
{
    if (p->out != NULL) {
        bench_str_add(p->out, text);
    }
}

static size_t mark(const struct parser *p)
{
    return p->out != NULL ? p->out->len : 0;
}

/* `text` in place of what was written since `from`. */
static void rewrite(struct parser *p, size_t from, const char *text)
{
    if (p->out != NULL) {
        p->out->len = from;
        p->out->data[from] = '\0';
        bench_str_add(p->out, text);
    }
}

/* The first of the NULL-terminated `ops` that stands here, or NULL. */
static const char *one_of(const struct parser *p, const char *const *ops)
{
    for (; *ops != NULL; ++ops) {
        if (expr_is_op(&p->t, *ops)) {
            return *ops;
        }
    }
    return NULL;
}

static int fail_expected(const struct parser *p, const char *expected)
{
    if (p->t.kind == EXPR_END) {
        return expr_fail(&p->t, p->t.start, "%s expected, but the expression ends", expected);
    }
    return expr_fail(&p->t, p->t.start, "%s expected, found '%.*s'", expected, (int)p->t.length,
                     p->t.text + p->t.start);
}

static void note_unknown(struct parser *p, const char *name, size_t at)
{
    const struct bench_scope *scope = p->scope;
    const char **known = bench_xcalloc(scope->count + 1, sizeof(*known));
    for (size_t i = 0; i < scope->count; ++i) {
        known[i] = scope->entries[i].name;
    }
    const char *near = bench_str_nearest(name, known, scope->count);
    bench_str_addf(&p->unknown, "%sunknown name '%s' at character %zu",
                   p->unknown.len > 0 ? "; " : "", name, at + 1);
    if (near != NULL) {
        bench_str_addf(&p->unknown, ", did you mean '%s'?", near);
    } else {
        bench_str_add(&p->unknown, " (known here:");
        for (size_t i = 0; i < scope->count; ++i) {
            bench_str_addf(&p->unknown, "%s %s", i > 0 ? "," : "", known[i]);
        }
        bench_str_add(&p->unknown, ")");
    }
    free(known);
}

static void use_name(struct parser *p, const char *name, size_t at)
{
    if (p->scope == NULL) {
        return;
    }
    for (size_t i = 0; i < p->scope->count; ++i) {
        if (strcmp(p->scope->entries[i].name, name) == 0) {
            if (p->use != NULL) {
                p->use->names[i] = true;
            }
            return;
        }
    }
    if (p->dialect == EXPR_POSSIBLE) {
        p->unbound += 1;
        return;
    }
    note_unknown(p, name, at);
}

static int fail_function(const struct parser *p, const char *name, size_t at)
{
    const char *names[EXPR_FUNCTION_COUNT];
    struct bench_str all;
    bench_str_init(&all);
    for (size_t i = 0; i < EXPR_FUNCTION_COUNT; ++i) {
        names[i] = expr_functions[i].name;
        bench_str_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *near = bench_str_nearest(name, names, EXPR_FUNCTION_COUNT);
    int rc;
    if (near != NULL) {
        rc = expr_fail(&p->t, at, "unknown function '%s', did you mean '%s'?", name, near);
    } else {
        rc = expr_fail(&p->t, at, "unknown function '%s'; there are %s", name, all.data);
    }
    bench_str_fini(&all);
    return rc;
}

static int check_arity(const struct parser *p, const struct expr_function *f, int count, size_t at)
{
    if (count >= f->min_args && (f->max_args < 0 || count <= f->max_args)) {
        return BENCH_OK;
    }
    return expr_fail(&p->t, at, "%s takes %s%d argument%s, found %d", f->name,
                     f->max_args < 0 ? "at least " : "", f->min_args, f->min_args == 1 ? "" : "s",
                     count);
}

/* The name is read; the token looked at is "(". */
static int parse_call(struct parser *p, const char *name, size_t at)
{
    size_t f = 0;
    while (f < EXPR_FUNCTION_COUNT && strcmp(expr_functions[f].name, name) != 0) {
        f += 1;
    }
    if (f == EXPR_FUNCTION_COUNT) {
        return fail_function(p, name, at);
    }
    if (p->use != NULL) {
        p->use->functions[f] = true;
    }
    if (p->dialect == EXPR_POSSIBLE && p->scope->ndim < 0 &&
        (strcmp(name, "size") == 0 || strcmp(name, "prod") == 0)) {
        p->unbound += 1; /* the shape is what has no value */
    }
    emit(p, name);
    emit(p, "(");
    int count = 0;
    int rc = expr_next(&p->t);
    if (rc == 0 && expr_is_op(&p->t, ")")) {
        return check_arity(p, &expr_functions[f], 0, at);
    }
    while (rc == 0) {
        bool is_bool;
        rc = parse_or(p, &is_bool);
        count += 1;
        if (rc != 0 || !expr_is_op(&p->t, ",")) {
            break;
        }
        emit(p, ", ");
        rc = expr_next(&p->t);
    }
    if (rc == 0 && !expr_is_op(&p->t, ")")) {
        return fail_expected(p, "',' or ')'");
    }
    emit(p, ")");
    rc = rc == 0 ? check_arity(p, &expr_functions[f], count, at) : rc;
    return rc == 0 ? expr_next(&p->t) : rc;
}

bool bench_expr_is_function(const char *name)
{
    for (size_t i = 0; i < EXPR_FUNCTION_COUNT; ++i) {
        if (strcmp(expr_functions[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int parse_name(struct parser *p)
{
    size_t at = p->t.start;
    char name[EXPR_MAX_LENGTH + 1];
    memcpy(name, p->t.text + at, p->t.length);
    name[p->t.length] = '\0';
    int rc = expr_next(&p->t);
    if (rc != 0) {
        return rc;
    }
    if (expr_is_op(&p->t, "(")) {
        return parse_call(p, name, at);
    }
    if (bench_expr_is_function(name)) {
        return expr_fail(&p->t, at, "'%s' is a function; its arguments stand in parentheses", name);
    }
    use_name(p, name, at);
    emit(p, name);
    return BENCH_OK;
}

static int parse_atom(struct parser *p, bool *is_bool)
{
    *is_bool = false;
    if (p->t.kind == EXPR_NUMBER) {
        if (p->out != NULL) {
            bench_str_addn(p->out, p->t.text + p->t.start, p->t.length);
        }
        return expr_next(&p->t);
    }
    if (p->t.kind == EXPR_NAME) {
        return parse_name(p);
    }
    if (!expr_is_op(&p->t, "(")) {
        return fail_expected(p, "a number, a name or '('");
    }
    emit(p, "(");
    int rc = expr_next(&p->t);
    rc = rc == 0 ? parse_or(p, is_bool) : rc;
    if (rc == 0 && !expr_is_op(&p->t, ")")) {
        return fail_expected(p, "')'");
    }
    emit(p, ")");
    return rc == 0 ? expr_next(&p->t) : rc;
}

static int parse_unary(struct parser *p, bool *is_bool)
{
    static const char *const signs[] = {"-", "+", NULL};
    const char *sign = one_of(p, signs);
    int rc = BENCH_OK;
    if (sign != NULL) {
        emit(p, sign);
        rc = expr_next(&p->t);
    }
    if (rc == 0) {
        rc = parse_atom(p, is_bool);
    }
    if (rc == 0 && expr_is_op(&p->t, "^")) {
        emit(p, p->dialect == EXPR_PYTHON ? " ** " : " ^ ");
        p->depth += 1;
        if (p->depth > MAX_DEPTH) {
            return expr_fail(&p->t, p->t.start, "nested more than %d levels deep", MAX_DEPTH);
        }
        rc = expr_next(&p->t);
        rc = rc == 0 ? parse_unary(p, is_bool) : rc;
        p->depth -= 1;
        *is_bool = false;
    }
    *is_bool = rc == 0 && *is_bool && sign == NULL;
    return rc;
}

/* operand (op operand)*, left to right */
static int parse_chain(struct parser *p, const char *const *ops,
                       int (*operand)(struct parser *, bool *), bool *is_bool)
{
    int rc = operand(p, is_bool);
    const char *op = NULL;
    while (rc == 0 && (op = one_of(p, ops)) != NULL) {
        emit(p, " ");
        emit(p, op);
        emit(p, " ");
        rc = expr_next(&p->t);
        rc = rc == 0 ? operand(p, is_bool) : rc;
        *is_bool = false;
    }
    return rc;
}

static int parse_term(struct parser *p, bool *is_bool)
{
    static const char *const ops[] = {"*", "/", "%", NULL};
    return parse_chain(p, ops, parse_unary, is_bool);
}

static int parse_sum(struct parser *p, bool *is_bool)
{
    static const char *const ops[] = {"+", "-", NULL};
    return parse_chain(p, ops, parse_term, is_bool);
}

static int parse_comparison(struct parser *p, bool *is_bool)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "==", "!=", NULL};
    const size_t from = mark(p), unbound = p->unbound;
    int rc = parse_sum(p, is_bool);
    const char *op = rc == 0 ? one_of(p, ops) : NULL;
    if (op != NULL) {
        emit(p, " ");
        emit(p, op);
        emit(p, " ");
        rc = expr_next(&p->t);
        rc = rc == 0 ? parse_sum(p, is_bool) : rc;
        if (rc == 0 && one_of(p, ops) != NULL) {
            return expr_fail(&p->t, p->t.start,
                             "comparisons cannot be chained; write 'a < b && b < c'");
        }
    }
    /* What needs a value that there is none of may be true. A truth value without a comparison
     * stands in parentheses, and was seen to within. */
    if (rc == 0 && p->unbound > unbound && (op != NULL || !*is_bool)) {
        rewrite(p, from, "1 != 0");
        *is_bool = true;
    }
    *is_bool = *is_bool || op != NULL;
    return rc;
}

/* Makes what was written since `from` a truth value. */
static void emit_truth(struct parser *p, size_t from, bool is_bool)
{
    if (p->out == NULL || is_bool) {
        return;
    }
    char *operand = bench_xstrdup(p->out->data + from);
    rewrite(p, from, "");
    bench_str_addf(p->out, "(%s) != 0", operand);
    free(operand);
}

static int parse_logic(struct parser *p, const char *op, const char *written,
                       int (*operand)(struct parser *, bool *), bool *is_bool)
{
    size_t from = mark(p);
    int rc = operand(p, is_bool);
    while (rc == 0 && expr_is_op(&p->t, op)) {
        emit_truth(p, from, *is_bool);
        emit(p, written);
        rc = expr_next(&p->t);
        from = mark(p);
        rc = rc == 0 ? operand(p, is_bool) : rc;
        if (rc == 0) {
            emit_truth(p, from, *is_bool);
            *is_bool = true;
        }
    }
    return rc;
}

static int parse_and(struct parser *p, bool *is_bool)
{
    return parse_logic(p, "&&", p->dialect == EXPR_PYTHON ? " and " : " && ", parse_comparison,
                       is_bool);
}

static int parse_or(struct parser *p, bool *is_bool)
{
    if (p->depth >= MAX_DEPTH) {
        return expr_fail(&p->t, p->t.start, "nested more than %d levels deep", MAX_DEPTH);
    }
    p->depth += 1;
    int rc = parse_logic(p, "||", p->dialect == EXPR_PYTHON ? " or " : " || ", parse_and, is_bool);
    p->depth -= 1;
    return rc;
}

int expr_parse(const char *expression, const struct bench_scope *scope, struct expr_use *use,
               enum expr_dialect dialect, struct bench_str *out, struct bench_err *err)
{
    if (strlen(expression) > EXPR_MAX_LENGTH) {
        return bench_err_set(err, BENCH_EINPUT,
                             "expression '%.60s…' has %zu characters; at most %d are allowed",
                             expression, strlen(expression), EXPR_MAX_LENGTH);
    }
    struct parser p = {.t = {.text = expression, .err = err},
                       .scope = scope,
                       .use = use,
                       .out = out,
                       .dialect = dialect};
    bench_str_init(&p.unknown);
    bool is_bool = false;
    int rc = expr_next(&p.t);
    rc = rc == 0 ? parse_or(&p, &is_bool) : rc;
    if (rc == 0 && p.t.kind != EXPR_END) {
        rc = fail_expected(&p, "an operator or the end");
    }
    if (rc == 0 && p.unknown.len > 0) {
        rc =
            bench_err_set(err, BENCH_EINPUT, "expression '%.200s': %s", expression, p.unknown.data);
    }
    bench_str_fini(&p.unknown);
    return rc;
}
