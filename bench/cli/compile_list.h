/* What `bench compile` compiles: the units of a suite's cases, or all that operators' descriptions
 * allow. Units that equal an earlier one are left out. */
#ifndef BENCH_CLI_COMPILE_LIST_H
#define BENCH_CLI_COMPILE_LIST_H

#include "bench/case/build.h"
#include "bench/cli/options.h"
#include "bench/spec/suite.h"

/* An implementation's first launch that the architecture cannot do, with the case that asks for it.
 */
struct bench_launch_fault {
    const struct bench_build_unit *unit;
    char *text;
    size_t others; /* of its launches */
};

/* Set `arch`, `sanitize` and `device` (what `where` and `requires` may ask about), leave the rest
 * zero. Operators are borrowed by the units. */
struct bench_compile_list {
    const char *arch;
    bool sanitize;
    struct bench_plan_device device;
    struct bench_build_unit *units; /* with their op set */
    size_t count, capacity;
    struct bench_launch_fault *faults;
    size_t fault_count, launches, impossible; /* launches that were looked at, and of these */
};

void bench_compile_list_fini(struct bench_compile_list *list);

/* What a run needs for this case: the oracle and every implementation that may play a role. */
int bench_compile_list_add_case(struct bench_compile_list *list,
                                const struct bench_suite_case *entry, struct bench_err *err);

/* When all units are built: looks at each launch of a case's variants that were compiled
 * (bench/case/launch_limits.h), and adds what cannot be to `faults`. */
int bench_compile_list_check_case(struct bench_compile_list *list,
                                  const struct bench_suite_case *entry, struct bench_err *err);

/* Every implementation in every dtype (of `dtypes`, if it has any) and every combination of its
 * tunables, but those that `where` rules out whatever the case is. */
int bench_compile_list_add_operator(struct bench_compile_list *list,
                                    const struct bench_operator *op,
                                    const struct bench_strings *dtypes, struct bench_err *err);

#endif
