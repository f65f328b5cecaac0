#include "bench/provider/cuda/host_token.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void bench_lexer_init(struct bench_lexer *l, const char *text)
{
    *l = (struct bench_lexer){.at = text, .line_start = true, .file = "", .line = 1};
}

bool bench_token_is(const struct bench_token *t, const char *text)
{
    return strlen(text) == t->length && memcmp(t->text, text, t->length) == 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* # 12 "file" 1 3 : the flag 3 stands for a system header. */
static void read_marker(struct bench_lexer *l, const char *text, const char *end)
{
    const char *p = text + 1;
    p += strspn(p, " \t");
    if (strncmp(p, "line", 4) == 0)
        p += 4 + strspn(p + 4, " \t");
    if (!isdigit((unsigned char)*p)) {
        l->line++; /* a pragma */
        return;
    }
    char *rest;
    l->line = (int)strtol(p, &rest, 10);
    const char *open = memchr(rest, '"', (size_t)(end - rest));
    if (!open)
        return;
    const char *close = open + 1;
    while (close < end && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close >= end)
        return;
    l->file = open + 1;
    l->file_length = (size_t)(close - open - 1);
    bool system = false;
    for (const char *c = close + 1; c < end; c++)
        system |= *c == '3';
    l->foreign = system || *l->file == '<';
}

/* Past a literal that begins at p with its quote. */
static const char *skip_quoted(const char *p)
{
    char quote = *p++;
    while (*p && *p != quote && *p != '\n') {
        if (*p == '\\' && p[1])
            p++;
        p++;
    }
    return *p == quote ? p + 1 : p;
}

/* Past R"x( ... )x", p at the quote. */
static const char *skip_raw(const char *p)
{
    const char *open = strchr(p, '(');
    if (!open || open - p > 17) /* a delimiter has at most 16 characters */
        return skip_quoted(p);
    size_t n = (size_t)(open - p - 1);
    for (const char *close = strchr(open, ')'); close; close = strchr(close + 1, ')'))
        if (strncmp(close + 1, p + 1, n) == 0 && close[n + 1] == '"')
            return close + n + 2;
    return p + strlen(p);
}

static int newlines(const char *from, const char *to)
{
    int n = 0;
    while ((from = memchr(from, '\n', (size_t)(to - from)))) {
        n++;
        from++;
    }
    return n;
}

static const char *skip_number(const char *p)
{
    while (is_word(*p) || *p == '.' || (*p == '\'' && is_word(p[1])) ||
           ((*p == '+' || *p == '-') && strchr("eEpP", p[-1])))
        p++;
    return p;
}

struct bench_token bench_lexer_next(struct bench_lexer *l)
{
    const char *p = l->at;
    struct bench_token t = {BENCH_TOKEN_PUNCT, p, 1};
    if (*p == '\0') {
        t.kind = BENCH_TOKEN_END;
        t.length = 0;
        return t;
    }
    bool line_start = l->line_start;
    l->line_start = false;
    if (line_start && *p == '#') {
        const char *end = p + strcspn(p, "\n");
        end += *end == '\n';
        t.kind = BENCH_TOKEN_MARKER;
        t.length = (size_t)(end - p);
        read_marker(l, p, end);
        l->line_start = true;
        l->at = end;
        return t;
    }
    const char *end = p + 1;
    if (isspace((unsigned char)*p)) {
        t.kind = BENCH_TOKEN_SPACE;
        /* One line at a time: a marker may begin the next one. */
        end = p + strspn(p, " \t\r\f\v");
        if (*end == '\n') {
            end++;
            l->line_start = true;
        } else {
            l->line_start = line_start;
        }
    } else if (isdigit((unsigned char)*p)) {
        t.kind = BENCH_TOKEN_WORD;
        end = skip_number(p);
    } else if (is_word(*p)) {
        t.kind = BENCH_TOKEN_WORD;
        while (is_word(*end))
            end++;
        if (*end == '"' && end[-1] == 'R' && end - p <= 3) {
            t.kind = BENCH_TOKEN_LITERAL;
            end = skip_raw(end);
        }
    } else if (*p == '"' || *p == '\'') {
        t.kind = BENCH_TOKEN_LITERAL;
        end = skip_quoted(p);
    } else if (strncmp(p, "<<<", 3) == 0) {
        end = p + 3;
    }
    t.length = (size_t)(end - p);
    l->line += newlines(p, end);
    l->at = end;
    return t;
}
