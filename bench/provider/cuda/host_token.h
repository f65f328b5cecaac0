/* Tokens of preprocessed C++, with their file and line. Private to host_source.c. */
#ifndef BENCH_PROVIDER_CUDA_HOST_TOKEN_H
#define BENCH_PROVIDER_CUDA_HOST_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum bench_token_kind {
    BENCH_TOKEN_END,
    BENCH_TOKEN_SPACE,  /* blanks and newlines */
    BENCH_TOKEN_MARKER, /* a line that begins with '#': place in a file, or a pragma */
    BENCH_TOKEN_WORD,
    BENCH_TOKEN_LITERAL, /* string or character */
    BENCH_TOKEN_PUNCT    /* one character; "<<<" is one token */
};

struct bench_token {
    enum bench_token_kind kind;
    const char *text;
    size_t length;
};

struct bench_lexer {
    const char *at;
    bool line_start;
    /* Of the next token. The file name is a piece of the text. */
    const char *file;
    size_t file_length;
    int line;
    bool foreign; /* not the user's: a system header, the shim, the command line */
};

void bench_lexer_init(struct bench_lexer *l, const char *text);
struct bench_token bench_lexer_next(struct bench_lexer *l);
bool bench_token_is(const struct bench_token *t, const char *text);

#endif
