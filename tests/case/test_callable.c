/* What is refused before anything is launched. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/callable.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static const char description[] =
    "{\"name\": \"miscalled\", \"category\": \"reduction\", \"dtypes\": [\"float32\"],\n"
    " \"dims\": [\"rows\", \"cols\"], \"inputs\": [{\"name\": \"x\", \"shape\": \"case\", "
    "\"fill\": {\"constant\": 1}}],\n"
    " \"outputs\": [{\"name\": \"out\", \"shape\": \"case\"}], \"bytes\": \"1\", \"flops\": "
    "\"1\",\n"
    " \"oracle\": {\"source\": \"o.cu\", \"entry\": \"o\", \"grid\": [1], \"block\": [1], "
    "\"args\": [\"x\", \"out\"]},\n"
    " \"implementations\": [\n"
    "  {\"name\": \"right\", \"provider\": \"library\", \"entry\": \"cudnn.softmax\",\n"
    "   \"args\": [\"x\", \"out\", {\"int64\": \"rows\"}, {\"int64\": \"cols\"}]},\n"
    "  {\"name\": \"wrong\", \"provider\": \"library\", \"entry\": \"cudnn.softmax\",\n"
    "   \"args\": [\"x\", \"out\", {\"int64\": \"rows\"}, {\"double\": \"cols\"}]}]}\n";

static struct bench_operator *read_operator(void)
{
    char folder[] = "/tmp/bench-test-XXXXXX";
    struct bench_operator *op = NULL;
    struct bench_err err = {0};
    cr_assert_not_null(mkdtemp(folder));
    char *path = bench_xprintf("%s/miscalled/miscalled.json", folder);
    char *source = bench_xprintf("%s/miscalled/o.cu", folder);
    cr_assert_eq(bench_file_write_atomic(path, description, strlen(description), &err), 0);
    cr_assert_eq(bench_file_write_atomic(source, "", 0, &err), 0);
    cr_assert_eq(bench_operator_read(path, &op, &err), 0, "%s", err.message);
    bench_file_remove_tree(folder, NULL);
    free(source);
    free(path);
    return op;
}

/* Prepares a call on the cpu device, which has no libraries. */
static int prepare(const struct bench_operator *op, const char *name, enum bench_status *status,
                   struct bench_err *err)
{
    static const int64_t shape[] = {4, 8};
    float memory[32];
    const struct bench_binding bindings[] = {{"x", memory}, {"out", memory}};
    struct bench_variant none = {.label = "", .json = "{}"};
    struct bench_callable callable;
    struct bench_session s;
    struct bench_case c;
    struct bench_arena *arena = bench_arena_new();
    cr_assert_eq(bench_session_open(&s, "cpu", 1, false, err), 0, "%s", err->message);
    cr_assert_eq(bench_case_plan(op, BENCH_FLOAT32, shape, 2, NULL, arena, &c, err), 0, "%s",
                 err->message);
    int rc = bench_callable_prepare(&s, &c, bench_operator_find(op, name), &none, bindings, 2,
                                    arena, &callable, status, err);
    bench_case_fini(&c);
    bench_session_close(&s);
    bench_arena_free(arena);
    return rc;
}

/* A library call believes the kinds of its arguments, so a description with others must not get as
 * far as the call; neither library nor GPU is needed to say so. */
Test(callable, a_library_call_with_wrong_arguments_is_refused)
{
    struct bench_operator *op = read_operator();
    enum bench_status status = BENCH_STATUS_OK;
    struct bench_err err = {0};
    cr_expect_eq(prepare(op, "wrong", &status, &err), BENCH_EINPUT);
    cr_expect_eq(status, BENCH_STATUS_LAUNCH_ERROR);
    cr_expect_not_null(strstr(err.message, "argument 4 of cudnn.softmax"), "%s", err.message);
    cr_expect_eq(prepare(op, "right", &status, &err), BENCH_EUNSUPPORTED);
    cr_expect_eq(status, BENCH_STATUS_UNSUPPORTED);
    bench_operator_free(op);
}
