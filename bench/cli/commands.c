#include "bench/cli/commands.h"

#include <string.h>

extern const struct bench_command bench_cmd_run;
extern const struct bench_command bench_cmd_nightly;
extern const struct bench_command bench_cmd_reproduce;
extern const struct bench_command bench_cmd_merge;
extern const struct bench_command bench_cmd_validate;
extern const struct bench_command bench_cmd_convert;
extern const struct bench_command bench_cmd_select;
extern const struct bench_command bench_cmd_export;
extern const struct bench_command bench_cmd_import;
extern const struct bench_command bench_cmd_compare;
extern const struct bench_command bench_cmd_history;
extern const struct bench_command bench_cmd_report;
extern const struct bench_command bench_cmd_compile;
extern const struct bench_command bench_cmd_list;
extern const struct bench_command bench_cmd_doctor;
extern const struct bench_command bench_cmd_selftest;

const struct bench_command *const bench_commands[] = {
    &bench_cmd_run,      &bench_cmd_nightly, &bench_cmd_reproduce, &bench_cmd_merge,
    &bench_cmd_validate, &bench_cmd_convert, &bench_cmd_select,    &bench_cmd_export,
    &bench_cmd_import,   &bench_cmd_compare, &bench_cmd_history,   &bench_cmd_report,
    &bench_cmd_compile,  &bench_cmd_list,    &bench_cmd_doctor,    &bench_cmd_selftest,
};
const size_t bench_command_count = sizeof(bench_commands) / sizeof(const struct bench_command *);

const struct bench_command *bench_command_find(const char *name)
{
    for (size_t i = 0; i < bench_command_count; i++)
        if (strcmp(bench_commands[i]->name, name) == 0)
            return bench_commands[i];
    return NULL;
}
