#include "importer/python_text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bench_python_is_keyword(const char *text)
{
    /* keyword.kwlist of Python 3.14 (the same since 3.7). */
    static const char *const keywords[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
    for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
        if (strcmp(text, keywords[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool bench_python_is_name(const char *text)
{
    if (text[0] == '\0' || isdigit((unsigned char)text[0])) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80 || !word_char(*c)) {
            return false;
        }
    }
    return !bench_python_is_keyword(text);
}

void bench_python_add_string(struct bench_str *out, const char *text)
{
    bench_str_addc(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            bench_str_addf(out, "\\%c", *c);
        } else if (*c == '\n') {
            bench_str_add(out, "\\n");
        } else if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            bench_str_addf(out, "\\x%02x", (unsigned)(unsigned char)*c);
        } else {
            bench_str_addc(out, *c);
        }
    }
    bench_str_addc(out, '"');
}

void bench_python_add_block(struct bench_str *out, const char *text)
{
    size_t length = strlen(text);
    char last = length > 0 ? text[length - 1] : '\0';
    bool plain = strchr(text, '\r') == NULL && last != '\\';
    if (plain && last != '"' && strstr(text, "\"\"\"") == NULL) {
        bench_str_addf(out, "r\"\"\"%s\"\"\"", text);
    } else if (plain && last != '\'' && strstr(text, "'''") == NULL) {
        bench_str_addf(out, "r'''%s'''", text);
    } else {
        bench_python_add_string(out, text);
    }
}

void bench_python_add_number(struct bench_str *out, double value)
{
    if (rint(value) == value && fabs(value) < 1e15) {
        bench_str_addf(out, "%.0f", value);
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    bench_str_add(out, text);
}

void bench_python_add_docstring(struct bench_str *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool ends = *c == '"' && (strncmp(c, "\"\"\"", 3) == 0 || c[1] == '\0');
        if (*c == '\\' || ends) {
            bench_str_addc(out, '\\');
        }
        bench_str_addc(out, *c);
    }
}

#define WRAP_COLUMNS 88
#define LINT_COLUMNS 120

void bench_python_add_wrapped(struct bench_str *out, const char *text, int indent)
{
    struct bench_str wrapped;
    size_t column = (size_t)indent + 3; /* the opening quotes */
    bench_str_init(&wrapped);
    for (const char *at = text; *at != '\0';) {
        size_t blank = strspn(at, " ");
        size_t word = strcspn(at + blank, " ");
        if (column > (size_t)indent && column + blank + word > WRAP_COLUMNS) {
            bench_str_addf(&wrapped, "\n%*s", indent, "");
            column = (size_t)indent;
            at += blank;
            blank = 0;
        }
        bench_str_addn(&wrapped, at, blank + word);
        column += blank + word;
        at += blank + word;
    }
    bench_python_add_docstring(out, wrapped.data);
    bench_str_fini(&wrapped);
}

void bench_python_add_marked(struct bench_str *out, const char *source)
{
    for (const char *line = source; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bench_str_addn(out, line, length);
        if (length > LINT_COLUMNS) {
            bench_str_add(out, "  # noqa: E501");
        }
        line += length;
        if (*line == '\n') {
            bench_str_addc(out, *line++);
        }
    }
}

bool bench_python_uses(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
        bool begins = at == text || (!word_char(at[-1]) && at[-1] != '.');
        if (begins && !word_char(at[length])) {
            return true;
        }
    }
    return false;
}
