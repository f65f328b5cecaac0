/*
 * The reader: one pass over the text, strict (RFC 8259), without recursion. cJSON is lax about the
 * grammar (01, 1., control characters, bytes that are no UTF-8), recurses, says little about
 * errors, forgets places and keeps some ten times the text; it decodes what needs decoding, strings
 * with escapes.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/perf/json_internal.h"

/* No double needs more: 17 digits, a sign, a point and an exponent. */
#define NUMBER_MAX 63

/* cJSON writes its last error to a global, without a lock. */
static pthread_mutex_t cjson_lock = PTHREAD_MUTEX_INITIALIZER;

struct open_container {
    size_t at; /* place in the tape */
    uint32_t children;
};

/* The text ends with a NUL, so that looking one byte ahead needs no check of the length. */
struct scanner {
    struct bench_json_doc *doc;
    struct bench_json_text *text;
    char *at;
    char *end;
    size_t count; /* words of the tape */
    size_t cap;
    size_t decoded_cap;
    size_t nonfinite_cap;
    size_t depth;
    size_t skim_depth; /* beyond all depths: nothing is skimmed */
    struct open_container open[BENCH_JSON_DEPTH_MAX];
    const char *key; /* of the member that is read next; NULL in an array */
    struct bench_err *err;
};

static int fail_at(struct scanner *s, const char *at, const char *message)
{
    size_t line;
    size_t column;
    bench_json_locate(s->text, (size_t)(at - s->text->data), &line, &column);
    return bench_err_set(s->err, BENCH_EINPUT, "%s:%zu:%zu: not valid JSON: %s", s->text->name,
                         line, column, message);
}

static bool has_word(const char *at, const char *word)
{
    return strncmp(at, word, strlen(word)) == 0;
}

/* The length of NaN or Infinity, as programs print them: with a sign, in any letter case; 0 if it
 * is none. */
static size_t nonfinite_length(const char *at)
{
    static const char *const words[] = {"nan", "infinity", "inf"};
    size_t sign = *at == '-' || *at == '+';
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strncasecmp(at + sign, words[i], strlen(words[i])) == 0)
            return sign + strlen(words[i]);
    return 0;
}

static int fail_unexpected(struct scanner *s, const char *expected)
{
    unsigned char c = (unsigned char)*s->at;
    char message[160];
    if (s->at == s->end)
        snprintf(message, sizeof(message), "the text ends here, expected %s", expected);
    else if (nonfinite_length(s->at))
        return fail_at(s, s->at,
                       "NaN and Infinity are no JSON numbers; write null, or leave it out");
    else if (has_word(s->at, "None") || has_word(s->at, "True") || has_word(s->at, "False"))
        return fail_at(s, s->at, "JSON has null, true and false (this is Python's spelling)");
    else if (c == '\'')
        return fail_at(s, s->at, "strings are written in double quotes");
    else if (c == '/' || c == '#')
        return fail_at(s, s->at, "JSON has no comments");
    else if (c >= 0x20 && c < 0x7f)
        snprintf(message, sizeof(message), "found '%c', expected %s", c, expected);
    else
        snprintf(message, sizeof(message), "found byte 0x%02x, expected %s", c, expected);
    return fail_at(s, s->at, message);
}

