/* Running another program and collecting what it says, with a deadline. */
#ifndef BENCH_UTIL_PROCESS_H
#define BENCH_UTIL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"

struct bench_process_spec {
    const char *const *argv; /* NULL-terminated; argv[0] is searched in PATH */
    const char *const *env;  /* NULL, or NULL-terminated "NAME=value" added to the environment */
    const char *input;       /* NULL, or text for its standard input */
    size_t input_length;
    const char *cwd; /* NULL: ours */
    int timeout_ms;  /* 0: none; at the deadline its process group is killed */
};

struct bench_process_result {
    int exit_code; /* -1 if it died of a signal */
    int signal;    /* 0 if it exited */
    bool timed_out;
    char *out; /* standard output, NUL-terminated */
    size_t out_length;
    char *err; /* standard error, NUL-terminated */
    size_t err_length;
};

/* 0 if the program was started and has ended, however it ended; BENCH_ENOTFOUND if there is no such
 * program. The caller calls _fini on the result in every case. */
int bench_process_run(const struct bench_process_spec *spec, struct bench_process_result *result,
                      struct bench_err *err);
void bench_process_result_fini(struct bench_process_result *result);

/* True if `name` is an executable file or is found in PATH. */
bool bench_process_exists(const char *name);

#endif
