/* What the programs that simulate share: numbers of their command lines, and their files. */
#ifndef TESTS_PERF_SIMULATE_PROGRAM_H
#define TESTS_PERF_SIMULATE_PROGRAM_H

#include <stdbool.h>

#include "bench/perf/json.h"
#include "bench/util/str.h"

/* False if the text is not a whole number from least to most. */
bool simulation_parse_count(const char *text, long least, long most, long *out);

/* Opens the file's object in *text, with how and when it was made: its command, date and seed. */
void simulation_file_begin(struct bench_str *text, struct bench_json_writer *w, const char *command,
                           long seed);
/* Writes the text, whose object was closed, and frees it. Returns the program's exit code: 0, or 4
 * with a message. */
int simulation_file_end(struct bench_str *text, const char *output, const char *program);

#endif
