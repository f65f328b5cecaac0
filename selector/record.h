/*
 * FlagGems' own benchmark records (`pytest benchmark --record log` and `--record json`), read as if
 * they were performance data and written from it; docs/formats.md says what each side loses.
 *
 *   log   lines "[INFO] {...}", one result each, among lines that hold none
 *   json  {"<mark>": {"details": [result, ...], "result": "passed", ...}}; also one result, or an
 *         array of them
 *
 * A result is op_name, dtype, mode, level, and "result": an array of metrics, of which latency_base
 * is torch's time and latency FlagGems'.
 */
#ifndef SELECTOR_RECORD_H
#define SELECTOR_RECORD_H

#include "selector/dataset.h"

enum bench_record_form { BENCH_RECORD_NONE, BENCH_RECORD_LOG, BENCH_RECORD_JSON };

/* What the text of a log looks like. */
bool bench_record_is_log(const char *text, size_t length);
/* What the root of a JSON record looks like; performance data never do. */
bool bench_record_is_json(const struct bench_json *root);

/* A record as it was read, and as performance data: every value of `doc` is told to stand where it
 * stands in the record. */
struct bench_record {
    struct bench_json_doc **parts; /* a log's results, each a document; of JSON the whole */
    size_t part_count;
    size_t results;
    struct bench_json_doc *doc;
};

/* Reads a log's text. What cannot be read goes to `faults`; what can is converted. */
void bench_record_read_log(struct bench_record *record, const char *path, const char *text,
                           size_t length, enum bench_dataset_kind kind,
                           struct bench_faults *faults);
/* Takes `json`, whose root bench_record_is_json. */
void bench_record_read_json(struct bench_record *record, struct bench_json_doc *json,
                            enum bench_dataset_kind kind, struct bench_faults *faults);
void bench_record_fini(struct bench_record *record);

/* The performance data as a record. The data must be free of errors. */
void bench_record_format(const struct bench_dataset *set, enum bench_record_form form,
                         struct bench_str *out);

/* What Python's repr, with no spaces, says of a JSON value: "[[2,3],None,{'dim':0}]". */
void bench_literal_add(struct bench_str *out, const struct bench_json *v);
/* The way back: JSON of a Python list, tuple or dict of plain values; false if it is none. */
bool bench_literal_to_json(const char *text, struct bench_str *json);

#endif
