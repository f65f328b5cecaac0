#include "bench/util/markdown.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PARTED "<!-- -->"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Whether what comes next would make a link or a call of what ends with *p. */
static bool must_part(const char *text, const char *p)
{
    switch (*p) {
    case '@':
    case '#':
        return isalnum((unsigned char)p[1]);
    case ':': /* https://github.com/owner/name/pull/1 is as good as owner/name#1 */
        return p[1] == '/' && p[2] == '/';
    case '-':
        return p - text >= 2 && strncasecmp(p - 2, "gh", 2) == 0 && isdigit((unsigned char)p[1]);
    case '.':
        return p - text >= 3 && strncasecmp(p - 3, "www", 3) == 0;
    default:
        return false;
    }
}

/* An underscore within a word is one to all of them. */
static bool is_within_word(const char *text, const char *p)
{
    return p > text && isalnum((unsigned char)p[-1]) && isalnum((unsigned char)p[1]);
}

void bench_markdown_add(struct bench_str *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (is_control(*p))
            bench_str_addc(out, ' ');
        else if (strchr("<>&\\`*|~$", *p) != NULL || (*p == '_' && !is_within_word(text, p)) ||
                 (*p == '(' && p > text && p[-1] == ']'))
            bench_str_addf(out, "&#%d;", *p);
        else
            bench_str_addc(out, *p);
        if (must_part(text, p))
            bench_str_add(out, PARTED);
    }
}

void bench_markdown_add_code(struct bench_str *out, const char *text)
{
    bench_str_addc(out, '`');
    for (const char *p = text; *p; p++)
        bench_str_addc(out, is_control(*p) || *p == '`' || *p == '|' ? ' ' : *p);
    bench_str_addc(out, '`');
}
