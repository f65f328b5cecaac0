#include "importer/python_text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

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
/* Lines longer than that are broken here. */
#define BREAK_COLUMNS 100
/* But not before that, if it can be helped. */
#define BREAK_EARLY 40

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

/* Where in Python's syntax a place of a text is. */
struct place {
    int depth;  /* of brackets */
    char quote; /* of the string that it is in; 0 outside */
    bool triple;
};

/* Moves on by one character, or by a whole bracket of quotes; returns by how many. */
static size_t step(struct place *p, const char *at)
{
    bool three = (*at == '"' || *at == '\'') && at[1] == *at && at[2] == *at;
    if (p->quote != 0) {
        if (*at == '\\' && at[1] != '\0') {
            return 2;
        }
        if (*at == p->quote && (!p->triple || three)) {
            p->quote = 0;
            return p->triple ? 3 : 1;
        }
        return 1;
    }
    if (*at == '"' || *at == '\'') {
        p->quote = *at;
        p->triple = three;
        return three ? 3 : 1;
    }
    p->depth += strchr("([{", *at) != NULL ? 1 : strchr(")]}", *at) != NULL ? -1 : 0;
    return 1;
}

/* How good a place within brackets is for a line to end before it: 0 is not at all. */
static int break_quality(const char *at)
{
    static const char *const words[] = {" and ", " or ", " if ", " else ", " for "};
    if (at[-1] == '(') {
        return 1;
    }
    if (*at != ' ') {
        return 0;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (bench_str_starts(at, words[i])) {
            return 3;
        }
    }
    return at[-1] == ',' ? 3 : 2;
}

/* The best place to break a line of code: not too early, between large parts rather than within
 * them, and as late as can be. 0 if there is none. */
static size_t find_break(const char *line, size_t length, struct place p)
{
    size_t best = 0;
    int best_quality = 0;
    int best_depth = 0;
    size_t indent = strspn(line, " ");
    for (size_t i = 0; i < length && i <= BREAK_COLUMNS;) {
        if (p.quote == 0 && line[i] == '#') {
            break;
        }
        int quality = p.quote == 0 && p.depth > 0 && i > indent ? break_quality(line + i) : 0;
        quality = quality > 1 && i < BREAK_EARLY ? 1 : quality;
        bool better = quality > best_quality || (quality == best_quality && p.depth <= best_depth);
        if (quality > 0 && better) {
            best = i;
            best_quality = quality;
            best_depth = p.depth;
        }
        i += step(&p, line + i);
    }
    return best;
}

static void pass(struct place *p, const char *line, size_t length)
{
    for (size_t i = 0; i < length && (p->quote != 0 || line[i] != '#');) {
        i += step(p, line + i);
    }
    if (p->quote != 0 && !p->triple) {
        p->quote = 0;
    }
}

void bench_python_add_fitted(struct bench_str *out, const char *source)
{
    struct place place = {.depth = 0};
    while (*source != '\0') {
        size_t length = strcspn(source, "\n");
        int indent = (int)strspn(source, " ") + 8;
        char *line = bench_xprintf("%.*s", (int)length, source);
        size_t at = 0;
        while (strlen(line) > LINT_COLUMNS && (at = find_break(line, strlen(line), place)) > 0) {
            pass(&place, line, at);
            char *rest = bench_xprintf("%*s%s", indent, "", line + at + strspn(line + at, " "));
            bench_str_addf(out, "%.*s\n", (int)at, line);
            free(line);
            line = rest;
        }
        bool too_long = strlen(line) > LINT_COLUMNS && place.quote == 0;
        pass(&place, line, strlen(line));
        bench_str_addf(out, "%s%s", line, too_long && place.quote == 0 ? "  # noqa: E501" : "");
        free(line);
        source += length;
        if (*source == '\n') {
            bench_str_addc(out, *source++);
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
