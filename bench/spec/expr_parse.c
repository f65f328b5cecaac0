/*
 * The parser of expressions: checks syntax, names and numbers of arguments, and writes Python.
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
 * These are muparser's precedences and Python's, except that Python chains comparisons
 * (a < b < c), which the language therefore does not have, and that Python's `and` and `or` give
 * one of their operands, which is why an operand that is no comparison is compared with 0.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/expr_impl.h"
#include "bench/util/mem.h"

#define MAX_LENGTH 4096
#define MAX_DEPTH 64

enum token_kind { TOKEN_END, TOKEN_NUMBER, TOKEN_NAME, TOKEN_OPERATOR };

struct parser {
    const char *text;
    const struct bench_scope *scope;
    struct expr_use *use;
    struct bench_str *python;
    struct bench_str unknown; /* what is to be said about unknown names */
    struct bench_err *err;
    int depth;
    enum token_kind kind; /* the token looked at */
    size_t start, length;
};

static int parse_or(struct parser *p, bool *is_bool);

static int fail(const struct parser *p, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(const struct parser *p, size_t at, const char *format, ...)
{
    struct bench_str what;
    bench_str_init(&what);
    va_list args;
    va_start(args, format);
    bench_str_addv(&what, format, args);
    va_end(args);
    int rc = bench_err_set(p->err, BENCH_EINPUT, "expression '%.200s%s': character %zu: %s",
                           p->text, strlen(p->text) > 200 ? "…" : "", at + 1, what.data);
    bench_str_fini(&what);
    return rc;
}

static void emit(struct parser *p, const char *text)
{
    if (p->python != NULL) {
        bench_str_add(p->python, text);
    }
}

static size_t mark(const struct parser *p)
{
    return p->python != NULL ? p->python->len : 0;
}

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* [digits][.digits][e[+-]digits] */
static size_t number_length(const char *s)
{
    size_t n = strspn(s, "0123456789");
    if (s[n] == '.') {
        n += 1 + strspn(s + n + 1, "0123456789");
    }
    if (s[n] == 'e' || s[n] == 'E') {
        size_t sign = s[n + 1] == '+' || s[n + 1] == '-' ? 1 : 0;
        size_t digits = strspn(s + n + 1 + sign, "0123456789");
        n += digits > 0 ? 1 + sign + digits : 0;
    }
    return n;
}

static int scan_number(struct parser *p, const char *s)
{
    p->kind = TOKEN_NUMBER;
    p->length = number_length(s);
    if (name_char(s[p->length]) || s[p->length] == '.') {
        return fail(p, p->start, "'%.*s' is no number", (int)p->length + 1, s);
    }
    if (s[0] == '0' && isdigit((unsigned char)s[1])) {
        return fail(p, p->start, "a number does not begin with 0 (octal numbers do not exist here)");
    }
    return BENCH_OK;
}

/* What people may try, and what to write instead. */
static const char *advice(const char *s)
{
    switch (*s) {
    case '?':
    case ':':
        return "'?:' is not part of the language; write select(condition, a, b)";
    case '=':
        return "assignment is not part of the language; to compare write '=='";
    case '!':
        return "'!' is not part of the language; write 'a == 0'";
    case '"':
    case '\'':
        return "strings are not part of the language; the names of an enum's values are numbers "
               "(other == row)";
    case '&':
        return "'&' is not part of the language; 'and' is '&&'";
    case '|':
        return "'|' is not part of the language; 'or' is '||'";
    default:
        return NULL;
    }
}

static int scan_operator(struct parser *p, const char *s)
{
    static const char *const operators[] = {"&&", "||", "<=", ">=", "==", "!=", "**", "//", "<<",
                                            ">>", "<",  ">",  "+",  "-",  "*",  "/",  "%",  "^",
                                            "(",  ")",  ",",  NULL};
    p->kind = TOKEN_OPERATOR;
    for (size_t i = 0; operators[i] != NULL; ++i) {
        p->length = strlen(operators[i]);
        if (strncmp(s, operators[i], p->length) != 0) {
            continue;
        }
        if (strcmp(operators[i], "**") == 0) {
            return fail(p, p->start, "'**' is not part of the language; power is '^'");
        }
        if (strcmp(operators[i], "//") == 0) {
            return fail(p, p->start, "'//' is not part of the language; write floordiv(a, b)");
        }
        if (operators[i][0] == operators[i][1] && strchr("<>", operators[i][0]) != NULL) {
            return fail(p, p->start, "shifts are not part of the language; multiply by 2^n");
        }
        return BENCH_OK;
    }
    const char *text = advice(s);
    if (text != NULL) {
        return fail(p, p->start, "%s", text);
    }
    if (isprint((unsigned char)*s)) {
        return fail(p, p->start, "'%c' is not part of the language", *s);
    }
    return fail(p, p->start, "byte 0x%02x is not part of the language", (unsigned char)*s);
}

static int advance(struct parser *p)
{
    p->start += p->length;
    p->start += strspn(p->text + p->start, " \t\r\n");
    const char *s = p->text + p->start;
    p->length = 0;
    if (*s == '\0') {
        p->kind = TOKEN_END;
        return BENCH_OK;
    }
    if (isdigit((unsigned char)*s) || (*s == '.' && isdigit((unsigned char)s[1]))) {
        return scan_number(p, s);
    }
    if (name_char(*s)) {
        p->kind = TOKEN_NAME;
        while (name_char(s[p->length])) {
            p->length += 1;
        }
        return BENCH_OK;
    }
    return scan_operator(p, s);
}

static bool is_op(const struct parser *p, const char *op)
{
    return p->kind == TOKEN_OPERATOR && strlen(op) == p->length &&
           strncmp(p->text + p->start, op, p->length) == 0;
}

/* The first of the NULL-terminated `ops` that stands here, or NULL. */
static const char *one_of(const struct parser *p, const char *const *ops)
{
    for (; *ops != NULL; ++ops) {
        if (is_op(p, *ops)) {
            return *ops;
        }
    }
    return NULL;
}

static int fail_expected(const struct parser *p, const char *expected)
{
    if (p->kind == TOKEN_END) {
        return fail(p, p->start, "%s expected, but the expression ends", expected);
    }
    return fail(p, p->start, "%s expected, found '%.*s'", expected, (int)p->length,
                p->text + p->start);
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
        rc = fail(p, at, "unknown function '%s', did you mean '%s'?", name, near);
    } else {
        rc = fail(p, at, "unknown function '%s'; there are %s", name, all.data);
    }
    bench_str_fini(&all);
    return rc;
}

