#include "selector/criteria.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

#define MAX_FILE_BYTES ((size_t)1 << 20)

int bench_criteria_batch(const struct bench_criteria *criteria)
{
    return criteria->field == BENCH_DATASET_SPEEDUP ? 1 : 2;
}

bool bench_criteria_at_least(const struct bench_criteria *criteria)
{
    return criteria->field == BENCH_DATASET_SPEEDUP;
}

bool bench_criteria_reaches(const struct bench_criteria *criteria, double value, double bound)
{
    /* Reading two decimal times and dividing them rounds three times. */
    double slack = criteria->plan ? 0 : 4 * DBL_EPSILON * bound;
    return bench_criteria_at_least(criteria) ? value >= bound - slack : value <= bound + slack;
}

double bench_criteria_weight(const struct bench_criteria *criteria, double elements)
{
    for (size_t i = 0; i < criteria->class_count; i++)
        if (elements < criteria->classes[i].below)
            return criteria->classes[i].weight;
    return 1;
}

/* ---- words ---- */

static const char *const counts_as_names[] = {"fail", "pass", "ignore", "refuse"};

const char *bench_counts_as_name(enum bench_counts_as counts_as)
{
    return counts_as_names[counts_as];
}

const char *bench_aggregate_name(const struct bench_criteria *criteria)
{
    static const char *const names[] = {"geomean", "worst", "quantile", "share", "any"};
    if (criteria->aggregate == BENCH_AGGREGATE_SHARE && criteria->part >= 1)
        return "every";
    return names[criteria->aggregate];
}

static void describe_aggregate(const struct bench_criteria *c, struct bench_str *out)
{
    bool weighted = c->class_count > 0;
    switch (c->aggregate) {
    case BENCH_AGGREGATE_GEOMEAN:
        bench_str_add(out, weighted ? "weighted geometric mean" : "geometric mean");
        break;
    case BENCH_AGGREGATE_WORST:
        bench_str_add(out, "worst case");
        break;
    case BENCH_AGGREGATE_QUANTILE:
        bench_str_addf(out, "%g-quantile%s", c->part, weighted ? " (weighted)" : "");
        break;
    case BENCH_AGGREGATE_SHARE:
        if (c->part >= 1)
            bench_str_add(out, "every case");
        else
            bench_str_addf(out, "at least %g %% of the cases%s", 100 * c->part,
                           weighted ? " (weighted)" : "");
        break;
    case BENCH_AGGREGATE_ANY:
        bench_str_add(out, "any case");
        break;
    }
}

char *bench_criteria_describe(const struct bench_criteria *c)
{
    struct bench_str out;
    bool at_least = bench_criteria_at_least(c);
    bench_str_init(&out);
    describe_aggregate(c, &out);
    bench_str_addf(&out, " of %s %s %.2f",
                   at_least ? "flaggems_time / your_time" : "your_time / cuda_time",
                   at_least ? ">=" : "<=", c->threshold);
    if (!isnan(c->worst_bound))
        bench_str_addf(&out, ", no case %s %.2f", at_least ? "below" : "above", c->worst_bound);
    char *text = bench_str_take(&out);
    bench_str_fini(&out);
    return text;
}

/* ---- reading ---- */

static int read_name(const struct bench_json *root, struct bench_criteria *c, struct bench_err *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    int rc = bench_json_get_string(root, "name", true, &c->name, err);
    if (rc == 0 && (c->name[0] == '\0' || c->name[strspn(c->name, allowed)] != '\0'))
        rc = bench_json_error(bench_json_get(root, "name"), err,
                              "found '%s', expected letters, digits, '-' and '_': it becomes part "
                              "of file names",
                              c->name);
    return rc;
}

