#include "bench/provider/python/python.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/hash.h"

/* Codes of bench_python/problem.py that are not about the operator. */
#define CODE_UNAVAILABLE (-20)
#define CODE_OFFSET (-1000)
/* The longest error text that is of use, and room for the facts of an operator of many kernels. */
#define ERROR_BYTES 8192
#define ANSWER_BYTES 16384
#define FACTS_BYTES 65536

int bench_python_check(const struct bench_python_hooks *hooks, struct bench_err *err)
{
    if (hooks->version == BENCH_PYTHON_INTERFACE)
        return BENCH_OK;
    return bench_err_set(err, BENCH_ERROR,
                         "the Python side speaks version %d of the interface, the program %d: they "
                         "are not of one installation",
                         (int)hooks->version, BENCH_PYTHON_INTERFACE);
}

/* Takes the callback's last error. */
static int fail(const struct bench_python_hooks *hooks, int64_t code, struct bench_err *err)
{
    char text[ERROR_BYTES] = "";
    const char *reason = NULL;
    struct bench_json_doc *doc = NULL;
    hooks->last_error(text, sizeof text);
    if (bench_json_parse("python", text, strlen(text), &doc, NULL) == BENCH_OK)
        bench_json_get_string(bench_json_root(doc), "reason", false, &reason, NULL);
    int rc = code == CODE_UNAVAILABLE           ? BENCH_EUNSUPPORTED
             : code <= -3 && code > CODE_OFFSET ? CODE_OFFSET + (int)code
                                                : BENCH_ERROR;
    bench_err_set(err, rc, "%s", reason ? reason : text);
    bench_json_free(doc);
    return rc;
}

/* ---- prepare ---- */

static void put_shape(struct bench_json_writer *w, const int64_t *shape, int ndim)
{
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    for (int i = 0; i < ndim; i++)
        bench_json_put_int(w, shape[i]);
    bench_json_close_array(w);
}

/* Addresses as text: a JSON number may lose bits of them. */
static void put_tensor(struct bench_json_writer *w, const struct bench_python_tensor *t)
{
    char address[32];
    snprintf(address, sizeof address, "0x%" PRIxPTR, (uintptr_t)t->data);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "name", t->name);
    bench_json_put_key_string(w, "data", address);
    bench_json_put_key_string(w, "dtype", bench_dtype_name(t->dtype));
    put_shape(w, t->shape, t->ndim);
    bench_json_close_object(w);
}

static void put_tensors(struct bench_json_writer *w, const char *key,
                        const struct bench_python_tensor *tensors, size_t count)
{
    bench_json_put_key(w, key);
    bench_json_open_array(w);
    for (size_t i = 0; i < count; i++)
        put_tensor(w, &tensors[i]);
    bench_json_close_array(w);
}

static int put_text(struct bench_json_writer *w, const char *key, const char *json,
                    struct bench_err *err)
{
    struct bench_json_doc *doc;
    int rc = bench_json_parse(key, json, strlen(json), &doc, err);
    if (rc != BENCH_OK)
        return rc;
    bench_json_put_key(w, key);
    bench_json_put_value(w, bench_json_root(doc));
    bench_json_free(doc);
    return BENCH_OK;
}

static int put_case(struct bench_json_writer *w, const struct bench_case *c, struct bench_err *err)
{
    bench_json_put_key(w, "dims");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->op->dim_count; i++) {
        char name[256];
        snprintf(name, sizeof name, "%s%s", c->op->dims[i], (int)i == c->op->star_dim ? "*" : "");
        bench_json_put_string(w, name);
    }
    bench_json_close_array(w);
    bench_json_put_key(w, "case");
    bench_json_open_object(w);
    bench_json_put_key_string(w, "dtype", bench_dtype_name(c->dtype));
    put_shape(w, c->shape, c->ndim);
    int rc = put_text(w, "params", c->params_json, err);
    bench_json_close_object(w);
    return rc;
}

int bench_python_write_request(const struct bench_python_request *request, struct bench_str *text,
                               struct bench_err *err)
{
    const struct bench_operator *op = request->plan->op;
    struct bench_json_writer w;
    bench_json_writer_init(&w, text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "operator", op->name);
    bench_json_put_key_string(&w, "implementation", request->impl->name);
    bench_json_put_key_string(&w, "folder", op->directory);
    int rc = put_text(&w, "python", request->impl->python, err);
    if (rc == BENCH_OK)
        rc = put_case(&w, request->plan, err);
    put_tensors(&w, "inputs", request->inputs, op->input_count);
    put_tensors(&w, "outputs", request->outputs, op->output_count);
    if (request->scale != NULL) {
        bench_json_put_key(&w, "scale");
        put_tensor(&w, request->scale);
    }
    bench_json_close_object(&w);
    return rc;
}

/* A list of texts as one. */
static const char *join(const struct bench_json *list, struct bench_arena *arena)
{
    struct bench_str text;
    bench_str_init(&text);
    for (const struct bench_json *v = list ? bench_json_first(list) : NULL; v != NULL;
         v = bench_json_next(v))
        if (bench_json_type(v) == BENCH_JSON_STRING)
            bench_str_addf(&text, "%s%s", text.len ? "; " : "", bench_json_string(v));
    const char *joined = bench_arena_strdup(arena, text.len ? text.data : "");
    bench_str_fini(&text);
    return joined;
}

