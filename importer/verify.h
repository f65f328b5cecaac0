/*
 * Running what an import writes: the package is imported and the operators' tests run, in a copy of
 * the tree before it is written and in the tree itself afterwards. This is the only place of the
 * importer that runs imported code.
 */
#ifndef BENCH_IMPORTER_VERIFY_H
#define BENCH_IMPORTER_VERIFY_H

#include "importer/import.h"

struct bench_verify_op {
    char *name; /* Python name */
    int total, passed;
    char *failure; /* what is wrong; NULL: every test that ran passed, and at least one did */
};

struct bench_verify {
    char *error; /* why the package cannot be imported, and nothing was tested; else NULL */
    struct bench_verify_op *ops;
    size_t op_count;
    size_t failed_count;
    char *times;       /* "312 s; the longest, summed over processes: addmm 120 s", or NULL */
    char *environment; /* "Python 3.12.3, torch 2.9.0, Triton 3.5.0, NVIDIA H100, CUDA 13.0" */
};

/* Tests the plan's operators (those that did not fail) with an interpreter: in a copy of the tree
 * with the plan's changes, which is gone afterwards, or with `in_place` in the tree, which must
 * have them. 0 whatever the tests say. BENCH_EUNSUPPORTED, naming them, if the interpreter or its
 * torch, triton or pytest are missing; BENCH_ERROR if it fails otherwise. */
int bench_verify_run(const struct bench_import *plan, const char *python, bool in_place,
                     struct bench_verify *result, struct bench_err *err);
void bench_verify_fini(struct bench_verify *result); /* a zeroed one is fine */

#endif
