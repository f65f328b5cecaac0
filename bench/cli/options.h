/*
 * Option parsing: one const table is both the parser and the help (`-h`, `bench help <cmd>`).
 * Long options: --name value, --name=value, flags --name and --no-name. Unknown options get the
 * nearest known name. All messages go to standard error.
 */
#ifndef BENCH_CLI_OPTIONS_H
#define BENCH_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_option_type {
    BENCH_OPTION_FLAG,    /* bool * */
    BENCH_OPTION_STRING,  /* const char ** */
    BENCH_OPTION_CHOICE,  /* const char **: one of the words of `argument`, "text|json" */
    BENCH_OPTION_STRINGS, /* struct bench_strings *: may be given several times */
    BENCH_OPTION_INT,     /* int64_t * */
    BENCH_OPTION_COUNT,   /* int64_t *: --name means `min`, --no-name 0, --name=value the value */
    BENCH_OPTION_DOUBLE   /* double * */
};

#define BENCH_OPTION_STRINGS_MAX 64
struct bench_strings {
    const char *items[BENCH_OPTION_STRINGS_MAX];
    size_t count;
};

struct bench_option {
    const char *name; /* without dashes; NULL ends the table */
    enum bench_option_type type;
    void *value;
    const char *argument; /* name of the argument in the help ("FILE"); NULL for a flag */
    const char *help;     /* one sentence, with the default */
    int64_t min, max;     /* BENCH_OPTION_INT, _COUNT: allowed range; both 0 means any */
};

/* Exit codes of every sub-command (docs/workflow.md lists them). */
enum bench_exit {
    BENCH_EXIT_OK = 0,
    BENCH_EXIT_FAILED = 1,    /* done, but results are wrong or something in it failed */
    BENCH_EXIT_USAGE = 2,     /* bad options or bad input files; nothing was done */
    BENCH_EXIT_NO_DEVICE = 3, /* the device asked for is not here */
    BENCH_EXIT_SYSTEM = 4,    /* could not read, write or start something */
    BENCH_EXIT_INTERRUPTED = 130
};

/* Of a bench_err's code: what is missing or wrong in the input is BENCH_EXIT_USAGE, all else
 * BENCH_EXIT_SYSTEM. */
int bench_exit_of(int code);

struct bench_command {
    const char *name;
    const char *summary; /* one line, in the list of commands */
    const char *usage;   /* "run [options] [SUITE]" */
    const char *details; /* paragraphs for the help, or NULL */
    int (*run)(const struct bench_command *self, int argc, char **argv); /* returns a bench_exit */
    const char *const *parts; /* commands below it ("import" of `bench history import`),
                                 NULL-terminated; NULL: none */
};

/* Every sub-command parses through this. argv[0] is the command's name. Positional arguments are
 * left in `positionals` (up to `max_positionals`). Returns 0 to go on, or -1 with *exit_code set
 * (help was printed: 0; bad usage: 2). */
int bench_options_parse(const struct bench_command *command, const struct bench_option *options,
                        int argc, char **argv, const char **positionals, size_t max_positionals,
                        size_t *positional_count, int *exit_code);

/* Tables without running anything, for manual pages and completion: calls the command as `bench
 * COMMAND [PART] --help` would be, and hands what that would print to `told`. The options end with
 * the call, their texts do not. `part` is NULL or one of command->parts. */
typedef void bench_options_told(const struct bench_command *command,
                                const struct bench_option *options, void *context);
void bench_options_tell(const struct bench_command *command, const char *part,
                        bench_options_told *told, void *context);

#endif
