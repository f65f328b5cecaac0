#include "importer/export_selected.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

/* A copy of a string member, wherever it is wanted; NULL if there is none. */
static char *copy_member(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING
               ? bench_xstrdup(bench_json_string(v))
               : NULL;
}

/* True if run.json is that of another run than the one that the operators were measured in. */
static bool is_of_another_run(const struct bench_selected *selected, const char *run)
{
    for (size_t i = 0; i < selected->op_count; i++) {
        const char *own = selected->ops[i].run;
        if (own != NULL && (run == NULL || strcmp(own, run) != 0)) {
            return true;
        }
    }
    return false;
}

/* A file that is not there leaves all NULL. */
static int read_beside(const char *file, struct bench_run_facts *facts, struct bench_err *err)
{
    char *dir = bench_path_dirname(file);
    char *path = bench_path_join(dir, "run.json");
    int rc = bench_json_read(path, 0, &facts->doc, err);
    if (rc == 0) {
        const struct bench_json *root = bench_json_root(facts->doc);
        const struct bench_json *device = bench_json_get(root, "device");
        facts->folder = bench_xstrdup(dir);
        facts->name = copy_member(root, "run");
        facts->time = copy_member(root, "started");
        if (device != NULL && bench_json_type(device) == BENCH_JSON_OBJECT) {
            facts->device = copy_member(device, "name");
            facts->kind = copy_member(device, "kind");
        }
    }
    free(path);
    free(dir);
    return rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
}

int bench_run_facts_read(const struct bench_selected *selected, struct bench_run_facts *facts,
                         struct bench_err *err)
{
    *facts = (struct bench_run_facts){.name = NULL};
    int rc = read_beside(selected->path, facts, err);
    if (rc != 0) {
        return rc;
    }
    if (facts->doc == NULL && selected->your_data != NULL) {
        /* Its path may be relative to another folder than the working directory is now: what is
         * there may be anything. */
        read_beside(selected->your_data, facts, NULL);
        if (is_of_another_run(selected, facts->name)) {
            bench_run_facts_fini(facts);
        }
    }
    for (size_t i = 0; i < selected->op_count && facts->kind == NULL; i++) {
        const char *kind = selected->ops[i].device_kind;
        facts->kind = kind != NULL ? bench_xstrdup(kind) : NULL;
    }
    return BENCH_OK;
}

void bench_run_facts_fini(struct bench_run_facts *facts)
{
    free(facts->name);
    free(facts->device);
    free(facts->kind);
    free(facts->time);
    free(facts->folder);
    bench_json_free(facts->doc);
    *facts = (struct bench_run_facts){.name = NULL};
}

static int read_operator(const char *name, const char *kernels_dir, struct bench_operator **op,
                         struct bench_err *err)
{
    char *path = NULL;
    char *home = NULL;
    int rc = kernels_dir == NULL ? bench_path_find_home("kernels", &home, err) : BENCH_OK;
    rc = rc == 0 ? bench_operator_locate(home != NULL ? home : kernels_dir, name, &path, err) : rc;
    rc = rc == 0 ? bench_operator_read(path, op, err) : rc;
    free(home);
    free(path);
    return rc;
}

int bench_measured_operator_read(const struct bench_selected_op *op, const char *kernels_dir,
                                 struct bench_operator **description, struct bench_err *err)
{
    if (kernels_dir == NULL && op->description_file != NULL &&
        bench_file_exists(op->description_file)) {
        return bench_operator_read(op->description_file, description, err);
    }
    return read_operator(op->name, kernels_dir, description, err);
}

static bool is_text(const struct bench_json *object, const char *key, const char *text)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING &&
           strcmp(bench_json_string(v), text) == 0;
}

/* The run's numbers are of the description that it read; another one, unless it differs in prose
 * alone, needs numbers of its own. */
static int check_unchanged(const struct bench_operator *op, const struct bench_run_facts *facts,
                           struct bench_err *err)
{
    const struct bench_json *list =
        facts->doc != NULL ? bench_json_get(bench_json_root(facts->doc), "operators") : NULL;
    for (const struct bench_json *v = list != NULL ? bench_json_first(list) : NULL; v != NULL;
         v = bench_json_next(v)) {
        if (is_text(v, "name", op->name) && bench_json_get(v, "hash") != NULL &&
            !is_text(v, "hash", op->hash) && !is_text(v, "meaning", op->meaning)) {
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s was changed since it was measured by the run %s; measure it "
                                 "again",
                                 op->file, facts->name != NULL ? facts->name : "");
        }
    }
    return BENCH_OK;
}

