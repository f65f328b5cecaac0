#include <string.h>

#include "bench/report/report_impl.h"

#define MUCH_BYTES 65536

void report_out_init(struct report_out *out, bench_report_sink sink, void *context)
{
    *out = (struct report_out){.sink = sink, .context = context};
    bench_str_init(&out->text);
}

/* What must not stand there as it is, or NULL; *length is that of the sign. */
static const char *script_escape(const char *p, size_t *length)
{
    *length = 1;
    switch (*p) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    case '\xe2': /* a NUL stands behind the text, so there are bytes to look at */
        *length = 3;
        return p[1] != '\x80'   ? NULL
               : p[2] == '\xa8' ? "\\u2028"
               : p[2] == '\xa9' ? "\\u2029"
                                : NULL;
    default:
        return NULL;
    }
}

static void hand_on(struct report_out *out, const char *data, size_t length)
{
    if (length) {
        out->sink(out->context, data, length);
        out->written += length;
    }
}

void report_flush_all(struct report_out *out)
{
    const char *from = out->text.data, *end = from + out->text.len;
    for (const char *p = from; out->in_script && p < end; p++) {
        size_t length;
        const char *escape = script_escape(p, &length);
        if (escape) {
            hand_on(out, from, (size_t)(p - from));
            hand_on(out, escape, strlen(escape));
            from = p + length;
            p = from - 1;
        }
    }
    hand_on(out, from, (size_t)(end - from));
    bench_str_clear(&out->text);
}

void report_flush(struct report_out *out)
{
    if (out->text.len >= MUCH_BYTES)
        report_flush_all(out);
}

void report_out_fini(struct report_out *out)
{
    report_flush_all(out);
    bench_str_fini(&out->text);
}

/* Bytes of the character of UTF-8 at p, 0 if it is none. */
static size_t character(const char *p)
{
    size_t length = (unsigned char)*p < 0x80             ? 1
                    : ((unsigned char)*p & 0xe0) == 0xc0 ? 2
                    : ((unsigned char)*p & 0xf0) == 0xe0 ? 3
                                                         : 4;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return 0;
    return bench_json_is_utf8(p, length) ? length : 0;
}

static bool xml_has(const char *p, size_t length)
{
    if (length == 1)
        return (unsigned char)*p >= 0x20 ? *p != 0x7f : strchr("\t\n\r", *p) != NULL;
    return !(length == 3 && p[0] == '\xef' && p[1] == '\xbf' && (p[2] == '\xbe' || p[2] == '\xbf'));
}

void report_add_xml(struct bench_str *out, const char *text)
{
    for (const char *p = text; *p;) {
        size_t length = character(p);
        if (length == 0 || !xml_has(p, length))
            bench_str_add(out, "\xef\xbf\xbd");
        else if (length == 1 && strchr("<>&\"'", *p))
            bench_str_addf(out, "&#%d;", *p);
        else
            bench_str_addn(out, p, length);
        p += length ? length : 1;
    }
}
