/*
 * JSON documents with places. Every value knows its parent, so it can say where it stands, both as
 * a JSON pointer and as line:column, and duplicate keys are kept, so that they can be reported. A
 * UTF-8 byte-order mark is accepted. NaN and Infinity are refused (they are not JSON), unless the
 * caller asks for them.
 *
 * A document takes its text and about 8 bytes a value (16 an array or an object); design.md says
 * why no tree of cJSON's. A number is read from the text whenever it is asked for, so callers that
 * use one often keep it. cJSON, which only bench/perf touches, decodes strings with escapes.
 *
 * Values belong to their document and die with it. One document is for one thread at a time.
 */
#ifndef BENCH_PERF_JSON_H
#define BENCH_PERF_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"
#include "bench/util/str.h"

enum bench_json_type {
    BENCH_JSON_NULL,
    BENCH_JSON_BOOL,
    BENCH_JSON_NUMBER,
    BENCH_JSON_STRING,
    BENCH_JSON_ARRAY,
    BENCH_JSON_OBJECT
};

struct bench_json_doc;
struct bench_json;

/* Reads and parses `path`; the message of a syntax error has path:line:column. Documents deeper
 * than 200 levels or larger than `max_bytes` (0: 1 GiB) are refused with a clear message. */
int bench_json_read(const char *path, size_t max_bytes, struct bench_json_doc **doc,
                    struct bench_err *err);
/* `name` stands for the path in messages. The text is copied. */
int bench_json_parse(const char *name, const char *text, size_t length, struct bench_json_doc **doc,
                     struct bench_err *err);

/*
 * A reader of one's own for the many small objects of a large file: each that is an element of an
 * array at this depth (the root's is 0) is offered to it. Either it takes from the object what it
 * wants and returns what follows the closing brace, or it returns NULL, having done nothing, and
 * the object is read as every other. It must take nothing that is no JSON (RFC 8259). Of what was
 * taken only the place is kept: if somebody asks for its members, it is parsed then, and stays in
 * memory until the document is freed.
 */
struct bench_json_skim {
    size_t depth;
    const char *(*take)(void *context, const char *object);
    void *context;
};

/* A text that is a part of a file, or not quite JSON, or has what is skimmed. Zeros: neither. */
struct bench_json_part {
    size_t line, column; /* 1-based place of its first byte in the file; 0: 1 */
    bool nonfinite;      /* NaN, Infinity and -Infinity (also nan, inf) are numbers, as Python's
                            json module writes and reads them; what a double cannot hold (1e999) is
                            an infinity */
    const struct bench_json_skim *skim; /* NULL: nothing is skimmed */
};
int bench_json_parse_part(const char *name, const char *text, size_t length,
                          const struct bench_json_part *part, struct bench_json_doc **doc,
                          struct bench_err *err);
/* The same without a copy: takes `text`, which malloc made and which has a NUL at text[length], and
 * frees it on failure too. */
int bench_json_take(const char *name, char *text, size_t length, const struct bench_json_part *part,
                    struct bench_json_doc **doc, struct bench_err *err);
/* What skim->take was offered and took; NULL for every other value. */
const char *bench_json_skimmed(const struct bench_json *v);
/* The number that begins at `text` and is JSON: its value, rightly rounded, and what follows it.
 * NULL where it is none, or needs more than the quick arithmetic (more than 19 digits, or far from
 * 1); `text` ends with a NUL. */
const char *bench_json_quick_number(const char *text, double *out);

/* The NaNs and infinities that were kept, in document order. */
size_t bench_json_nonfinite_count(const struct bench_json_doc *doc);
const struct bench_json *bench_json_nonfinite(const struct bench_json_doc *doc, size_t i);
/* It is written in digits: "1e999". */
bool bench_json_is_overflow(const struct bench_json *nonfinite);

void bench_json_free(struct bench_json_doc *doc);
/* True if the bytes are UTF-8 (without overlong forms and surrogates). */
bool bench_json_is_utf8(const char *text, size_t length);
const struct bench_json *bench_json_root(const struct bench_json_doc *doc);
const char *bench_json_name(const struct bench_json_doc *doc);
const struct bench_json_doc *bench_json_document(const struct bench_json *v);

enum bench_json_type bench_json_type(const struct bench_json *v);
const char *bench_json_type_name(const struct bench_json *v); /* "a number", "an object", ... */

/* Children in document order; NULL where there is none. */
const struct bench_json *bench_json_first(const struct bench_json *v);
const struct bench_json *bench_json_next(const struct bench_json *v);
size_t bench_json_size(const struct bench_json *v);
const struct bench_json *bench_json_at(const struct bench_json *v, size_t index); /* O(index) */
/* The member `key` of an object (the first, if duplicated); NULL if absent or no object.
 * O(members): loop with _first/_next over large objects. */
const struct bench_json *bench_json_get(const struct bench_json *object, const char *key);
/* Several members in one walk: out[i] is the first of the name keys[i], or NULL. Returns how many
 * members are left over: of other names, or there again. */
size_t bench_json_pick(const struct bench_json *object, const char *const *keys, size_t count,
                       const struct bench_json **out);
