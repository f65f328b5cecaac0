/*
 * What an operator's implementations are made of: hashes of their sources, by which a run that is
 * resumed knows that it measures the same code. In run.json, in the object of the operator.
 */
#ifndef BENCH_RUN_SOURCES_H
#define BENCH_RUN_SOURCES_H

#include <stdbool.h>

#include "bench/perf/json.h"
#include "bench/spec/suite.h"

/* hashes[i] is a JSON object as text: for each implementation of operator i that has a source, and
 * its oracle ("oracle"), the hash of that source with all that it includes (bench_source_hash), in
 * Python of the description's "python" and its code file. A source that cannot be read has "". The
 * texts live in `arena`. */
void bench_sources_hash(const struct bench_suite *suite, struct bench_arena *arena,
                        const char **hashes);

/* The same of one implementation; false if it has no source, or one that cannot be read. */
bool bench_source_hash_of(const struct bench_implementation *impl, char hex[33]);
/* The hash that an implementation in Python (`impl->python` is not NULL) has with this code in its
 * code file; NULL: it has no code file. */
void bench_source_hash_with(const struct bench_implementation *impl, const char *code,
                            size_t length, char hex[33]);

#endif
