#include "importer/inspect.h"

#include <ctype.h>
#include <stdio.h>
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

static int report_failure(const struct bench_process_result *result, struct bench_err *err)
{
    char how[32] = "did not come back";
    if (result->signal != 0) {
        snprintf(how, sizeof(how), "died of signal %d", result->signal);
    } else if (!result->timed_out) {
        snprintf(how, sizeof(how), "failed (exit code %d)", result->exit_code);
    }
    size_t length = strlen(result->err);
    while (length > 0 && isspace((unsigned char)result->err[length - 1])) {
        length--;
    }
    return bench_err_set(err, BENCH_ERROR,
                         "python3 %s while it parsed the code, so nothing can be imported%s%.*s",
                         how, length > 0 ? ":\n" : "", (int)length, result->err);
}

static bool is_answer(const struct bench_json_doc *doc, size_t count)
{
    const struct bench_json *root = bench_json_root(doc);
    if (bench_json_type(root) != BENCH_JSON_ARRAY || bench_json_size(root) != count) {
        return false;
    }
    for (const struct bench_json *v = bench_json_first(root); v != NULL; v = bench_json_next(v)) {
        if (bench_json_type(v) != BENCH_JSON_OBJECT && bench_json_type(v) != BENCH_JSON_STRING) {
            return false;
        }
    }
    return true;
}

static int read_answer(const struct bench_process_result *result, size_t count,
                       struct bench_json_doc **answer, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    if (result->timed_out || result->exit_code != 0) {
        return report_failure(result, err);
    }
    if (bench_json_parse("", result->out, result->out_length, &doc, NULL) != 0 ||
        !is_answer(doc, count)) {
        bench_json_free(doc);
        return bench_err_set(err, BENCH_ERROR,
                             "python3 did not answer as it should while it parsed the code; is the "
                             "python3 in PATH really Python 3.8 or later? It said: %.200s",
                             result->out);
    }
    *answer = doc;
    return BENCH_OK;
}

int bench_inspect_ask(struct bench_inspect *request, size_t count, struct bench_json_doc **answer,
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
                           "python3 is not installed (not found in PATH); it is needed to check "
                           "Python code before it is imported (it is parsed, never run)");
    } else if (rc == 0) {
        rc = read_answer(&result, count, answer, err);
    }
    bench_process_result_fini(&result);
    bench_inspect_fini(request);
    return rc;
}

void bench_inspect_put_diff(struct bench_inspect *request, const char *path, const char *old_text,
                            const char *new_text)
{
    bench_json_open_object(&request->writer);
    bench_json_put_key_string(&request->writer, "path", path);
    bench_json_put_key_string(&request->writer, "old", old_text);
    bench_json_put_key_string(&request->writer, "new", new_text);
    bench_json_close_object(&request->writer);
}

int bench_inspect_ask_diffs(struct bench_inspect *request, size_t count, char **diff,
                            struct bench_err *err)
{
    struct bench_json_doc *answer = NULL;
    struct bench_str text;
    int rc = bench_inspect_ask(request, count, &answer, err);
    if (rc != 0) {
        return rc;
    }
    bench_str_init(&text);
    for (const struct bench_json *v = bench_json_first(bench_json_root(answer)); v != NULL;
         v = bench_json_next(v)) {
        bench_str_add(&text, bench_json_string(v));
    }
    *diff = bench_str_take(&text);
    bench_str_fini(&text);
    bench_json_free(answer);
    return BENCH_OK;
}
