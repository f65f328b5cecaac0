/*
 * Fuzz targets: each file beside this one but support.c and replay.c is one, and defines what
 * libFuzzer calls with bytes that anybody may have written. The same function runs over
 * corpus/<target>/ in the ordinary tests (replay.c). docs/fuzzing.md says how to add one.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

/* The target. Returns 0; what must never happen ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input: ends the process with the place if it does not. */
#define fuzz_require(condition) fuzz_required((condition), #condition, __FILE__, __LINE__)
void fuzz_required(int holds, const char *condition, const char *file, int line);

/* The contract of every reader: 0, or a negative code that `err` repeats, with a message. */
void fuzz_check_error(int rc, const struct bench_err *err);

/* A folder of this process in memory, empty at the start; it is removed when the process ends. */
const char *fuzz_folder(void);
/* Writes a file of that folder (`name` may have folders in it) and returns its path, which the
 * caller frees. */
char *fuzz_file(const char *name, const void *data, size_t size);
/* The bytes as a string; the caller frees. */
char *fuzz_text(const uint8_t *data, size_t size);

#endif
