/*
 * For tests of `bench run --resume`: runs in part/r that are killed, and what must be equal in one
 * that went on (part/r) and one that ran through (whole/r): all but times of the host, and lines
 * that do not count.
 */
#ifndef TESTS_CLI_RESUME_SUPPORT_H
#define TESTS_CLI_RESUME_SUPPORT_H

#include <sys/types.h>

#include "run_support.h"

#define RESUME_OPTIONS "--device null --output "
#define RESUME_JOURNAL "part/r/journal.jsonl"

/* The caller frees. */
char *resume_text_of(const char *path);
double resume_number_or_0(const struct bench_json *line, const char *key);
/* As docs/formats.md has it: of a case in a process, the lines of the last session. */
size_t resume_lines_that_count(const struct run_journal *j, const struct bench_json *out[256]);
void resume_expect_same_runs(void);

/* Waits for what was killed with SIGKILL; the test fails if it had ended before. */
void resume_wait_for_kill(pid_t pid);
/* Kills the run with SIGKILL when it has said so and nothing after it. */
void resume_kill_run(const char *suite, const char *when);
void resume_kill_resumed(const char *when);

/* How often it was resumed, and with how many cases done. */
size_t resume_count(void);
double resume_cases_done_at(size_t resumption);

/* `run --resume part/r` and the options: exit code 2, both parts in the message, nothing changed.
 */
void resume_expect_refused(const char *options, const char *part, const char *other_part);

#endif
