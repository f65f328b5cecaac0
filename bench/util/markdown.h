/* Texts of others (names of operators, reasons, files) in Markdown that GitHub shows: they stay
 * text, whatever is in them, and nobody is called by them. */
#ifndef BENCH_UTIL_MARKDOWN_H
#define BENCH_UTIL_MARKDOWN_H

#include "bench/util/str.h"

/* For a paragraph, a list, a cell of a table, or within HTML; not for code. What Markdown or HTML
 * would take for its own is written as an entity, control characters and ends of lines as spaces.
 * Entities do not keep GitHub from finding @user, #12, GH-12, owner/name#12 and addresses, since it
 * looks for them in what was rendered: there a comment, which shows nothing, parts the text. */
void bench_markdown_add(struct bench_str *out, const char *text);

/* The same as code (`text`), also in a cell, where nothing is looked for: backticks, bars and
 * control characters are spaces. */
void bench_markdown_add_code(struct bench_str *out, const char *text);

#endif
