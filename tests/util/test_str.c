#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/str.h"

Test(str, grows_and_stays_terminated)
{
    struct bench_str s;
    bench_str_init(&s);
    cr_assert_str_eq(s.data, "");
    for (int i = 0; i < 1000; i++) {
        bench_str_addf(&s, "%d,", i % 10);
        bench_str_addc(&s, ';');
    }
    cr_assert_eq(s.len, 3000);
    cr_assert_eq(strlen(s.data), 3000);
    char *taken = bench_str_take(&s);
    cr_assert_eq(strncmp(taken, "0,;1,;2,;", 9), 0);
    cr_assert_str_eq(s.data, "");
    bench_str_addn(&s, "abc", 2);
    cr_assert_str_eq(s.data, "ab");
    bench_str_clear(&s);
    cr_assert_str_eq(s.data, "");
    free(taken);
    bench_str_fini(&s);
}

Test(str, starts_and_ends)
{
    cr_assert(bench_str_starts("aten::gelu", "aten::"));
    cr_assert_not(bench_str_starts("at", "aten"));
    cr_assert(bench_str_ends("x.json", ".json"));
    cr_assert_not(bench_str_ends("n", "json"));
}

Test(str, nearest_suggests_for_typing_errors_and_beginnings_only)
{
    static const char *const words[] = {"validate", "select", "import", "run", "your-data"};
    cr_assert_str_eq(bench_str_nearest("selcet", words, 5), "select");
    cr_assert_str_eq(bench_str_nearest("VALIDAT", words, 5), "validate");
    cr_assert_str_eq(bench_str_nearest("your_data", words, 5), "your-data");
    cr_assert_str_eq(bench_str_nearest("val", words, 5), "validate");
    cr_assert_str_eq(bench_str_nearest("rnu", words, 5), "run");
    cr_assert_null(bench_str_nearest("frobnicate", words, 5));
    cr_assert_null(bench_str_nearest("", words, 5));
    cr_assert_null(bench_str_nearest("x", words, 5));
}
