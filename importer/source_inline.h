/*
 * One text from a CUDA C source and what it includes, for places where no files can go along.
 */
#ifndef BENCH_IMPORTER_SOURCE_INLINE_H
#define BENCH_IMPORTER_SOURCE_INLINE_H

#include "bench/util/err.h"
#include "bench/util/str.h"

/* Appends the source with every `#include "file"` replaced by the file's text, each file once, each
 * named by a comment. A file that is included under a condition stands there, and again where it is
 * included without one: its guard keeps the compiler from reading it twice (#pragma once becomes
 * such a guard, or is dropped). What is for the cpu device alone, under #ifdef BENCH_CPU, is left
 * out. Files are looked for beside the including one. `#include <...>` stays. BENCH_EINPUT, naming
 * file and line, where one is missing; BENCH_EUNSUPPORTED where a macro names it, and for #elif
 * after #ifdef BENCH_CPU. */
int bench_source_inline(const char *path, struct bench_str *out, struct bench_err *err);

#endif
