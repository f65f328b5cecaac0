#include "bench/run/python_versions.h"

#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/run/python_worker.h"
#include "bench/util/process.h"

/* Reading some thousand files of FlagGems from a slow disk. */
#define LIMIT_MS 60000

/* The folder that an implementation's module is looked for in; "" if it names none. */
static const char *path_of(const struct bench_implementation *impl, struct bench_arena *arena)
{
    struct bench_json_doc *doc;
    const char *path = "";
    if (impl->provider != BENCH_PROVIDER_PYTHON || impl->python == NULL ||
        bench_json_parse("python", impl->python, strlen(impl->python), &doc, NULL) != BENCH_OK)
        return "";
    bench_json_get_string(bench_json_root(doc), "path", false, &path, NULL);
    path = bench_arena_strdup(arena, path);
    bench_json_free(doc);
    return path;
}

/* One process has one FlagGems, so the first that is named is that of all. */
static const char *find_path(const struct bench_suite *suite, struct bench_arena *arena)
{
    for (size_t i = 0; i < suite->operator_count; i++)
        for (size_t k = 0; k < suite->operators[i]->implementation_count; k++) {
            const char *path = path_of(&suite->operators[i]->implementations[k], arena);
            if (path[0] != '\0')
                return path;
        }
    return "";
}

static const char *read_answer(const struct bench_process_result *result, struct bench_arena *arena)
{
    struct bench_json_doc *doc;
    if (result->exit_code != 0 ||
        bench_json_parse("versions", result->out, result->out_length, &doc, NULL) != BENCH_OK)
        return NULL;
    bench_json_free(doc);
    return bench_arena_strdup(arena, result->out);
}

/* Its answer; NULL if it gives none, and err says why. */
static const char *ask(const char *python, const char *path, struct bench_arena *arena,
                       struct bench_err *err)
{
    char *folder = NULL;
    if (bench_python_folder(&folder, err) != BENCH_OK)
        return NULL;
    char *variable = bench_python_path(folder);
    const char *argv[] = {python, "-m", "bench_python", "versions", "--path", path, NULL};
    const char *env[] = {variable, NULL};
    struct bench_process_spec spec = {.argv = argv, .env = env, .timeout_ms = LIMIT_MS};
    struct bench_process_result result = {0};
    const char *answer = NULL;
    if (bench_process_run(&spec, &result, err) == BENCH_OK) {
        answer = read_answer(&result, arena);
        if (answer == NULL)
            bench_err_set(err, BENCH_EUNSUPPORTED,
                          "the Python interpreter '%s' does not answer: %s", python, result.err);
    }
    bench_process_result_fini(&result);
    free(variable);
    free(folder);
    return answer;
}

const char *bench_python_versions(const struct bench_run *run, struct bench_arena *arena)
{
    const char *python = run->options.python ? run->options.python : bench_python_default();
    if (!bench_run_needs_python(run))
        return NULL;
    return ask(python, find_path(run->suite, arena), arena, NULL);
}

int bench_python_can_serve(const char *python, struct bench_err *err)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_json_doc *doc = NULL;
    const char *answer = ask(python, "", arena, err), *torch = NULL;
    int rc = answer != NULL ? BENCH_OK : BENCH_EUNSUPPORTED;
    if (rc == BENCH_OK && bench_json_parse("versions", answer, strlen(answer), &doc, NULL) == 0) {
        const struct bench_json *v = bench_json_get(bench_json_root(doc), "torch");
        torch = v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
        if (torch == NULL)
            rc = bench_err_set(err, BENCH_EUNSUPPORTED, "%s has no torch", python);
        bench_json_free(doc);
    }
    bench_arena_free(arena);
    return rc;
}
