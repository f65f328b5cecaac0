#include "importer/inspect.h"

#include <string.h>

#include "bench/util/process.h"

extern const char inspect_py[];

/* Parsing takes milliseconds a file; a minute means that something hangs. */
#define TIMEOUT_MS 60000

void bench_inspect_open(struct bench_inspect *request, const char *what)
{
    bench_str_init(&request->text);
    bench_json_writer_init(&request->writer, &request->text, BENCH_JSON_COMPACT);
    bench_json_open_object(&request->writer);
    bench_json_put_key_string(&request->writer, "what", what);
    bench_json_put_key(&request->writer, what);
    bench_json_open_array(&request->writer);
}

void bench_inspect_fini(struct bench_inspect *request)
{
    bench_str_fini(&request->text);
}

static int read_answer(const struct bench_process_result *result, struct bench_json_doc **answer,
                       struct bench_err *err)
{
    if (result->timed_out || result->exit_code != 0) {
        return bench_err_set(err, BENCH_ERROR, "python3 %s while it parsed the code: %.1000s",
                             result->timed_out ? "did not come back" : "failed", result->err);
    }
    return bench_json_parse("answer of python3", result->out, result->out_length, answer, err);
}

int bench_inspect_ask(struct bench_inspect *request, struct bench_json_doc **answer,
                      struct bench_err *err)
{
    bench_json_close_array(&request->writer);
    bench_json_close_object(&request->writer);
    /* -I: nothing of the user's environment, and no module of the working directory. */
    const char *argv[] = {"python3", "-I", "-X", "utf8", "-c", inspect_py, NULL};
    struct bench_process_spec spec = {.argv = argv,
                                      .input = request->text.data,
                                      .input_length = request->text.len,
                                      .timeout_ms = TIMEOUT_MS};
    struct bench_process_result result;
    int rc = bench_process_run(&spec, &result, err);
    if (rc == BENCH_ENOTFOUND) {
        rc = bench_err_set(err, BENCH_EUNSUPPORTED,
                           "python3 is not installed; it is needed to check Python code before it "
                           "is imported (it is parsed, never run)");
    } else if (rc == 0) {
        rc = read_answer(&result, answer, err);
    }
    bench_process_result_fini(&result);
    bench_inspect_fini(request);
    return rc;
}
