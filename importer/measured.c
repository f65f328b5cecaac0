#include "importer/measured.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

static const char *source_hash_of(const struct bench_selected_case *c)
{
    const struct bench_json *v = bench_json_get(c->json, "source_hash");
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
}

static const char *run_of(const struct bench_measured_request *r)
{
    return r->op->run != NULL ? r->op->run : r->facts->name != NULL ? r->facts->name : "the run";
}

/* The description by which it was measured: where the data say; in the run's folder, which may have
 * been brought from another machine; else as for an export. */
static int read_description(const struct bench_measured_request *r,
                            struct bench_operator **description, struct bench_err *err)
{
    const char *name = r->op->name;
    if (r->op->description_file != NULL && bench_file_exists(r->op->description_file)) {
        return bench_operator_read(r->op->description_file, description, err);
    }
    char *path = r->facts->folder != NULL ? bench_xprintf("%s/operators/kernels/%s/%s.json",
                                                          r->facts->folder, name, name)
                                          : bench_xstrdup("");
    int rc = bench_file_exists(path)
                 ? bench_operator_read(path, description, err)
                 : bench_measured_operator_read(r->op, r->kernels_dir, description, err);
    free(path);
    return rc;
}

/* The first case that tells a hash, or NULL. *all: every case does. */
static const struct bench_selected_case *first_told(const struct bench_selected_op *op, bool *all)
{
    const struct bench_selected_case *found = NULL;
    *all = op->case_count > 0;
    for (size_t i = op->case_count; i > 0; i--) {
        bool told = source_hash_of(&op->cases[i - 1]) != NULL;
        found = told ? &op->cases[i - 1] : found;
        *all = *all && told;
    }
    return found;
}

static const struct bench_implementation *
implementation_of(const struct bench_operator *description, const struct bench_selected_case *c)
{
    return c->implementation != NULL ? bench_operator_find(description, c->implementation) : NULL;
}

/* What was measured as it still lies in the run's folder, if that is what was measured. */
static char *code_of(const struct bench_measured_request *r,
                     const struct bench_implementation *impl, const char *told)
{
    char *text = NULL;
    size_t length = 0;
    char hash[33];
    if (impl->source == NULL || bench_file_read(impl->source, 0, &text, &length, NULL) != 0) {
        return NULL;
    }
    r->code_hasher(impl, text, length, hash);
    if (strcmp(hash, told) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static int check_python(const struct bench_measured_request *r, const struct bench_opdata *data,
                        const struct bench_implementation *impl, const char *told, char **code,
                        struct bench_err *err)
{
    char hash[33];
    r->code_hasher(impl, data->code, strlen(data->code), hash);
    if (strcmp(hash, told) == 0) {
        return BENCH_OK;
    }
    *code = code_of(r, impl, told);
    return bench_err_set(
        err, BENCH_EINPUT,
        "%s: its code is not what was measured: %s measured code with the hash %s%s%s, this code "
        "has %s; measure it again (bench run --operators), or import what was measured (without "
        "--operators it is taken from the run's folder)",
        data->origin, run_of(r), told, *code != NULL ? ", which is in " : "",
        *code != NULL ? impl->source : "", hash);
}

/* What was measured is CUDA C: in Python it is what export makes of it, and nothing else. */
static int check_export(const struct bench_measured_request *r, const struct bench_opdata *data,
                        char **code, struct bench_err *err)
{
    struct bench_export e;
    if (r->hasher == NULL) {
        return BENCH_OK;
    }
    int rc = bench_export_selected(r->op, r->kernels_dir, r->facts, r->hasher, NULL, &e, err);
    if (rc != 0) {
        return bench_err_prefix(
            err, "%s: whether its code is what was measured cannot be told: ", data->origin);
    }
    if (strcmp(e.code, data->code) != 0) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: its code is not what was measured: %s measured CUDA C, and this is "
                           "not what this bench exports of it; export it again (bench export), or "
                           "leave out --operators, which exports it on the way",
                           data->origin, run_of(r));
        *code = bench_xstrdup(e.code);
    }
    bench_export_fini(&e);
    return rc;
}

/* Each implementation once; cases of one mostly come together. */
static int check_cases(const struct bench_measured_request *r, const struct bench_opdata *data,
                       const struct bench_operator *description, char **code, struct bench_err *err)
{
    const char *last = "";
    bool exported = false;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < r->op->case_count; i++) {
        const struct bench_selected_case *c = &r->op->cases[i];
        const struct bench_implementation *impl = implementation_of(description, c);
        const char *told = source_hash_of(c);
        if (told == NULL || strcmp(told, last) == 0) {
            continue;
        }
        last = told;
        if (impl == NULL) {
            rc =
                bench_err_set(err, BENCH_EINPUT,
                              "%s: whether its code is what was measured cannot be told: %s has no "
                              "implementation '%s', which the selection names",
                              data->origin, description->file,
                              c->implementation != NULL ? c->implementation : "");
        } else if (impl->provider == BENCH_PROVIDER_PYTHON) {
            rc = check_python(r, data, impl, told, code, err);
        } else if (!exported) {
            rc = check_export(r, data, code, err);
            exported = true;
        }
    }
    return rc;
}

int bench_measured_check(const struct bench_measured_request *request,
                         const struct bench_opdata *data, enum bench_measured *measured,
                         char **code, struct bench_err *err)
{
    struct bench_operator *description = NULL;
    bool all = false;
    *measured = BENCH_MEASURED_UNKNOWN;
    *code = NULL;
    if (request->code_hasher == NULL || first_told(request->op, &all) == NULL) {
        return BENCH_OK;
    }
    if (data->implementation != NULL) { /* was exported just now, from sources of these hashes */
        *measured = all && request->hasher != NULL ? BENCH_MEASURED_SAME : BENCH_MEASURED_UNKNOWN;
        return BENCH_OK;
    }
    if (read_description(request, &description, err) != 0) {
        struct bench_err why = *err;
        return bench_err_set(
            err, BENCH_EINPUT,
            "%s: whether its code is what was measured cannot be told, because the "
            "description by which %s measured it is not there (%s); keep the "
            "run's folder together, or measure it again",
            data->origin, run_of(request), why.message);
    }
    int rc = check_cases(request, data, description, code, err);
    *measured = rc == 0 && all ? BENCH_MEASURED_SAME : BENCH_MEASURED_UNKNOWN;
    bench_operator_free(description);
    return rc;
}

int bench_measured_read(const struct bench_measured_request *request, struct bench_opdata *data,
                        struct bench_err *err)
{
    struct bench_operator *description = NULL;
    char *code = NULL;
    bool all = false;
    const struct bench_selected_case *c = first_told(request->op, &all);
    int rc = c == NULL ? BENCH_ENOTFOUND : read_description(request, &description, NULL);
    const struct bench_implementation *impl = rc == 0 ? implementation_of(description, c) : NULL;
    if (impl == NULL || impl->provider != BENCH_PROVIDER_PYTHON || impl->source == NULL ||
        bench_file_read(impl->source, 0, &code, NULL, NULL) != 0) {
        rc = bench_err_set(err, BENCH_ENOTFOUND, "%s: no code in Python was measured",
                           request->op->name);
    } else {
        *data = (struct bench_opdata){
            .origin = bench_xstrdup(impl->source),
            .label = bench_xprintf("the run's %s", bench_path_basename(impl->source)),
            .op_name = bench_xstrdup(request->op->key),
            .name = bench_xstrdup(request->op->name),
            .code = code};
    }
    bench_operator_free(description);
    return rc;
}
