/* `bench run --operators`: operator data (code in Python) become descriptions and a suite, by the
 * Python half of the provider; the run then goes on as with any suite. */
#ifndef BENCH_CLI_RUN_OPERATORS_H
#define BENCH_CLI_RUN_OPERATORS_H

#include <signal.h>

#include "bench/cli/options.h"
#include "bench/util/err.h"

struct bench_operators_options {
    const char *operators;   /* folder or file of operator data; NULL: none */
    const char *interpreter; /* Python */
    const char *device;      /* as for bench_device_open */
    const char *output;      /* the run's folder; NULL: a new one in results/ */
    const char *kernels;     /* folder of descriptions by hand, which win; NULL: none */
    const char *shapes, *from_flaggems, *override, *reference; /* as for bench_python; NULL */
    const struct bench_strings *dtypes;
    const volatile sig_atomic_t *interrupted;
};

struct bench_operators {
    char *output;          /* the run's folder */
    bool made_output;      /* it was not given */
    char *suite, *kernels; /* paths, in its folder operators/ */
    size_t total, described;
};

/* Options that do not go together; `suite` is one that was given, too. */
int bench_operators_check(const struct bench_operators_options *options, const char *suite,
                          struct bench_err *err);
/* Writes kernels/, suite.json and answer.json into the folder operators/ of the run's, and tells on
 * standard error which operators cannot be described, and why. Returns an exit code, with `err` if
 * it is not BENCH_EXIT_OK (no operator can be described, for one); _fini in every case. */
int bench_operators_describe(const struct bench_operators_options *options,
                             struct bench_operators *described, struct bench_err *err);
/* The same for a run that is resumed: what it wrote into its folder `output` then. */
int bench_operators_recall(const char *output, struct bench_operators *described,
                           struct bench_err *err);
void bench_operators_fini(struct bench_operators *described);

#endif