/* Every ratio of two times that data may have lies within. */
static int read_number(const struct bench_json *root, const char *key, bool required, double *out,
                       struct bench_err *err)
{
    const struct bench_json *v = bench_json_get(root, key);
    if (!required && (!v || bench_json_type(v) == BENCH_JSON_NULL))
        return BENCH_OK;
    int rc = bench_json_get_double(root, key, true, out, err);
    if (rc == 0 && !(*out > 0 && *out < 1e9))
        rc = bench_json_error(v, err, "found %g, expected a number above 0 and below 1e9", *out);
    return rc;
}

static int read_field(const struct bench_json *root, struct bench_criteria *c,
                      struct bench_err *err)
{
    const char *text = NULL;
    int rc = bench_json_get_string(root, "field", true, &text, err);
    for (int rule = 0; rc == 0 && rule < BENCH_DATASET_RULES; rule++) {
        if (strcmp(text, bench_dataset_rule_key((enum bench_dataset_rule)rule)) == 0) {
            c->field = (enum bench_dataset_rule)rule;
            return BENCH_OK;
        }
    }
    return rc ? rc
              : bench_json_error(bench_json_get(root, "field"), err,
                                 "found '%s', expected speedup_vs_flaggems or relative_to_cuda",
                                 text);
}

static int read_aggregate_word(const struct bench_json *v, struct bench_criteria *c,
                               struct bench_err *err)
{
    static const struct {
        const char *word;
        enum bench_aggregate aggregate;
    } words[] = {{"geomean", BENCH_AGGREGATE_GEOMEAN},
                 {"worst", BENCH_AGGREGATE_WORST},
                 {"every", BENCH_AGGREGATE_SHARE},
                 {"any", BENCH_AGGREGATE_ANY}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(bench_json_string(v), words[i].word) == 0) {
            c->aggregate = words[i].aggregate;
            c->part = 1;
            return BENCH_OK;
        }
    }
    return bench_json_error(v, err,
                            "found '%s', expected geomean, worst, every, any, {\"quantile\": …} "
                            "or {\"share\": …}",
                            bench_json_string(v));
}

static int read_aggregate(const struct bench_json *root, struct bench_criteria *c,
                          struct bench_err *err)
{
    static const char *const keys[] = {"quantile", "share", NULL};
    const struct bench_json *v = bench_json_get(root, "aggregate");
    if (v && bench_json_type(v) == BENCH_JSON_STRING)
        return read_aggregate_word(v, c, err);
    int rc = bench_json_get_object(root, "aggregate", true, &v, err);
    rc = rc == 0 ? bench_json_expect_keys(v, keys, err) : rc;
    if (rc == 0 && bench_json_size(v) != 1)
        rc = bench_json_error(v, err, "found %zu keys, expected either quantile or share",
                              bench_json_size(v));
    if (rc != 0)
        return rc;
    bool quantile = bench_json_get(v, "quantile") != NULL;
    c->aggregate = quantile ? BENCH_AGGREGATE_QUANTILE : BENCH_AGGREGATE_SHARE;
    rc = bench_json_get_double(v, quantile ? "quantile" : "share", true, &c->part, err);
    if (rc == 0 && quantile && !(c->part >= 0 && c->part < 1))
        rc = bench_json_error(bench_json_first(v), err,
                              "found %g, expected a number from 0 (the worst case) to below 1",
                              c->part);
    if (rc == 0 && !quantile && !(c->part > 0 && c->part <= 1))
        rc = bench_json_error(bench_json_first(v), err,
                              "found %g, expected a number above 0, up to 1 (every case)", c->part);
    return rc;
}

static int read_worst(const struct bench_json *root, struct bench_criteria *c,
                      struct bench_err *err)
{
    c->worst_bound = NAN;
    int rc = read_number(root, "worst_case", false, &c->worst_bound, err);
    bool speedup = bench_criteria_at_least(c);
    if (rc == 0 && (speedup ? c->worst_bound > c->threshold : c->worst_bound < c->threshold))
        rc = bench_json_error(bench_json_get(root, "worst_case"), err,
                              "found %g, expected at %s the threshold, %g (for every case to reach "
                              "that, \"aggregate\": \"every\")",
                              c->worst_bound, speedup ? "most" : "least", c->threshold);
    return rc;
}

