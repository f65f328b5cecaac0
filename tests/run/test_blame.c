/* What is read out of a worker's last words. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "bench/run/blame.h"
#include "bench/run/worker.h"

static enum bench_status blame(const struct bench_death *death, struct bench_str *reason)
{
    bench_str_init(reason);
    return bench_blame_reason(death, reason);
}

static void expect(const struct bench_str *reason, const char *part)
{
    cr_assert_not_null(strstr(reason->data, part), "'%s' is not in: %s", part, reason->data);
}

Test(blame, address_sanitizer_with_file_and_line)
{
    struct bench_str reason;
    struct bench_death death = {
        .wait_status = 1 << 8,
        .stderr_text =
            "=================================================================\n"
            "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602 at pc 0x7f sp "
            "0x7\n"
            "READ of size 16 at 0x602000000fa0 thread T0\n"
            "    #0 0x7f11 in load /k/common/pack.cuh:31\n"
            "    #1 0x7f12 in gelu<float>(float const*, float*) /k/gelu/candidate.cu:12:5\n"
            "    #2 0x7f13 in bench_executor_run /src/schedule.c:9\n"
            "0x602000000fa0 is located 0 bytes to the right of 4000-byte region [0x6,0x7)\n"};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_OUT_OF_BOUNDS);
    expect(&reason, "out-of-bounds read of 16 bytes");
    expect(&reason, "/k/common/pack.cuh:31");
    expect(&reason, "0 bytes past the end of a 4000-byte buffer");
    bench_str_fini(&reason);
}

static void expect_forgery(const char *expected, bool wrote, bool closed, int exit_code, int impl)
{
    const struct bench_position position = {.implementation = impl};
    const char *found = bench_blame_forgery(wrote, closed, exit_code << 8, &position);
    cr_expect_eq(found == NULL, expected == NULL, "exit code %d in %d", exit_code, impl);
    if (found != NULL && expected != NULL)
        cr_expect_not_null(strstr(found, expected), "%s", found);
}

Test(blame, who_took_the_pipe_is_known_even_if_the_worker_is_dead_before_anybody_looks)
{
    const struct bench_position nobody = {.implementation = BENCH_POSITION_NOBODY};
    expect_forgery("wrote into", true, false, 1, 2);
    expect_forgery("closed", false, true, 1, 2);
    expect_forgery("closed", false, false, BENCH_WORKER_UNHEARD, 2);
    expect_forgery("closed", false, false, BENCH_WORKER_UNHEARD, BENCH_POSITION_NOBODY);
    expect_forgery("closed", false, false, 0, BENCH_POSITION_NOBODY);
    expect_forgery(NULL, false, false, 0, 2); /* it has called exit() */
    expect_forgery(NULL, false, false, 3, BENCH_POSITION_NOBODY);
    cr_expect_null(bench_blame_forgery(false, false, SIGKILL, &nobody));
}

Test(blame, undefined_behaviour_with_file_and_line)
{
    struct bench_str reason;
    struct bench_death death = {
        .stderr_text = "noise\n/k/x.cu:124:18: runtime error: shift exponent 32 is too large\n"};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_UNDEFINED);
    expect(&reason, "shift exponent 32 is too large, at /k/x.cu:124");
    bench_str_fini(&reason);
}

/* Whoever dies may have written what a terminal would obey. */
Test(blame, last_words_do_not_steer_a_terminal)
{
    struct bench_str reason;
    struct bench_death death = {.wait_status = SIGSEGV,
                                .stderr_text = "\x1b[2Jall\ris \xc2\x9bwell\x07: caf\xc3\xa9\n"};
    blame(&death, &reason);
    expect(&reason, "it said: ?[2Jall?is ??well?: caf\xc3\xa9");
    bench_str_fini(&reason);
}

Test(blame, deadline_fault_and_signal)
{
    struct bench_str reason;
    struct bench_death death = {.timed_out = true, .after_s = 60, .stderr_text = ""};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_TIMEOUT);
    expect(&reason, "60 s");
    bench_str_fini(&reason);

    death = (struct bench_death){
        .fault = "illegal address", .fault_status = BENCH_STATUS_DEVICE_FAULT, .stderr_text = ""};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_DEVICE_FAULT);
    expect(&reason, "illegal address");
    bench_str_fini(&reason);

    death = (struct bench_death){.fault = "shared settings changed",
                                 .fault_status = BENCH_STATUS_CHANGED_GLOBALS,
                                 .stderr_text = ""};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_CHANGED_GLOBALS);
    expect(&reason, "shared settings changed");
    bench_str_fini(&reason);

    death = (struct bench_death){.wait_status = 11, .stderr_text = "first\nlast words\n"};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_CRASHED);
    expect(&reason, "signal 11");
    expect(&reason, "last words");
    bench_str_fini(&reason);
}

/* A record without a role cannot be read back: the run could be neither finished nor resumed. */
Test(blame, nobody_is_blamed_without_a_role)
{
    struct bench_implementation impl = {.name = "fast"};
    struct bench_operator op = {.implementations = &impl, .implementation_count = 1};
    struct bench_suite_case of_op = {.plan = {.op = &op}};
    struct bench_suite suite = {.cases = &of_op, .case_count = 1};
    struct bench_run run = {.suite = &suite, .arena = bench_arena_new()};
    struct bench_position position = {.implementation = 0, .roles = 1u << BENCH_CANDIDATE};
    struct bench_death death = {.wait_status = 11, .stderr_text = ""};
    struct bench_record record;
    cr_assert(bench_blame_implementation(&run, &position, 0, &death, &record));
    cr_expect_eq(record.roles, 1u << BENCH_CANDIDATE);
    cr_expect_str_eq(record.implementation, "fast");
    position.roles = 0;
    cr_expect_not(bench_blame_implementation(&run, &position, 0, &death, &record));
    position.roles = 1u << BENCH_ROLE_COUNT;
    cr_expect_not(bench_blame_implementation(&run, &position, 0, &death, &record));
    bench_arena_free(run.arena);
}
