/*
 * The selection as a file (docs/formats.md, "Selection result"): what `bench import` and the user's
 * jq commands read. Averages are calculated from unrounded values and written so that they read
 * back to the same double.
 */
#ifndef SELECTOR_WRITE_H
#define SELECTOR_WRITE_H

#include "bench/util/err.h"
#include "bench/util/str.h"
#include "selector/select.h"

void bench_selection_format(const struct bench_selection *selection, struct bench_str *out);

/* Atomic; makes the folder. */
int bench_selection_write(const struct bench_selection *selection, const char *path,
                          struct bench_err *err);

#endif
