#include "bench/provider/cuda/host_log.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"

/* More than this are consequences of the first ones. */
#define MAX_MESSAGES 16

/* "file:line:column: kind: message" */
struct diagnostic {
    const char *file;
    int file_length;
    int line;
    const char *kind; /* "error", "warning", "note" */
    const char *message;
};

static const char *skip_number(const char *p, const char *end, int *value)
{
    if (p >= end || *p != ':' || !isdigit((unsigned char)p[1]))
        return NULL;
    char *rest;
    *value = (int)strtol(p + 1, &rest, 10);
    return rest;
}

static bool parse(const char *line, const char *end, struct diagnostic *d)
{
    for (const char *p = line; p < end && (p = memchr(p, ':', (size_t)(end - p))); p++) {
        int column;
        const char *rest = skip_number(p, end, &d->line);
        if (!rest)
            continue;
        const char *further = skip_number(rest, end, &column);
        rest = further ? further : rest;
        if (strncmp(rest, ": ", 2) != 0)
            continue;
        rest += 2;
        d->file = line;
        d->file_length = (int)(p - line);
        static const char *const kinds[] = {"fatal error", "error", "warning", "note"};
        static const char *const names[] = {"error", "error", "warning", "note"};
        for (size_t i = 0; i < 4; i++) {
            size_t n = strlen(kinds[i]);
            if (strncmp(rest, kinds[i], n) == 0 && strncmp(rest + n, ": ", 2) == 0) {
                d->kind = names[i];
                d->message = rest + n + 2;
                return true;
            }
        }
    }
    return false;
}

/* --- source lines --- */

static const char *find_line(const char *text, int line)
{
    for (int i = 1; text && i < line; i++) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return text;
}

static void add_source_line(struct bench_str *out, const struct diagnostic *d, const char *source,
                            const char *text)
{
    char *file_text = NULL;
    if (strlen(source) != (size_t)d->file_length ||
        strncmp(source, d->file, (size_t)d->file_length) != 0) {
        char path[4096];
        snprintf(path, sizeof(path), "%.*s", d->file_length, d->file);
        if (bench_file_read(path, 1 << 24, &file_text, NULL, NULL) != BENCH_OK)
            return;
        text = file_text;
    }
    const char *line = find_line(text, d->line);
    if (line) {
        line += strspn(line, " \t");
        bench_str_addf(out, "    %.*s\n", (int)strcspn(line, "\r\n"), line);
    }
    free(file_text);
}

/* --- causes --- */

/* Where the file that is being complained about was included: the innermost user's line. */
static void set_unsupported(struct bench_host_log *out, const char *place, int place_length,
                            const char *what, int what_length)
{
    if (out->unsupported.len > 0)
        return;
    if (place_length > 0)
        bench_str_addf(&out->unsupported, "%.*s: ", place_length, place);
    bench_str_addf(&out->unsupported, "the cpu device cannot do %.*s", what_length, what);
}

/* Headers of CUDA's C++ libraries, of which the shim has none. */
static bool is_cuda_library(const char *header)
{
    static const char *const folders[] = {
        "cuda/", "cub/", "thrust/", "cutlass/", "cute/", "cooperative_groups/", "nv/"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (bench_str_starts(header, folders[i]))
            return true;
    return false;
}

static void look_for_cause(struct bench_host_log *out, const struct diagnostic *d, const char *end,
                           const char *includer, int includer_length)
{
    static const char mark[] = "BENCH_UNSUPPORTED: ";
    const char *found = strstr(d->message, mark);
    if (found && found < end) {
        found += sizeof(mark) - 1;
        set_unsupported(out, includer, includer_length, found, (int)(end - found));
        return;
    }
    /* gcc: cub/cub.cuh: No such file; clang: 'cub/cub.cuh' file not found */
    const char *header = d->message + (*d->message == '\'');
    if (is_cuda_library(header)) {
        char place[4200];
        char what[256];
        snprintf(place, sizeof(place), "%.*s:%d", d->file_length, d->file, d->line);
        snprintf(what, sizeof(what), "what <%.*s> needs", (int)strcspn(header, "':\n"), header);
        set_unsupported(out, place, (int)strlen(place), what, (int)strlen(what));
    }
}

/* "In file included from a.cu:3:" or "                 from a.cu:3," */
static bool read_includer(const char *line, const char *end, const char **place, int *length)
{
    static const char mark[] = "from ";
    const char *p = strstr(line, mark);
    if (!p || p >= end || (strncmp(line, "In file included", 16) != 0 && *line != ' '))
        return false;
    p += sizeof(mark) - 1;
    const char *colon = memchr(p, ':', (size_t)(end - p));
    if (!colon)
        return false;
    *place = p;
    *length = (int)(colon + 1 + strspn(colon + 1, "0123456789") - p);
    return true;
}

static void add(struct bench_host_log *out, const struct diagnostic *d, const char *end,
                const char *shim, const char *source, const char *text)
{
    static const char entry_mark[] = "<entry ";
    bool is_error = *d->kind == 'e';
    bool in_shim = strncmp(d->file, shim, strlen(shim)) == 0;
    out->has_error |= is_error;
    if (strncmp(d->file, entry_mark, sizeof(entry_mark) - 1) == 0) {
        if (is_error && out->bad_entry < 0)
            out->bad_entry = (int)strtol(d->file + sizeof(entry_mark) - 1, NULL, 10);
        bench_str_addf(&out->text, "%s: %.*s\n", d->kind, (int)(end - d->message), d->message);
        return;
    }
    if (in_shim) {
        if (is_error)
            bench_str_addf(&out->text, "in the cpu device's shim: error: %.*s\n",
                           (int)(end - d->message), d->message);
        return;
    }
    bench_str_addf(&out->text, "%.*s:%d: %s: %.*s\n", d->file_length, d->file, d->line, d->kind,
                   (int)(end - d->message), d->message);
    add_source_line(&out->text, d, source, text);
}

void bench_host_log_read(const char *log, const char *shim, const char *source, const char *text,
                         struct bench_host_log *out)
{
    *out = (struct bench_host_log){.bad_entry = -1};
    bench_str_init(&out->text);
    bench_str_init(&out->unsupported);
    const char *includer = NULL;
    int includer_length = 0;
    int count = 0;
    for (const char *line = log; *line;) {
        const char *end = line + strcspn(line, "\n");
        struct diagnostic d;
        if (parse(line, end, &d)) {
            look_for_cause(out, &d, end, includer, includer_length);
            if (++count <= MAX_MESSAGES)
                add(out, &d, end, shim, source, text);
            includer_length = 0;
        } else if (includer_length == 0) {
            read_includer(line, end, &includer, &includer_length);
        }
        line = *end ? end + 1 : end;
    }
    if (count > MAX_MESSAGES)
        bench_str_addf(&out->text, "and %d more messages\n", count - MAX_MESSAGES);
}

void bench_host_log_fini(struct bench_host_log *log)
{
    bench_str_fini(&log->text);
    bench_str_fini(&log->unsupported);
}
