/* The device's state, on its way from the worker to run.json. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bench/case/facts.h"

static struct bench_facts some_facts(void)
{
    struct bench_facts facts = {.items = {{"temperature_c", "41"},
                                          {"power_w", "112.4"},
                                          {"throttle", "power cap, sw thermal"},
                                          {"ecc", "on"},
                                          {"odd", "12 \"apples\""},
                                          {"empty", ""},
                                          {"nan", "nan"}},
                                .count = 7};
    return facts;
}

static struct bench_json_doc *write(const struct bench_facts *facts)
{
    struct bench_json_doc *doc = NULL;
    struct bench_json_writer w;
    struct bench_str text;
    struct bench_err err = {0};
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_facts_write(facts, "facts", &w);
    bench_json_close_object(&w);
    cr_assert_eq(bench_json_parse("facts", text.data, text.len, &doc, &err), 0, "%s", err.message);
    bench_str_fini(&text);
    return doc;
}

Test(facts, numbers_are_numbers_and_texts_are_texts)
{
    struct bench_facts facts = some_facts();
    struct bench_json_doc *doc = write(&facts);
    const struct bench_json *o = bench_json_get(bench_json_root(doc), "facts");
    cr_expect_eq(bench_json_number(bench_json_get(o, "temperature_c")), 41);
    cr_expect_eq(bench_json_number(bench_json_get(o, "power_w")), 112.4);
    cr_expect_str_eq(bench_json_string(bench_json_get(o, "throttle")), "power cap, sw thermal");
    cr_expect_str_eq(bench_json_string(bench_json_get(o, "odd")), "12 \"apples\"");
    cr_expect_str_eq(bench_json_string(bench_json_get(o, "nan")), "nan");
    bench_json_free(doc);
}

Test(facts, what_is_written_is_read_back)
{
    struct bench_facts facts = some_facts(), back;
    struct bench_err err = {0};
    struct bench_json_doc *doc = write(&facts);
    cr_assert_eq(bench_facts_read(bench_json_root(doc), "facts", &back, &err), 0, "%s",
                 err.message);
    bench_json_free(doc);
    cr_assert_eq(back.count, facts.count);
    for (size_t i = 0; i < facts.count; i++) {
        cr_expect_str_eq(back.items[i].name, facts.items[i].name);
        cr_expect_str_eq(back.items[i].value, facts.items[i].value);
    }
}

Test(facts, a_device_that_tells_nothing_has_an_empty_object)
{
    struct bench_device *device = NULL;
    struct bench_facts facts = some_facts();
    cr_assert_eq(bench_device_open("null", 1, &device, NULL, NULL), 0);
    bench_facts_read_device(device, &facts);
    bench_device_close(device);
    cr_assert_eq(facts.count, 0);
    struct bench_json_doc *doc = write(&facts);
    cr_expect_eq(bench_json_size(bench_json_get(bench_json_root(doc), "facts")), 0);
    bench_json_free(doc);
}

Test(facts, too_many_are_cut_off_and_broken_ones_are_errors)
{
    char text[1024] = "{\"facts\":{";
    struct bench_json_doc *doc = NULL;
    struct bench_facts facts;
    struct bench_err err = {0};
    for (int i = 0; i < 20; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s\"f%d\":%d", i ? "," : "", i, i);
    }
    strcat(text, "}}");
    cr_assert_eq(bench_json_parse("facts", text, strlen(text), &doc, &err), 0, "%s", err.message);
    cr_assert_eq(bench_facts_read(bench_json_root(doc), "facts", &facts, &err), 0);
    cr_expect_eq(facts.count, BENCH_FACTS_MAX);
    bench_json_free(doc);

    const char broken[] = "{\"facts\":{\"a\":[]}}";
    cr_assert_eq(bench_json_parse("facts", broken, strlen(broken), &doc, &err), 0);
    cr_expect_neq(bench_facts_read(bench_json_root(doc), "facts", &facts, &err), 0);
    cr_expect_not_null(strstr(err.message, "/facts/a"), "%s", err.message);
    bench_json_free(doc);
}
