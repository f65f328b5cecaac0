/*
 * Going on with a run that ended before its end (`bench run --resume`): its folder read back into a
 * struct bench_run, after it was seen that it would go on with the same software on the same
 * device. The steps: _open; the run is made by the command that started it (_command) and probed;
 * bench_results_resume checks, loads, and opens the journal again.
 */
#ifndef BENCH_RUN_RESUME_H
#define BENCH_RUN_RESUME_H

#include "bench/run/journal.h"
#include "bench/run/run_json.h"

struct bench_resume;

/* `folder` of a run, or a symbolic link to one (results/latest). Unless the run is finished, it is
 * held: BENCH_EINPUT if it still goes on. BENCH_ENOTFOUND if there is no run. */
int bench_resume_open(const char *folder, struct bench_resume **resume, struct bench_err *err);
void bench_resume_free(struct bench_resume *resume); /* NULL-safe */

bool bench_resume_is_finished(const struct bench_resume *resume);
/* The folder's path, links resolved where its name depends on them. */
const char *bench_resume_folder(const struct bench_resume *resume);
/* The sub-command and its arguments as they were given when the run was first started; argv[argc]
 * is NULL. They live as long as `resume`. */
void bench_resume_command(const struct bench_resume *resume, int *argc, char ***argv);

/* Of the main run, as run.json has it: one that was drawn is drawn once. 0 if it has none, which
 * _check refuses. */
uint64_t bench_resume_seed(const struct bench_resume *resume);

/* Compares what run.json says of device, software, suite, sources and settings with a run that was
 * probed, and its origin now. BENCH_EINPUT names all that differs. */
int bench_resume_check(const struct bench_resume *resume, const struct bench_run *run,
                       const struct bench_run_origin *now, struct bench_err *err);
/* Takes the records, what was calibrated, and the run's beginning from the folder, and counts the
 * session. A torn last line of the journal is cut off, and `note` says so ("" else).
 * *journal is held and open for adding lines; the caller closes it. */
int bench_resume_load(struct bench_resume *resume, struct bench_run *run,
                      struct bench_run_origin *origin, struct bench_journal *journal,
                      struct bench_str *note, struct bench_err *err);

#endif
