/* Values that are not of the type that they should be, required or not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "support.h"

TestSuite(dataset_types, .init = test_enter_folder, .fini = test_leave_folder);

#define ONE(fields) "{\"gelu\": {\"configs\": [{" fields "}]}}"
#define GOOD "\"shape\": [2], \"dtype\": \"float32\", \"cuda_time\": 1"

/* As C, Python, JavaScript and Java print what is no number. */
Test(dataset_types, numbers_as_words_are_no_numbers_in_any_spelling)
{
    static const char *const words[][2] = {{"nan", "NaN"},           {"NAN", "NaN"},
                                           {"-nan", "NaN"},          {"inf", "Infinity"},
                                           {"+Inf", "Infinity"},     {"-INF", "-Infinity"},
                                           {"INFINITY", "Infinity"}, {"-inf", "-Infinity"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *text = bench_xprintf(ONE(GOOD ", \"your_time\": %s"), words[i][0]);
        char *message =
            bench_xprintf("your.json:1:87: /gelu/configs/0/your_time: found %s, expected "
                          "a number (NaN and Infinity are no JSON: write null, or leave "
                          "it out)",
                          words[i][1]);
        test_expect_error(text, message);
        free(message);
        free(text);
    }
    static const char *const quoted[] = {"0.5", "one", "inf", ""};
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
        char *text = bench_xprintf(ONE(GOOD ", \"your_time\": \"%s\""), quoted[i]);
        char *message = bench_xprintf("your.json:1:87: /gelu/configs/0/your_time: found the string "
                                      "'%s', expected a time in milliseconds",
                                      quoted[i]);
        test_expect_error(text, message);
        free(message);
        free(text);
    }
    test_expect_error(ONE(GOOD ", \"your_time\": None"),
                      "your.json:1:87: not valid JSON: JSON has null, true and false (this is "
                      "Python's spelling)");
}

Test(dataset_types, optional_fields_of_the_wrong_type_are_errors)
{
    static const char *const cases[][3] = {
        {"stats", "5", "found 5, expected an object"},
        {"stats", "[]", "found an array, expected an object"},
        {"variant", "true", "found true, expected an object or a string"},
        {"source_hash", "7", "found 7, expected a string"},
        {"implementation", "{}", "found an object, expected a string"},
        {"candidate_implementation", "1", "found 1, expected a string"},
        {"reference_implementation", "false", "found false, expected a string"},
        {"baseline_implementation", "[1]", "found an array, expected a string"},
        {"correct", "\"yes\"", "found the string 'yes', expected true or false"},
        {"near_floor", "0", "found 0, expected true or false"},
        {"params", "[1]", "found an array, expected an object or a string"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text =
            bench_xprintf(ONE(GOOD ", \"your_time\": 1, \"%s\": %s"), cases[i][0], cases[i][1]);
        char *message =
            bench_xprintf("your.json:1:%zu: /gelu/configs/0/%s: %s",
                          strlen("{\"gelu\": {\"configs\": [{" GOOD ", \"your_time\": 1, \"\": ") +
                              strlen(cases[i][0]) + 1,
                          cases[i][0], cases[i][2]);
        test_expect_error(text, message);
        free(message);
        free(text);
    }
    /* null is nothing. */
    struct test_data data;
    test_load(&data, ONE(GOOD ", \"your_time\": 1, \"stats\": null, \"implementation\": null"),
              NULL);
    cr_assert_eq(data.faults.count, 0);
    test_unload(&data);
}

Test(dataset_types, optional_fields_of_operators_of_the_wrong_type_are_errors)
{
    static const char *const cases[][2] = {
        {"\"device\": 1", "found 1, expected a string"},
        {"\"device_kind\": true", "found true, expected a string"},
        {"\"run\": {}", "found an object, expected a string"},
        {"\"mode\": 2", "found 2, expected a string"},
        {"\"cache\": []", "found an array, expected a string"},
        {"\"description_file\": 1", "found 1, expected a string"},
        {"\"baseline_unavailable\": false", "found false, expected a string"},
        {"\"reference_unavailable\": 1", "found 1, expected a string"},
        {"\"noise_floor\": \"low\"",
         "found the string 'low', expected a number of 0 or more, or null"},
        {"\"noise_floor\": -1", "found -1, expected a number of 0 or more, or null"},
        {"\"failed\": 3", "found 3, expected an array"},
        {"\"decisions\": 3", "found 3, expected an object"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = bench_xprintf("{\"gelu\": {%s, \"configs\": [{" GOOD ", \"your_time\": 1}]}}",
                                   cases[i][0]);
        char key[64];
        cr_assert_eq(sscanf(cases[i][0], "\"%63[a-z_]", key), 1);
        char *message =
            bench_xprintf("your.json:1:%zu: /gelu/%s: %s", strlen(key) + 15, key, cases[i][1]);
        test_expect_error(text, message);
        free(message);
        free(text);
    }
}
