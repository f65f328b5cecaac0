/* What must hold of a record before anything is calculated from it (bench_record_read calls it). */
#ifndef BENCH_CASE_RECORD_CHECK_H
#define BENCH_CASE_RECORD_CHECK_H

#include "bench/case/record.h"

/* `object` is what the record was read from, for the place of the fault: BENCH_EINPUT. */
int bench_record_check(const struct bench_json *object, const struct bench_record *record,
                       struct bench_err *err);

#endif
