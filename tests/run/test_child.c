/* Children that report line by line. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/child.h"

#define LONG_MS 60000

static void say(int fd, const char *text)
{
    struct bench_str line;
    bench_str_init(&line);
    bench_str_add(&line, text);
    bench_child_send(fd, &line);
    bench_str_fini(&line);
}

static int two_lines(void *data, int fd)
{
    say(fd, data);
    say(fd, "");
    say(fd, "third");
    return 7;
}

static void start(struct bench_child *child, int (*body)(void *, int), void *data)
{
    struct bench_err err = {0};
    cr_assert_eq(bench_child_start(child, body, data, &err), 0, "%s", err.message);
}

Test(child, hands_out_lines_and_then_the_end, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    char data[] = "first";
    start(&child, two_lines, data);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_str_eq(line, "first");
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_str_eq(line, "");
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_str_eq(line, "third");
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_ENDED);
    cr_assert(WIFEXITED(child.wait_status) && WEXITSTATUS(child.wait_status) == 7);
    bench_child_fini(&child);
}

static int long_line(void *data, int fd)
{
    (void)data;
    char *text = malloc(1000001);
    memset(text, 'x', 1000000);
    text[1000000] = '\0';
    say(fd, text);
    free(text);
    return 0;
}

Test(child, lines_may_be_longer_than_a_pipe, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    start(&child, long_line, NULL);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_eq(strlen(line), 1000000);
    bench_child_fini(&child);
}

static int dies(void *data, int fd)
{
    (void)data;
    say(fd, "about to die");
    fprintf(stderr, "last words\n");
    printf("and on standard output\n");
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return 0;
}

Test(child, a_death_leaves_its_lines_and_last_words, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    char text[96];
    start(&child, dies, NULL);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_ENDED);
    bench_child_end_text(child.wait_status, text);
    cr_assert_not_null(strstr(text, "signal 11"));
    cr_assert_not_null(strstr(child.err.data, "last words"));
    cr_assert_not_null(strstr(child.err.data, "and on standard output"));
    bench_child_fini(&child);
}

static int sleeps(void *data, int fd)
{
    (void)data;
    say(fd, "asleep");
    while (pause() != 0) /* -1, whenever a signal was handled */
        continue;
    return 0;
}

Test(child, one_that_hangs_can_be_killed, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    start(&child, sleeps, NULL);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_eq(bench_child_wait(&child, 1, &line), BENCH_CHILD_QUIET);
    bench_child_kill(&child);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_ENDED);
    cr_assert(WIFSIGNALED(child.wait_status) && WTERMSIG(child.wait_status) == SIGKILL);
    bench_child_fini(&child);
}

/* Ctrl-C in a terminal reaches the whole group of the foreground: the worker must not be hit. */
Test(child, leads_its_own_group_and_ignores_interrupts, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    start(&child, sleeps, NULL);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_eq(getpgid(child.pid), child.pid);
    kill(child.pid, SIGINT);
    cr_assert_eq(bench_child_wait(&child, 1, &line), BENCH_CHILD_QUIET);
    cr_assert_eq(kill(child.pid, 0), 0);
    bench_child_fini(&child);
}

/* ---- those that mean no good ---- */

static int closes_its_pipe(void *data, int fd)
{
    (void)data;
    say(fd, "about to close it");
    close(fd);
    while (pause() != 0) /* it never returns 0 */
        continue;
    return 0;
}

Test(child, one_that_closes_its_pipe_and_goes_on_is_told_from_one_that_ends, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    start(&child, closes_its_pipe, NULL);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_LINE);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_ENDED);
    cr_assert(child.closed_lines);
    cr_assert(WIFSIGNALED(child.wait_status) && WTERMSIG(child.wait_status) == SIGKILL);
    bench_child_fini(&child);

    char data[] = "first";
    start(&child, two_lines, data);
    while (bench_child_wait(&child, LONG_MS, &line) == BENCH_CHILD_LINE)
        continue;
    cr_assert_not(child.closed_lines);
    bench_child_fini(&child);
}

static void write_without_end(int fd, const char *text)
{
    while (write(fd, text, strlen(text)) >= 0)
        continue;
}

static int prints_without_end(void *data, int fd)
{
    (void)fd;
    write_without_end(STDERR_FILENO, data);
    return 0;
}

/* Or its deadline would never come. */
Test(child, one_that_prints_without_end_does_not_hold_us_up, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    char data[] = "and so on\n";
    start(&child, prints_without_end, data);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(bench_child_wait(&child, 50, &line), BENCH_CHILD_QUIET);
    bench_child_kill(&child);
    cr_assert_eq(bench_child_wait(&child, LONG_MS, &line), BENCH_CHILD_ENDED);
    bench_child_fini(&child);
}

static int floods_its_pipe(void *data, int fd)
{
    write_without_end(fd, data);
    return 0;
}

Test(child, a_line_without_end_ends_its_writer, .timeout = 300)
{
    struct bench_child child;
    const char *line;
    enum bench_child_event event;
    char *data = malloc(65537);
    memset(data, 'x', 65536);
    data[65536] = '\0';
    start(&child, floods_its_pipe, data);
    while ((event = bench_child_wait(&child, 100, &line)) == BENCH_CHILD_QUIET)
        continue;
    cr_assert_eq(event, BENCH_CHILD_ENDED);
    cr_assert(child.closed_lines);
    bench_child_fini(&child);
    free(data);
}

/* In a session of its own, so that no signal to the child's group reaches it. */
static int leaves_a_flood(void *data, int fd)
{
    int ready[2];
    char byte;
    cr_assert_eq(pipe(ready), 0);
    if (fork() == 0) {
        setsid();
        prctl(PR_SET_PDEATHSIG, 0);
        cr_assert_eq(write(ready[1], "r", 1), 1);
        write_without_end(fd, data);
        _exit(0);
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    return 7;
}

Test(child, what_one_leaves_behind_does_not_speak_for_it_without_end, .timeout = 180)
{
    struct bench_child child;
    const char *line;
    char data[] = "not its own\n";
    start(&child, leaves_a_flood, data);
    while (bench_child_wait(&child, 100, &line) != BENCH_CHILD_ENDED)
        continue;
    cr_assert(WIFEXITED(child.wait_status) && WEXITSTATUS(child.wait_status) == 7);
    bench_child_fini(&child); /* the pipe is closed at our end: the flood ends by SIGPIPE */
}
