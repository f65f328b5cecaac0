#include "importer/source_inline.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

#define MAX_FILES 64
#define MAX_DEPTH 32
#define MAX_FILE_BYTES ((size_t)4 << 20)
/* Defined where the cpu device compiles kernels, which an export is not for. */
#define CPU_MACRO "BENCH_CPU"

struct seen {
    char *real; /* path */
    bool open;
    bool certain; /* its text is there under no condition, so that it need not be there again */
};

struct inliner {
    struct bench_str *out;
    struct bench_err *err;
    struct seen seen[MAX_FILES];
    size_t seen_count;
};

/* What lies between #if, #ifdef or #ifndef and #endif. */
struct condition {
    enum { ORDINARY, GUARD, CPU } kind;
    bool dropped;      /* CPU: this side of it */
    const char *guard; /* ORDINARY: of #ifndef, the macro, until another directive follows */
};

struct text {
    const char *path;
    int line;
    bool certain; /* nothing that includes it stands under a condition */
    bool in_comment;
    struct condition conditions[MAX_DEPTH];
    size_t depth;
};

static int inline_file(struct inliner *in, const char *path, const struct text *from);

/* Follows block comments over lines, so that an #include in one is left alone. */
static bool in_comment_after(const char *line, size_t length, bool inside)
{
    for (size_t i = 0; i < length; i++) {
        bool pair = i + 1 < length;
        if (inside && pair && line[i] == '*' && line[i + 1] == '/') {
            inside = false;
            i++;
        } else if (!inside && pair && line[i] == '/' && line[i + 1] == '/') {
            return false;
        } else if (!inside && pair && line[i] == '/' && line[i + 1] == '*') {
            inside = true;
            i++;
        }
    }
    return inside;
}

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The text after "# <word>" if the line is that directive, else NULL. */
static const char *directive(const char *line, const char *end, const char *word)
{
    line += strspn(line, " \t");
    if (line >= end || *line != '#') {
        return NULL;
    }
    line += 1 + strspn(line + 1, " \t");
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0 || in_name(line[length])) {
        return NULL;
    }
    return line + length + strspn(line + length, " \t");
}

static bool same_name(const char *a, const char *b)
{
    while (in_name(*a) && *a == *b) {
        a++;
        b++;
    }
    return !in_name(*a) && !in_name(*b);
}

static int refuse(const struct inliner *in, const struct text *t, const char *what)
{
    return bench_err_set(in->err, BENCH_EUNSUPPORTED, "%s:%d: %s", t->path, t->line, what);
}

static int push(struct inliner *in, struct text *t, const char *line, const char *end)
{
    const char *defined = directive(line, end, "ifdef");
    const char *undefined = directive(line, end, "ifndef");
    if (t->depth == MAX_DEPTH) {
        return refuse(in, t, "conditions are nested too deep to be exported");
    }
    if (t->depth > 0) {
        t->conditions[t->depth - 1].guard = NULL;
    }
    struct condition *c = &t->conditions[t->depth++];
    *c = (struct condition){.kind = ORDINARY, .guard = undefined};
    const char *name = defined != NULL ? defined : undefined;
    if (name != NULL && same_name(name, CPU_MACRO)) {
        *c = (struct condition){.kind = CPU, .dropped = defined != NULL};
    }
    return BENCH_OK;
}

/* Takes in a directive other than #include. *write: it is to stay in the text. */
static int follow_condition(struct inliner *in, struct text *t, const char *line, const char *end,
                            bool *write)
{
    if (directive(line, end, "if") != NULL || directive(line, end, "ifdef") != NULL ||
        directive(line, end, "ifndef") != NULL) {
        int rc = push(in, t, line, end);
        *write = rc == 0 && t->conditions[t->depth - 1].kind != CPU;
        return rc;
    }
    if (t->depth == 0) {
        return BENCH_OK;
    }
    struct condition *last = &t->conditions[t->depth - 1];
    const char *defined = directive(line, end, "define");
    if (last->guard != NULL && defined != NULL && same_name(defined, last->guard)) {
        last->kind = GUARD;
    }
    last->guard = NULL;
    if (last->kind == CPU && directive(line, end, "elif") != NULL) {
        return refuse(in, t, "#elif after #ifdef " CPU_MACRO " cannot be exported: use #else");
    }
    if (directive(line, end, "else") != NULL) {
        *write = last->kind != CPU;
        last->dropped = last->kind == CPU && !last->dropped;
    }
    if (directive(line, end, "endif") != NULL) {
        *write = last->kind != CPU;
        t->depth--;
    }
    return BENCH_OK;
}

static bool is_dropped(const struct text *t)
{
    for (size_t i = 0; i < t->depth; i++) {
        if (t->conditions[i].dropped) {
            return true;
        }
    }
    return false;
}

static bool is_certain(const struct text *t)
{
    for (size_t i = 0; i < t->depth; i++) {
        if (t->conditions[i].kind == ORDINARY) {
            return false;
        }
    }
    return t->certain;
}

