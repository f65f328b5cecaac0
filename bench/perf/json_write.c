#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

/* Bits of writer.state[depth]. */
enum {
    IN_OBJECT = 1,
    HAS_ITEMS = 2,
    AFTER_KEY = 4,
    ON_LINES = 8, /* its items stand on lines of their own */
    ONE_LINE = 16 /* neither its items nor theirs do */
};

/* Broken documents must never reach a disk, so this stays in release builds, where assert does not.
 */
static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "bench: programming error in writing JSON: %s\n", what);
        abort();
    }
}

/* Pieces are a few bytes long and there are many: what fits is copied here. */
static inline void add_bytes(struct bench_str *out, const char *text, size_t n)
{
    if (out->cap - out->len <= n) {
        bench_str_addn(out, text, n);
        return;
    }
    memcpy(out->data + out->len, text, n);
    out->len += n;
    out->data[out->len] = '\0';
}

static inline void add_char(struct bench_str *out, char c)
{
    add_bytes(out, &c, 1);
}

static inline void add_text(struct bench_str *out, const char *text)
{
    add_bytes(out, text, strlen(text));
}

void bench_json_writer_init(struct bench_json_writer *w, struct bench_str *out,
                            enum bench_json_style style)
{
    memset(w, 0, sizeof(*w));
    w->out = out;
    w->style = style;
}

static void new_line(struct bench_json_writer *w, int depth)
{
    static const char line[] = "\n                                ";
    const int most = (int)(sizeof line - 2) / 2;
    int n = depth < most ? depth : most;
    add_bytes(w->out, line, 1 + 2 * (size_t)n);
    for (; n < depth; n++)
        add_text(w->out, "  ");
}

/* What stands before an item or a key: comma, line, indent. */
static void separate(struct bench_json_writer *w, bool container)
{
    unsigned char *state = &w->state[w->depth];
    if (w->depth == 0) {
        require(!(*state & HAS_ITEMS), "a document has one root");
        *state |= HAS_ITEMS;
        return;
    }
    /* An array of plain values stays on its line until something larger comes. */
    if (container && w->style == BENCH_JSON_PRETTY && !(*state & ONE_LINE))
        *state |= ON_LINES;
    if (*state & HAS_ITEMS)
        add_text(w->out, *state & ON_LINES || w->style == BENCH_JSON_COMPACT ? "," : ", ");
    if (*state & ON_LINES)
        new_line(w, w->depth);
    *state |= HAS_ITEMS;
}

static void before_value(struct bench_json_writer *w, bool container)
{
    unsigned char *state = &w->state[w->depth];
    if (*state & AFTER_KEY) {
        *state &= (unsigned char)~AFTER_KEY;
        return;
    }
    require(!(*state & IN_OBJECT), "a value in an object needs a key");
    separate(w, container);
}

static void open_container(struct bench_json_writer *w, char bracket, unsigned char state)
{
    before_value(w, true);
    add_char(w->out, bracket);
    require(w->depth + 1 < (int)sizeof(w->state), "nested too deep");
    if (w->state[w->depth] & ONE_LINE)
        state = (unsigned char)((state & ~ON_LINES) | ONE_LINE);
    w->state[++w->depth] = state;
}

static void close_container(struct bench_json_writer *w, char bracket)
{
    unsigned char state = w->state[w->depth];
    require(w->depth > 0 && !(state & AFTER_KEY), "a key needs a value, a closing an opening");
    w->depth--;
    if ((state & HAS_ITEMS) && (state & ON_LINES))
        new_line(w, w->depth);
    add_char(w->out, bracket);
}

void bench_json_open_object(struct bench_json_writer *w)
{
    open_container(w, '{', w->style == BENCH_JSON_COMPACT ? IN_OBJECT : IN_OBJECT | ON_LINES);
}

void bench_json_open_object_line(struct bench_json_writer *w)
{
    open_container(w, '{',
                   w->style == BENCH_JSON_PYTHON ? IN_OBJECT | ON_LINES : IN_OBJECT | ONE_LINE);
}

void bench_json_close_object(struct bench_json_writer *w)
{
    require(w->state[w->depth] & IN_OBJECT, "an object is closed where an array is open");
    close_container(w, '}');
}

void bench_json_open_array(struct bench_json_writer *w)
{
    open_container(w, '[', w->style == BENCH_JSON_PYTHON ? ON_LINES : 0);
}

void bench_json_close_array(struct bench_json_writer *w)
{
    require(!(w->state[w->depth] & IN_OBJECT), "an array is closed where an object is open");
    close_container(w, ']');
}

/* The code point at *p, which is moved on. What is no UTF-8 becomes U+FFFD, so that the text stays
 * valid whatever it was made of (a compiler's log, a file name). */
