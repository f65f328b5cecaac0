/*
 * The strict half of the reader. cJSON decodes values well, but it is lax (01, 1., control
 * characters, bytes that are no UTF-8), recurses, says little about errors and forgets places. So
 * the text is checked here first, in one pass with a stack of its own, and what reaches cJSON is
 * known to be right.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

/* cJSON 1.7 copies a number into 64 bytes and silently cuts what is longer. */
#define NUMBER_MAX 63
#define MARK_BYTES ((size_t)65536)

void bench_json_mark_lines(struct bench_json_text *text)
{
    size_t blocks = text->length / MARK_BYTES + 1;
    text->marks = bench_xcalloc(blocks, sizeof(*text->marks));
    struct bench_json_mark at = {0, text->start};
    for (size_t i = 0; i < blocks; i++) {
        text->marks[i] = at;
        size_t begin = i * MARK_BYTES;
        size_t end = begin + MARK_BYTES < text->length ? begin + MARK_BYTES : text->length;
        const char *p = text->data + begin;
        const char *stop = text->data + end;
        while (p < stop && (p = memchr(p, '\n', (size_t)(stop - p)))) {
            p++;
            at.newlines++;
            at.line_start = (size_t)(p - text->data);
        }
    }
}

void bench_json_locate(const struct bench_json_text *text, size_t offset, size_t *line,
                       size_t *column)
{
    size_t block = offset / MARK_BYTES;
    struct bench_json_mark at = text->marks[block];
    for (size_t i = block * MARK_BYTES; i < offset; i++) {
        if (text->data[i] == '\n') {
            at.newlines++;
            at.line_start = i + 1;
        }
    }
    *line = at.newlines + 1;
    *column = offset >= at.line_start ? offset - at.line_start + 1 : 1;
}

struct scanner {
    const struct bench_json_text *text;
    size_t at;
    size_t *offsets;
    size_t count;
    size_t cap;
    size_t depth;
    char closers[BENCH_JSON_DEPTH_MAX]; /* what closes each open container: } or ] */
    struct bench_err *err;
};

static int fail_at(const struct scanner *s, size_t offset, const char *message)
{
    size_t line;
    size_t column;
    bench_json_locate(s->text, offset, &line, &column);
    return bench_err_set(s->err, BENCH_EINPUT, "%s:%zu:%zu: not valid JSON: %s", s->text->name,
                         line, column, message);
}

/* The byte at the place, or -1 at the end. */
static int peek(const struct scanner *s)
{
    return s->at < s->text->length ? (unsigned char)s->text->data[s->at] : -1;
}

static bool has_word(const struct scanner *s, const char *word)
{
    size_t n = strlen(word);
    return s->text->length - s->at >= n && memcmp(s->text->data + s->at, word, n) == 0;
}

static int fail_unexpected(const struct scanner *s, const char *expected)
{
    int c = peek(s);
    char message[160];
    if (c < 0)
        snprintf(message, sizeof(message), "the text ends here, expected %s", expected);
    else if (has_word(s, "NaN") || has_word(s, "Infinity") || has_word(s, "-Infinity") ||
             has_word(s, "nan") || has_word(s, "inf"))
        return fail_at(s, s->at,
                       "NaN and Infinity are no JSON numbers; write null, or leave it out");
    else if (c == '\'')
        return fail_at(s, s->at, "strings are written in double quotes");
    else if (c == '/' || c == '#')
        return fail_at(s, s->at, "JSON has no comments");
    else if (c >= 0x20 && c < 0x7f)
        snprintf(message, sizeof(message), "found '%c', expected %s", c, expected);
    else
        snprintf(message, sizeof(message), "found byte 0x%02x, expected %s", (unsigned)c, expected);
    return fail_at(s, s->at, message);
}

static void skip_space(struct scanner *s)
{
    const char *data = s->text->data;
    while (s->at < s->text->length && (data[s->at] == ' ' || data[s->at] == '\n' ||
                                       data[s->at] == '\r' || data[s->at] == '\t'))
        s->at++;
}

size_t bench_json_utf8_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and beyond U+10FFFF. */
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

