/*
 * Which kernels a call in Python launched: into its record, so that "the same library call in
 * disguise" and "no kernel at all" can be seen; and whether the roles ran what they promise. A
 * reference that is not FlagGems' kernel, or a baseline that is not native, fails: any ratio to it
 * would be of something else.
 */
#ifndef BENCH_CASE_LAUNCHED_H
#define BENCH_CASE_LAUNCHED_H

#include "bench/case/cast.h"

/* For all actors that run in Python and have not failed. They are called again, so it comes after
 * everything that looks at outputs. BENCH_EPOISONED if the device is lost; what else fails is the
 * implementation's. */
int bench_launched_record(struct bench_session *s, const struct bench_case_job *job,
                          struct bench_cast *cast, struct bench_err *err);

#endif