static uint32_t next_code_point(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    size_t n = bench_json_utf8_length(s, strlen(*p) < 4 ? strlen(*p) : 4);
    if (n == 0) {
        *p += 1;
        return 0xfffd;
    }
    static const unsigned char masks[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = s[0] & masks[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3f);
    *p += n;
    return c;
}

static void add_non_ascii(struct bench_json_writer *w, const char **p)
{
    const char *begin = *p;
    uint32_t c = next_code_point(p);
    if (w->style != BENCH_JSON_PYTHON && c != 0xfffd)
        add_bytes(w->out, begin, (size_t)(*p - begin));
    else if (w->style != BENCH_JSON_PYTHON)
        add_text(w->out, "\xef\xbf\xbd");
    else if (c < 0x10000)
        bench_str_addf(w->out, "\\u%04" PRIx32, c);
    else
        bench_str_addf(w->out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10),
                       0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void add_escaped(struct bench_json_writer *w, char c)
{
    static const char from[] = "\"\\\n\r\t\b\f";
    static const char to[] = "\"\\nrtbf";
    const char *at = strchr(from, c);
    if (at)
        bench_str_addf(w->out, "\\%c", to[at - from]);
    else
        bench_str_addf(w->out, "\\u%04x", (unsigned)c);
}

static void add_string(struct bench_json_writer *w, const char *s)
{
    add_char(w->out, '"');
    while (*s) {
        const char *plain = s;
        while ((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f && *s != '"' && *s != '\\')
            s++;
        add_bytes(w->out, plain, (size_t)(s - plain));
        if (!*s)
            break;
        if ((unsigned char)*s >= 0x80)
            add_non_ascii(w, &s);
        else if (*s == 0x7f && w->style != BENCH_JSON_PYTHON)
            add_char(w->out, *s++);
        else
            add_escaped(w, *s++);
    }
    add_char(w->out, '"');
}

void bench_json_put_key(struct bench_json_writer *w, const char *key)
{
    require((w->state[w->depth] & IN_OBJECT) && !(w->state[w->depth] & AFTER_KEY),
            "a key stands in an object, and a value after each");
    separate(w, false);
    add_string(w, key);
    add_text(w->out, w->style == BENCH_JSON_COMPACT ? ":" : ": ");
    w->state[w->depth] |= AFTER_KEY;
}

void bench_json_put_plain_key(struct bench_json_writer *w, const char *key, size_t length)
{
    require((w->state[w->depth] & IN_OBJECT) && !(w->state[w->depth] & AFTER_KEY),
            "a key stands in an object, and a value after each");
    separate(w, false);
    add_char(w->out, '"');
    add_bytes(w->out, key, length);
    add_text(w->out, w->style == BENCH_JSON_COMPACT ? "\":" : "\": ");
    w->state[w->depth] |= AFTER_KEY;
}

void bench_json_put_string(struct bench_json_writer *w, const char *s)
{
    before_value(w, false);
    if (s)
        add_string(w, s);
    else
        add_text(w->out, "null");
}

void bench_json_put_int(struct bench_json_writer *w, int64_t v)
{
    char text[24];
    before_value(w, false);
    size_t n = bench_json_format_int(v, text);
    add_bytes(w->out, text, n);
}

void bench_json_put_double(struct bench_json_writer *w, double v)
{
    char text[BENCH_JSON_NUMBER_MAX];
    require(isfinite(v), "NaN and Infinity are no JSON");
    before_value(w, false);
    size_t n = bench_json_format_double(v, w->style == BENCH_JSON_PYTHON, text);
    add_bytes(w->out, text, n);
}

void bench_json_put_bool(struct bench_json_writer *w, bool v)
{
    before_value(w, false);
    add_text(w->out, v ? "true" : "false");
}

void bench_json_put_null(struct bench_json_writer *w)
{
    before_value(w, false);
    add_text(w->out, "null");
}

/* A number is copied as it was written, so that no digit of it is lost (NaN and Infinity, which are
 * no JSON, become strings), but Python would have made
 * a float of what has a point or an exponent, and writes that its own way. */
static void put_number(struct bench_json_writer *w, const struct bench_json *v)
{
    const char *text = bench_json_text_of(bench_json_doc_of(v), v);
    char first = text[*text == '-'];
    if (first < '0' || first > '9') {
        double number = bench_json_number_at(text);
        bench_json_put_string(w, isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
        return;
    }
    size_t n = strspn(text, "0123456789+-.eE");
    bool is_float = memchr(text, '.', n) || memchr(text, 'e', n) || memchr(text, 'E', n);
    if (is_float && w->style == BENCH_JSON_PYTHON) {
        bench_json_put_double(w, bench_json_number_at(text));
        return;
    }
    before_value(w, false);
    add_bytes(w->out, text, n);
}

void bench_json_put_value(struct bench_json_writer *w, const struct bench_json *v)
{
    switch (bench_json_type_of(v)) {
    case BENCH_JSON_NULL:
        bench_json_put_null(w);
        return;
    case BENCH_JSON_BOOL:
        bench_json_put_bool(w, bench_json_bool(v));
        return;
    case BENCH_JSON_NUMBER:
        put_number(w, v);
        return;
    case BENCH_JSON_STRING:
        bench_json_put_string(w, bench_json_string(v));
        return;
    case BENCH_JSON_ARRAY:
        bench_json_open_array(w);
        for (const struct bench_json *c = bench_json_first(v); c; c = bench_json_next(c))
            bench_json_put_value(w, c);
        bench_json_close_array(w);
        return;
    case BENCH_JSON_OBJECT:
        bench_json_open_object(w);
        for (const struct bench_json *c = bench_json_first(v); c; c = bench_json_next(c)) {
            bench_json_put_key(w, bench_json_key(c));
            bench_json_put_value(w, c);
        }
        bench_json_close_object(w);
        return;
    }
}

void bench_json_put_key_string(struct bench_json_writer *w, const char *key, const char *s)
{
    bench_json_put_key(w, key);
    bench_json_put_string(w, s);
}

void bench_json_put_key_int(struct bench_json_writer *w, const char *key, int64_t v)
{
    bench_json_put_key(w, key);
    bench_json_put_int(w, v);
}

void bench_json_put_key_double(struct bench_json_writer *w, const char *key, double v)
{
    bench_json_put_key(w, key);
    bench_json_put_double(w, v);
}

void bench_json_put_key_bool(struct bench_json_writer *w, const char *key, bool v)
{
    bench_json_put_key(w, key);
    bench_json_put_bool(w, v);
}