/* The same of the sources, whose hashes stand with the cases. */
static int check_sources(const struct bench_operator *description,
                         const struct bench_selected_op *op, bench_source_hasher hasher,
                         struct bench_err *err)
{
    const struct bench_implementation *last = NULL;
    char hash[33] = "";
    for (size_t i = 0; hasher != NULL && i < op->case_count; i++) {
        const struct bench_selected_case *c = &op->cases[i];
        const struct bench_json *told = bench_json_get(c->json, "source_hash");
        const struct bench_implementation *impl =
            bench_operator_find(description, c->implementation);
        if (impl == NULL || told == NULL || bench_json_type(told) != BENCH_JSON_STRING) {
            continue;
        }
        if (impl != last && !hasher(impl, hash)) {
            continue; /* what cannot be read is told by the export */
        }
        last = impl;
        if (strcmp(bench_json_string(told), hash) != 0) {
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s: the source of '%s', or a file that it includes, was changed "
                                 "since it was measured; measure it again",
                                 op->name, impl->name);
        }
    }
    return BENCH_OK;
}

static int check_measured(const struct bench_selected_op *op, struct bench_err *err)
{
    for (size_t i = 0; i < op->case_count; i++) {
        if (op->cases[i].implementation == NULL) {
            bench_json_error(op->cases[i].json, err,
                             "'implementation' is missing, which says what was measured; data of "
                             "`bench run` have it (or export with --implementation)");
            return err != NULL ? (err->code = BENCH_EUNSUPPORTED) : BENCH_EUNSUPPORTED;
        }
        if (op->cases[i].params_text != NULL) {
            return bench_json_error(bench_json_get(op->cases[i].json, "params"), err,
                                    "found a string, expected an object: a description's params "
                                    "have names");
        }
        if (op->cases[i].dtype == BENCH_DTYPE_COUNT) {
            return bench_json_error(bench_json_get(op->cases[i].json, "dtype"), err,
                                    "%s is a dtype that no description can have",
                                    op->cases[i].dtype_name);
        }
    }
    return BENCH_OK;
}

int bench_export_selected(const struct bench_selected_op *op, const char *kernels_dir,
                          const struct bench_run_facts *facts, bench_source_hasher hasher,
                          bench_export_compiler compiler, struct bench_export *out,
                          struct bench_err *err)
{
    struct bench_operator *description = NULL;
    int rc = bench_measured_operator_read(op, kernels_dir, &description, err);
    rc = rc == 0 ? check_unchanged(description, facts, err) : rc;
    rc = rc == 0 ? check_measured(op, err) : rc;
    rc = rc == 0 ? check_sources(description, op, hasher, err) : rc;
    if (rc != 0) {
        bench_operator_free(description);
        return rc;
    }
    struct bench_export_case *cases = bench_xcalloc(op->case_count + 1, sizeof(*cases));
    for (size_t i = 0; i < op->case_count; i++) {
        const struct bench_selected_case *from = &op->cases[i];
        cases[i] = (struct bench_export_case){.dtype = from->dtype,
                                              .ndim = from->ndim,
                                              .params = from->params,
                                              .implementation = from->implementation,
                                              .variant_json = from->variant,
                                              .variant = "",
                                              .failed = !from->correct};
        memcpy(cases[i].shape, from->shape, sizeof(from->shape));
    }
    struct bench_export_origin origin = {.run = op->run != NULL ? op->run : facts->name,
                                         .device =
                                             facts->device != NULL ? facts->device : op->device,
                                         .time = facts->time};
    rc = bench_export_operator(description, cases, op->case_count, &origin, compiler, out, err);
    free(cases);
    bench_operator_free(description);
    return rc;
}

static bool has_dtype(const struct bench_operator *op, const struct bench_implementation *impl,
                      enum bench_dtype dtype)
{
    for (size_t i = 0; i < impl->dtype_count; i++) {
        if (impl->dtypes[i] == dtype) {
            return true;
        }
    }
    return impl->dtype_count == 0 && op->dtypes[dtype];
}

int bench_export_unmeasured(const char *op_name, const char *kernels_dir,
                            const char *implementation, const char *variant,
                            bench_export_compiler compiler, struct bench_export *out,
                            struct bench_err *err)
{
    struct bench_operator *op = NULL;
    int rc = read_operator(op_name, kernels_dir, &op, err);
    if (rc != 0) {
        return rc;
    }
    struct bench_export_case cases[BENCH_DTYPE_COUNT];
    size_t count = 0;
    const struct bench_implementation *impl = bench_operator_find(op, implementation);
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++) {
        /* An unknown implementation goes along, for its message. */
        if (impl == NULL ? t == BENCH_FLOAT32 : has_dtype(op, impl, (enum bench_dtype)t)) {
            cases[count++] = (struct bench_export_case){.dtype = (enum bench_dtype)t,
                                                        .ndim = -1,
                                                        .implementation = implementation,
                                                        .variant = variant};
        }
    }
    rc = bench_export_operator(op, cases, count, NULL, compiler, out, err);
    bench_operator_free(op);
    return rc;
}

int bench_export_write(const struct bench_export *e, const char *output, int batch, char **path,
                       struct bench_err *err)
{
    char *file = batch > 0 ? bench_xprintf("%s/batch%d/%s.json", output, batch, e->name)
                           : bench_xprintf("%s/%s.json", output, e->name);
    char *text = bench_export_json(e);
    int rc = bench_file_write_atomic(file, text, strlen(text), err);
    free(text);
    if (rc != 0) {
        free(file);
        return rc;
    }
    *path = file;
    return BENCH_OK;
}