static void skip_space(struct scanner *s)
{
    while (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')
        s->at++;
}

/* Four hexadecimal digits at `at`; -1 if they are not there. */
static int32_t hex4(const char *at)
{
    int32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = at[i];
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
    int32_t unit = hex4(s->at + 1);
    if (unit < 0)
        return fail_at(s, s->at - 1, "\\u needs four hexadecimal digits");
    if (unit == 0)
        return fail_at(s, s->at - 1, "\\u0000 is not supported in a string");
    if (unit >= 0xd800 && unit <= 0xdfff) {
        int32_t low = has_word(s->at + 5, "\\u") ? hex4(s->at + 7) : -1;
        if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
            return fail_at(s, s->at - 1, "half of a surrogate pair stands alone");
        s->at += 6;
    }
    s->at += 5;
    return BENCH_OK;
}

static int scan_escape(struct scanner *s)
{
    s->at++;
    if (*s->at == 'u')
        return scan_unicode_escape(s);
    if (!*s->at || !strchr("\"\\/bfnrt", *s->at))
        return fail_at(s, s->at - 1, "unknown escape in a string (a backslash is \\\\)");
    s->at++;
    return BENCH_OK;
}

/* The string from the quote at `begin` to that at s->at has escapes. */
static void decode(struct scanner *s, char *begin)
{
    pthread_mutex_lock(&cjson_lock);
    cJSON *item = cJSON_ParseWithLength(begin, (size_t)(s->at + 1 - begin));
    pthread_mutex_unlock(&cjson_lock);
    struct bench_json_doc *doc = s->doc;
    if (doc->decoded_count == s->decoded_cap) {
        s->decoded_cap = s->decoded_cap ? s->decoded_cap * 2 : 16;
        doc->decoded = bench_xrealloc(doc->decoded, s->decoded_cap * sizeof(*doc->decoded));
    }
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    doc->decoded[doc->decoded_count++] = (struct bench_json_decoded){
        (uint32_t)(begin + 1 - s->text->data), bench_arena_strdup(doc->arena, text)};
    cJSON_Delete(item);
    *begin = BENCH_JSON_DECODED;
}

/* Ends the string in its place: the closing quote becomes a NUL. */
static int scan_string(struct scanner *s)
{
    char *begin = s->at++;
    bool escaped = false;
    for (;;) {
        unsigned char c = (unsigned char)*s->at;
        while (c >= 0x20 && c < 0x80 && c != '"' && c != '\\')
            c = (unsigned char)*++s->at;
        if (c == '"')
            break;
        if (c == '\\') {
            escaped = true;
            int rc = scan_escape(s);
            if (rc != BENCH_OK)
                return rc;
        } else if (c < 0x20) {
            return s->at == s->end
                       ? fail_at(s, begin, "this string has no end")
                       : fail_at(s, s->at,
                                 "a control character in a string must be escaped (a line "
                                 "break is \\n)");
        } else {
            size_t n =
                bench_json_utf8_length((const unsigned char *)s->at, (size_t)(s->end - s->at));
            if (n == 0)
                return fail_at(s, s->at, "this is no UTF-8; save the file as UTF-8");
            s->at += n;
        }
    }
    if (escaped)
        decode(s, begin);
    *s->at++ = '\0';
    return BENCH_OK;
}

static size_t skip_digits(struct scanner *s)
{
    char *begin = s->at;
    while (*s->at >= '0' && *s->at <= '9')
        s->at++;
    return (size_t)(s->at - begin);
}

/* The value of the tape's word `at` is NaN or infinite. */
static void note_nonfinite(struct scanner *s, size_t at)
{
    struct bench_json_doc *doc = s->doc;
    if (doc->nonfinite_count == s->nonfinite_cap) {
        s->nonfinite_cap = s->nonfinite_cap ? s->nonfinite_cap * 2 : 16;
        doc->nonfinite = bench_xrealloc(doc->nonfinite, s->nonfinite_cap * sizeof(size_t));
    }
    doc->nonfinite[doc->nonfinite_count++] = at;
}

static int scan_exponent(struct scanner *s, const char *begin, const struct bench_json *v)
{
    s->at++;
    if (*s->at == '+' || *s->at == '-')
        s->at++;
    if (skip_digits(s) == 0)
        return fail_unexpected(s, "a digit in the exponent");
    if (s->at - begin > NUMBER_MAX || isfinite(bench_json_number_at(begin)))
        return BENCH_OK;
    if (!s->doc->words)
        return bench_json_error(v, s->err, "the number is too large (at most 1.797e308)");
    note_nonfinite(s, (size_t)(v - s->doc->tape));
    return BENCH_OK;
}

static int scan_number(struct scanner *s, const struct bench_json *v)
{
    char *begin = s->at;
    if (*s->at == '-')
        s->at++;
    char *first = s->at;
    if (skip_digits(s) == 0) {
        s->at = nonfinite_length(begin) ? begin : s->at;
        return fail_unexpected(s, "a digit");
    }
    if (s->at - first > 1 && *first == '0')
        return fail_at(s, begin, "a number must not begin with 0");
    if (*s->at == '.') {
        s->at++;
        if (skip_digits(s) == 0)
            return fail_unexpected(s, "a digit after the point");
    }
    if (*s->at == 'e' || *s->at == 'E') {
        int rc = scan_exponent(s, begin, v);
        if (rc != BENCH_OK)
            return rc;
    }
    if (s->at - begin > NUMBER_MAX)
        return fail_at(s, begin, "this number has more than 63 characters");
    return BENCH_OK;
}

/* Room for `words` more; an error where places no longer fit their fields. */
static int reserve(struct scanner *s, size_t words)
{
    if (s->count + words >= BENCH_JSON_WORDS_MAX)
        return fail_at(s, s->at, "the file holds too many values (about 250 million can be read)");
    if (s->count + words > s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->doc->tape = bench_xrealloc(s->doc->tape, s->cap * sizeof(*s->doc->tape));
    }
    return BENCH_OK;
}

static int push(struct scanner *s, unsigned type)
{
    bool container = type >= BENCH_JSON_ARRAY;
    int rc = reserve(s, container ? 2 : 1);
    if (rc != BENCH_OK)
        return rc;
    const char *at = s->key ? s->key : s->at;
    size_t up = 0;
    if (s->depth) {
        struct open_container *parent = &s->open[s->depth - 1];
        parent->children++;
        up = s->count - parent->at;
    }
    s->doc->tape[s->count].word = (uint64_t)(at - s->text->data) << 32 | (uint64_t)up << 4 |
                                  (uint64_t)(s->key != NULL) << 3 | (uint64_t)type;
    if (container)
        s->doc->tape[s->count + 1].word = 0;
    s->count += container ? 2 : 1;
    s->key = NULL;
    return BENCH_OK;
}

static int open_container(struct scanner *s, enum bench_json_type type)
{
    if (s->depth == BENCH_JSON_DEPTH_MAX)
        return fail_at(s, s->at, "it is nested deeper than 200 levels");
    size_t at = s->count;
    int rc = push(s, type);
    if (rc == BENCH_OK)
        s->open[s->depth++] = (struct open_container){at, 0};
    s->at++;
    return rc;
}

static void close_container(struct scanner *s)
{
    const struct open_container *c = &s->open[--s->depth];
    s->doc->tape[c->at + 1].word = (uint64_t)(s->count - c->at) << 32 | c->children;
    s->at++;
}

/* NaN or Infinity, where they are kept. */
static int scan_word(struct scanner *s, size_t length)
{
    note_nonfinite(s, s->count);
    int rc = push(s, BENCH_JSON_NUMBER);
    s->at += length;
    return rc;
}

static int scan_scalar(struct scanner *s)
{
    size_t length = s->doc->words ? nonfinite_length(s->at) : 0;
    if (length)
        return scan_word(s, length);
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < 3; i++) {
        if (has_word(s->at, words[i])) {
            int rc = push(s, i ? BENCH_JSON_BOOL : BENCH_JSON_NULL);
            s->at += strlen(words[i]);
            return rc;
        }
    }
    return fail_unexpected(s, "a value");
}

