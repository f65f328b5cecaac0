#include "importer/selection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/torch_dtype.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/export.h"

/* A number, or NAN for null and for a member that is not there. */
static int read_number(const struct bench_json *object, const char *key, bool required, double *out,
                       struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(object, key);
    *out = NAN;
    if (!required && (v == NULL || bench_json_type(v) == BENCH_JSON_NULL)) {
        return BENCH_OK;
    }
    int rc = bench_json_get_double(object, key, true, out, err);
    if (rc == 0 && !(*out > 0)) {
        rc = bench_json_error(v, err, "%g, expected a number above 0", *out);
    }
    return rc;
}

static int read_shape(const struct bench_json *config, struct bench_selected_case *c,
                      struct bench_err *err)
{
    const struct bench_json *shape = NULL;
    int rc = bench_json_get_array(config, "shape", true, &shape, err);
    if (rc != 0) {
        return rc;
    }
    if (bench_json_size(shape) > BENCH_MAX_DIMS) {
        return bench_json_error(shape, err, "%zu dimensions; at most %d are possible",
                                bench_json_size(shape), BENCH_MAX_DIMS);
    }
    for (const struct bench_json *v = bench_json_first(shape); v != NULL; v = bench_json_next(v)) {
        int64_t size = 0;
        if (bench_json_type(v) != BENCH_JSON_NUMBER || !bench_json_is_int(v, &size) || size < 0) {
            return bench_json_error(v, err, "found %s, expected a whole number from 0 on",
                                    bench_json_type_name(v));
        }
        c->shape[c->ndim++] = size;
    }
    return BENCH_OK;
}

static int read_optional_string(const struct bench_json *object, const char *key, const char **out,
                                struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(object, key);
    if (v != NULL && bench_json_type(v) == BENCH_JSON_NULL) {
        return BENCH_OK;
    }
    return bench_json_get_string(object, key, false, out, err);
}

/* An object, or what FlagGems' records tell of the arguments: text. */
static int read_params(const struct bench_json *config, struct bench_selected_case *c,
                       struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(config, "params");
    if (v == NULL || bench_json_type(v) == BENCH_JSON_NULL) {
        return BENCH_OK;
    }
    if (bench_json_type(v) == BENCH_JSON_STRING) {
        c->params_text = bench_json_string(v);
        return BENCH_OK;
    }
    if (bench_json_type(v) != BENCH_JSON_OBJECT) {
        return bench_json_error(v, err, "found %s, expected an object or a string",
                                bench_json_type_name(v));
    }
    c->params = v;
    return BENCH_OK;
}

static int read_dtype(const struct bench_json *config, struct bench_selected_case *c,
                      struct bench_err *err)
{
    const char *written = NULL;
    int rc = bench_json_get_string(config, "dtype", true, &written, err);
    c->dtype_name = rc == 0 ? bench_dtype_normalise(written) : NULL;
    if (rc == 0 && c->dtype_name == NULL) {
        rc = bench_json_error(bench_json_get(config, "dtype"), err,
                              "unknown dtype '%s'; expected one of torch's, as float32", written);
    }
    if (rc == 0 && bench_dtype_parse(c->dtype_name, &c->dtype) != 0) {
        c->dtype = BENCH_DTYPE_COUNT;
    }
    return rc;
}

static int read_origin(const struct bench_json *config, struct bench_selected_case *c,
                       struct bench_err *err)
{
    c->correct = true;
    c->variant = bench_json_get(config, "variant");
    if (c->variant != NULL && bench_json_type(c->variant) == BENCH_JSON_NULL) {
        c->variant = NULL;
    }
    if (c->variant != NULL && bench_json_type(c->variant) != BENCH_JSON_OBJECT &&
        bench_json_type(c->variant) != BENCH_JSON_STRING) {
        return bench_json_error(c->variant, err, "found %s, expected an object as {\"BLOCK\": 256}",
                                bench_json_type_name(c->variant));
    }
    int rc = bench_json_get_bool(config, "correct", false, &c->correct, err);
    rc = rc == 0 ? read_params(config, c, err) : rc;
    rc = rc == 0 ? read_optional_string(config, "implementation", &c->implementation, err) : rc;
    rc =
        rc == 0 ? read_optional_string(config, "reference_implementation", &c->reference, err) : rc;
    return rc == 0 ? read_optional_string(config, "baseline_implementation", &c->baseline, err)
                   : rc;
}

