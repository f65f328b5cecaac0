/* Whether two files belong together. */
#include <criterion/criterion.h>

#include "selector/validate.h"
#include "support.h"

TestSuite(validate, .init = test_enter_folder, .fini = test_leave_folder);

static void validate(struct test_data *data, const char *your, const char *flaggems)
{
    test_load(data, your, flaggems);
    cr_assert_eq(data->faults.count, 0);
    bench_validate(data->your, data->flaggems, &data->join, &data->faults);
}

#define YOUR(fields)                                                                               \
    "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"your_time\": 1, " fields    \
    "}]}}"
#define FLAGGEMS(fields)                                                                           \
    "{\"gelu\": {\"configs\": [{\"shape\": [2], \"dtype\": \"half\", \"flaggems_time\": "          \
    "1, " fields "}]}}"

Test(validate, files_of_one_run_are_fine)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1.0"), FLAGGEMS("\"cuda_time\": 1.04"));
    cr_assert_eq(data.faults.count, 0);
    cr_assert_eq(data.join.matched, 1);
    test_unload(&data);
}

Test(validate, a_cuda_time_that_disagrees_is_an_error)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1"), FLAGGEMS("\"cuda_time\": 2"));
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:1:23: /gelu/configs/0: cuda_time is 1 ms here and 2 ms in the "
                      "reference data (line 1), 100 % apart; at most 5 % is expected of one "
                      "machine: measure both files in one run");
    cr_assert_eq(data.faults.count, 1);
    test_unload(&data);
}

Test(validate, devices_are_named_with_their_operators)
{
    struct test_data data;
    test_load(&data,
              "{\"gelu\": {\"device\": \"H100\", \"configs\": [{\"shape\": [2], \"dtype\": "
              "\"half\", \"your_time\": 1, \"cuda_time\": 1}]},\n"
              "\"sum\": {\"device\": \"cpu\", \"configs\": [{\"shape\": [2], \"dtype\": \"half\", "
              "\"your_time\": 1, \"cuda_time\": 1}]}}",
              "{\"gelu\": {\"device\": \"A100\", \"configs\": [{\"shape\": [2], \"dtype\": "
              "\"half\", \"flaggems_time\": 1}]}}");
    bench_validate_devices(data.your, data.flaggems, &data.faults);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR,
                      "your.json:2:19: /sum/device: 'sum' was measured on 'cpu', but 'gelu' in "
                      "your.json on 'H100'; times of different devices cannot be compared: measure "
                      "all on one");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_ERROR,
                      "flaggems.json:1:21: /gelu/device: 'gelu' was measured on 'A100', but 'gelu' "
                      "in your.json on 'H100'; times of different devices cannot be compared: "
                      "measure all on one");
    cr_assert_eq(data.faults.count, 2);
    test_unload(&data);
}

Test(validate, unmatched_cases_are_reported)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1, \"params\": {\"dim\": 1}"),
             FLAGGEMS("\"params\": {\"dim\": 0}"));
    test_expect_fault(&data.faults, 0, BENCH_FAULT_WARNING,
                      "your.json:1:23: /gelu/configs/0: 1 of 1 cases of 'gelu' have no reference "
                      "time, the first is float16 [2] {\"dim\":1} (the reference data have it with "
                      "other params)");
    test_expect_fault(&data.faults, 1, BENCH_FAULT_WARNING,
                      "flaggems.json:1:10: /gelu: 1 of 1 cases of 'gelu' are in the reference data "
                      "only: they take no part in any comparison");
    cr_assert_eq(data.faults.count, 2);
    cr_assert_eq(data.join.your_only, 1);
    cr_assert_eq(data.join.flaggems_only, 1);
    test_unload(&data);
}

Test(validate, an_operator_new_to_flaggems_is_no_fault)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 1"), "{}");
    cr_assert_eq(data.faults.count, 0);
    test_unload(&data);
}

Test(validate, implausible_times_are_warned_of)
{
    struct test_data data;
    validate(&data, YOUR("\"cuda_time\": 10595"), NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_WARNING,
                      "your.json:1:23: /gelu/configs/0: 1 of 1 cases of 'gelu' are more than 100 "
                      "times faster or slower than CUDA (here your_time 1 ms, cuda_time 10595 ms): "
                      "check the results and the units");
    test_unload(&data);
}
