#include "bench/util/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message that did not fit ends visibly, so that nobody takes its end for the end. */
static void mark_truncated(struct bench_err *err)
{
    static const char mark[] = " [...]";
    memcpy(err->message + sizeof(err->message) - sizeof(mark), mark, sizeof(mark));
}

int bench_err_set(struct bench_err *err, int code, const char *format, ...)
{
    if (!err)
        return code;

    /* The arguments may point into err->message, so the text is made aside. */
    char text[sizeof(err->message)];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    err->code = code;
    memcpy(err->message, text, sizeof(text));
    if (length >= (int)sizeof(text))
        mark_truncated(err);
    return code;
}

int bench_err_prefix(struct bench_err *err, const char *format, ...)
{
    if (!err)
        return BENCH_ERROR;

    char text[sizeof(err->message)];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    size_t prefix = length < 0 ? 0 : strlen(text);
    size_t old = strlen(err->message);
    bool fits = prefix + old < sizeof(text);
    size_t kept = fits ? old : sizeof(text) - 1 - prefix;
    memcpy(text + prefix, err->message, kept);
    text[prefix + kept] = '\0';
    memcpy(err->message, text, prefix + kept + 1);
    if (!fits)
        mark_truncated(err);
    return err->code;
}