static int read_case(const struct bench_json *config, struct bench_selected_case *c,
                     struct bench_err *err)
{
    c->json = config;
    int rc = bench_json_expect(config, BENCH_JSON_OBJECT, err);
    rc = rc == 0 ? read_shape(config, c, err) : rc;
    rc = rc == 0 ? read_dtype(config, c, err) : rc;
    rc = rc == 0 ? read_number(config, "your_time", true, &c->your_ms, err) : rc;
    rc = rc == 0 ? read_number(config, "flaggems_time", false, &c->flaggems_ms, err) : rc;
    rc = rc == 0 ? read_number(config, "cuda_time", false, &c->cuda_ms, err) : rc;
    rc = rc == 0 ? read_number(config, "speedup_vs_flaggems", false, &c->speedup, err) : rc;
    rc = rc == 0 ? read_number(config, "relative_to_cuda", false, &c->relative, err) : rc;
    return rc == 0 ? read_origin(config, c, err) : rc;
}

static int read_op(const struct bench_json *json, bool selected, struct bench_selected_op *op,
                   struct bench_err *err)
{
    const struct bench_json *configs = NULL;
    op->json = json;
    op->key = bench_json_key(json);
    int rc = bench_json_expect(json, BENCH_JSON_OBJECT, err);
    if (rc == 0 && bench_operator_python_name(op->key, &op->name, err) != 0) {
        struct bench_err why = *err;
        return bench_json_error(json, err, "%s", why.message);
    }
    rc = rc == 0 ? read_optional_string(json, "category", &op->category, err) : rc;
    rc = rc == 0 ? read_optional_string(json, "device", &op->device, err) : rc;
    rc = rc == 0 ? read_optional_string(json, "device_kind", &op->device_kind, err) : rc;
    rc = rc == 0 ? read_optional_string(json, "run", &op->run, err) : rc;
    rc = rc == 0 ? read_optional_string(json, "description_file", &op->description_file, err) : rc;
    rc = rc == 0 ? bench_json_get_array(json, "configs", true, &configs, err) : rc;
    if (rc != 0) {
        return rc;
    }
    size_t count = bench_json_size(configs);
    if (selected && count == 0) {
        return bench_json_error(configs, err,
                                "no case, expected at least one of a selected "
                                "operator");
    }
    op->cases = bench_xcalloc(count + 1, sizeof(*op->cases));
    for (const struct bench_json *v = bench_json_first(configs); rc == 0 && v != NULL;
         v = bench_json_next(v)) {
        rc = read_case(v, &op->cases[op->case_count], err);
        op->case_count += rc == 0 ? 1 : 0;
    }
    return rc;
}

static int read_ops(const struct bench_json *map, struct bench_selected *s, struct bench_err *err)
{
    int rc = bench_json_expect(map, BENCH_JSON_OBJECT, err);
    if (rc != 0) {
        return rc;
    }
    s->ops = bench_xcalloc(bench_json_size(map) + 1, sizeof(*s->ops));
    for (const struct bench_json *v = bench_json_first(map); v != NULL; v = bench_json_next(v)) {
        struct bench_selected_op *op = &s->ops[s->op_count++];
        rc = read_op(v, s->batch != 0, op, err);
        if (rc != 0) {
            return rc;
        }
        if (bench_selected_find(s, op->name) != op) {
            return bench_json_error(v, err, "the operator '%s' is there twice", op->name);
        }
    }
    return BENCH_OK;
}

static int read_selection(const struct bench_json *root, struct bench_selected *s,
                          struct bench_err *err)
{
    static const char *const criteria[] = {"speedup_vs_flaggems", "relative_to_cuda"};
    int64_t batch = 0;
    const struct bench_json *ops = NULL;
    int rc = bench_json_expect(root, BENCH_JSON_OBJECT, err);
    if (rc == 0 && bench_json_get(root, "batch") == NULL) {
        return bench_json_error(root, err,
                                "the key 'batch' is missing; expected a file that `bench select` "
                                "wrote");
    }
    rc = rc == 0 ? bench_json_get_int(root, "batch", true, 1, 2, &batch, err) : rc;
    rc = rc == 0 ? bench_json_get_double(root, "threshold", true, &s->threshold, err) : rc;
    rc = rc == 0 ? bench_json_get_string(root, "criterion", true, &s->criterion, err) : rc;
    rc = rc == 0 ? read_optional_string(root, "your_data", &s->your_data, err) : rc;
    rc = rc == 0 ? bench_json_get_object(root, "operators", true, &ops, err) : rc;
    if (rc != 0) {
        return rc;
    }
    s->batch = (int)batch;
    if (strcmp(s->criterion, criteria[batch - 1]) != 0) {
        return bench_json_error(bench_json_get(root, "criterion"), err,
                                "found '%s', but batch %d is selected by '%s'", s->criterion,
                                s->batch, criteria[batch - 1]);
    }
    return read_ops(ops, s, err);
}

/* Ratios as others round them, to three decimals, are still those of the times. */
static bool follows(double told, double calculated)
{
    return fabs(told - calculated) <= fmax(0.000501, 1e-6 * calculated);
}

