/*
 * From an implementation, a dtype and a variant to a compile request: the one place that knows
 * which macros a CUDA C source sees (docs/formats.md, "What a CUDA C source sees"), used by `bench
 * compile` and by runs alike, so that both find the same entries in the compile cache. And many of
 * them at once: several threads compile ahead of measuring.
 */
#ifndef BENCH_CASE_BUILD_H
#define BENCH_CASE_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/provider/cuda/compile.h"
#include "bench/spec/plan.h"
#include "bench/util/err.h"

struct bench_build_unit {
    const struct bench_implementation *impl; /* borrowed; NULL for a built-in source */
    const struct bench_operator *op;         /* the caller's, for its own use; NULL after _init */
    enum bench_dtype dtype;
    char *variant;                        /* label, "" if the implementation has no tunables */
    struct bench_compile_request request; /* one entry a launch of the implementation, in order */
    bool done;                            /* bench_build_all has tried it */
    int status;                           /* 0, or what bench_compile returned */
    char *message;                        /* its error message; NULL if status is 0 */
    struct bench_compiled compiled; /* if done and status is 0; entries[i] is launch i's kernel */
};

/* `variant` is one of bench_variants_plan's for `impl` (only its values and label are read, and
 * they are copied); `impl` must outlive the unit. `arch` is bench_device_info.arch or the user's;
 * copied. BENCH_EUNSUPPORTED if the implementation's provider compiles nothing. */
int bench_build_unit_init(struct bench_build_unit *unit, const struct bench_implementation *impl,
                          enum bench_dtype dtype, const struct bench_variant *variant,
                          const char *arch, bool sanitize, struct bench_err *err);
void bench_build_unit_fini(struct bench_build_unit *unit); /* a zeroed unit is fine */
/* Compiles `text` in place of the implementation's source and apart from its folder, for a GPU (of
 * sm_90, if its description does not name another), with these values of its tunables; the result
 * stays in the cache. Errors are bench_compile's. */
int bench_build_text(const struct bench_implementation *impl, enum bench_dtype dtype,
                     const int64_t *values, const char *text, struct bench_err *err);
/* True if both ask for the same compilation (sources by path). */
bool bench_build_unit_equal(const struct bench_build_unit *a, const struct bench_build_unit *b);

/* Called after each unit, from one thread at a time; `done` counts up to `total`. Returns false to
 * stop: units not yet started are then left with done == false. */
typedef bool (*bench_build_progress)(void *data, const struct bench_build_unit *unit, size_t done,
                                     size_t total);

/* Compiles all units with up to `jobs` threads (0: one a CPU); equal units are compiled once. What
 * happened to each is in its status. Returns 0 if every unit compiled or is BENCH_EUNSUPPORTED,
 * BENCH_EINTERRUPTED if the callback stopped it, else BENCH_ERROR with how many failed. `progress`
 * may be NULL. */
int bench_build_all(struct bench_build_unit *units, size_t count, int jobs,
                    bench_build_progress progress, void *data, struct bench_err *err);

#endif
