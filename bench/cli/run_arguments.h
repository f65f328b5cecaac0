/* The command line of `bench run`, and that of a run that is resumed. */
#ifndef BENCH_CLI_RUN_ARGUMENTS_H
#define BENCH_CLI_RUN_ARGUMENTS_H

#include "bench/cli/options.h"
#include "bench/cli/run_operators.h"
#include "bench/run/resume.h"
#include "bench/spec/suite.h"

struct run_arguments {
    const char *suite, *device, *kernels, *output, *cache, *mode;
    const char *resume;  /* a run's folder; NULL: a new run */
    const char *history; /* the file that it is recorded in; NULL: the default place */
    struct bench_operators_options python;
    struct bench_strings operators, dtypes;
    struct bench_strings allow_write;            /* folders */
    int64_t rounds, max_rounds, max_cases, jobs; /* 0: not given */
    int64_t seed, confirm;                       /* -1: not given */
    double timeout_s, compile_timeout_s, max_case_ms;
    double max_memory_gib;        /* NAN: not given */
    int64_t max_processes;        /* 0: not given */
    double precision, confidence; /* per cent; NAN: not given */
    const char *shard, *costs;    /* "2/4"; a run's folder; NULL: not given */
    bool sanitize, quiet, no_aa, no_do_bench, no_ahead, no_sandbox, no_history, mixed_devices;
    /* Not of the command line: */
    struct bench_suite_filter filter;
    size_t not_described;          /* operators */
    bool made_output;              /* `output` is ours, in results/ */
    int shard_number, shard_count; /* of `shard`, once it was checked; 0: none */
    struct bench_resume *resumed;  /* NULL: a new run */
    char *moved;                   /* options that name other places than the run's; NULL: none */
};

/* What the command line says, over what is in `a`, which run_arguments_init has set. As
 * bench_options_parse: 0, or -1 with *exit_code. */
void run_arguments_init(struct run_arguments *a);
int run_arguments_parse(const struct bench_command *self, struct run_arguments *a, int argc,
                        char **argv, int *exit_code);
/* Values that are out of range or do not go together: BENCH_EINPUT. Takes --shard apart. */
int run_arguments_check(struct run_arguments *a, struct bench_err *err);
/* Sets a->filter to --op, --dtype and --max-cases, whose strings it borrows: again if `a` is
 * copied. */
void run_arguments_narrow(struct run_arguments *a);
void run_arguments_apply(const struct run_arguments *a, struct bench_settings *s);

/* The arguments of a run that is resumed: those of its first command (`recorded`), with what may
 * be given anew from this one: --quiet, --jobs, and where the suite, the kernels and Python are
 * now. BENCH_EINPUT names every other option that does not say the same; -1 with *exit_code is as
 * of run_arguments_parse. After 0 the caller frees a->moved. */
int run_arguments_resume(const struct bench_command *self, const struct run_arguments *recorded,
                         int argc, char **argv, struct run_arguments *a, int *exit_code,
                         struct bench_err *err);
/* `word` as a shell takes it for one. */
void run_arguments_quote(const char *word, struct bench_str *text);

#endif
