/*
 * What the files of the JSON reader share; private to bench/perf.
 *
 * A document is its text and a tape: one 64-bit word a value in document order, two for an array or
 * an object. A value is a pointer to its word. Nothing is copied out of the text: a string's
 * closing quote becomes its end, a number is read where it stands when somebody asks for it. Only
 * strings with escapes are decoded, by cJSON, into the arena. docs/design.md says what this saves.
 *
 *   word 0: offset in the text: 32 bits | words back to the parent: 28 | member: 1 | type: 3
 *   word 1 of arrays and objects: words of the whole value: 32 | children: 32
 *
 * An object that was skimmed has two words as well: its second is 2 | its bytes. Once it was parsed
 * after all (json_skim.c), the offset is its number among doc->opened.
 *
 * A member of an object is found at its key, any other value at its first byte. The word before the
 * root's holds the document.
 */
#ifndef BENCH_PERF_JSON_INTERNAL_H
#define BENCH_PERF_JSON_INTERNAL_H

#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/mem.h"

#define BENCH_JSON_DEPTH_MAX 200
/* What the fields of a word can hold. */
#define BENCH_JSON_TEXT_MAX ((size_t)UINT32_MAX)
#define BENCH_JSON_WORDS_MAX ((size_t)1 << 28)

/* Beyond the types of bench_json_type: objects whose members are not on the tape. */
#define BENCH_JSON_SKIMMED 6
#define BENCH_JSON_OPENED 7

/* In the place of a string's opening quote: it has escapes, and its text is in doc->decoded. */
#define BENCH_JSON_DECODED '\x01'

struct bench_json {
    uint64_t word;
};

/* Where the lines are: one mark every block, so that a place is found by reading one block. */
struct bench_json_mark {
    size_t newlines;   /* before the block */
    size_t line_start; /* offset of the line in which the block begins */
};

struct bench_json_text {
    const char *name;
    char *data;
    size_t length;
    size_t start;                  /* after the byte-order mark */
    size_t origin;                 /* lines before the text, where it is a part of a file */
    size_t indent;                 /* bytes before the text in its first line */
    struct bench_json_mark *marks; /* NULL until somebody asks for a place */
};

struct bench_json_decoded {
    uint32_t offset; /* after the opening quote */
    const char *text;
};

/* What was skimmed and then parsed: a document of its own, within another. */
struct bench_json_opened {
    size_t offset; /* in the text of the outer document */
    struct bench_json_doc *doc;
};

struct bench_json_doc {
    struct bench_arena *arena;
    struct bench_json_text text;
    struct bench_json *tape; /* [0] is the document's address, [1] the root */
    struct bench_json_decoded *decoded;
    size_t decoded_count;
    size_t *nonfinite; /* NaN and Infinity: places in the tape */
    size_t nonfinite_count;
    struct bench_json_origin *origins;
    size_t origin_count;
    const struct bench_json_skim *skim; /* while the text is scanned */
    struct bench_json_opened *opened;
    size_t opened_count;
    const struct bench_json
        *within; /* where it stands in the outer document; NULL: there is none */
    bool words;  /* NaN and Infinity are kept */
    /* Where the last index was counted: places are asked for in order, mostly. */
    const struct bench_json *last;
    size_t last_index;
};

static inline unsigned bench_json_tag_of(const struct bench_json *v)
{
    return v->word & 7;
}

static inline enum bench_json_type bench_json_type_of(const struct bench_json *v)
{
    unsigned tag = bench_json_tag_of(v);
    return tag >= BENCH_JSON_SKIMMED ? BENCH_JSON_OBJECT : (enum bench_json_type)tag;
}

static inline bool bench_json_is_member(const struct bench_json *v)
{
    return v->word >> 3 & 1;
}

static inline bool bench_json_is_container(const struct bench_json *v)
{
    return bench_json_type_of(v) >= BENCH_JSON_ARRAY;
}

/* Not of what was opened: bench_json_text_of. */
static inline size_t bench_json_offset_of(const struct bench_json *v)
{
    return (size_t)(v->word >> 32);
}

/* In words. */
static inline size_t bench_json_length_of(const struct bench_json *v)
{
    return bench_json_is_container(v) ? (size_t)(v[1].word >> 32) : 1;
}

/* The value with its members: another one than `v` where that was skimmed. */
const struct bench_json *bench_json_open(const struct bench_json *v);

/* NULL for the root. */
static inline const struct bench_json *bench_json_parent_of(const struct bench_json *v)
{
    size_t up = (size_t)(v->word >> 4 & (BENCH_JSON_WORDS_MAX - 1));
    return up ? v - up : NULL;
}

static inline struct bench_json_doc *bench_json_doc_of(const struct bench_json *v)
{
    for (const struct bench_json *up; (up = bench_json_parent_of(v)) != NULL;)
        v = up;
    struct bench_json_doc *doc;
    memcpy(&doc, &v[-1].word, sizeof(doc));
    return doc;
}

/* The value's own text, not its key's. */
const char *bench_json_text_of(const struct bench_json_doc *doc, const struct bench_json *v);

/* What a string says whose opening quote (or its mark) is at `quote`. */
const char *bench_json_string_at(const struct bench_json_doc *doc, const char *quote);

/* The number that begins at `text`, which is known to be one. */
double bench_json_number_at(const char *text);

/* The first call counts the lines (text->marks, freed with free()). */
void bench_json_locate(struct bench_json_text *text, size_t offset, size_t *line, size_t *column);

/* The number as text, without a NUL; the length. */
#define BENCH_JSON_NUMBER_MAX 40
size_t bench_json_format_int(int64_t v, char out[24]);
size_t bench_json_format_double(double v, bool python, char out[BENCH_JSON_NUMBER_MAX]);

/* Checks the text against RFC 8259 without recursion, and fills the tape. */
int bench_json_scan(struct bench_json_doc *doc, struct bench_err *err);

/* Length of the UTF-8 sequence at `s`, or 0 if it is none. `left` bytes may be read. */
size_t bench_json_utf8_length(const unsigned char *s, size_t left);

#endif
