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
#define MAX_TEXT_BYTES ((size_t)16 << 20)
/* Defined where the cpu device compiles kernels, which an export is not for. */
#define CPU_MACRO "BENCH_CPU"

struct seen {
    char *real; /* path */
    bool open;
    bool once;    /* its text says itself that it counts once: by a guard or #pragma once */
    bool certain; /* its text is there under no condition */
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
    bool dropped; /* CPU: this side of it */
    int line;
};

/* What a character belongs to. */
enum { CODE = 'c', BLOCK_COMMENT = 'b', LINE_COMMENT = 'l', LITERAL = 's' };

struct text {
    const char *path;
    const char *start;
    char *kinds; /* of each character, and of the end */
    int line;
    bool guarded;    /* by its first #ifndef */
    bool certain;    /* nothing that includes it stands under a condition */
    bool directives; /* has had one */
    struct condition conditions[MAX_DEPTH];
    size_t depth;
};

static int inline_file(struct inliner *in, const char *path, const struct text *from,
                       bool *missing);

/* Comments may hold what looks like a directive, literals what looks like a comment. */
static char *find_kinds(const char *text)
{
    size_t length = strlen(text);
    char *kinds = bench_xcalloc(length + 1, 1);
    int kind = CODE;
    char quote = '"';
    for (size_t i = 0; i < length; i++) {
        char c = text[i], next = text[i + 1];
        bool joined = c == '\n' && i > 0 && text[i - 1] == '\\';
        if (c == '\n' && !joined && kind != BLOCK_COMMENT) {
            kind = CODE;
        }
        bool opens = kind == CODE;
        if (opens && c == '/' && (next == '*' || next == '/')) {
            kind = next == '*' ? BLOCK_COMMENT : LINE_COMMENT;
        } else if (opens &&
                   (c == '"' || (c == '\'' && (i == 0 || !isalnum((unsigned char)text[i - 1]))))) {
            kind = LITERAL;
            quote = c;
        }
        kinds[i] = (char)kind;
        if (kind == BLOCK_COMMENT && (opens || (c == '*' && next == '/'))) {
            kinds[++i] = (char)kind; /* both characters of its begin or end */
            kind = opens ? kind : CODE;
        } else if (kind == LITERAL && !opens && c == '\\' && next != '\0' && next != '\n') {
            kinds[++i] = (char)kind;
        } else if (kind == LITERAL && !opens && c == quote) {
            kind = CODE;
        }
    }
    kinds[length] = (char)(kind == BLOCK_COMMENT ? kind : CODE);
    return kinds;
}

static bool is_blank(const struct text *t, const char *at)
{
    char kind = t->kinds[at - t->start];
    return *at == ' ' || *at == '\t' || kind == BLOCK_COMMENT;
}

/* The '#' of a line that is a directive, else NULL. */
static const char *find_hash(const struct text *t, const char *line, const char *end)
{
    while (line < end && is_blank(t, line)) {
        line++;
    }
    return line < end && *line == '#' && t->kinds[line - t->start] == CODE ? line : NULL;
}

