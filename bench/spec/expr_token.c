/* The tokens of expressions, and advice on what people try that is not part of the language. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "bench/spec/expr_impl.h"

int expr_fail(const struct expr_token *t, size_t at, const char *format, ...)
{
    struct bench_str what;
    bench_str_init(&what);
    va_list args;
    va_start(args, format);
    bench_str_addv(&what, format, args);
    va_end(args);
    int rc = bench_err_set(t->err, BENCH_EINPUT, "expression '%.200s%s': character %zu: %s",
                           t->text, strlen(t->text) > 200 ? "…" : "", at + 1, what.data);
    bench_str_fini(&what);
    return rc;
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

static int scan_number(struct expr_token *t, const char *s)
{
    t->kind = EXPR_NUMBER;
    t->length = number_length(s);
    if (name_char(s[t->length]) || s[t->length] == '.') {
        return expr_fail(t, t->start, "'%.*s' is no number", (int)t->length + 1, s);
    }
    if (s[0] == '0' && isdigit((unsigned char)s[1])) {
        return expr_fail(t, t->start,
                         "a number does not begin with 0 (octal numbers do not exist here)");
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

static int scan_operator(struct expr_token *t, const char *s)
{
    static const char *const operators[] = {"&&", "||", "<=", ">=", "==", "!=", "**", "//",
                                            "<<", ">>", "<",  ">",  "+",  "-",  "*",  "/",
                                            "%",  "^",  "(",  ")",  ",",  NULL};
    t->kind = EXPR_OPERATOR;
    for (size_t i = 0; operators[i] != NULL; ++i) {
        t->length = strlen(operators[i]);
        if (strncmp(s, operators[i], t->length) != 0) {
            continue;
        }
        if (strcmp(operators[i], "**") == 0) {
            return expr_fail(t, t->start, "'**' is not part of the language; power is '^'");
        }
        if (strcmp(operators[i], "//") == 0) {
            return expr_fail(t, t->start, "'//' is not part of the language; write floordiv(a, b)");
        }
        if (operators[i][0] == operators[i][1] && strchr("<>", operators[i][0]) != NULL) {
            return expr_fail(t, t->start, "shifts are not part of the language; multiply by 2^n");
        }
        return BENCH_OK;
    }
    const char *text = advice(s);
    if (text != NULL) {
        return expr_fail(t, t->start, "%s", text);
    }
    if (isprint((unsigned char)*s)) {
        return expr_fail(t, t->start, "'%c' is not part of the language", *s);
    }
    return expr_fail(t, t->start, "byte 0x%02x is not part of the language", (unsigned char)*s);
}

int expr_next(struct expr_token *t)
{
    t->start += t->length;
    t->start += strspn(t->text + t->start, " \t\r\n");
    const char *s = t->text + t->start;
    t->length = 0;
    if (*s == '\0') {
        t->kind = EXPR_END;
        return BENCH_OK;
    }
    if (isdigit((unsigned char)*s) || (*s == '.' && isdigit((unsigned char)s[1]))) {
        return scan_number(t, s);
    }
    if (name_char(*s)) {
        t->kind = EXPR_NAME;
        while (name_char(s[t->length])) {
            t->length += 1;
        }
        return BENCH_OK;
    }
    return scan_operator(t, s);
}

bool expr_is_op(const struct expr_token *t, const char *op)
{
    return t->kind == EXPR_OPERATOR && strlen(op) == t->length &&
           strncmp(t->text + t->start, op, t->length) == 0;
}