/* The elements of an array up to the first that is no whole number as plain digits ("16", not
 * "1.6e1"), at most `room`; returns how many. */
size_t bench_json_digits(const struct bench_json *array, uint64_t *out, size_t room);
const char *bench_json_key(const struct bench_json *v); /* NULL if not a member of an object */

/* Plain values; the type must be right (asserted). */
bool bench_json_bool(const struct bench_json *v);
double bench_json_number(const struct bench_json *v);
const char *bench_json_string(const struct bench_json *v);
/* True if the number is an integer that a double holds exactly. */
bool bench_json_is_int(const struct bench_json *v, int64_t *out);

/* "/gelu/configs/3/your_time" ("" for the root); the caller frees. */
char *bench_json_pointer(const struct bench_json *v);
/* Values of this document are told to stand where others do, of documents that must outlive it:
 * pointer, line, column and file of each are then those of the last origin at or before it.
 * Offsets are in the text that was parsed, ascending; the array is taken and freed with free(). */
struct bench_json_origin {
    size_t offset;
    const struct bench_json *value;
};
void bench_json_set_origins(struct bench_json_doc *doc, struct bench_json_origin *origins,
                            size_t count);

/* 1-based place of the value in the text it was parsed from. */
void bench_json_place(const struct bench_json *v, size_t *line, size_t *column);

/* An error at a value: "<file>:<line>:<column>: <pointer>: <message>". Returns BENCH_EINPUT. */
int bench_json_error(const struct bench_json *v, struct bench_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Strict readers for documents with a fixed form. Each returns 0 or BENCH_EINPUT with a message
 * that says what was found, what was expected, and (for keys) the nearest valid one. */
int bench_json_expect(const struct bench_json *v, enum bench_json_type type, struct bench_err *err);
/* Fails on unknown and on duplicate keys. `keys` is NULL-terminated; "$schema" is always allowed.
 */
int bench_json_expect_keys(const struct bench_json *object, const char *const *keys,
                           struct bench_err *err);
/* Members by name. A missing member is an error if `required`, else *out is left as it is. */
int bench_json_get_string(const struct bench_json *object, const char *key, bool required,
                          const char **out, struct bench_err *err);
int bench_json_get_int(const struct bench_json *object, const char *key, bool required, int64_t min,
                       int64_t max, int64_t *out, struct bench_err *err);
int bench_json_get_double(const struct bench_json *object, const char *key, bool required,
                          double *out, struct bench_err *err);
int bench_json_get_bool(const struct bench_json *object, const char *key, bool required, bool *out,
                        struct bench_err *err);
int bench_json_get_array(const struct bench_json *object, const char *key, bool required,
                         const struct bench_json **out, struct bench_err *err);
int bench_json_get_object(const struct bench_json *object, const char *key, bool required,
                          const struct bench_json **out, struct bench_err *err);

/*
 * Writing: calls in document order onto a growing string. Numbers are written with the fewest
 * digits that read back to the same double; writing a NaN or an infinity is a programming error
 * (asserted). Misnested calls are asserted.
 */
enum bench_json_style {
    BENCH_JSON_COMPACT, /* one line */
    BENCH_JSON_PRETTY,  /* indent 2, but arrays of plain values on one line */
    BENCH_JSON_PYTHON   /* byte for byte as Python's json.dump(indent=2) writes it */
};

struct bench_json_writer {
    struct bench_str *out;
    enum bench_json_style style;
    int depth;
    unsigned char state[256]; /* private; deeper than any document that is read */
};

void bench_json_writer_init(struct bench_json_writer *w, struct bench_str *out,
                            enum bench_json_style style);
void bench_json_open_object(struct bench_json_writer *w);
/* The same, on one line with all that is in it (in BENCH_JSON_PYTHON as any other). */
void bench_json_open_object_line(struct bench_json_writer *w);
void bench_json_close_object(struct bench_json_writer *w);
void bench_json_open_array(struct bench_json_writer *w);
void bench_json_close_array(struct bench_json_writer *w);
void bench_json_put_key(struct bench_json_writer *w, const char *key);
/* The same for keys in which nothing can need an escape: literals. */
void bench_json_put_plain_key(struct bench_json_writer *w, const char *key, size_t length);
void bench_json_put_string(struct bench_json_writer *w, const char *s); /* NULL writes null */
void bench_json_put_int(struct bench_json_writer *w, int64_t v);
void bench_json_put_double(struct bench_json_writer *w, double v);
void bench_json_put_bool(struct bench_json_writer *w, bool v);
void bench_json_put_null(struct bench_json_writer *w);
/* Copies a value of a document, children and all. */
void bench_json_put_value(struct bench_json_writer *w, const struct bench_json *v);
/* Shorthands: key and value. */
void bench_json_put_key_string(struct bench_json_writer *w, const char *key, const char *s);
void bench_json_put_key_int(struct bench_json_writer *w, const char *key, int64_t v);
void bench_json_put_key_double(struct bench_json_writer *w, const char *key, double v);
void bench_json_put_key_bool(struct bench_json_writer *w, const char *key, bool v);

#endif
