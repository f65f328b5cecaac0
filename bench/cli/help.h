/* What is made of the options' tables besides `--help`: manual pages, and completion for shells. */
#ifndef BENCH_CLI_HELP_H
#define BENCH_CLI_HELP_H

#include "bench/cli/options.h"
#include "bench/util/str.h"

/* `bench help --man DIR` writes bench.1 and a page for each command into the folder, which is made;
 * `bench help --completion {bash,zsh,fish}` prints the completion. An exit code. */
int bench_help_write(int argc, char **argv);

/* A command, or one below another, with its options. */
struct bench_help_entry {
    char *name; /* "run", "history import" */
    const struct bench_command *command;
    struct bench_option *options; /* options[count]; their values are not there */
    size_t count;
};
struct bench_help_entries {
    struct bench_help_entry *items; /* in the order of `bench help` */
    size_t count;
};

/* Manual page of section 1 in man(7); `date` as 2026-11-22. */
void bench_help_page(const struct bench_help_entry *entry, const char *date, struct bench_str *out);
/* bench.1: what it is, and the commands. */
void bench_help_overview_page(const struct bench_help_entries *all, const char *date,
                              struct bench_str *out);

void bench_help_bash(const struct bench_help_entries *all, struct bench_str *out);
void bench_help_zsh(const struct bench_help_entries *all, struct bench_str *out);
void bench_help_fish(const struct bench_help_entries *all, struct bench_str *out);

#endif
