/* For tests of `bench run`: suites of tests/resources, and what a run's folder holds. */
#ifndef TESTS_CLI_RUN_SUPPORT_H
#define TESTS_CLI_RUN_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "bench/perf/json.h"
#include "support.h"

/* The description of an operator 'made' over [n], whose oracle and candidate `plain` are kernels of
 * made.cu beside it. */
extern const char run_own_operator[];

/* Runs `bench run` on tests/resources/suites/<suite>.json with the kernels of tests/resources and
 * further options (separated by single blanks). */
const struct bench_process_result *run_suite(const char *suite, const char *options);

/* The same without waiting for its end: standard output and error are the pipe *said, which holds
 * one message; with a second one, the run waits until that is read. The arguments are those after
 * "run". `prepare` is called in the child; NULL: nothing. */
pid_t run_start(const char *arguments, void (*prepare)(void), int *said);
pid_t run_start_suite(const char *suite, const char *options, void (*prepare)(void), int *said);
/* Reads what it says until `part` has been said. */
void run_read_until(int said, const char *part);
/* The same, but the message stays: the run gets no farther than to what it has to say next, however
 * long the caller takes. */
void run_hold_at(int said, const char *part);
/* Reads the rest (said < 0: there is nobody who could), and waits for its end; the test fails if it
 * died of a signal. */
int run_exit_code(pid_t pid, int said);

/* A document of a run's folder; "results/latest/run.json" for instance. The caller frees. */
struct bench_json_doc *run_read(const char *path);

/* An object as text, without the members that `is_left_out`. The caller frees. */
char *run_without(const struct bench_json *object, bool (*is_left_out)(const char *key));

/* In a file of a run's folder: the first `old`, which must be there, becomes `new`. */
void run_replace_in(const char *path, const char *old, const char *new);

/* The lines of a journal, each parsed. */
struct run_journal {
    struct bench_json_doc *lines[256];
    size_t count;
};
void run_read_journal(const char *path, struct run_journal *journal);
void run_free_journal(struct run_journal *journal);
/* The line of a case (by the parameter "fault") in which `role` is played; NULL if there is none.
 */
const struct bench_json *run_find(const struct run_journal *journal, int fault, const char *role);

/* The text of a member; fails the test if it is no string. */
const char *run_text(const struct bench_json *object, const char *key);
double run_number(const struct bench_json *object, const char *key);

/* The status of who plays `role` in case `fault` is `status`, and the reason contains `part`. */
void run_expect(const struct run_journal *journal, int fault, const char *role, const char *status,
                const char *part);

#endif