static int read_class(const struct bench_json *v, const struct bench_shape_class *previous,
                      struct bench_shape_class *out, struct bench_err *err)
{
    static const char *const keys[] = {"class", "below", "weight", NULL};
    int rc = bench_json_expect(v, BENCH_JSON_OBJECT, err);
    rc = rc == 0 ? bench_json_expect_keys(v, keys, err) : rc;
    rc = rc == 0 ? bench_json_get_string(v, "class", true, &out->name, err) : rc;
    rc = rc == 0 ? read_number(v, "weight", true, &out->weight, err) : rc;
    out->below = INFINITY;
    bool last = bench_json_next(v) == NULL;
    const struct bench_json *below = bench_json_get(v, "below");
    if (rc == 0 && last && below)
        return bench_json_error(below, err, "the last class has no bound; remove the key");
    if (rc == 0 && !last)
        rc = bench_json_get_double(v, "below", true, &out->below, err);
    if (rc == 0 && !(out->below > (previous ? previous->below : 0)))
        rc = bench_json_error(below, err, "found %g, expected more than %g: bounds ascend",
                              out->below, previous ? previous->below : 0);
    return rc;
}

static int read_classes(const struct bench_json *root, struct bench_criteria *c,
                        struct bench_err *err)
{
    const struct bench_json *list = NULL;
    const struct bench_json *at = bench_json_get(root, "weights");
    if (!at || bench_json_type(at) == BENCH_JSON_NULL)
        return BENCH_OK;
    int rc = bench_json_get_array(root, "weights", true, &list, err);
    if (rc != 0)
        return rc;
    if (bench_json_size(list) == 0)
        return bench_json_error(list, err, "no classes; leave the key out for equal weights");
    c->classes = c->owned_classes = bench_xcalloc(bench_json_size(list), sizeof(*c->owned_classes));
    for (const struct bench_json *v = bench_json_first(list); rc == 0 && v;
         v = bench_json_next(v)) {
        size_t n = c->class_count++;
        rc = read_class(v, n ? &c->classes[n - 1] : NULL, &c->owned_classes[n], err);
    }
    return rc;
}

static int read_counts_as(const struct bench_json *root, const char *key, bool may_pass,
                          enum bench_counts_as *out, struct bench_err *err)
{
    const char *text = counts_as_names[BENCH_COUNTS_FAIL];
    int rc = bench_json_get_string(root, key, false, &text, err);
    for (int i = 0; rc == 0 && i <= BENCH_COUNTS_REFUSE; i++) {
        if (strcmp(text, counts_as_names[i]) == 0 && (may_pass || i != BENCH_COUNTS_PASS)) {
            *out = (enum bench_counts_as)i;
            return BENCH_OK;
        }
    }
    return rc ? rc
              : bench_json_error(bench_json_get(root, key), err,
                                 "found '%s', expected fail, %signore or refuse", text,
                                 may_pass ? "pass, " : "");
}

/* One of two words; *out tells whether it is the second. */
static int read_choice(const struct bench_json *root, const char *key, const char *usual,
                       const char *other, bool *out, struct bench_err *err)
{
    const char *text = usual;
    int rc = bench_json_get_string(root, key, false, &text, err);
    if (rc != 0)
        return rc;
    *out = strcmp(text, other) == 0;
    return *out || strcmp(text, usual) == 0
               ? BENCH_OK
               : bench_json_error(bench_json_get(root, key), err, "found '%s', expected %s or %s",
                                  text, usual, other);
}

static int read_least(const struct bench_json *root, const char *key, size_t *out,
                      struct bench_err *err)
{
    int64_t n = 1;
    int rc = bench_json_get_int(root, key, false, 1, 1000000000, &n, err);
    *out = (size_t)n;
    return rc;
}

