/*
 * Is the code that is imported the code that was measured? A run records a hash of every source
 * that it times (`source_hash`, docs/formats.md); the code at hand must have it, too. Where the
 * data have no hash (they were not gathered by `bench run`), nothing ties the numbers to the code,
 * and whoever reads the import is told so.
 */
#ifndef BENCH_IMPORTER_MEASURED_H
#define BENCH_IMPORTER_MEASURED_H

#include "importer/export_selected.h"
#include "importer/opdata.h"

/* The hash that a run would record of the implementation (provider python) with this code in place
 * of its code file (bench/run/sources.h). */
typedef void (*bench_code_hasher)(const struct bench_implementation *impl, const char *code,
                                  size_t length, char hex[33]);

enum bench_measured {
    BENCH_MEASURED_UNKNOWN, /* some case, or every case, tells no hash */
    BENCH_MEASURED_SAME     /* every case has the hash of this code */
};

/* Where to look for what was measured, and how to compare it. */
struct bench_measured_request {
    const struct bench_selected_op *op;
    const struct bench_run_facts *facts;
    const char *kernels_dir;       /* as in bench_measured_operator_read */
    bench_source_hasher hasher;    /* of sources in CUDA C; NULL: those are not looked at */
    bench_code_hasher code_hasher; /* of code in Python; NULL: nothing is looked at */
};

/* Compares the code of operator data. BENCH_EINPUT if it is other code than was measured, if the
 * description by which it was measured is not there any more (it is part of the hash), or if what
 * was measured is CUDA C and the code is not what `bench export` makes of it. *code is then a copy
 * of what was measured where the run folder still has it (else NULL), for a difference to be shown;
 * the caller frees. */
int bench_measured_check(const struct bench_measured_request *request,
                         const struct bench_opdata *data, enum bench_measured *measured,
                         char **code, struct bench_err *err);

/* Operator data made of what the run itself measured: the Python code in its folder, without a
 * test. BENCH_ENOTFOUND if it measured no code in Python, or its folder has no copy of it. */
int bench_measured_read(const struct bench_measured_request *request, struct bench_opdata *data,
                        struct bench_err *err);

#endif
