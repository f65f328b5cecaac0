/* run.json: what a run was (docs/formats.md, "run.json"). */
#ifndef BENCH_RUN_RUN_JSON_H
#define BENCH_RUN_RUN_JSON_H

#include "bench/run/judge.h"
#include "bench/run/run.h"

/* What is true of the process and the machine, gathered when the run starts. */
struct bench_run_origin {
    char *name;  /* of the run: its folder */
    char **argv; /* argv[argc], borrowed */
    int argc;
    char started[32];
    int64_t start_ns;
    char host[256];
    char system[256]; /* "Linux 6.1.0 x86_64" */
    char *git_commit; /* of the folder with the operators; NULL if it is in no repository */
    bool git_dirty;   /* tracked files differ from the commit */
};

/* `sources` is a folder of the operators measured, whose repository is named. */
void bench_run_origin_gather(struct bench_run_origin *facts, const char *name, const char *sources,
                             int argc, char **argv);
void bench_run_origin_fini(struct bench_run_origin *facts);

/* `exit_code` < 0: not known yet. `judge` NULL: nothing is judged yet. */
void bench_run_json_write(const struct bench_run *run, const struct bench_judge *judge,
                          const struct bench_run_origin *facts, const char *status, int exit_code,
                          struct bench_str *out);

#endif