static int check_arity(const struct parser *p, const struct expr_function *f, int count, size_t at)
{
    if (count >= f->min_args && (f->max_args < 0 || count <= f->max_args)) {
        return BENCH_OK;
    }
    return fail(p, at, "%s takes %s%d argument%s, found %d", f->name,
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
    emit(p, name);
    emit(p, "(");
    int count = 0;
    int rc = advance(p);
    if (rc == 0 && is_op(p, ")")) {
        return check_arity(p, &expr_functions[f], 0, at);
    }
    while (rc == 0) {
        bool is_bool;
        rc = parse_or(p, &is_bool);
        count += 1;
        if (rc != 0 || !is_op(p, ",")) {
            break;
        }
        emit(p, ", ");
        rc = advance(p);
    }
    if (rc == 0 && !is_op(p, ")")) {
        return fail_expected(p, "',' or ')'");
    }
    emit(p, ")");
    rc = rc == 0 ? check_arity(p, &expr_functions[f], count, at) : rc;
    return rc == 0 ? advance(p) : rc;
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
    size_t at = p->start;
    char name[MAX_LENGTH + 1];
    memcpy(name, p->text + at, p->length);
    name[p->length] = '\0';
    int rc = advance(p);
    if (rc != 0) {
        return rc;
    }
    if (is_op(p, "(")) {
        return parse_call(p, name, at);
    }
    if (bench_expr_is_function(name)) {
        return fail(p, at, "'%s' is a function; its arguments stand in parentheses", name);
    }
    use_name(p, name, at);
    emit(p, name);
    return BENCH_OK;
}

static int parse_atom(struct parser *p, bool *is_bool)
{
    *is_bool = false;
    if (p->kind == TOKEN_NUMBER) {
        if (p->python != NULL) {
            bench_str_addn(p->python, p->text + p->start, p->length);
        }
        return advance(p);
    }
    if (p->kind == TOKEN_NAME) {
        return parse_name(p);
    }
    if (!is_op(p, "(")) {
        return fail_expected(p, "a number, a name or '('");
    }
    emit(p, "(");
    int rc = advance(p);
    rc = rc == 0 ? parse_or(p, is_bool) : rc;
    if (rc == 0 && !is_op(p, ")")) {
        return fail_expected(p, "')'");
    }
    emit(p, ")");
    return rc == 0 ? advance(p) : rc;
}

static int parse_unary(struct parser *p, bool *is_bool)
{
    static const char *const signs[] = {"-", "+", NULL};
    const char *sign = one_of(p, signs);
    int rc = BENCH_OK;
    if (sign != NULL) {
        emit(p, sign);
        rc = advance(p);
    }
    if (rc == 0) {
        rc = parse_atom(p, is_bool);
    }
    if (rc == 0 && is_op(p, "^")) {
        emit(p, " ** ");
        p->depth += 1;
        if (p->depth > MAX_DEPTH) {
            return fail(p, p->start, "nested more than %d levels deep", MAX_DEPTH);
        }
        rc = advance(p);
        rc = rc == 0 ? parse_unary(p, is_bool) : rc;
        p->depth -= 1;
        *is_bool = false;
    }
    *is_bool = *is_bool && sign == NULL;
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
        rc = advance(p);
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
    int rc = parse_sum(p, is_bool);
    const char *op = rc == 0 ? one_of(p, ops) : NULL;
    if (op == NULL) {
        return rc;
    }
    emit(p, " ");
    emit(p, op);
    emit(p, " ");
    rc = advance(p);
    rc = rc == 0 ? parse_sum(p, is_bool) : rc;
    if (rc == 0 && one_of(p, ops) != NULL) {
        return fail(p, p->start, "comparisons cannot be chained; write 'a < b && b < c'");
    }
    *is_bool = true;
    return rc;
}

/* In Python, makes what was written since `from` a truth value. */
static void emit_truth(struct parser *p, size_t from, bool is_bool)
{
    if (p->python == NULL || is_bool) {
        return;
    }
    char *operand = bench_xstrdup(p->python->data + from);
    p->python->len = from;
    p->python->data[from] = '\0';
    bench_str_addf(p->python, "(%s) != 0", operand);
    free(operand);
}

static int parse_logic(struct parser *p, const char *op, const char *python,
                       int (*operand)(struct parser *, bool *), bool *is_bool)
{
    size_t from = mark(p);
    int rc = operand(p, is_bool);
    while (rc == 0 && is_op(p, op)) {
        emit_truth(p, from, *is_bool);
        emit(p, python);
        rc = advance(p);
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
    return parse_logic(p, "&&", " and ", parse_comparison, is_bool);
}

static int parse_or(struct parser *p, bool *is_bool)
{
    if (p->depth >= MAX_DEPTH) {
        return fail(p, p->start, "nested more than %d levels deep", MAX_DEPTH);
    }
    p->depth += 1;
    int rc = parse_logic(p, "||", " or ", parse_and, is_bool);
    p->depth -= 1;
    return rc;
}

int expr_parse(const char *expression, const struct bench_scope *scope, struct expr_use *use,
               struct bench_str *python, struct bench_err *err)
{
    if (strlen(expression) > MAX_LENGTH) {
        return bench_err_set(err, BENCH_EINPUT,
                             "expression '%.60s…' has %zu characters; at most %d are allowed",
                             expression, strlen(expression), MAX_LENGTH);
    }
    struct parser p = {
        .text = expression, .scope = scope, .use = use, .python = python, .err = err};
    bench_str_init(&p.unknown);
    bool is_bool = false;
    int rc = advance(&p);
    rc = rc == 0 ? parse_or(&p, &is_bool) : rc;
    if (rc == 0 && p.kind != TOKEN_END) {
        rc = fail_expected(&p, "an operator or the end");
    }
    if (rc == 0 && p.unknown.len > 0) {
        rc = bench_err_set(err, BENCH_EINPUT, "expression '%.200s': %s", expression,
                           p.unknown.data);
    }
    bench_str_fini(&p.unknown);
    return rc;
}
