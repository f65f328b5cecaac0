/* What is read out of a worker's last words. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/run/blame.h"

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

Test(blame, undefined_behaviour_with_file_and_line)
{
    struct bench_str reason;
    struct bench_death death = {
        .stderr_text = "noise\n/k/x.cu:124:18: runtime error: shift exponent 32 is too large\n"};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_UNDEFINED);
    expect(&reason, "shift exponent 32 is too large, at /k/x.cu:124");
    bench_str_fini(&reason);
}

Test(blame, deadline_fault_and_signal)
{
    struct bench_str reason;
    struct bench_death death = {.timed_out = true, .after_s = 60, .stderr_text = ""};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_TIMEOUT);
    expect(&reason, "60 s");
    bench_str_fini(&reason);

    death = (struct bench_death){.fault = "illegal address", .stderr_text = ""};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_DEVICE_FAULT);
    expect(&reason, "illegal address");
    bench_str_fini(&reason);

    death = (struct bench_death){.wait_status = 11, .stderr_text = "first\nlast words\n"};
    cr_assert_eq(blame(&death, &reason), BENCH_STATUS_CRASHED);
    expect(&reason, "signal 11");
    expect(&reason, "last words");
    bench_str_fini(&reason);
}