static int read_criteria(const struct bench_json *root, struct bench_criteria *c,
                         struct bench_err *err)
{
    static const char *const keys[] = {"name",         "description",  "field",    "threshold",
                                       "aggregate",    "worst_case",   "weights",  "correct",
                                       "least_cases",  "least_dtypes", "evidence", "uncompared",
                                       "undetermined", "listing",      NULL};
    bool points = false;
    const char *description = NULL;
    c->correct = true;
    int rc = bench_json_expect(root, BENCH_JSON_OBJECT, err);
    rc = rc == 0 ? bench_json_expect_keys(root, keys, err) : rc;
    rc = rc == 0 ? read_name(root, c, err) : rc;
    rc = rc == 0 ? bench_json_get_string(root, "description", false, &description, err) : rc;
    rc = rc == 0 ? read_field(root, c, err) : rc;
    rc = rc == 0 ? read_number(root, "threshold", true, &c->threshold, err) : rc;
    rc = rc == 0 ? read_aggregate(root, c, err) : rc;
    rc = rc == 0 ? read_worst(root, c, err) : rc;
    rc = rc == 0 ? read_classes(root, c, err) : rc;
    rc = rc == 0 ? bench_json_get_bool(root, "correct", false, &c->correct, err) : rc;
    rc = rc == 0 ? read_least(root, "least_cases", &c->least_cases, err) : rc;
    rc = rc == 0 ? read_least(root, "least_dtypes", &c->least_dtypes, err) : rc;
    rc = rc == 0 ? read_counts_as(root, "undetermined", true, &c->undetermined, err) : rc;
    rc = rc == 0 ? read_counts_as(root, "uncompared", false, &c->uncompared, err) : rc;
    rc = rc == 0 ? read_choice(root, "evidence", "intervals", "points", &points, err) : rc;
    rc = rc == 0 ? read_choice(root, "listing", "all", "plan", &c->plan, err) : rc;
    c->intervals = !points;
    if (rc == 0 && c->plan && c->aggregate != BENCH_AGGREGATE_ANY)
        rc = bench_json_error(bench_json_get(root, "listing"), err,
                              "\"plan\" lists passing cases only, which goes with \"aggregate\": "
                              "\"any\" alone");
    return rc;
}

static int take_document(struct bench_json_doc *doc, struct bench_criteria **criteria,
                         struct bench_err *err)
{
    struct bench_criteria *c = bench_xcalloc(1, sizeof(*c));
    c->doc = doc;
    c->file = bench_json_name(doc);
    int rc = read_criteria(bench_json_root(doc), c, err);
    if (rc != 0) {
        bench_criteria_free(c);
        return rc;
    }
    *criteria = c;
    return BENCH_OK;
}

int bench_criteria_read(const char *path, struct bench_criteria **criteria, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    int rc = bench_json_read(path, MAX_FILE_BYTES, &doc, err);
    return rc == 0 ? take_document(doc, criteria, err) : rc;
}

int bench_criteria_parse(const char *name, const char *text, size_t length,
                         struct bench_criteria **criteria, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    int rc = bench_json_parse(name, text, length, &doc, err);
    return rc == 0 ? take_document(doc, criteria, err) : rc;
}

int bench_criteria_shipped(int batch, const char *policy, struct bench_criteria **criteria,
                           struct bench_err *err)
{
    bool per_config = strcmp(policy, "per-config") == 0;
    char *configs = NULL;
    if (!per_config && strcmp(policy, "geomean") != 0)
        return bench_err_set(err, BENCH_EINPUT,
                             "found policy '%s', expected geomean or per-config (other rules: "
                             "--criteria FILE)",
                             policy);
    int rc = bench_path_find_home("configs", &configs, err);
    if (rc != 0)
        return rc;
    char *path = bench_xprintf("%s/criteria/batch%d%s.json", configs, batch,
                               per_config ? "-per-config" : "");
    rc = bench_criteria_read(path, criteria, err);
    free(path);
    free(configs);
    return rc;
}

void bench_criteria_free(struct bench_criteria *criteria)
{
    if (!criteria)
        return;
    bench_json_free(criteria->doc);
    free(criteria->owned_classes);
    free(criteria);
}
