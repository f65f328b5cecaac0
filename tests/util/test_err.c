#include <criterion/criterion.h>
#include <string.h>

#include "bench/util/err.h"

Test(err, set_returns_its_code_and_keeps_the_message)
{
    struct bench_err err;
    cr_assert_eq(bench_err_set(&err, BENCH_EINPUT, "%s:%d", "a.json", 3), BENCH_EINPUT);
    cr_assert_eq(err.code, BENCH_EINPUT);
    cr_assert_str_eq(err.message, "a.json:3");
}

Test(err, without_a_place_to_put_it_only_the_code_is_returned)
{
    cr_assert_eq(bench_err_set(NULL, BENCH_ENOTFOUND, "x"), BENCH_ENOTFOUND);
}

Test(err, a_message_may_be_built_from_itself)
{
    struct bench_err err;
    bench_err_set(&err, BENCH_ERROR, "inner");
    bench_err_set(&err, BENCH_ERROR, "outer (%s)", err.message);
    cr_assert_str_eq(err.message, "outer (inner)");
}

Test(err, prefix_puts_context_in_front)
{
    struct bench_err err;
    bench_err_set(&err, BENCH_EINPUT, "bad");
    cr_assert_eq(bench_err_prefix(&err, "file %d: ", 7), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "file 7: bad");
}

Test(err, a_message_that_is_too_long_ends_visibly)
{
    struct bench_err err;
    static char large[3 * sizeof(err.message)];
    memset(large, 'x', sizeof(large) - 1);
    bench_err_set(&err, BENCH_ERROR, "%s", large);
    cr_assert_str_eq(err.message + strlen(err.message) - 6, " [...]");
    bench_err_prefix(&err, "front: ");
    cr_assert_eq(strncmp(err.message, "front: xxx", 10), 0);
    cr_assert_str_eq(err.message + strlen(err.message) - 6, " [...]");
}