static int read_answer(const char *answer, struct bench_arena *arena,
                       struct bench_python_call *call, struct bench_err *err)
{
    struct bench_json_doc *doc;
    int rc = bench_json_parse("answer of prepare", answer, strlen(answer), &doc, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = bench_json_root(doc);
    bench_json_get_double(root, "import_ns", false, &call->import_ns, NULL);
    bench_json_get_double(root, "first_call_ns", false, &call->first_call_ns, NULL);
    bench_json_get_double(root, "second_call_ns", false, &call->later_call_ns, NULL);
    call->notes = join(bench_json_get(root, "notes"), arena);
    bench_json_free(doc);
    return BENCH_OK;
}

static const char *hash_source(const struct bench_implementation *impl, struct bench_arena *arena)
{
    char hex[33], *code = NULL;
    size_t length = 0;
    struct bench_hash *hash = bench_hash_new();
    bench_hash_add_str(hash, impl->python);
    if (impl->source != NULL && bench_file_read(impl->source, 0, &code, &length, NULL) == BENCH_OK)
        bench_hash_add(hash, code, length);
    bench_hash_hex(hash, hex);
    bench_hash_free(hash);
    free(code);
    return bench_arena_strdup(arena, hex);
}

int bench_python_prepare(const struct bench_python_hooks *hooks,
                         const struct bench_python_request *request, struct bench_arena *arena,
                         struct bench_python_call *call, struct bench_err *err)
{
    char answer[ANSWER_BYTES] = "{}";
    struct bench_str text;
    *call = (struct bench_python_call){.hooks = hooks, .notes = "", .source_hash = ""};
    bench_str_init(&text);
    int rc = bench_python_write_request(request, &text, err);
    if (rc == BENCH_OK) {
        call->handle = hooks->prepare(text.data, answer, sizeof answer);
        if (call->handle <= 0) {
            rc = fail(hooks, call->handle, err);
            call->handle = 0;
        } else {
            rc = read_answer(answer, arena, call, err);
        }
    }
    bench_str_fini(&text);
    if (rc == BENCH_OK)
        call->source_hash = hash_source(request->impl, arena);
    else
        bench_python_release(call);
    return rc;
}

void bench_python_release(struct bench_python_call *call)
{
    if (call->handle > 0)
        call->hooks->release(call->handle);
    call->handle = 0;
}

/* ---- calls ---- */

static int answer_of(const struct bench_python_hooks *hooks, int code, struct bench_err *err)
{
    return code == 0 ? BENCH_OK : fail(hooks, code, err);
}

int bench_python_reset(const struct bench_python_call *call, struct bench_err *err)
{
    return answer_of(call->hooks, call->hooks->reset(call->handle), err);
}

int bench_python_call(const struct bench_python_call *call, struct bench_err *err)
{
    return answer_of(call->hooks, call->hooks->call(call->handle), err);
}

int bench_python_collect(const struct bench_python_call *call, struct bench_err *err)
{
    return answer_of(call->hooks, call->hooks->collect(call->handle), err);
}

int bench_python_poison(const struct bench_python_call *call, struct bench_err *err)
{
    return answer_of(call->hooks, call->hooks->poison(call->handle), err);
}

int bench_python_timing(const struct bench_python_hooks *hooks, bool on, struct bench_err *err)
{
    return answer_of(hooks, hooks->timing(on), err);
}

int bench_python_special_values(const struct bench_python_call *call, struct bench_arena *arena,
                                const char **notes, struct bench_err *err)
{
    char answer[ANSWER_BYTES] = "{}";
    struct bench_json_doc *doc;
    *notes = "";
    int rc = answer_of(call->hooks,
                       call->hooks->special_values(call->handle, answer, sizeof answer), err);
    if (rc == BENCH_OK)
        rc = bench_json_parse("notes on special values", answer, strlen(answer), &doc, err);
    if (rc != BENCH_OK)
        return rc;
    *notes = join(bench_json_get(bench_json_root(doc), "notes"), arena);
    bench_json_free(doc);
    return BENCH_OK;
}

/* ---- facts ---- */

static const char *text_of(const struct bench_json *object, const char *key, const char *otherwise,
                           struct bench_arena *arena)
{
    const char *text = otherwise;
    bench_json_get_string(object, key, false, &text, NULL);
    return bench_arena_strdup(arena, text);
}

static const char *kernels_of(const struct bench_json *root, struct bench_arena *arena)
{
    const struct bench_json *kernels = NULL;
    struct bench_str text;
    struct bench_json_writer w;
    if (bench_json_get_array(root, "kernels", false, &kernels, NULL) != BENCH_OK || !kernels)
        return "[]";
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, kernels);
    const char *kept = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return kept;
}

int bench_python_facts(const struct bench_python_call *call, struct bench_arena *arena,
                       struct bench_python_facts *facts, struct bench_err *err)
{
    struct bench_json_doc *doc;
    char *answer = bench_xcalloc(1, FACTS_BYTES);
    int rc = answer_of(call->hooks, call->hooks->facts(call->handle, answer, FACTS_BYTES), err);
    if (rc == BENCH_OK)
        rc = bench_json_parse("facts", answer, strlen(answer), &doc, err);
    free(answer);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = bench_json_root(doc);
    const struct bench_json *memory = bench_json_get(root, "memory");
    *facts = (struct bench_python_facts){.allocated_bytes = -1};
    facts->kernels = kernels_of(root, arena);
    facts->verdict = text_of(root, "verdict", "unproven", arena);
    facts->why = text_of(root, "why", "", arena);
    facts->other_stream = text_of(root, "other_stream", "", arena);
    bench_json_get_int(root, "launches", false, 0, INT64_MAX, &facts->launches, NULL);
    if (memory != NULL)
        bench_json_get_int(memory, "allocated_bytes", false, 0, INT64_MAX, &facts->allocated_bytes,
                           NULL);
    bench_json_free(doc);
    return BENCH_OK;
}
