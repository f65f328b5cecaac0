/* run.json: what a run was (docs/formats.md, "run.json"). */
#ifndef BENCH_RUN_RUN_JSON_H
#define BENCH_RUN_RUN_JSON_H

#include "bench/run/judge.h"
#include "bench/run/run.h"

/* A time that the run went on after it had ended before its end. */
struct bench_resumption {
    char at[32];
    size_t cases_done;
};

/* What is true of the process and the machine, gathered when the run starts. Of a run that is
 * resumed, what is said of its start is of its first start (bench_resume_load). */
struct bench_run_origin {
    char *name;  /* of the run: its folder */
    char **argv; /* argv[argc], borrowed */
    int argc;
    char started[32];
    int64_t start_ns;
    char host[256];
    char system[256];     /* "Linux 6.1.0 x86_64" */
    char *git_commit;     /* of the folder with the operators; NULL if it is in no repository */
    bool git_dirty;       /* tracked files differ from the commit */
    const char **sources; /* sources[operator_count], see bench_sources_hash */
    const char *python;   /* see bench_python_versions; NULL: none is needed, or none told */
    double earlier_s;     /* that it took before it was resumed last */
    struct bench_resumption *resumptions;
    size_t resumption_count;
    struct bench_arena *arena; /* of texts */
};

/* `name` of the run. The repository named is that of the suite's first operator. */
void bench_run_origin_gather(struct bench_run_origin *facts, const char *name,
                             const struct bench_suite *suite, int argc, char **argv);
void bench_run_origin_fini(struct bench_run_origin *facts);

/* `exit_code` < 0: not known yet. `judge` NULL: nothing is judged yet. */
void bench_run_json_write(const struct bench_run *run, const struct bench_judge *judge,
                          const struct bench_run_origin *facts, const char *status, int exit_code,
                          struct bench_str *out);

#endif
