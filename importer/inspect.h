/*
 * What only Python can say about Python code. A python3 process parses it and never executes it
 * (importer/inspect.py, which travels inside the program).
 */
#ifndef BENCH_IMPORTER_INSPECT_H
#define BENCH_IMPORTER_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/perf/json.h"

/* A request under construction: open, put one object an item, ask. */
struct bench_inspect {
    struct bench_str text;
    struct bench_json_writer writer; /* the caller puts objects into the open array */
};

/* `what` is "operators", "inits" or "diffs"; importer/inspect.py says what its items have. */
void bench_inspect_open(struct bench_inspect *request, const char *what);
/* Sends the request of `count` items and frees it. *answer is an array with one item an item of the
 * request, strings for "diffs" and objects for the others; free it with bench_json_free.
 * BENCH_EUNSUPPORTED if there is no python3, BENCH_ERROR if it fails or answers something else. */
int bench_inspect_ask(struct bench_inspect *request, size_t count, struct bench_json_doc **answer,
                      struct bench_err *err);
void bench_inspect_fini(struct bench_inspect *request);

/* A request of "diffs": one item of it (texts may be NULL: there is no such file), and the sending
 * of `count` of them. *diff is all of their unified diffs, one after the other; the caller frees.
 * Errors are those of bench_inspect_ask. */
void bench_inspect_put_diff(struct bench_inspect *request, const char *path, const char *old_text,
                            const char *new_text);
int bench_inspect_ask_diffs(struct bench_inspect *request, size_t count, char **diff,
                            struct bench_err *err);

#endif
