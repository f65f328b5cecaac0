/* Children that report line by line. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

Test(child, hands_out_lines_and_then_the_end, .timeout = 60)
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

Test(child, lines_may_be_longer_than_a_pipe, .timeout = 60)
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

Test(child, a_death_leaves_its_lines_and_last_words, .timeout = 60)
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

Test(child, one_that_hangs_can_be_killed, .timeout = 60)
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
Test(child, leads_its_own_group_and_ignores_interrupts, .timeout = 60)
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
