/*
 * What a run knows of a case beyond its times: the interval of each ratio ("stats" of a config,
 * docs/formats.md). Data of other origin have none, and are judged by points.
 */
#ifndef SELECTOR_EVIDENCE_H
#define SELECTOR_EVIDENCE_H

#include "selector/aggregate.h"
#include "selector/dataset.h"
#include "selector/faults.h"

/* Fills in ratio and freedom of `sample`. False where the data tell no interval. A ratio that the
 * run does not stand by (a throttled clock, a flush that does not evict) has one from 0 to
 * INFINITY. */
bool bench_evidence_read(const struct bench_dataset_case *c, enum bench_dataset_rule field,
                         struct bench_sample *sample);

/* Intervals that are none (wrong types, ends on one side of the estimate) are errors. */
void bench_evidence_check(const struct bench_dataset *dataset, enum bench_dataset_rule field,
                          struct bench_faults *faults);

/* The run's noise floor, 0 where the data tell none. */
double bench_evidence_noise_floor(const struct bench_dataset_op *op);

#endif