static int inline_include(struct inliner *in, const char *target, const char *end,
                          const struct text *t)
{
    const char *close = target < end ? memchr(target + 1, '"', (size_t)(end - target - 1)) : NULL;
    if (*target != '"' || close == NULL) {
        return refuse(in, t, "only #include \"file\" and #include <file> can be exported");
    }
    char *name = bench_xprintf("%.*s", (int)(close - target - 1), target + 1);
    char *dir = bench_path_dirname(t->path);
    char *full = bench_path_join(dir, name);
    int rc = inline_file(in, full, t);
    free(full);
    free(dir);
    free(name);
    return rc;
}

/* One line, from `line` to `end`. *once: it was #pragma once. */
static int inline_line(struct inliner *in, struct text *t, const char *line, const char *end,
                       bool *once)
{
    bool write = true;
    bool code = !t->in_comment;
    t->in_comment = in_comment_after(line, (size_t)(end - line), t->in_comment);
    bool was_dropped = is_dropped(t);
    int rc = code && line[strspn(line, " \t")] == '#' ? follow_condition(in, t, line, end, &write)
                                                      : BENCH_OK;
    if (rc != 0 || !write || was_dropped || is_dropped(t)) {
        return rc;
    }
    const char *target = code ? directive(line, end, "include") : NULL;
    if (target != NULL && *target != '<') {
        return inline_include(in, target, end, t);
    }
    const char *pragma = code ? directive(line, end, "pragma") : NULL;
    *once = pragma != NULL && bench_str_starts(pragma, "once");
    if (!*once) {
        bench_str_addn(in->out, line, (size_t)(end - line));
        bench_str_addc(in->out, '\n');
    }
    return BENCH_OK;
}

/* repeats: the text may stand here more than once, so that #pragma once must become a guard. */
static int inline_text(struct inliner *in, const char *text, struct text *t, size_t file,
                       bool repeats)
{
    bool guarded = false;
    for (const char *line = text; *line != '\0'; t->line++) {
        const char *end = strchr(line, '\n');
        end = end != NULL ? end : line + strlen(line);
        bool once = false;
        int rc = inline_line(in, t, line, end, &once);
        if (rc != 0) {
            return rc;
        }
        if (once && repeats && !guarded) {
            bench_str_addf(in->out, "#ifndef BENCH_FILE_%zu\n#define BENCH_FILE_%zu\n", file, file);
            guarded = true;
        }
        line = *end == '\n' ? end + 1 : end;
    }
    bench_str_add(in->out, guarded ? "#endif\n" : "");
    return BENCH_OK;
}

/* "common/pack.cuh": the file and its folder are enough to find it again. */
static const char *short_name(const char *real)
{
    const char *at = strrchr(real, '/');
    while (at != NULL && at > real && at[-1] != '/') {
        at--;
    }
    return at != NULL ? at : real;
}

static size_t find_seen(const struct inliner *in, const char *real)
{
    size_t i = 0;
    while (i < in->seen_count && strcmp(in->seen[i].real, real) != 0) {
        i++;
    }
    return i;
}

/* `from`: what includes it, NULL for the source itself. */
static int inline_file(struct inliner *in, const char *path, const struct text *from)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return from != NULL ? bench_err_set(in->err, BENCH_EINPUT,
                                            "%s:%d: includes %s, which does not exist", from->path,
                                            from->line, path)
                            : bench_err_set(in->err, BENCH_EINPUT, "%s: no such file", path);
    }
    size_t file = find_seen(in, real);
    bool again = file < in->seen_count;
    if (file == MAX_FILES) {
        free(real);
        return bench_err_set(in->err, BENCH_EINPUT, "%s:%d: more than %d files are included",
                             from->path, from->line, MAX_FILES);
    }
    if (again) {
        free(real);
    } else {
        in->seen[in->seen_count++] = (struct seen){.real = real};
    }
    struct seen *seen = &in->seen[file];
    if (seen->open || seen->certain) {
        return BENCH_OK;
    }
    struct text t = {.path = seen->real, .line = 1, .certain = from == NULL || is_certain(from)};
    seen->open = true;
    seen->certain = t.certain;
    char *text = NULL;
    int rc = bench_file_read(t.path, MAX_FILE_BYTES, &text, NULL, in->err);
    if (rc == 0) {
        bench_str_addf(in->out, "/* ---- %s ---- */\n", short_name(t.path));
        rc = inline_text(in, text, &t, file, again || !t.certain);
    }
    if (rc == 0 && from != NULL) {
        bench_str_addf(in->out, "/* ---- end of %s ---- */\n", short_name(t.path));
    }
    seen->open = false;
    free(text);
    return rc;
}

int bench_source_inline(const char *path, struct bench_str *out, struct bench_err *err)
{
    struct inliner in = {.out = out, .err = err};
    int rc = inline_file(&in, path, NULL);
    for (size_t i = 0; i < in.seen_count; i++) {
        free(in.seen[i].real);
    }
    return rc;
}
