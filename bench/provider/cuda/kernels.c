/* Finds the kernels that a source text defines. A scan, good enough to tell a user what there is
 * after the compiler said that what was asked for is not. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/compile_impl.h"
#include "bench/util/mem.h"

static void blank(char *from, char *to)
{
    for (; from < to; from++)
        if (*from != '\n')
            *from = ' ';
}

/* End of the comment or literal that begins at s; s itself if none does. */
static char *skip_opaque(char *s)
{
    if (s[0] == '/' && s[1] == '/')
        return s + strcspn(s, "\n");
    if (s[0] == '/' && s[1] == '*') {
        char *end = strstr(s + 2, "*/");
        return end ? end + 2 : s + strlen(s);
    }
    if (s[0] != '"')
        return s;
    char *end = s + 1;
    while (*end && *end != '"' && *end != '\n')
        end += end[0] == '\\' && end[1] ? 2 : 1;
    return *end ? end + 1 : end;
}

/* A copy with comments and string literals turned into spaces. */
static char *code_only(const char *text)
{
    char *code = bench_xstrdup(text);
    for (char *s = code; *s;) {
        char *end = skip_opaque(s);
        if (end == s)
            end = s + 1;
        else
            blank(s, end);
        s = end;
    }
    return code;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_space(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

/* Past the parenthesis that closes the one at s. */
static const char *skip_parens(const char *s)
{
    int depth = 0;
    for (; *s; s++) {
        depth += (*s == '(') - (*s == ')');
        if (depth == 0)
            return s + 1;
    }
    return s;
}

static bool is_attribute(const char *word, size_t n)
{
    static const char *const names[] = {"__launch_bounds__", "__attribute__",  "__cluster_dims__",
                                        "__maxnreg__",       "__block_size__", "alignas",
                                        "__declspec"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == n && strncmp(names[i], word, n) == 0)
            return true;
    return false;
}

/* The name before the parameter list, for a declaration that goes on at s; NULL if none is seen
 * before the declaration ends. */
static const char *kernel_name(const char *s, size_t *length)
{
    while (*s && *s != ';' && *s != '{' && *s != '}') {
        if (!is_word(*s)) {
            s++;
            continue;
        }
        const char *word = s;
        while (is_word(*s))
            s++;
        size_t n = (size_t)(s - word);
        const char *after = skip_space(s);
        if (*after != '(')
            continue;
        if (is_attribute(word, n)) {
            s = skip_parens(after);
            continue;
        }
        *length = n;
        return word;
    }
    return NULL;
}

/* True if what stands before `at`, but for words such as "static", ends a template<...>. */
static bool is_template(const char *code, const char *at)
{
    while (at > code && (isspace((unsigned char)at[-1]) || is_word(at[-1])))
        at--;
    return at > code && at[-1] == '>';
}

static void add_name(struct bench_str *names, const char *name)
{
    size_t n = strlen(name);
    for (const char *s = strstr(names->data, name); s; s = strstr(s + 1, name)) {
        bool starts = s == names->data || s[-1] == ' ';
        if (starts && (s[n] == '\0' || s[n] == ','))
            return;
    }
    bench_str_addf(names, "%s%s", names->len ? ", " : "", name);
}

void bench_source_kernels(const char *text, struct bench_str *names)
{
    static const char marker[] = "__global__";
    char *code = code_only(text);
    for (const char *s = strstr(code, marker); s; s = strstr(s, marker)) {
        const char *at = s;
        size_t n = 0;
        s += sizeof marker - 1;
        bool whole = !is_word(*s) && (at == code || !is_word(at[-1]));
        const char *word = whole ? kernel_name(s, &n) : NULL;
        if (!word)
            continue;
        char *name = bench_xprintf("%.*s%s", (int)n, word, is_template(code, at) ? "<...>" : "");
        add_name(names, name);
        free(name);
    }
    free(code);
}
