/*
 * Is it right? Outputs are poisoned, the implementation runs, and then: guard zones intact, inputs
 * unchanged, outputs as the oracle has them, within the operator's tolerances.
 */
#ifndef BENCH_CASE_VERIFY_H
#define BENCH_CASE_VERIFY_H

#include "bench/case/callable.h"

struct bench_verdict {
    enum bench_status status;
    char reason[2048]; /* "" if ok */
    struct bench_errors errors;
};

/* Runs the oracle, which is bound to the answer of the set in use, on the inputs as they are and
 * waits for it. The answer lies open then. */
int bench_verify_oracle(struct bench_session *s, const struct bench_callable *oracle,
                        const struct bench_case_data *data, struct bench_err *err);

/* Overwrites all outputs with NaN (or 0xA5 bytes). */
int bench_verify_poison(struct bench_session *s, const struct bench_case_data *data,
                        const struct bench_guarded *outputs, struct bench_err *err);

/* Looks at what a launch has left, without launching. 0 with a verdict, whatever it says; an error
 * only if looking failed. After a bad verdict inputs and guard zones are put right again, so that
 * the next implementation is not blamed. An answer of the oracle that is sealed is opened for the
 * comparison and sealed again. */
int bench_verify_outputs(struct bench_session *s, const struct bench_case_data *data,
                         const struct bench_callable *callable, const struct bench_guarded *outputs,
                         struct bench_verdict *verdict, struct bench_err *err);

/* Its two halves: guard zones and inputs; the outputs' values alone, wherever a copy of them lies
 * (outputs[i].data). */
int bench_verify_surroundings(struct bench_session *s, const struct bench_case_data *data,
                              const struct bench_callable *callable,
                              const struct bench_guarded *outputs, struct bench_verdict *verdict,
                              struct bench_err *err);
int bench_verify_values(struct bench_session *s, const struct bench_case_data *data,
                        const struct bench_guarded *outputs, struct bench_verdict *verdict,
                        struct bench_err *err);

/* Poison, launch, wait, look. A launch that fails is a verdict too (launch_error,
 * barrier_divergence); only BENCH_EPOISONED and failures of the harness are errors. */
int bench_verify_call(struct bench_session *s, const struct bench_case_data *data,
                      const struct bench_callable *callable, const struct bench_guarded *outputs,
                      struct bench_verdict *verdict, struct bench_err *err);

#endif