/* The ratio that two times make takes the place of the one in the file, which must be the same: one
 * that follows from no times, or from others, was not measured. */
static int check_ratio(const struct bench_selected_case *c, const char *key, double above,
                       double below, double *ratio, struct bench_err *err)
{
    const struct bench_json *at = bench_json_get(c->json, key);
    double calculated = above / below;
    if (isnan(*ratio)) {
        return BENCH_OK;
    }
    if (isnan(calculated)) {
        return bench_json_error(at, err, "%g, but a time that it would follow from is missing",
                                *ratio);
    }
    if (!follows(*ratio, calculated)) {
        return bench_json_error(at, err,
                                "found %.6g, but the case's times are %g and %g ms, whose ratio is "
                                "%.6g; the file was edited: select again (bench select)",
                                *ratio, above, below, calculated);
    }
    *ratio = calculated;
    return BENCH_OK;
}

/* `bench run` tells each time twice, the second time with its statistics. */
static int check_stats(const struct bench_selected_case *c, const char *role, const char *key,
                       double time_ms, struct bench_err *err)
{
    const struct bench_json *stats = bench_json_get(c->json, "stats");
    const struct bench_json *v = stats != NULL ? bench_json_get(stats, role) : NULL;
    v = v != NULL ? bench_json_get(v, "median_ms") : NULL;
    if (v == NULL || bench_json_type(v) != BENCH_JSON_NUMBER || isnan(time_ms) ||
        fabs(bench_json_number(v) - time_ms) <= 1e-6 * time_ms) {
        return BENCH_OK;
    }
    return bench_json_error(bench_json_get(c->json, key), err,
                            "found %g ms, but its statistics (stats, %s, median_ms) say %g; the "
                            "file was edited: select again (bench select)",
                            time_ms, role, bench_json_number(v));
}

/* What the criterion is calculated from must be there for every selected case, and give the numbers
 * that the file has. */
static int check_case(const struct bench_selected *s, struct bench_selected_case *c,
                      struct bench_err *err)
{
    if (isnan(s->batch == 1 ? c->speedup : c->relative)) {
        return bench_json_error(c->json, err, "'%s' is missing, by which batch %d is selected",
                                s->criterion, s->batch);
    }
    int rc = check_ratio(c, "speedup_vs_flaggems", c->flaggems_ms, c->your_ms, &c->speedup, err);
    rc = rc == 0 ? check_ratio(c, "relative_to_cuda", c->your_ms, c->cuda_ms, &c->relative, err)
                 : rc;
    rc = rc == 0 ? check_stats(c, "candidate", "your_time", c->your_ms, err) : rc;
    return rc == 0 ? check_stats(c, "baseline", "cuda_time", c->cuda_ms, err) : rc;
}

static int check_cases(struct bench_selected *s, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < s->op_count; i++) {
        for (size_t k = 0; rc == 0 && k < s->ops[i].case_count; k++) {
            rc = check_case(s, &s->ops[i].cases[k], err);
        }
    }
    return rc;
}

int bench_selected_read(const char *path, struct bench_selected **selected, struct bench_err *err)
{
    struct bench_selected *s = bench_xcalloc(1, sizeof(*s));
    s->path = bench_xstrdup(path);
    int rc = bench_json_read(path, 0, &s->doc, err);
    rc = rc == 0 ? read_selection(bench_json_root(s->doc), s, err) : rc;
    rc = rc == 0 ? check_cases(s, err) : rc;
    if (rc != 0) {
        bench_selected_free(s);
        return rc;
    }
    *selected = s;
    return BENCH_OK;
}

int bench_selected_read_run(const char *run_dir, struct bench_selected **selected,
                            struct bench_err *err)
{
    struct bench_selected *s = bench_xcalloc(1, sizeof(*s));
    s->path = bench_path_join(run_dir, "your_perf_data.json");
    int rc = bench_json_read(s->path, 0, &s->doc, err);
    rc = rc == 0 ? read_ops(bench_json_root(s->doc), s, err) : rc;
    if (rc != 0) {
        bench_selected_free(s);
        return rc;
    }
    *selected = s;
    return BENCH_OK;
}

void bench_selected_free(struct bench_selected *selected)
{
    if (selected == NULL) {
        return;
    }
    for (size_t i = 0; i < selected->op_count; i++) {
        free(selected->ops[i].name);
        free(selected->ops[i].cases);
    }
    free(selected->ops);
    bench_json_free(selected->doc);
    free(selected->path);
    free(selected);
}

const struct bench_selected_op *bench_selected_find(const struct bench_selected *selected,
                                                    const char *name)
{
    for (size_t i = 0; i < selected->op_count; i++) {
        if (selected->ops[i].name != NULL && strcmp(selected->ops[i].name, name) == 0) {
            return &selected->ops[i];
        }
    }
    return NULL;
}
