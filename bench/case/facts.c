#include "bench/case/facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void bench_facts_read_device(struct bench_device *device, struct bench_facts *facts)
{
    facts->count = bench_device_facts(device, facts->items, BENCH_FACTS_MAX);
}

void bench_facts_write(const struct bench_facts *facts, const char *key,
                       struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    for (size_t i = 0; i < facts->count; i++) {
        const struct bench_device_fact *fact = &facts->items[i];
        char *end;
        double number = strtod(fact->value, &end);
        if (end != fact->value && *end == '\0' && isfinite(number))
            bench_json_put_key_double(w, fact->name, number);
        else
            bench_json_put_key_string(w, fact->name, fact->value);
    }
    bench_json_close_object(w);
}

int bench_facts_read(const struct bench_json *object, const char *key, struct bench_facts *facts,
                     struct bench_err *err)
{
    const struct bench_json *members = NULL;
    facts->count = 0;
    int rc = bench_json_get_object(object, key, true, &members, err);
    if (rc != BENCH_OK)
        return rc;
    for (const struct bench_json *m = bench_json_first(members);
         m != NULL && facts->count < BENCH_FACTS_MAX; m = bench_json_next(m)) {
        struct bench_device_fact *fact = &facts->items[facts->count++];
        snprintf(fact->name, sizeof fact->name, "%s", bench_json_key(m));
        if (bench_json_type(m) == BENCH_JSON_NUMBER)
            snprintf(fact->value, sizeof fact->value, "%.15g", bench_json_number(m));
        else if (bench_json_type(m) == BENCH_JSON_STRING)
            snprintf(fact->value, sizeof fact->value, "%s", bench_json_string(m));
        else
            return bench_json_error(m, err, "expected a text or a number");
    }
    return BENCH_OK;
}
