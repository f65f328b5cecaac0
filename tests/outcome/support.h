/* For tests of outcomes: runs of the real program, on the null device, read back. */
#ifndef TESTS_OUTCOME_SUPPORT_H
#define TESTS_OUTCOME_SUPPORT_H

#include "bench/outcome/outcome.h"

/* Runs a suite of tests/resources into the folder `output`. */
void outcome_run(const char *suite, const char *options, const char *output);
/* The test fails unless it can be read. */
struct bench_outcome *outcome_load(const char *path, unsigned flags);
/* The test fails unless it is refused so, with a message that has `part` in it. */
void outcome_refused(const char *path, unsigned flags, int code, const char *part);
/* By operator and the text that the label has in it; the test fails if there is none. */
const struct bench_outcome_case *outcome_case(const struct bench_outcome *outcome, const char *op,
                                              const char *label_part);
bool outcome_has_note(const struct bench_outcome *outcome, const char *part);

/* The first occurrence of a text in a file gives way to another; the test fails if there is none.
 */
void outcome_edit(const char *path, const char *from, const char *to);
/* The file without its last `bytes`. */
void outcome_cut(const char *path, size_t bytes);

#endif
