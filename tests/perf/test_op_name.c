#include <criterion/criterion.h>

#include "bench/perf/op_name.h"

Test(op_name, the_namespace_of_aten_is_left_out)
{
    cr_assert_str_eq(bench_op_name_bare("aten::gelu"), "gelu");
    cr_assert_str_eq(bench_op_name_bare("gelu"), "gelu");
    cr_assert_str_eq(bench_op_name_bare("my::gelu"), "my::gelu");
    cr_assert_str_eq(bench_op_name_bare("aten::"), "");
}
