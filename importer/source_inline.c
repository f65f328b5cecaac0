#include "importer/source_inline.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

#define MAX_FILES 64
#define MAX_FILE_BYTES ((size_t)4 << 20)

struct inliner {
    struct bench_str *out;
    struct bench_err *err;
    char *seen[MAX_FILES]; /* real paths */
    size_t seen_count;
};

static int inline_file(struct inliner *in, const char *path, const char *from, int line);

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

/* The text after "# <word>" if the line is that directive, else NULL. */
static const char *directive(const char *line, const char *end, const char *word)
{
    line += strspn(line, " \t");
    if (line >= end || *line != '#') {
        return NULL;
    }
    line += 1 + strspn(line + 1, " \t");
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0) {
        return NULL;
    }
    return line + length + strspn(line + length, " \t");
}

static int inline_include(struct inliner *in, const char *target, const char *end, const char *path,
                          int line)
{
    const char *close = target < end ? memchr(target + 1, '"', (size_t)(end - target - 1)) : NULL;
    if (*target != '"' || close == NULL) {
        return bench_err_set(in->err, BENCH_EUNSUPPORTED,
                             "%s:%d: only #include \"file\" and #include <file> can be exported",
                             path, line);
    }
    char *name = bench_xprintf("%.*s", (int)(close - target - 1), target + 1);
    char *dir = bench_path_dirname(path);
    char *full = bench_path_join(dir, name);
    int rc = inline_file(in, full, path, line);
    free(full);
    free(dir);
    free(name);
    return rc;
}

static int inline_text(struct inliner *in, const char *text, const char *path)
{
    bool inside = false;
    int number = 1;
    for (const char *line = text; *line != '\0'; number++) {
        const char *end = strchr(line, '\n');
        end = end != NULL ? end : line + strlen(line);
        const char *target = inside ? NULL : directive(line, end, "include");
        bool once = !inside && directive(line, end, "pragma") != NULL &&
                    bench_str_starts(directive(line, end, "pragma"), "once");
        inside = in_comment_after(line, (size_t)(end - line), inside);
        if (target != NULL && *target != '<') {
            int rc = inline_include(in, target, end, path, number);
            if (rc != 0) {
                return rc;
            }
        } else if (!once) {
            bench_str_addn(in->out, line, (size_t)(end - line));
            bench_str_addc(in->out, '\n');
        }
        line = *end == '\n' ? end + 1 : end;
    }
    return BENCH_OK;
}

static bool already_seen(const struct inliner *in, const char *real)
{
    for (size_t i = 0; i < in->seen_count; i++) {
        if (strcmp(in->seen[i], real) == 0) {
            return true;
        }
    }
    return false;
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

static int inline_file(struct inliner *in, const char *path, const char *from, int line)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return from != NULL
                   ? bench_err_set(in->err, BENCH_EINPUT,
                                   "%s:%d: includes %s, which does not exist", from, line, path)
                   : bench_err_set(in->err, BENCH_EINPUT, "%s: no such file", path);
    }
    if (already_seen(in, real)) {
        free(real);
        return BENCH_OK;
    }
    if (in->seen_count == MAX_FILES) {
        free(real);
        return bench_err_set(in->err, BENCH_EINPUT, "%s:%d: more than %d files are included", from,
                             line, MAX_FILES);
    }
    in->seen[in->seen_count++] = real;
    char *text = NULL;
    int rc = bench_file_read(real, MAX_FILE_BYTES, &text, NULL, in->err);
    if (rc == 0) {
        bench_str_addf(in->out, "/* ---- %s ---- */\n", short_name(real));
        rc = inline_text(in, text, real);
    }
    if (rc == 0 && from != NULL) {
        bench_str_addf(in->out, "/* ---- end of %s ---- */\n", short_name(real));
    }
    free(text);
    return rc;
}

int bench_source_inline(const char *path, struct bench_str *out, struct bench_err *err)
{
    struct inliner in = {.out = out, .err = err};
    int rc = inline_file(&in, path, NULL, 0);
    for (size_t i = 0; i < in.seen_count; i++) {
        free(in.seen[i]);
    }
    return rc;
}
