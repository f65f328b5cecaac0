/*
 * One text from a CUDA C source and what it includes, for places where no files can go along.
 */
#ifndef BENCH_IMPORTER_SOURCE_INLINE_H
#define BENCH_IMPORTER_SOURCE_INLINE_H

#include "bench/util/err.h"
#include "bench/util/str.h"

/* Appends the source with every `#include "file"` replaced by the file's text, each named by a
 * comment: once, where the file says so (by a guard around all of it, or #pragma once, which
 * becomes one if need be), else wherever it is included. A guarded file that is included under a
 * condition stands there, and again where it is included without one. What is for the cpu device
 * alone, under #ifdef BENCH_CPU, is left out. Files are looked for beside the including one.
 * `#include <...>` stays, and so does an include under a condition of a file that is not there.
 * BENCH_EINPUT, naming file and line, where one is missing; BENCH_EUNSUPPORTED where a macro names
 * it, for #elif after #ifdef BENCH_CPU, for a condition without #endif, and beyond 16 MB of text.
 */
int bench_source_inline(const char *path, struct bench_str *out, struct bench_err *err);

#endif
