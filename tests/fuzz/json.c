/* JSON documents: what is read can be written, and reads back to the same; every value has a
 * place. */
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "fuzz.h"

static void visit(const struct bench_json *v)
{
    size_t line = 0, column = 0;
    char *pointer = bench_json_pointer(v);
    bench_json_place(v, &line, &column);
    fuzz_require(line >= 1 && column >= 1 && pointer != NULL);
    free(pointer);
    for (const struct bench_json *child = bench_json_first(v); child;
         child = bench_json_next(child))
        visit(child);
}

static void write_style(const struct bench_json *root, enum bench_json_style style,
                        struct bench_str *out)
{
    struct bench_json_writer w;
    bench_str_init(out);
    bench_json_writer_init(&w, out, style);
    bench_json_put_value(&w, root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench_json_doc *doc = NULL, *again = NULL;
    struct bench_err err = {0};
    int rc = bench_json_parse("fuzz.json", (const char *)data, size, &doc, &err);
    fuzz_check_error(rc, &err);
    if (rc != BENCH_OK)
        return 0;
    visit(bench_json_root(doc));
    for (int style = BENCH_JSON_COMPACT; style <= BENCH_JSON_PYTHON; style++) {
        struct bench_str once, twice;
        write_style(bench_json_root(doc), (enum bench_json_style)style, &once);
        fuzz_require(bench_json_parse("again.json", once.data, once.len, &again, &err) == BENCH_OK);
        write_style(bench_json_root(again), (enum bench_json_style)style, &twice);
        fuzz_require(strcmp(once.data, twice.data) == 0);
        bench_json_free(again);
        bench_str_fini(&once);
        bench_str_fini(&twice);
    }
    bench_json_free(doc);
    return 0;
}