/* Offers the object to the skimmer; false if it is to be read here. */
static bool skim(struct scanner *s, int *rc)
{
    const struct bench_json_skim *skim = s->doc->skim;
    const char *end = skim->take(skim->context, s->at);
    if (!end)
        return false;
    size_t at = s->count;
    *rc = push(s, BENCH_JSON_SKIMMED);
    if (*rc == BENCH_OK)
        s->doc->tape[at + 1].word = (uint64_t)2 << 32 | (uint64_t)(end - s->at);
    s->at += end - s->at;
    return true;
}

/* One value, or the opening of one. */
static int scan_value(struct scanner *s)
{
    char c = *s->at;
    int done = BENCH_OK;
    if (c == '{' && s->depth == s->skim_depth && !s->key && skim(s, &done))
        return done;
    if (c == '{' || c == '[')
        return open_container(s, c == '{' ? BENCH_JSON_OBJECT : BENCH_JSON_ARRAY);
    if (c == '"') {
        int rc = push(s, BENCH_JSON_STRING);
        return rc == BENCH_OK ? scan_string(s) : rc;
    }
    bool word = c == '-' && s->doc->words && nonfinite_length(s->at);
    if ((c == '-' && !word) || (c >= '0' && c <= '9')) {
        int rc = push(s, BENCH_JSON_NUMBER);
        return rc == BENCH_OK ? scan_number(s, &s->doc->tape[s->count - 1]) : rc;
    }
    return scan_scalar(s);
}

static int scan_key(struct scanner *s)
{
    skip_space(s);
    if (*s->at != '"')
        return fail_unexpected(s, "a key in double quotes");
    s->key = s->at + 1;
    int rc = scan_string(s);
    if (rc != BENCH_OK)
        return rc;
    skip_space(s);
    if (*s->at != ':')
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
        if (s->depth == 0) {
            *done = true;
            return s->at == s->end ? BENCH_OK : fail_unexpected(s, "the end of the text");
        }
        bool object =
            bench_json_type_of(&s->doc->tape[s->open[s->depth - 1].at]) == BENCH_JSON_OBJECT;
        char closer = object ? '}' : ']';
        if (*s->at == closer) {
            close_container(s);
            just_opened = false;
            continue;
        }
        if (!just_opened) {
            if (*s->at != ',')
                return fail_unexpected(s, object ? "',' or '}'" : "',' or ']'");
            s->at++;
            skip_space(s);
            if (*s->at == closer)
                return fail_at(s, s->at, "there is a comma before this, but nothing follows it");
        }
        return object ? scan_key(s) : BENCH_OK;
    }
}

int bench_json_scan(struct bench_json_doc *doc, struct bench_err *err)
{
    struct bench_json_text *text = &doc->text;
    struct scanner s = {.doc = doc,
                        .text = text,
                        .at = text->data + text->start,
                        .end = text->data + text->length,
                        .skim_depth = doc->skim ? doc->skim->depth : SIZE_MAX,
                        .err = err};
    if (text->length > BENCH_JSON_TEXT_MAX)
        return bench_err_set(err, BENCH_EINPUT, "%s: larger than 4 GiB", text->name);
    reserve(&s, 1);
    memcpy(&doc->tape[s.count++].word, &doc, sizeof(doc));
    int rc = BENCH_OK;
    bool done = false;
    skip_space(&s);
    if (s.at == s.end)
        rc = bench_err_set(err, BENCH_EINPUT, "%s:%zu:1: not valid JSON: it is empty", text->name,
                           text->origin + 1);
    while (rc == BENCH_OK && !done) {
        skip_space(&s);
        size_t depth = s.depth;
        rc = scan_value(&s);
        if (rc == BENCH_OK)
            rc = scan_after_value(&s, s.depth > depth, &done);
    }
    if (rc == BENCH_OK && s.count < s.cap)
        doc->tape = bench_xrealloc(doc->tape, s.count * sizeof(*doc->tape));
    return rc;
}
