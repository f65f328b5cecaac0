/* Writing Python source text: names, literals, and which names an expression uses. */
#ifndef BENCH_IMPORTER_PYTHON_TEXT_H
#define BENCH_IMPORTER_PYTHON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/str.h"

/* Letters, digits and '_' with no digit in front, ASCII only, and no keyword. */
bool bench_python_is_name(const char *text);
bool bench_python_is_keyword(const char *text);

/* "text" with escapes, on one line. */
void bench_python_add_string(struct bench_str *out, const char *text);
/* A literal that keeps the text's lines readable: triple-quoted and raw where the text allows it.
 */
void bench_python_add_block(struct bench_str *out, const char *text);
/* The fewest digits that read back to the same double; whole numbers without a point. */
void bench_python_add_number(struct bench_str *out, double value);
/* The inside of a """docstring""": backslashes and triple quotes escaped. */
void bench_python_add_docstring(struct bench_str *out, const char *text);

/* The same, with lines broken at blanks so that they have at most 88 columns (as black has it);
 * lines after the first begin with `indent` blanks. */
void bench_python_add_wrapped(struct bench_str *out, const char *text, int indent);
/* Appends code with lines beyond 120 columns (FlagGems' limit) broken within their brackets. Those
 * that have no such place are marked as meant to be so, and no linter complains. */
void bench_python_add_fitted(struct bench_str *out, const char *source);

/* True if `name` stands in `text` as a whole word (also inside strings: may say yes too often). */
bool bench_python_uses(const char *text, const char *name);

#endif
