/*
 * A worker's job as text, for a worker that is another program than its supervisor: it reads the
 * suite again, and takes settings and the records of before from here. Written and read by programs
 * of one installation; the form is nobody else's business.
 */
#ifndef BENCH_RUN_JOB_H
#define BENCH_RUN_JOB_H

#include "bench/run/worker.h"

/* job->position and the hooks are not in it. */
void bench_job_write(const struct bench_worker_job *job, struct bench_str *text);

struct bench_job {
    struct bench_run run;
    struct bench_worker_job worker; /* worker.run is the run above */
    struct bench_run_device device; /* worker.device, if it is one of several */
    struct bench_suite *suite;
    bool *wanted;
    struct bench_json_doc *doc;
};

/* `path` has the text. BENCH_EINPUT if the suite or its operators are others than those that the
 * supervisor read. _fini in every case. */
int bench_job_read(const char *path, struct bench_job *job, struct bench_err *err);
void bench_job_fini(struct bench_job *job);

#endif
