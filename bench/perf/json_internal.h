/* What the files of the JSON reader share; private to bench/perf. */
#ifndef BENCH_PERF_JSON_INTERNAL_H
#define BENCH_PERF_JSON_INTERNAL_H

#include "bench/perf/json.h"
#include "bench/util/mem.h"

#define BENCH_JSON_DEPTH_MAX 200

/* Where the lines are: one mark every MARK_BYTES, so that a place is found by reading one block. */
struct bench_json_mark {
    size_t newlines;   /* before the block */
    size_t line_start; /* offset of the line in which the block begins */
};

struct bench_json_text {
    const char *name;
    const char *data;
    size_t length;
    size_t start; /* after the byte-order mark */
    struct bench_json_mark *marks;
};

struct bench_json {
    struct bench_json_doc *doc;
    const struct bench_json *parent;
    struct bench_json *next;
    struct bench_json *first;
    const char *key;
    union {
        double number;
        const char *string;
        bool boolean;
    } value;
    size_t size;
    size_t index;  /* among its parent's children */
    size_t offset; /* of its first byte in the text */
    enum bench_json_type type;
};

struct bench_json_doc {
    struct bench_arena *arena;
    struct bench_json_text text;
    char *owned; /* text.data, to be freed */
    struct bench_json *root;
};

/* Fills text->marks (freed with free()). */
void bench_json_mark_lines(struct bench_json_text *text);
void bench_json_locate(const struct bench_json_text *text, size_t offset, size_t *line,
                       size_t *column);

/* Checks the text against RFC 8259 without recursion, and notes the offset of every value in
 * document order. The caller frees *offsets, on failure too. */
int bench_json_scan(const struct bench_json_text *text, size_t **offsets, size_t *count,
                    struct bench_err *err);

/* Length of the UTF-8 sequence at `s`, or 0 if it is none. `left` bytes may be read. */
size_t bench_json_utf8_length(const unsigned char *s, size_t left);

#endif
