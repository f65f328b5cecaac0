/* What the files of `bench reproduce` share. */
#ifndef BENCH_CLI_REPRODUCE_IMPL_H
#define BENCH_CLI_REPRODUCE_IMPL_H

#include "bench/reproduce/report.h"

enum format { TEXT, JSON, MARKDOWN };

struct reproduce_request {
    const char *path, *flaggems, *device, *kernels, *roles, *output, *measured, *python;
    const char *players[BENCH_ROLE_COUNT];
    const char *format_name;
    enum format format;
    double tolerance; /* per cent */
    double max_case_ms, precision, timeout_s;
    int64_t seed, confirm, max_rounds;
    bool allow_changed, all, quiet, once;

    struct bench_claims *claims, *here, *again; /* again: NULL, or what was undetermined */
    struct bench_suite *like;
    char *path_found, *kernels_found, *folder;
    struct bench_reproduce_plan plan;
};

/* Both say what went wrong, and return an exit code. */
int reproduce_fail(int exit_code, const struct bench_err *err);
int reproduce_input_fault(int rc, const struct bench_err *err);

/* The device that claims are of: "cuda", "cpu", "null"; "auto" if they do not tell. */
const char *reproduce_device_of(const struct bench_claims *claims);

int reproduce_write(const char *folder, const char *name, const void *data, size_t length,
                    struct bench_err *err);

/* By `bench run`, into a new folder (r->folder); an exit code. */
int reproduce_measure(struct reproduce_request *r);
/* What that left undetermined, into its reproduce/again, with more rounds. */
int reproduce_measure_again(struct reproduce_request *r, const struct bench_reproduction *found);

#endif
