/* Reading what a run decided of an operator. */
#include <math.h>
#include <string.h>

#include "selector/dataset_impl.h"

const char *bench_dataset_rule_key(enum bench_dataset_rule rule)
{
    return rule == BENCH_DATASET_SPEEDUP ? "speedup_vs_flaggems" : "relative_to_cuda";
}

const char *bench_dataset_answer_name(enum bench_dataset_answer answer)
{
    static const char *const names[] = {"undetermined", "pass", "fail"};
    return names[answer];
}

static bool fault(struct bench_dataset_reader *r, const struct bench_json *object,
                  const struct bench_json *at, const char *key, const char *expected)
{
    if (at)
        bench_dataset_wrong(r, "decision", at, expected);
    else
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "missing-field", object,
                            "the key '%s' (%s) is missing", key, expected);
    return false;
}

/* A number of 0 or more; null is what is not bounded. */
static bool read_number(struct bench_dataset_reader *r, const struct bench_json *object,
                        const char *key, bool may_be_null, double *out)
{
    const struct bench_json *v = bench_json_get(object, key);
    if (v && may_be_null && bench_json_type(v) == BENCH_JSON_NULL) {
        *out = INFINITY;
        return true;
    }
    if (!v || bench_json_type(v) != BENCH_JSON_NUMBER || !(bench_json_number(v) >= 0))
        return fault(r, object, v, key, "a number of 0 or more");
    *out = bench_json_number(v);
    return true;
}

static bool read_count(struct bench_dataset_reader *r, const struct bench_json *object,
                       const char *key, size_t *out)
{
    const struct bench_json *v = bench_json_get(object, key);
    int64_t n;
    if (!v || bench_json_type(v) != BENCH_JSON_NUMBER || !bench_json_is_int(v, &n) || n < 0)
        return fault(r, object, v, key, "a whole number of 0 or more");
    *out = (size_t)n;
    return true;
}

static bool read_answer(struct bench_dataset_reader *r, const struct bench_json *object,
                        enum bench_dataset_answer *out)
{
    const struct bench_json *v = bench_json_get(object, "answer");
    if (!v || bench_json_type(v) != BENCH_JSON_STRING)
        return fault(r, object, v, "answer", "pass, fail or undetermined");
    for (int i = BENCH_DATASET_UNDETERMINED; i <= BENCH_DATASET_FAIL; i++) {
        if (strcmp(bench_json_string(v), bench_dataset_answer_name((enum bench_dataset_answer)i)) ==
            0) {
            *out = (enum bench_dataset_answer)i;
            return true;
        }
    }
    bench_dataset_unknown_word(r, "decision", v, "pass, fail or undetermined");
    return false;
}

/* An answer that its own interval does not bear is no answer. */
static bool check(struct bench_dataset_reader *r, const struct bench_json *object,
                  enum bench_dataset_rule rule, const struct bench_dataset_decision *d)
{
    bool above = d->low >= d->threshold, below = d->high <= d->threshold;
    bool pass = rule == BENCH_DATASET_SPEEDUP ? above : below;
    bool fail = rule == BENCH_DATASET_SPEEDUP ? d->high < d->threshold : d->low > d->threshold;
    if (d->low > d->estimate || d->estimate > d->high)
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "decision", object,
                            "the estimate %g is not within its interval, %g to %g", d->estimate,
                            d->low, d->high);
    else if ((d->answer == BENCH_DATASET_PASS && !pass) ||
             (d->answer == BENCH_DATASET_FAIL && !fail))
        bench_faults_report(r->faults, BENCH_FAULT_ERROR, "decision", object,
                            "the answer is '%s', which an interval of %g to %g does not bear at a "
                            "threshold of %g",
                            bench_dataset_answer_name(d->answer), d->low, d->high, d->threshold);
    else
        return true;
    return false;
}

static void read_decision(struct bench_dataset_reader *r, const struct bench_json *object,
                          enum bench_dataset_rule rule, struct bench_dataset_decision *d)
{
    const struct bench_json *reason = bench_json_get(object, "reason");
    if (bench_json_type(object) != BENCH_JSON_OBJECT) {
        fault(r, object, object, "", "an object");
        return;
    }
    bench_dataset_check_keys(r, object);
    bool told = reason && bench_json_type(reason) != BENCH_JSON_NULL;
    bool whole = !told || bench_json_type(reason) == BENCH_JSON_STRING ||
                 fault(r, object, reason, "reason", "a string");
    d->reason = told && whole ? bench_json_string(reason) : "";
    whole &= read_answer(r, object, &d->answer);
    whole &= read_number(r, object, "estimate", false, &d->estimate);
    whole &= read_number(r, object, "low", false, &d->low);
    whole &= read_number(r, object, "high", true, &d->high);
    whole &= read_number(r, object, "threshold", false, &d->threshold);
    whole &= read_count(r, object, "cases", &d->cases);
    whole &= read_count(r, object, "processes", &d->processes);
    d->known = whole && check(r, object, rule, d);
}

void bench_dataset_read_decisions(struct bench_dataset_reader *r, struct bench_dataset_op *op)
{
    const struct bench_json *all = bench_json_get(op->json, "decisions");
    if (!all)
        return;
    if (bench_json_type(all) != BENCH_JSON_OBJECT) {
        fault(r, all, all, "", "an object");
        return;
    }
    for (int rule = 0; rule < BENCH_DATASET_RULES; rule++) {
        const struct bench_json *one =
            bench_json_get(all, bench_dataset_rule_key((enum bench_dataset_rule)rule));
        if (one)
            read_decision(r, one, (enum bench_dataset_rule)rule, &op->decisions[rule]);
    }
}