/* Four hexadecimal digits at `at`; -1 if they are not there. */
static int32_t hex4(const struct scanner *s, size_t at)
{
    int32_t value = 0;
    for (size_t i = at; i < at + 4; i++) {
        int c = i < s->text->length ? (unsigned char)s->text->data[i] : -1;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* At the u of \uXXXX. */
static int scan_unicode_escape(struct scanner *s)
{
    int32_t unit = hex4(s, s->at + 1);
    if (unit < 0)
        return fail_at(s, s->at - 1, "\\u needs four hexadecimal digits");
    if (unit == 0)
        return fail_at(s, s->at - 1, "\\u0000 is not supported in a string");
    if (unit >= 0xd800 && unit <= 0xdfff) {
        size_t low_at = s->at + 5;
        int32_t low = -1;
        if (low_at + 1 < s->text->length && memcmp(s->text->data + low_at, "\\u", 2) == 0)
            low = hex4(s, low_at + 2);
        if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
            return fail_at(s, s->at - 1, "half of a surrogate pair stands alone");
        s->at += 6;
    }
    s->at += 5;
    return BENCH_OK;
}

static int scan_string(struct scanner *s)
{
    size_t begin = s->at++;
    for (;;) {
        int c = peek(s);
        if (c < 0)
            return fail_at(s, begin, "this string has no end");
        if (c == '"') {
            s->at++;
            return BENCH_OK;
        }
        if (c < 0x20)
            return fail_at(s, s->at,
                           "a control character in a string must be escaped (a line "
                           "break is \\n)");
        if (c == '\\') {
            s->at++;
            int e = peek(s);
            if (e == 'u') {
                int rc = scan_unicode_escape(s);
                if (rc != BENCH_OK)
                    return rc;
            } else if (e > 0 && strchr("\"\\/bfnrt", e)) {
                s->at++;
            } else {
                return fail_at(s, s->at - 1, "unknown escape in a string (a backslash is \\\\)");
            }
            continue;
        }
        size_t n = bench_json_utf8_length((const unsigned char *)s->text->data + s->at,
                                          s->text->length - s->at);
        if (n == 0)
            return fail_at(s, s->at, "this is no UTF-8; save the file as UTF-8");
        s->at += n;
    }
}

static size_t skip_digits(struct scanner *s)
{
    size_t begin = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at - begin;
}

static int scan_number(struct scanner *s)
{
    size_t begin = s->at;
    if (peek(s) == '-')
        s->at++;
    size_t first = s->at;
    if (skip_digits(s) == 0)
        return s->at > begin && has_word(s, "Infinity")
                   ? fail_at(s, begin,
                             "NaN and Infinity are no JSON numbers; write null, or leave "
                             "it out")
                   : fail_unexpected(s, "a digit");
    if (s->at - first > 1 && s->text->data[first] == '0')
        return fail_at(s, begin, "a number must not begin with 0");
    if (peek(s) == '.') {
        s->at++;
        if (skip_digits(s) == 0)
            return fail_unexpected(s, "a digit after the point");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (skip_digits(s) == 0)
            return fail_unexpected(s, "a digit in the exponent");
    }
    if (s->at - begin > NUMBER_MAX)
        return fail_at(s, begin, "this number has more than 63 characters");
    return BENCH_OK;
}

static void note_offset(struct scanner *s)
{
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->offsets = bench_xrealloc(s->offsets, s->cap * sizeof(*s->offsets));
    }
    s->offsets[s->count++] = s->at;
}

static int open_container(struct scanner *s, char closer)
{
    if (s->depth == BENCH_JSON_DEPTH_MAX)
        return fail_at(s, s->at, "it is nested deeper than 200 levels");
    s->closers[s->depth++] = closer;
    s->at++;
    return BENCH_OK;
}

/* One value, or the opening of one. */
static int scan_value(struct scanner *s)
{
    note_offset(s);
    int c = peek(s);
    if (c == '{' || c == '[')
        return open_container(s, c == '{' ? '}' : ']');
    if (c == '"')
        return scan_string(s);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(s);
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        if (has_word(s, words[i])) {
            s->at += strlen(words[i]);
            return BENCH_OK;
        }
    }
    return fail_unexpected(s, "a value");
}

static int scan_key(struct scanner *s)
{
    skip_space(s);
    if (peek(s) != '"')
        return fail_unexpected(s, "a key in double quotes");
    int rc = scan_string(s);
    if (rc != BENCH_OK)
        return rc;
    skip_space(s);
    if (peek(s) != ':')
        return fail_unexpected(s, "':' after the key");
    s->at++;
    return BENCH_OK;
}

/* After a value: closes what ends here, and steps over the comma to the next member, key and all.
 * With no container open, the document must end. */
static int scan_after_value(struct scanner *s, bool just_opened, bool *done)
{
    for (;;) {
        skip_space(s);
        int c = peek(s);
        if (s->depth == 0) {
            *done = true;
            return c < 0 ? BENCH_OK : fail_unexpected(s, "the end of the text");
        }
        char closer = s->closers[s->depth - 1];
        if (c == closer) {
            s->at++;
            s->depth--;
            just_opened = false;
            continue;
        }
        if (!just_opened) {
            if (c != ',')
                return fail_unexpected(s, closer == '}' ? "',' or '}'" : "',' or ']'");
            s->at++;
            skip_space(s);
            if (peek(s) == closer)
                return fail_at(s, s->at, "there is a comma before this, but nothing follows it");
        }
        return closer == '}' ? scan_key(s) : BENCH_OK;
    }
}

int bench_json_scan(const struct bench_json_text *text, size_t **offsets, size_t *count,
                    struct bench_err *err)
{
    struct scanner s = {.text = text, .at = text->start, .err = err};
    int rc = BENCH_OK;
    bool done = false;
    skip_space(&s);
    if (peek(&s) < 0)
        rc = bench_err_set(err, BENCH_EINPUT, "%s:1:1: not valid JSON: it is empty", text->name);
    while (rc == BENCH_OK && !done) {
        skip_space(&s);
        size_t depth = s.depth;
        rc = scan_value(&s);
        if (rc == BENCH_OK)
            rc = scan_after_value(&s, s.depth > depth, &done);
    }
    *offsets = s.offsets;
    *count = s.count;
    return rc;
}
