#include "bench/run/journal_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static int unreadable(const char *path, struct bench_err *err)
{
    return bench_err_set(err, errno == ENOENT ? BENCH_ENOTFOUND : BENCH_ERROR,
                         "%s: cannot be read: %s", path, strerror(errno));
}

int bench_journal_lines_open(struct bench_journal_lines *l, const char *path, struct bench_err *err)
{
    *l = (struct bench_journal_lines){.path = path, .file = fopen(path, "re")};
    return l->file != NULL ? BENCH_OK : unreadable(path, err);
}

int bench_journal_lines_open_text(struct bench_journal_lines *l, const char *path, char *text,
                                  size_t length, struct bench_err *err)
{
    /* Without a byte there is no file in memory, and nothing to read. */
    *l = (struct bench_journal_lines){.path = path,
                                      .file = length > 0 ? fmemopen(text, length, "r") : NULL};
    return l->file != NULL || length == 0 ? BENCH_OK : unreadable(path, err);
}

void bench_journal_lines_close(struct bench_journal_lines *l)
{
    bench_json_free(l->doc);
    free(l->text);
    if (l->file != NULL)
        fclose(l->file);
}

int bench_journal_lines_seek(struct bench_journal_lines *l, int64_t offset, size_t number,
                             struct bench_err *err)
{
    if (fseeko(l->file, (off_t)offset, SEEK_SET) != 0)
        return unreadable(l->path, err);
    l->end = offset;
    l->number = number - 1;
    l->torn = false;
    return BENCH_OK;
}

/* ---- one line ---- */

static bool is_at_end(FILE *file)
{
    int c = getc(file);
    if (c != EOF)
        ungetc(c, file);
    return c == EOF && !ferror(file);
}

/* What a loss of power leaves of a line can only be wrong as JSON: whole lines were synced. */
static int parse_line(struct bench_journal_lines *l, size_t length, struct bench_err *err)
{
    const struct bench_json_part part = {.line = l->number};
    const bool whole = l->text[length - 1] == '\n';
    int rc = BENCH_EINPUT;
    if (whole) {
        l->text[length - 1] = '\0';
        rc = bench_json_parse_part(l->path, l->text, length - 1, &part, &l->doc, err);
    }
    if (rc == BENCH_OK)
        l->end += (int64_t)length;
    else if (!whole || is_at_end(l->file))
        l->torn = true;
    return l->torn ? BENCH_OK : rc;
}

int bench_journal_lines_next(struct bench_journal_lines *l, const struct bench_json **line,
                             struct bench_err *err)
{
    *line = NULL;
    bench_json_free(l->doc);
    l->doc = NULL;
    errno = 0;
    if (l->file == NULL)
        return BENCH_OK;
    const ssize_t length = getline(&l->text, &l->capacity, l->file);
    if (ferror(l->file) || (length <= 0 && !feof(l->file)))
        return unreadable(l->path, err);
    if (length <= 0)
        return BENCH_OK;
    l->number++;
    l->offset = l->end;
    int rc = parse_line(l, (size_t)length, err);
    if (rc == BENCH_OK && !l->torn)
        *line = bench_json_root(l->doc);
    return rc;
}
