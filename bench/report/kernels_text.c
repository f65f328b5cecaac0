/* Texts of descriptions and runs within Markdown. */
#include <ctype.h>
#include <string.h>

#include "bench/report/kernels_impl.h"

/* A backslash before it is enough for signs that Markdown would act on here; the others stay, for a
 * page is read as text as well. */
static bool needs_backslash(const char *text, const char *p)
{
    const char before = p > text ? p[-1] : ' ';
    switch (*p) {
    case '\\':
    case '`':
    case '|':
        return true;
    case '*':
    case '~':
        return before != ' ' || (p[1] != ' ' && p[1] != '\0');
    case '_':
        return !(isalnum((unsigned char)before) && isalnum((unsigned char)p[1]));
    case '(':
        return before == ']';
    default:
        return false;
    }
}

static bool needs_entity(const char *p)
{
    const unsigned char next = (unsigned char)p[1];
    return *p == '$' || (*p == '<' && (isalpha(next) || strchr("/!?", next) != NULL)) ||
           (*p == '&' && (isalnum(next) || next == '#'));
}

/* Between two backticks it is code, as descriptions mean it. Returns what follows; NULL: none. */
static const char *add_code_span(struct bench_str *out, const char *p)
{
    const char *end = strchr(p + 1, '`');
    if (end == NULL || end == p + 1)
        return NULL;
    struct bench_str code;
    bench_str_init(&code);
    bench_str_addn(&code, p + 1, (size_t)(end - p - 1));
    kernels_add_code(out, code.data);
    bench_str_fini(&code);
    return end + 1;
}

void kernels_add_text(struct bench_str *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        const char *rest = *p == '`' ? add_code_span(out, p) : NULL;
        if (rest != NULL)
            p = rest - 1;
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            bench_str_addc(out, ' ');
        else if (needs_entity(p))
            bench_str_addf(out, "&#%d;", *p);
        else if ((*p == '@' || *p == '#') && isalnum((unsigned char)p[1]))
            bench_str_addf(out, "%c<!-- -->", *p);
        else
            bench_str_addf(out, "%s%c", needs_backslash(text, p) ? "\\" : "", *p);
    }
}

/* In a table GitHub takes the backslash before a bar away, also within code. */
void kernels_add_code(struct bench_str *out, const char *text)
{
    bench_str_addc(out, '`');
    for (const char *p = text; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            bench_str_addc(out, ' ');
        else if (*p == '|')
            bench_str_add(out, "\\|");
        else
            bench_str_addc(out, *p == '`' ? '\'' : *p);
    }
    bench_str_addc(out, '`');
}

void kernels_add_first_clause(struct bench_str *out, const char *text)
{
    struct bench_str clause;
    const char *p = text;
    while (*p && !(strchr(":;.", *p) && (p[1] == ' ' || p[1] == '\0')))
        p++;
    bench_str_init(&clause);
    bench_str_addn(&clause, text, (size_t)(p - text));
    kernels_add_text(out, clause.data);
    bench_str_fini(&clause);
}

void kernels_add_percent(struct bench_str *out, double share)
{
    bench_str_addf(out, "%.*f %%", share < 0.0995 ? 1 : 0, 100 * share);
}
