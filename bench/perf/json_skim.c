/*
 * Objects that somebody else has read (struct bench_json_skim), and that are asked for their
 * members all the same: a fault is to be named, or a key is looked for. Each becomes a document of
 * its own within the other, parsed from a copy, so that nothing that was handed out moves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json_internal.h"

const char *bench_json_skimmed(const struct bench_json *v)
{
    return bench_json_tag_of(v) >= BENCH_JSON_SKIMMED ? bench_json_text_of(bench_json_doc_of(v), v)
                                                      : NULL;
}

/* The object whose text is doc->text.data + offset, of which a skimmer said that it is JSON. */
static struct bench_json_doc *parse(const struct bench_json_doc *outer, size_t offset,
                                    size_t length, const struct bench_json *within)
{
    struct bench_json_doc *doc = bench_xcalloc(1, sizeof(*doc));
    doc->arena = bench_arena_new();
    doc->text.name = outer->text.name;
    doc->text.data = bench_xmalloc(length + 1);
    memcpy(doc->text.data, outer->text.data + offset, length);
    doc->text.data[length] = '\0';
    doc->text.length = length;
    doc->words = outer->words;
    doc->within = within;
    struct bench_err err;
    if (bench_json_scan(doc, &err) != BENCH_OK) {
        fprintf(stderr, "bench: programming error: what was skimmed is no JSON: %s\n", err.message);
        abort();
    }
    return doc;
}

const struct bench_json *bench_json_open(const struct bench_json *v)
{
    unsigned tag = bench_json_tag_of(v);
    if (tag < BENCH_JSON_SKIMMED)
        return v;
    struct bench_json_doc *doc = bench_json_doc_of(v);
    if (tag == BENCH_JSON_OPENED)
        return bench_json_root(doc->opened[bench_json_offset_of(v)].doc);

    size_t n = doc->opened_count++;
    if ((n & (n - 1)) == 0) /* doubled whenever the count reaches a power of two */
        doc->opened = bench_xrealloc(doc->opened, (n ? n * 2 : 1) * sizeof(*doc->opened));
    size_t offset = bench_json_offset_of(v);
    doc->opened[n] =
        (struct bench_json_opened){offset, parse(doc, offset, (size_t)(v[1].word & UINT32_MAX), v)};
    /* The tape is the document's own, whoever holds a value. */
    struct bench_json *word = &doc->tape[v - doc->tape];
    word->word = (word->word & UINT32_MAX) | (uint64_t)n << 32 | BENCH_JSON_OPENED;
    return bench_json_root(doc->opened[n].doc);
}
