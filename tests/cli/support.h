/* Tests of the command line start the real program, $BENCH_BINARY, in an empty folder. */
#ifndef TESTS_CLI_SUPPORT_H
#define TESTS_CLI_SUPPORT_H

#include "bench/util/process.h"

#define CLI_ARGUMENTS_MAX 24

/* To be .init and .fini of a suite: a new folder becomes the working directory; then it goes. */
void cli_enter_folder(void);
void cli_leave_folder(void);

/* Runs `bench` with the arguments, separated by single blanks. The result stays until the next call
 * or cli_leave_folder. */
const struct bench_process_result *cli_bench(const char *arguments);

void cli_write(const char *path, const char *text);
/* A copy of tests/resources/<name>. */
void cli_copy_resource(const char *name, const char *path);

/* The test fails unless it ended with this code, said this, and wrote nothing that ASan would. */
void cli_expect_exit(const struct bench_process_result *result, int code);
void cli_expect_in(const char *text, const char *part);

#endif
