/* What the files of `bench nightly` share. */
#ifndef BENCH_CLI_NIGHTLY_IMPL_H
#define BENCH_CLI_NIGHTLY_IMPL_H

#include "bench/cli/options.h"
#include "bench/cli/step.h"
#include "bench/nightly/night.h"
#include "bench/spec/suite.h"

struct nightly_request {
    /* Of the command line: */
    const char *suite, *nights, *device, *kernels, *python, *budget, *notify, *against, *history;
    const char *accept;
    const char *python_operators, *reference; /* as of `bench run`; NULL: a suite is measured */
    struct bench_strings operators, dtypes, skip;
    int64_t confirm, seed, max_cases; /* confirm, seed: -1, max_cases: 0 if not given */
    double max_case_ms, timeout_s;    /* NAN if not given */
    bool resume, quiet;
    bool skips[BENCH_NIGHT_STEPS];
    double budget_s; /* INFINITY: none */

    struct bench_nights past;
    struct bench_night night;
    char *run;          /* its run's folder */
    char *kernels_here; /* a folder of operators */
    int interrupted_by; /* a signal that came while a step was running; 0 */
};

/* Fills in the options, as bench_options_parse. */
void nightly_init(struct nightly_request *r);
int nightly_parse(const struct bench_command *self, struct nightly_request *r, int argc,
                  char **argv, int *exit_code);

/* Reads the suite, chooses what there is time for, and writes that as <night>/suite.json: what the
 * run will measure. `suite_path` gets its path. BENCH_EINPUT, BENCH_ENOTFOUND. */
int nightly_plan(struct nightly_request *r, struct bench_err *err);
/* The suite can be read, and the options go together: before a night is begun. */
int nightly_check_suite(struct nightly_request *r, struct bench_err *err);

/* Does one step and says in the night how it went; an error means that the night cannot go on
 * (something cannot be written). */
int nightly_step(struct nightly_request *r, enum bench_night_step step, struct bench_err *err);

/* Takes the alarms of all that was found into the night. */
int nightly_look(struct nightly_request *r, struct bench_err *err);

/* The night that `op` is compared with; NULL: none. */
const struct bench_night *nightly_base(const struct nightly_request *r, const char *op);

#endif
