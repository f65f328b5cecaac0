/* The sub-commands: one const struct each, defined in its cmd_<name>.c. */
#ifndef BENCH_CLI_COMMANDS_H
#define BENCH_CLI_COMMANDS_H

#include <stddef.h>

#include "bench/cli/options.h"

/* In the order of the list that `bench help` prints: that of the work. */
extern const struct bench_command *const bench_commands[];
extern const size_t bench_command_count;

/* NULL if there is none of that name. */
const struct bench_command *bench_command_find(const char *name);

#endif