/* Does a comment go on here from the line before? */
static bool in_comment_at(const struct text *t, const char *line)
{
    size_t at = (size_t)(line - t->start);
    return at > 0 && t->kinds[at - 1] == BLOCK_COMMENT && t->kinds[at] == BLOCK_COMMENT &&
           line[-1] == '\n';
}

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The text after "# <word>" if `hash` begins that directive, else NULL. */
static const char *directive(const char *hash, const char *word)
{
    hash += 1 + strspn(hash + 1, " \t");
    size_t length = strlen(word);
    if (strncmp(hash, word, length) != 0 || in_name(hash[length])) {
        return NULL;
    }
    return hash + length + strspn(hash + length, " \t");
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

/* The line's end: that of `line`, or of the text. */
static const char *line_end(const char *line)
{
    const char *end = strchr(line, '\n');
    return end != NULL ? end : line + strlen(line);
}

/* The '#' of the first directive from *line on, which becomes the line after it; else NULL. */
static const char *next_directive(const struct text *t, const char **line)
{
    const char *hash = NULL;
    while (hash == NULL && **line != '\0') {
        const char *end = line_end(*line);
        hash = find_hash(t, *line, end);
        *line = *end == '\n' ? end + 1 : end;
    }
    return hash;
}

static bool opens_condition(const char *hash)
{
    return directive(hash, "if") != NULL || directive(hash, "ifdef") != NULL ||
           directive(hash, "ifndef") != NULL;
}

static bool is_all_blank(const struct text *t, const char *rest)
{
    while (*rest != '\0' && (*rest == '\n' || *rest == '\r' || is_blank(t, rest) ||
                             t->kinds[rest - t->start] == LINE_COMMENT)) {
        rest++;
    }
    return *rest == '\0';
}

/* Is the whole text guarded: are its first directives #ifndef X and #define X, and is there nothing
 * after the #endif? */
static bool has_guard(const struct text *t)
{
    const char *line = t->start;
    const char *first = next_directive(t, &line);
    const char *second = first != NULL ? next_directive(t, &line) : NULL;
    const char *name = second != NULL ? directive(first, "ifndef") : NULL;
    const char *defined = name != NULL ? directive(second, "define") : NULL;
    size_t depth = defined != NULL && same_name(defined, name) ? 1 : 0;
    while (depth > 0) {
        const char *hash = next_directive(t, &line);
        if (hash == NULL) {
            return false;
        }
        depth += opens_condition(hash) ? 1 : 0;
        depth -= directive(hash, "endif") != NULL ? 1 : 0;
        if (depth == 0) {
            return is_all_blank(t, line);
        }
    }
    return false;
}

static bool is_pragma_once(const char *hash)
{
    const char *pragma = directive(hash, "pragma");
    return pragma != NULL && bench_str_starts(pragma, "once");
}

/* Under no condition: else it may count or not. */
static bool has_pragma_once(const struct text *t)
{
    size_t depth = 0;
    const char *line = t->start;
    for (const char *hash; (hash = next_directive(t, &line)) != NULL;) {
        if (depth == 0 && is_pragma_once(hash)) {
            return true;
        }
        depth += opens_condition(hash) ? 1 : 0;
        depth -= depth > 0 && directive(hash, "endif") != NULL ? 1 : 0;
    }
    return false;
}

static int push(struct inliner *in, struct text *t, const char *hash)
{
    const char *defined = directive(hash, "ifdef");
    const char *undefined = directive(hash, "ifndef");
    if (t->depth == MAX_DEPTH) {
        return refuse(in, t, "conditions are nested too deep to be exported");
    }
    struct condition *c = &t->conditions[t->depth++];
    *c = (struct condition){.kind = !t->directives && t->guarded ? GUARD : ORDINARY,
                            .line = t->line};
    const char *name = defined != NULL ? defined : undefined;
    if (name != NULL && same_name(name, CPU_MACRO)) {
        c->kind = CPU;
        c->dropped = defined != NULL;
    }
    return BENCH_OK;
}

/* Takes in a directive other than #include. *write: it is to stay in the text. */
static int follow_condition(struct inliner *in, struct text *t, const char *hash, bool *write)
{
    if (opens_condition(hash)) {
        int rc = push(in, t, hash);
        *write = rc == 0 && t->conditions[t->depth - 1].kind != CPU;
        return rc;
    }
    if (t->depth == 0) {
        return BENCH_OK;
    }
    struct condition *last = &t->conditions[t->depth - 1];
    bool otherwise = directive(hash, "elif") != NULL || directive(hash, "elifdef") != NULL ||
                     directive(hash, "elifndef") != NULL;
    if (last->kind == CPU && otherwise) {
        return refuse(in, t, "#elif after #ifdef " CPU_MACRO " cannot be exported: use #else");
    }
    if (otherwise || directive(hash, "else") != NULL) {
        *write = last->kind != CPU;
        last->dropped = last->kind == CPU && !last->dropped;
        last->kind = last->kind == GUARD ? ORDINARY : last->kind;
    }
    if (directive(hash, "endif") != NULL) {
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
                          const struct text *t, bool *missing)
{
    const char *close = target < end ? memchr(target + 1, '"', (size_t)(end - target - 1)) : NULL;
    if (*target != '"' || close == NULL) {
        return refuse(in, t, "only #include \"file\" and #include <file> can be exported");
    }
    char *name = bench_xprintf("%.*s", (int)(close - target - 1), target + 1);
    char *dir = bench_path_dirname(t->path);
    char *full = bench_path_join(dir, name);
    int rc = inline_file(in, full, t, missing);
    free(full);
    free(dir);
    free(name);
    return rc;
}

static void write_line(struct inliner *in, const char *line, const char *end)
{
    bench_str_addn(in->out, line, (size_t)(end - line));
    bench_str_addc(in->out, '\n');
}

static bool ends_in_comment(const struct text *t, const char *end)
{
    return *end == '\n' && t->kinds[end - t->start] == BLOCK_COMMENT;
}

/* Of a line that does not stay: the begin of a comment that goes on after it, or the end of one
 * that began before it. */
static void leave_out(struct inliner *in, const struct text *t, const char *line, const char *end)
{
    bool before = in_comment_at(t, line), after = ends_in_comment(t, end);
    bench_str_add(in->out, before && !after ? "*/\n" : !before && after ? "/*\n" : "");
}

/* The file's text in place of the line, outside comments that end or begin on it. */
static int replace_line(struct inliner *in, const struct text *t, const char *line,
                        const char *hash, const char *end)
{
    bool missing = false;
    bench_str_add(in->out, in_comment_at(t, line) ? "*/\n" : "");
    int rc = inline_include(in, directive(hash, "include"), end, t, &missing);
    if (rc == 0 && missing) {
        write_line(in, hash, end);
    } else {
        bench_str_add(in->out, ends_in_comment(t, end) ? "/*\n" : "");
    }
    return rc;
}

static int inline_line(struct inliner *in, struct text *t, const char *line, const char *end)
{
    const char *hash = find_hash(t, line, end);
    bool write = true, was_dropped = is_dropped(t);
    int rc = hash != NULL ? follow_condition(in, t, hash, &write) : BENCH_OK;
    t->directives = t->directives || hash != NULL;
    if (rc != 0) {
        return rc;
    }
    if (!write || was_dropped || is_dropped(t) || (hash != NULL && is_pragma_once(hash))) {
        leave_out(in, t, line, end);
        return BENCH_OK;
    }
    const char *target = hash != NULL ? directive(hash, "include") : NULL;
    if (target != NULL && *target != '<') {
        return replace_line(in, t, line, hash, end);
    }
    write_line(in, line, end);
    return BENCH_OK;
}

static int inline_text(struct inliner *in, struct text *t)
{
    for (const char *line = t->start; *line != '\0'; t->line++) {
        const char *end = line_end(line);
        int rc = inline_line(in, t, line, end);
        if (rc == 0 && in->out->len > MAX_TEXT_BYTES) {
            rc = refuse(in, t,
                        "with what is included again and again, the text has more than "
                        "16 MB");
        }
        if (rc != 0) {
            return rc;
        }
        line = *end == '\n' ? end + 1 : end;
    }
    if (t->depth > 0) {
        t->line = t->conditions[t->depth - 1].line;
        return refuse(in, t, "this condition has no #endif");
    }
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

/* Under a condition it may be that no compiler asks for the file: then *missing, and it stays an
 * #include. */
static int no_file(const struct inliner *in, const char *path, const struct text *from,
                   bool *missing)
{
    if (from == NULL) {
        return bench_err_set(in->err, BENCH_EINPUT, "%s: no such file", path);
    }
    *missing = !is_certain(from);
    return *missing
               ? BENCH_OK
               : bench_err_set(in->err, BENCH_EINPUT, "%s:%d: includes %s, which does not exist",
                               from->path, from->line, path);
}

/* `from`: what includes it, NULL for the source itself. */
static int inline_file(struct inliner *in, const char *path, const struct text *from, bool *missing)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return no_file(in, path, from, missing);
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
    if (seen->open || (seen->certain && seen->once)) {
        return BENCH_OK;
    }
    char *text = NULL;
    int rc = bench_file_read(seen->real, MAX_FILE_BYTES, &text, NULL, in->err);
    if (rc != 0) {
        return rc;
    }
    struct text t = {.path = seen->real,
                     .start = text,
                     .kinds = find_kinds(text),
                     .line = 1,
                     .certain = from == NULL || is_certain(from)};
    t.guarded = from != NULL && has_guard(&t);
    seen->open = true;
    bool pragma_once = has_pragma_once(&t);
    seen->once = t.guarded || pragma_once;
    seen->certain = seen->certain || t.certain;
    bench_str_addf(in->out, "/* ---- %s ---- */\n", short_name(t.path));
    /* Where the text may stand more than once, #pragma once becomes a guard. */
    bool guard = pragma_once && (again || !t.certain);
    if (guard) {
        bench_str_addf(in->out, "#ifndef BENCH_FILE_%zu\n#define BENCH_FILE_%zu\n", file, file);
    }
    rc = inline_text(in, &t);
    bench_str_add(in->out, guard ? "#endif\n" : "");
    if (rc == 0 && from != NULL) {
        bench_str_addf(in->out, "/* ---- end of %s ---- */\n", short_name(t.path));
    }
    seen->open = false;
    free(t.kinds);
    free(text);
    return rc;
}

int bench_source_inline(const char *path, struct bench_str *out, struct bench_err *err)
{
    struct inliner in = {.out = out, .err = err};
    int rc = inline_file(&in, path, NULL, NULL);
    for (size_t i = 0; i < in.seen_count; i++) {
        free(in.seen[i].real);
    }
    return rc;
}
