/* The part of the cache's key that is text: a source and every file it includes. */
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/compile_impl.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* A file included over and over through ever longer paths ("a/../a/…") must end somewhere. */
#define MAX_FILES 4096

struct closure {
    struct bench_hash *key;
    char **seen; /* real paths of files already in the key */
    size_t seen_count;
    char **dirs; /* the source's folder, then the include folders of the options */
    size_t dir_count;
    bool complete;
};

static void add_dir(struct closure *c, char *dir)
{
    c->dirs = bench_xrealloc(c->dirs, (c->dir_count + 1) * sizeof *c->dirs);
    c->dirs[c->dir_count++] = dir;
}

/* The value of an option that is written -I<value>, --include-path=<value>, or with the value as
 * the next option; "" if `option` is another one. */
static const char *option_value(const char *option, const char *next, const char *const *names)
{
    for (; *names; names++) {
        size_t n = strlen(*names);
        if (strncmp(option, *names, n) != 0)
            continue;
        if (option[n] == '\0')
            return next;
        if (option[n] == '=')
            return option + n + 1;
        if (strcmp(*names, "-I") == 0)
            return option + n;
    }
    return "";
}

/* Calls `use` with the value of each option that has one of these names. */
static void each_value(const struct bench_compile_request *request, const char *const *names,
                       struct closure *c, void (*use)(struct closure *, const char *))
{
    for (size_t i = 0; i < request->option_count; i++) {
        const char *next = i + 1 < request->option_count ? request->options[i + 1] : "";
        const char *value = option_value(request->options[i], next, names);
        if (*value)
            use(c, value);
    }
}

static void scan_text(struct closure *c, const char *dir, const char *text);

/* True if the file is there (now in the key, with all that it includes). */
static bool add_file(struct closure *c, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    char *real = realpath(path, NULL);
    if (!real || bench_file_read(real, 0, &text, &length, NULL) != BENCH_OK) {
        free(real);
        return false;
    }
    for (size_t i = 0; i < c->seen_count; i++)
        if (strcmp(c->seen[i], real) == 0) {
            free(real);
            free(text);
            return true;
        }
    if (c->seen_count == MAX_FILES) {
        c->complete = false;
        free(real);
        free(text);
        return true;
    }
    c->seen = bench_xrealloc(c->seen, (c->seen_count + 1) * sizeof *c->seen);
    c->seen[c->seen_count++] = real;
    bench_hash_add(c->key, text, length);
    char *dir = bench_path_dirname(path);
    scan_text(c, dir, text);
    free(dir);
    free(text);
    return true;
}

/* A header that is found nowhere here is the compiler's own: its version stands for it. */
static void add_include(struct closure *c, const char *dir, const char *name)
{
    bench_hash_add_str(c->key, name);
    bool found = false;
    if (dir) {
        char *path = bench_path_join(dir, name);
        found = add_file(c, path);
        free(path);
    }
    for (size_t i = 0; i < c->dir_count && !found; i++) {
        char *path = bench_path_join(c->dirs[i], name);
        found = add_file(c, path);
        free(path);
    }
}

static void use_include_dir(struct closure *c, const char *value)
{
    add_dir(c, bench_xstrdup(value));
}

static void use_pre_include(struct closure *c, const char *value)
{
    add_include(c, NULL, value);
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

/* Every "#include" counts, also one in a comment: a file too many in the key costs nothing. */
static void scan_text(struct closure *c, const char *dir, const char *text)
{
    for (const char *s = strchr(text, '#'); s; s = strchr(s, '#')) {
        s = skip_blanks(s + 1);
        if (strncmp(s, "include", 7) != 0)
            continue;
        s = skip_blanks(s + 7);
        char close = *s == '"' ? '"' : *s == '<' ? '>' : '\0';
        size_t n = close ? strcspn(s + 1, close == '"' ? "\"\n" : ">\n") : 0;
        if (!close || s[1 + n] != close) {
            c->complete = false; /* #include MACRO */
            continue;
        }
        char *name = bench_xprintf("%.*s", (int)n, s + 1);
        add_include(c, close == '"' ? dir : NULL, name);
        free(name);
    }
}

void bench_source_key(const struct bench_compile_request *request, const char *text,
                      struct bench_hash *key, bool *complete)
{
    static const char *const include_dirs[] = {"-I", "--include-path", NULL};
    static const char *const pre_includes[] = {"-include", "--pre-include", NULL};
    struct closure c = {.key = key, .complete = true};
    char *dir = bench_path_dirname(request->source);
    add_dir(&c, bench_xstrdup(dir));
    each_value(request, include_dirs, &c, use_include_dir);
    bench_hash_add_str(key, text);
    each_value(request, pre_includes, &c, use_pre_include);
    scan_text(&c, dir, text);
    *complete = c.complete;

    free(dir);
    for (size_t i = 0; i < c.seen_count; i++)
        free(c.seen[i]);
    for (size_t i = 0; i < c.dir_count; i++)
        free(c.dirs[i]);
    free(c.seen);
    free(c.dirs);
}
